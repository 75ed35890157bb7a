"""Who was saved: customers are compared with themselves, by segment and by replication."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from journeys.rows import Row
from reports.measuring.metrics import Results, measure
from reports.measuring.saved import moves
from tests.reports.synthetic import DAY, LOAN, approved, arrival, leaving, write_run


def lost(customer: int, **more: object) -> list[Row]:
    return [arrival(customer, customer, **more), leaving(customer, customer + 5, "dropped", "gave up at start", **more)]


def results(folder: Path, replications: Sequence[Sequence[Row]]) -> Results:
    return measure(LOAN, write_run(folder, replications))


def test_the_same_customers_are_told_one_by_one(tmp_path: Path) -> None:
    complex_ = {"segment": "complex"}
    before = [*lost(0), *approved(1, 1, DAY), *lost(2), *approved(3, 3, DAY, **complex_), *lost(4, **complex_)]
    after = [
        *approved(0, 0, DAY),
        *lost(1),
        *lost(2),
        *approved(3, 3, DAY, **complex_),
        *approved(4, 4, DAY, **complex_),
    ]
    base, other = (results(tmp_path / name, [rows, rows]) for name, rows in (("base", before), ("other", after)))
    everybody, simple, difficult = moves(base, other, ["simple", "complex"])
    assert (everybody.group, everybody.customers) == ("", 10)
    assert everybody.saved.value == pytest.approx(2 / 5)
    assert everybody.harmed.value == pytest.approx(1 / 5)
    assert everybody.same.value == pytest.approx(2 / 5)
    assert everybody.other == pytest.approx(0)
    assert sum(share.value for share in everybody.shares.values()) == pytest.approx(1)
    assert (simple.saved.value, simple.harmed.value) == (pytest.approx(1 / 3), pytest.approx(1 / 3))
    assert (difficult.saved.value, difficult.harmed.value) == (pytest.approx(1 / 2), 0)


def test_the_interval_is_over_replications(tmp_path: Path) -> None:
    base = results(tmp_path / "base", [[*lost(0), *lost(1)], [*lost(0), *lost(1)]])
    other = results(
        tmp_path / "other", [[*approved(0, 0, DAY), *lost(1)], [*approved(0, 0, DAY), *approved(1, 1, DAY)]]
    )
    found = moves(base, other)[0].saved
    assert (found.value, found.n) == (pytest.approx(0.75), 2)
    assert (found.low, found.high) == (0.0, 1.0)  # two replications so far apart tell nothing


def test_customers_of_one_run_alone_are_left_out(tmp_path: Path) -> None:
    base = results(tmp_path / "base", [[*lost(0), *lost(1)]])
    other = results(tmp_path / "other", [[*lost(1), *lost(7)]])
    assert moves(base, other)[0].customers == 1
    assert moves(base, results(tmp_path / "none", [lost(9)])) == ()
