"""Choices, tries and units: binomial shares, truncated geometric tries, Poisson tails of a stock."""

from __future__ import annotations

import math

import numpy as np
import pytest

from journeys import (
    ZERO,
    Attempts,
    Constant,
    Exponential,
    Fault,
    Journey,
    OutOfStock,
    Poisson,
    Route,
    Schedule,
    Station,
    Step,
    Stock,
    hours,
    minutes,
    per_hour,
    weeks,
)
from journeys.blueprint import Lane
from journeys.eventlog import EXIT, Row
from tests.theory.chains import missed_sales
from tests.theory.closed_forms import truncated_geometric
from tests.theory.experiments import HOUR_S, Engine, assert_within_interval, replicated

pytestmark = pytest.mark.slow


# Choices --------------------------------------------------------------------------------------------------------------


def test_routes_skips_and_giving_up_are_binomial_and_independent_of_each_other(engine: Engine) -> None:
    """Of those who don't give up, a share goes by way of the side step; three in ten pass over the check."""
    journey = Journey(
        name="choices",
        arrivals=Poisson(per_hour(60)),
        steps=(
            Step(
                name="form", lane="customer", abandon=0.2,
                routes=(Route("side", 0.25), Route("denied", 0.1), Route("check")),
            ),
            Step(name="side", lane="customer"),
            Step(name="check", lane="backstage", skip=0.3),
            Step(name="last", lane="customer", abandon=0.5),
        ),
    )  # fmt: skip

    def shares(rows: list[Row]) -> list[float]:
        went = {name: {row.customer for row in rows if row.step == name} for name in ("side", "check", "last")}
        ends = [row.outcome for row in rows if row.step == EXIT]
        both = went["side"] & went["check"]
        return [len(chosen) / len(ends) for chosen in (went["side"], went["check"], both, went["last"])] + [
            ends.count(end) / len(ends) for end in ("denied", "completed", "dropped")
        ]

    goes_on = 0.8 * 0.9
    truth = [0.8 * 0.25, goes_on * 0.7, 0.8 * 0.25 * 0.7, goes_on, 0.8 * 0.1, goes_on / 2, 0.2 + goes_on / 2]
    values = replicated(journey, shares, engine=engine, customers=1000)
    assert_within_interval(values, truth)
    # the variance of a binomial share
    completed = goes_on / 2
    squares = replicated(journey, shares, engine=engine, replications=150, customers=60, seed=12)[:, 5] - completed
    assert_within_interval(squares**2, completed * (1 - completed) / 60, within=0.5)


# Tries ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lane", ["customer", "backstage"])
@pytest.mark.parametrize("station", ["", "desk"])
def test_tries_are_truncated_geometric_and_take_as_long_as_wald_says(engine: Engine, lane: Lane, station: str) -> None:
    """A try fails if it takes longer than the timeout or, having ended in time, by itself; pauses double."""
    mean_h, timeout_h, failure, limit, backoff_h = 1.0, 1.2, 0.25, 4, 0.1
    late = math.exp(-timeout_h / mean_h)
    fails = late + (1 - late) * failure
    attempts = Attempts(Constant(hours(timeout_h)), limit, hours(backoff_h), failure)
    step = Step(name="try", lane=lane, station=station, service=Exponential(hours(mean_h)), attempts=attempts)
    stations = (Station(name="desk", servers=1000),) if station else ()
    journey = Journey(name="tries", arrivals=Poisson(per_hour(10)), steps=(step,), stations=stations)

    def measured(rows: list[Row]) -> list[float]:
        tries = [row for row in rows if row.step == "try"]
        began = {}
        for row in tries:
            began.setdefault(row.customer, row.ready_s)
        ends = [row for row in rows if row.step == EXIT]
        lasted_h = [(row.end_s - began[row.customer]) / HOUR_S for row in ends]
        return [
            len(tries) / len(ends),
            float(np.mean([row.outcome == "timed_out" for row in tries])),
            float(np.mean([row.outcome == "dropped" for row in ends])),
            float(np.mean(lasted_h)),
        ]

    tries = truncated_geometric(fails, limit)
    pauses_h = sum(fails**nth * backoff_h * 2 ** (nth - 1) for nth in range(1, limit))
    truth = [tries, late, fails**limit, mean_h * (1 - late) * tries + pauses_h]
    assert_within_interval(replicated(journey, measured, engine=engine, customers=700), truth, within=0.4)


def test_injected_errors_fail_a_binomial_share_and_latency_is_added(engine: Engine) -> None:
    step = Step(name="ask", lane="backstage", station="service", service=Exponential(minutes(2)))
    faults = (
        Fault(name="errors", station="service", kind="errors", at=hours(0), lasting=weeks(9), share=0.3),
        Fault(name="slow", station="service", kind="latency", at=hours(0), lasting=weeks(9), delay=minutes(3)),
    )
    stations = (Station(name="service", kind="system", servers=1000),)
    # the customers come after the faults have begun, both at the run's zero
    journey = Journey(name="errors", arrivals=Poisson(per_hour(60)), steps=(step,), stations=stations, faults=faults)

    def measured(rows: list[Row]) -> list[float]:
        asked = [row for row in rows if row.step == "ask"]
        lasted = [row.end_s - row.start_s for row in asked]
        return [float(np.mean([row.outcome == "failed" for row in asked])), float(np.mean(lasted)) / 60]

    assert_within_interval(replicated(journey, measured, engine=engine, customers=1000), [0.3, 5.0])


# Units ----------------------------------------------------------------------------------------------------------------


def shop(initial: int, replenish: int, period_h: float, demand_per_h: float) -> Journey:
    routes = (Route("dropped", when=OutOfStock("chairs")), Route("completed"))
    step = Step(name="buy", lane="customer", takes="chairs", routes=routes)
    stock = Stock(name="chairs", initial=initial, replenish=replenish, every=hours(period_h))
    return Journey(name="shop", arrivals=Poisson(per_hour(demand_per_h)), steps=(step,), stock=(stock,))


def test_stock_outs_are_poisson_tails_and_lost_sales_carry_over(engine: Engine) -> None:
    """Demand of 10 a day, 12 chairs at first and 8 more each day: who finds none left, day by day."""
    demand, initial, delivery, days = 10.0, 12, 8, 4

    def missed(rows: list[Row]) -> list[int]:
        gone = [int(row.end_s // 86400) for row in rows if row.step == EXIT and row.outcome == "dropped"]
        return [gone.count(day) for day in range(days)]

    values = replicated(
        shop(initial, delivery, 24.0, demand / 24), missed, engine=engine, replications=300, customers=80,
        until_s=days * 86400.0,
    )  # fmt: skip
    assert_within_interval(values, missed_sales(demand, initial, delivery, days), within=0.5)
    tail = 1 - sum(math.exp(-demand) * demand**n / math.factorial(n) for n in range(initial + 1))
    assert_within_interval(values[:, 0] > 0, tail, within=0.5)


def test_a_view_that_lags_shows_what_there_was_at_the_last_copy(engine: Engine) -> None:
    """One customer a minute, ten units, a view copied every quarter of an hour: it is empty from 15:00 on, exactly."""
    step = Step(
        name="buy", lane="customer", takes="chairs", service=ZERO,
        routes=(Route("denied", when=OutOfStock("chairs", seen=True)), Route("dropped", when=OutOfStock("chairs")),
                Route("completed")),
    )  # fmt: skip
    journey = Journey(
        name="lag",
        arrivals=Schedule.from_seconds([60.0 * number for number in range(30)]),
        steps=(step,),
        stock=(Stock(name="chairs", initial=10, sync=minutes(15)),),
    )
    ends = [row.outcome for row in engine(journey, 1, 0, 30) if row.step == EXIT]
    assert ends == ["completed"] * 10 + ["dropped"] * 5 + ["denied"] * 15
