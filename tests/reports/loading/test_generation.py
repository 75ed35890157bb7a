"""How a load was made: exact lags however rows are split over workers, and a budget that is missed out loud."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.eventlog import ARRIVAL, Manifest, Row, Run, RunWriter
from reports.loading.course import course
from reports.loading.generation import generation, values


def arrival(number: int, planned_s: float, lag_s: float, why: str = "") -> Row:
    at_s = planned_s + lag_s
    outcome = "censored" if why else "served"
    return Row(number, "all", ARRIVAL, 0, "customer", "", -1, planned_s, at_s, at_s, at_s, outcome, "", why)


def made(folder: Path, parts: list[list[Row]], **told: Any) -> Run:
    """Write a run as several workers would, each its own parts."""
    settings = {"duration_s": 10.0, "most_lag_s": 0.1, "most_dropped": 0.0, "rate": "9 / s", **told}
    manifest = Manifest("shop", "", "as-is", "load", "measured", 1, 1, 0, workload="open", settings=settings)
    with RunWriter(folder, manifest):
        for worker, rows in enumerate(parts):
            writer = RunWriter(folder, manifest, part=f"worker-{worker}")
            writer.extend(rows)
            writer.flush()
    return Run.open(folder)


@pytest.mark.slow
@given(lags=st.lists(st.floats(0.0, 5.0), min_size=1, max_size=60), data=st.data())
def test_percentiles_are_exact_however_many_workers_wrote_them(
    lags: list[float], data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whose = data.draw(st.lists(st.integers(0, 3), min_size=len(lags), max_size=len(lags)))
    rows = [arrival(number, 0.0, lag_s) for number, lag_s in enumerate(lags)]
    parts = [[row for row, worker in zip(rows, whose, strict=True) if worker == own] for own in range(4)]
    found = generation(made(tmp_path_factory.mktemp("run"), parts))
    assert found is not None
    for q in (0.5, 0.99, 1.0):
        assert found.lag_s[q] == pytest.approx(np.quantile(lags, q))


def test_a_load_that_was_made_as_planned(tmp_path: Path) -> None:
    found = generation(made(tmp_path, [[arrival(number, number * 0.1, 0.01) for number in range(100)]]))
    assert found is not None
    assert (found.status, found.problems, found.planned, found.made) == ("kept", (), 100, 100)


@pytest.mark.parametrize(
    ("late", "dropped", "lost", "told", "problem"),
    [
        (2, 0, 0, {}, "99% of customers started up to 500 ms late (100 ms allowed); this machine was too busy"),
        (2, 0, 0, {"worker_busy_ratio": [0.4, 0.97]}, "a worker used 97% of a core: add --workers, or machines"),
        (0, 3, 0, {}, "3 arrivals of 100 dropped at the cap in flight (3%, 0% allowed)"),
        (0, 0, 4, {"lost_workers": ["worker 1 of 2 was killed"]}, "4 arrivals lost with their worker"),
    ],
)
def test_a_target_rate_that_was_missed_says_why(
    tmp_path: Path, late: int, dropped: int, lost: int, told: dict[str, Any], problem: str
) -> None:
    why = ["dropped arrival: 5 journeys in flight"] * dropped + ["lost arrival: worker 1 died"] * lost
    rows = [arrival(number, 0.05, 0.5 if number < late else 0.0) for number in range(100 - len(why))]
    rows += [arrival(100 + number, 0.05, 0.0, said) for number, said in enumerate(why)]
    found = generation(made(tmp_path, [rows], **told))
    assert found is not None
    assert (found.dropped, found.lost, found.status) == (dropped, lost, "missed")
    assert problem in "; ".join(found.problems)
    assert values(found)["problems"] == list(found.problems)


def test_one_in_a_hundred_may_be_late_and_no_budget_is_no_verdict(tmp_path: Path) -> None:
    rows = [arrival(number, 0.0, 0.5 if number < 1 else 0.0) for number in range(100)]
    found = generation(made(tmp_path, [rows]))
    assert found is not None
    assert (found.status, found.lag_s[1.0]) == ("kept", 0.5)
    old = generation(made(tmp_path, [rows], most_lag_s=float("nan")))
    assert old is not None
    assert old.status == "not judged"


def test_the_course_counts_each_arrival_when_it_was_planned(tmp_path: Path) -> None:
    rows = [arrival(number, at_s, 3.0) for number, at_s in enumerate((0.5, 0.6, 9.5))]
    rows += [arrival(7, 9.7, 0.0, "dropped arrival: 1 journeys in flight")]
    rows += [
        Row(number, "all", "order", 0, "customer", "", -1, at_s, at_s + 2, at_s + 2, at_s + latency_s, "served", "", "")
        for number, (at_s, latency_s) in enumerate(((0.5, 4.0), (0.6, 6.0), (9.5, 2.5)))
    ]
    found = course(made(tmp_path, [rows]))
    assert (found.planned[0], found.started[0], found.planned[-1], found.started[-1]) == (2, 2, 2, 1)
    assert found.planned.sum() == 4
    assert (found.p50_s[0], found.p50_s[-1]) == (5.0, 2.5)
    assert np.isnan(found.p50_s[1])
