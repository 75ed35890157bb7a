"""Repeat custom and referral as a branching process: journeys for each first one, and what a long wait costs."""

from __future__ import annotations

import numpy as np
import pytest

from journeys import Exponential, Journey, Loyalty, Poisson, Step, hours, per_hour
from journeys.eventlog import EXIT, Row
from journeys.loyalty import generation
from tests.theory.experiments import Engine, assert_within_interval, replicated

pytestmark = pytest.mark.slow

CUSTOMERS = 1000


def loyal(loyalty: Loyalty) -> Journey:
    return Journey(
        name="loyal",
        arrivals=Poisson(per_hour(10)),
        steps=(
            Step(name="stay", lane="customer", abandon=0.2),
            Step(name="rest", lane="backstage", service=Exponential(hours(2))),
        ),
        loyalty=loyalty,
    )


def test_generations_are_those_of_a_branching_process(engine: Engine) -> None:
    """Of each journey, 0.8 complete, and each of them brings 0.4 + 0.3 more on average: (0.8 * 0.7)^g in the g-th."""

    def sizes(rows: list[Row]) -> list[float]:
        numbers = [generation(row.customer) for row in rows if row.step == EXIT]
        return (np.bincount(numbers, minlength=4) / CUSTOMERS)[1:].tolist()

    journey = loyal(Loyalty(returns=0.4, after=Exponential(hours(30)), refers=0.3, generations=3))
    values = replicated(journey, sizes, engine=engine, customers=CUSTOMERS)
    assert_within_interval(values, [0.56, 0.56**2, 0.56**3])


def test_a_time_that_is_exponential_costs_its_laplace_transform(engine: Engine) -> None:
    """Who stays T hours returns with probability f^T = exp(-s T), s = -ln f; the mean of that is 1 / (1 + s E[T])."""

    def returns(rows: list[Row]) -> float:
        exits = [row for row in rows if row.step == EXIT and row.outcome == "completed"]
        first = sum(generation(row.customer) == 0 for row in exits)
        return sum(row.detail == "returned" for row in rows) / first

    values = replicated(loyal(Loyalty(returns=1.0, per_hour=0.5)), returns, engine=engine, customers=CUSTOMERS)
    assert_within_interval(values, 1 / (1 + np.log(2) * 2))
