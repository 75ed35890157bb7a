"""What customers were told, held against the database; and what is seen of the balancer."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from journeys.errors import CannotRead
from simulators.backend.store import Answer, StoredCase, acknowledged, begun, open_store
from simulators.replicas.audit import Audit, audit
from simulators.replicas.observing import _replica, _taken_out

TOLD = {(7, "apply"): 1, (8, "apply"): 1}


def database(folder: Path, *more: tuple[str, str]) -> Path:
    """A database of two customers who have applied once each; `more` submissions are (case, key)."""
    store = open_store(folder / "cases.db", "shop", "d")
    past = json.dumps({"visits": {"apply": 1}})
    store.database.write([begun(StoredCase(case, n, "offer", False, 2, past), 0.0) for case, n in (("a", 7), ("b", 8))])
    served = Answer(200, {"outcome": "served"})
    submissions = [("a", "k1"), ("b", "k2"), *more]
    store.database.write([acknowledged(f"/api/cases/{case}/steps/apply", key, served) for case, key in submissions])
    store.database.close()
    return folder / "cases.db"


def test_a_sound_database(tmp_path: Path) -> None:
    assert audit(database(tmp_path), TOLD) == Audit(2, 0, 0)


def test_what_was_told_and_is_not_there_is_lost(tmp_path: Path) -> None:
    assert audit(database(tmp_path), TOLD | {(9, "apply"): 1}) == Audit(3, 1, 0)


def test_a_step_served_twice_at_one_visit_is_doubled(tmp_path: Path) -> None:
    assert audit(database(tmp_path, ("a", "k3")), TOLD) == Audit(2, 0, 1)


def test_a_second_case_of_one_customer_is_doubled(tmp_path: Path) -> None:
    path = database(tmp_path)
    store = open_store(path, "shop", "d")
    store.database.write([begun(StoredCase("c", 7, "apply", False, 1), 0.0)])
    store.database.close()
    assert audit(path, TOLD) == Audit(2, 0, 1)


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotRead, match="cannot be read"):
        audit(tmp_path / "missing" / "cases.db", {})


def test_the_balancers_log_names_replicas() -> None:
    failed = {
        "host": {"pipe": {"path": "/tmp/x/wire-to-replica-2"}}, "timestamp": "2026-11-28T18:29:44.700Z",
        "eject_unhealthy_event": {},
    }  # fmt: skip
    assert _replica(failed) == 2
    assert _taken_out(failed) is not None
    assert _taken_out({"action": "UNEJECT", "timestamp": "2026-11-28T18:29:44.700Z"}) is None
    assert _replica({"upstream_url": "/tmp/x/wire-to-replica-0", "action": "EJECT"}) == 0
