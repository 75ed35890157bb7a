"""Patience that ends: in the queue, over queue and service together, and in a wait; against closed forms."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from journeys import Constant, Distribution, Exponential, Gamma, Journey, Poisson, Step, Uniform, Wait, hours, per_hour
from journeys.eventlog import EXIT, Row
from tests.theory.closed_forms import erlang_a, erlang_a_served, impatient_altogether, m_m_c_g
from tests.theory.experiments import Engine, Visits, assert_within_interval, queue, replicated

pytestmark = pytest.mark.slow

UNIT = Exponential(hours(1))


def abandonment(rows: list[Row]) -> list[float]:
    """Return the share that reneged, and the mean times in queue of all and of those served."""
    steady = Visits.steady(rows)
    return [steady.share("reneged"), float(np.mean(steady.wait_h)), float(np.mean(steady.ended("served").wait_h))]


def test_m_m_c_m_abandons_and_waits_as_erlang_a_says(engine: Engine) -> None:
    journey = queue(6.0, UNIT, 5, patience=Exponential(hours(2)))
    truth = [*erlang_a(6.0, 1.0, 5, 0.5), erlang_a_served(6.0, 1.0, 5, 0.5)]
    assert_within_interval(replicated(journey, abandonment, engine=engine), truth)


@pytest.mark.parametrize(
    ("patience", "survives"),
    [
        (Constant(hours(1)), lambda x: float(x < 1)),
        (Uniform(hours(0), hours(2)), lambda x: max(0.0, 1 - x / 2)),
        (Gamma(hours(1), 2.0), stats.gamma(0.25, scale=4.0).sf),
    ],
    ids=["constant", "uniform", "gamma"],
)
def test_m_m_c_with_any_law_of_patience_abandons_as_its_offered_wait_says(
    engine: Engine, patience: Distribution, survives: Callable[[float], float]
) -> None:
    abandon, served_wait_h = m_m_c_g(3.3, 1.0, 3, survives, 40.0)
    values = replicated(queue(3.3, UNIT, 3, patience=patience), abandonment, engine=engine)
    assert_within_interval(values[:, [0, 2]], [abandon, served_wait_h])


def test_who_waits_for_an_answer_leaves_queue_and_service_alike(engine: Engine) -> None:
    """Exponential patience with queue and service together: each who is present leaves at rate theta."""
    journey = queue(2.0, UNIT, 2, lane="customer", response_patience=Exponential(hours(2)))

    def left(rows: list[Row]) -> float:
        return Visits.steady(rows).share("dropped")

    assert_within_interval(replicated(journey, left, engine=engine), impatient_altogether(2.0, 1.0, 2, 0.5))


def test_a_slow_answer_loses_those_whose_patience_is_shorter(engine: Engine) -> None:
    """Without a queue, P(answer > patience): gamma answers against constant and exponential patience."""
    shape, mean_h = 4.0, 1.0

    def journey(patience: Distribution) -> Journey:
        step = Step(name="serve", lane="customer", service=Gamma(hours(mean_h), 0.5), response_patience=patience)
        return Journey(name="answers", arrivals=Poisson(per_hour(10)), steps=(step,))

    def left(rows: list[Row]) -> float:
        return Visits.of(rows).share("dropped")

    constant = replicated(journey(Constant(hours(1.5))), left, engine=engine, customers=1500)
    assert_within_interval(constant, stats.gamma(shape, scale=mean_h / shape).sf(1.5))
    # against an exponential of mean m, 1 - E exp(-S / m), the transform of the gamma law
    exponential = replicated(journey(Exponential(hours(3))), left, engine=engine, customers=1500)
    assert_within_interval(exponential, 1 - (1 + mean_h / 3 / shape) ** -shape)


@pytest.mark.parametrize("visible", [0.0, 0.4])
def test_a_wait_without_news_is_a_race_between_patience_and_work(engine: Engine, visible: float) -> None:
    """P(patience < work) of exponentials, of who sees the status and who does not; over two steps of one wait.

    The clock of the wait runs through both steps, so who stays has outlasted their sum.
    """
    wait = Wait(name="answer", uncertain=Exponential(hours(2)), informed=Exponential(hours(6)), visible=visible)
    steps = tuple(
        Step(name=name, lane="backstage", service=Exponential(hours(mean)), awaits="answer")
        for name, mean in (("first", 1), ("second", 2))
    )
    journey = Journey(name="race", arrivals=Poisson(per_hour(10)), steps=steps, waits=(wait,))

    def stays(patience_h: float) -> float:
        return math.prod(1 / (1 + mean / patience_h) for mean in (1, 2))

    def dropped(rows: list[Row]) -> float:
        return float(np.mean([row.outcome == "dropped" for row in rows if row.step == EXIT]))

    truth = 1 - (1 - visible) * stays(2) - visible * stays(6)
    assert_within_interval(replicated(journey, dropped, engine=engine, customers=1500), truth)
