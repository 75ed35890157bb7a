"""Classes of customers, the more urgent served first, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from journeys import Exponential, Segment, hours
from journeys.eventlog import Row
from tests.theory.closed_forms import cobham, preemptive_m_g_1, preemptive_resume, priorities_m_g_1
from tests.theory.experiments import Engine, Floats, Refuted, Visits, assert_within_interval, queue, replicated

pytestmark = pytest.mark.slow


def waits_of_classes(rows: list[Row]) -> list[float]:
    return [float(np.mean(Visits.steady(rows, segment=name).wait_h)) for name in ("first", "second")]


def test_two_priorities_wait_as_cobham_says(engine: Engine) -> None:
    segments = (Segment("first", 0.4), Segment("second", 0.6, {"steps.serve.priority": 1}))
    journey = queue(1.6, Exponential(hours(1)), 2, segments=segments)
    values = replicated(journey, waits_of_classes, engine=engine, replications=24)
    assert_within_interval(values, cobham([0.64, 0.96], 1.0, 2))


def test_two_priorities_of_different_work_wait_for_the_residual_service_of_both(engine: Engine) -> None:
    """M/G/1: the urgent need a constant half hour, the others an exponential hour, and wait for both."""
    urgent = {"steps.serve.priority": -1, "steps.serve.service": "Constant(value=30 min)"}
    segments = (Segment("first", 0.5, urgent), Segment("second", 0.5))
    journey = queue(0.9, Exponential(hours(1)), 1, segments=segments)
    truth = priorities_m_g_1([0.45, 0.45], [(0.5, 0.25, 0.125), (1.0, 2.0, 6.0)])
    assert_within_interval(replicated(journey, waits_of_classes, engine=engine, replications=24), truth)


def test_who_interrupts_others_stays_as_pre_emptive_resume_says(engine: Engine) -> None:
    segments = (Segment("first", 0.4), Segment("second", 0.6, {"steps.serve.priority": 1}))
    truth = preemptive_resume([0.3, 0.45], 1.0)

    def stays(rows: list[Row]) -> list[float]:
        return [float(np.mean(Visits.steady(rows, segment=name).sojourn_h)) for name in ("first", "second")]

    def simulated(preemptive: bool) -> Floats:
        journey = queue(0.75, Exponential(hours(1)), 1, segments=segments, preemptive=preemptive)
        return replicated(journey, stays, engine=engine)

    assert_within_interval(simulated(True), truth)
    with pytest.raises(Refuted, match="number 0"):
        assert_within_interval(simulated(False), truth)


def test_three_classes_of_any_work_that_interrupt_each_other_stay_as_their_loads_say(engine: Engine) -> None:
    """M/G/1, pre-emptive resume: the least urgent are interrupted by both others, with work of another law."""
    laws = {"a": "Constant(value=30 min)", "b": "Gamma(mean=1 h, cv=0.5)", "c": "Lognormal(mean=2 h, cv=1)"}
    shares = (0.4, 0.35, 0.25)
    segments = tuple(
        Segment(name, share, {"steps.serve.priority": number, "steps.serve.service": law})
        for number, (share, (name, law)) in enumerate(zip(shares, laws.items(), strict=True))
    )
    journey = queue(0.6, Exponential(hours(1)), 1, segments=segments, preemptive=True)

    def stays(rows: list[Row]) -> list[float]:
        return [float(np.mean(Visits.steady(rows, segment=name).sojourn_h)) for name in laws]

    truth = preemptive_m_g_1([0.6 * share for share in shares], [(0.5, 0.25), (1.0, 1.25), (2.0, 8.0)])
    assert_within_interval(replicated(journey, stays, engine=engine, replications=20), truth)
