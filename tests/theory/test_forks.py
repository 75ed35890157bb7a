"""Parallel branches against order statistics: the last of n, and the k-th of n, of independent exponential times."""

from __future__ import annotations

import numpy as np
import pytest

from journeys import Exponential, Fork, Journey, Poisson, Station, Step, hours, per_hour
from journeys.eventlog import Row
from tests.theory.closed_forms import wait_m_m_c
from tests.theory.experiments import (
    HOUR_S,
    Engine,
    Refuted,
    Visits,
    assert_within_interval,
    replicated,
)

pytestmark = pytest.mark.slow

MEANS_H = (1.0, 1.0, 1.0, 1.0)


def forked(needs: int | None, means_h: tuple[float, ...] = MEANS_H, **desk: object) -> Journey:
    """Return a journey whose customers arrive at a fork with a branch for each mean, and leave at the join."""
    names = tuple(f"branch-{number}" for number in range(len(means_h)))
    branches = tuple(
        Step(name=name, lane="backstage", service=Exponential(hours(mean_h)), **desk)  # type: ignore[arg-type]
        for name, mean_h in zip(names, means_h, strict=True)
    )
    start = Step(name="start", lane="backstage", fork=Fork(names, "completed", needs))
    stations = (Station(name="desk"),) if desk else ()
    return Journey(name="forked", arrivals=Poisson(per_hour(0.6)), steps=(start, *branches), stations=stations)


def sojourn_h(rows: list[Row]) -> list[float]:
    """Return mean and mean square of the time from arrival to exit, in hours."""
    times = {row.customer: -row.end_s for row in rows if row.step == "arrival"}
    for row in rows:
        if row.step == "exit":
            assert row.outcome == "completed"
            times[row.customer] += row.end_s
    spent = np.array(list(times.values())) / HOUR_S
    return [float(np.mean(spent)), float(np.mean(spent**2))]


@pytest.mark.parametrize("needs", [1, 2, 3, 4, None])
def test_the_join_comes_with_the_kth_of_n_exponential_branches(needs: int | None, engine: Engine) -> None:
    """Memoryless, so the gaps are independent: n - i branches are left before the i-th arrival after the first i."""
    n, k = len(MEANS_H), needs or len(MEANS_H)
    gaps = np.array([1.0 / (n - i) for i in range(k)])
    mean, variance = float(gaps.sum()), float((gaps**2).sum())
    values = replicated(forked(needs), sojourn_h, engine=engine, customers=1500)
    assert_within_interval(values, [mean, variance + mean**2])
    if k < n:
        with pytest.raises(Refuted):
            assert_within_interval(values[:, 0], mean + 1.0 / (n - k))


def test_the_last_of_unequal_branches_is_inclusion_and_exclusion(engine: Engine) -> None:
    a, b = 1.0, 1 / 3
    truth = 1 / a + 1 / b - 1 / (a + b)
    values = replicated(forked(None, (1 / a, 1 / b)), sojourn_h, engine=engine, customers=1500)
    assert_within_interval(values[:, 0], truth)


def test_the_first_of_two_branches_is_each_as_often_as_its_rate_says(engine: Engine) -> None:
    def first(rows: list[Row]) -> list[float]:
        outcomes = [Visits.of(rows, f"branch-{number}") for number in range(2)]
        assert all(set(each.outcome) == {"served", "withdrawn"} for each in outcomes)
        return [each.share("served") for each in outcomes]

    assert_within_interval(replicated(forked(1, (1.0, 1 / 3)), first, engine=engine, customers=1500), [0.25, 0.75])


def test_a_branch_queues_like_anybody(engine: Engine) -> None:
    """Each branch at a station of its own is M/M/1 with the arrivals of the fork, whatever the other does."""

    def wait_h(rows: list[Row]) -> float:
        return float(np.mean(Visits.steady(rows, "branch-0").wait_h))

    journey = forked(None, (1.0, 5.0), station="desk")
    first, second = journey.steps[1], journey.steps[2]
    alone = Step(name=second.name, lane="backstage", service=second.service)
    journey = Journey(name="forked", arrivals=journey.arrivals, steps=(journey.steps[0], first, alone),
                      stations=journey.stations)  # fmt: skip
    assert_within_interval(replicated(journey, wait_h, engine=engine, replications=24), wait_m_m_c(0.6, 1.0, 1))
