"""What the back end remembers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from journeys.errors import CannotWrite, InvalidInput
from simulators.backend.store import Answer, Store, StoredCase
from tests.backend.small_journey import DETAILS


def test_a_case_outlives_the_connection(tmp_path: Path) -> None:
    path = tmp_path / "cases.db"
    store = Store(path, "shop", "d1")
    store.begun(StoredCase("a", 1, "apply", False, 1), 0.5)
    store.begun(StoredCase("b", 1_000_004, "apply", False, 1), 0.6)
    store.moved(StoredCase("a", 1, "completed", True, 4), 2.0)
    store.tell("b", "portal", [("name", "Ann")])
    store.tell("b", "portal", [("name", "Anne")])
    store.acknowledge("/x", "k", Answer(200, {"n": 1}))
    store.acknowledge("/x", "k", Answer(503, {"n": 2}))
    store.close()
    again = Store(path, "shop", "d1")
    assert again.open_cases() == [StoredCase("b", 1_000_004, "apply", False, 1)]
    assert again.case("a") == StoredCase("a", 1, "completed", True, 4)
    assert again.case("c") is None
    assert again.told("b") == {"portal": {"name": "Anne"}}
    assert again.answered("/x", "k") == Answer(200, {"n": 1})
    assert again.answered("/y", "k") is None
    assert again.last_visitor(1_000_000) == 1_000_004
    again.close()


def test_the_database_of_another_journey_is_refused(tmp_path: Path) -> None:
    Store(tmp_path / "cases.db", "shop", "d1").close()
    with pytest.raises(InvalidInput, match=r"cases\.db: holds the cases of another journey.*got shop"):
        Store(tmp_path / "cases.db", "bank", "d2")


@pytest.mark.parametrize("name", ["missing/cases.db", "text.db"])
def test_what_is_no_database_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.db").write_text("no database at all, but a text that is long enough to be looked at" * 40)
    with pytest.raises(CannotWrite, match="cannot be used as a database"):
        Store(tmp_path / name, "shop", "d1")


def test_secrets_are_never_stored_in_clear(open_portal: Any, tmp_path: Path) -> None:
    portal = open_portal(database=tmp_path / "cases.db")
    case = portal.begin()
    assert portal.act(case, "apply", DETAILS, key="k").status_code == 200
    written = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ann@example.org" in written
    assert b"471147114" not in written
    assert "471147114" not in repr(portal.desk.records[case].told)
