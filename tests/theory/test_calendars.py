"""Staffing and demand that change with the hour and the date, against Kolmogorov's equations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import integrate

from journeys import Exponential, Journey, Poisson, Segment, Shift, Spike, hours, per_hour
from journeys.eventlog import Row
from journeys.stations import Closure
from tests.theory.experiments import Engine, Floats, Refuted, Visits, assert_within_interval, queue, replicated

pytestmark = pytest.mark.slow

DAY = tuple(3.0 if 8 <= hour < 18 else 0.6 for hour in range(24))
RATE = 2.0
CLOSED_H = (47.0, 60.0)
"""A holiday from Tuesday 23:00 to Wednesday noon."""
MARKS_H = (9.5, 13.0, 19.0, 31.5, 36.0, 45.5, 59.5, 62.5)
WARM = 1.0 / np.mean(DAY)


def demand(at_h: float) -> float:
    """Return the arrivals an hour: a profile of the day, and on the second day from 10 to 11 twice as many."""
    return RATE * WARM * DAY[int(at_h) % 24] * (2.0 if 34 <= at_h < 35 else 1.0)


def staff(at_h: float, last: int) -> int:
    """Return how many are on duty, the last of them until the hour `last`."""
    if CLOSED_H[0] <= at_h < CLOSED_H[1]:
        return 0
    return 3 * (8 <= at_h % 24 < 18) + 2 * (12 <= at_h % 24 < last)


def expected(share: float, last: int, states: int = 170) -> list[float]:
    """Return how many are present at `MARKS_H` on average, of an M(t)/M/c(t) that begins empty, by Kolmogorov.

    p' = p Q(t): n rises at the rate of the demand (of a `share` of it) and falls at min(n, servers on duty) an hour.
    """
    n = np.arange(states)
    p, present, now = np.eye(states)[0], [], 0.0
    edges = sorted({*map(float, range(int(MARKS_H[-1]) + 2)), *MARKS_H})
    for edge in edges[1:]:
        lam, mu = share * demand(now), np.minimum(n, staff(now, last)).astype(float)

        def slope(_: float, p: Floats, lam: float = lam, mu: Floats = mu) -> Floats:
            rise = lam * p
            rise[-1] = 0.0
            fall = mu * p
            return np.concatenate([[0.0], rise[:-1]]) - rise + np.concatenate([fall[1:], [0.0]]) - fall

        p = integrate.solve_ivp(slope, (now, edge), p, method="LSODA", rtol=1e-8, atol=1e-10).y[:, -1]
        now = edge
        if edge in MARKS_H:
            present.append(float(p @ n))
    return present


def office(last: int, **parts: Any) -> Journey:
    """Return the office whose work in hand is laid down at closing, which exponential services do not notice."""
    return queue(
        RATE, Exponential(hours(1)), 3, at_closing="pause", **parts,
        arrivals=Poisson(per_hour(RATE), profile=DAY * 7, spikes=(Spike(hours(34), hours(1), 2.0),)),
        shifts=(Shift("mon-sun", "08:00", "18:00", 3), Shift("mon-sun", "12:00", f"{last}:00", 2)),
        closures=(Closure(name="holiday", at=hours(CLOSED_H[0]), lasting=hours(CLOSED_H[1] - CLOSED_H[0])),),
    )  # fmt: skip


def present(rows: list[Row], segment: str = "") -> list[int]:
    stays = Visits.of(rows, segment=segment)
    return [int(np.sum((stays.ready_h <= at) & (at < stays.end_h))) for at in MARKS_H]


def test_m_t_m_c_t_with_shifts_a_spike_and_a_holiday_holds_as_many_as_kolmogorov_says(engine: Engine) -> None:
    values = replicated(office(20), present, engine=engine, replications=70, customers=150)
    truth = expected(1.0, 20)
    assert_within_interval(values, truth, within=0.8)
    with pytest.raises(Refuted):
        assert_within_interval(values, expected(1.0, 18), within=2.0)


def test_the_urgent_see_an_office_of_their_own_and_all_are_as_many_as_without_classes(engine: Engine) -> None:
    """All servers close at once: of several, those who stay would not be taken from by work that others lay down."""
    segments = (Segment("urgent", 0.4), Segment("others", 0.6, {"steps.serve.priority": 1}))

    def both(rows: list[Row]) -> list[int]:
        return present(rows) + present(rows, "urgent")

    values = replicated(
        office(18, segments=segments, preemptive=True), both, engine=engine, replications=70, customers=150
    )
    assert_within_interval(values, [*expected(1.0, 18), *expected(0.4, 18)], within=0.8)
