"""Servers in groups of different skills, against stations apart and against one pool."""

from __future__ import annotations

import numpy as np
import pytest

from journeys import Exponential, Group, Segment, hours
from journeys.eventlog import Row
from tests.theory.chains import specialists
from tests.theory.closed_forms import wait_m_m_c
from tests.theory.experiments import Engine, Refuted, Visits, assert_within_interval, queue, replicated

pytestmark = pytest.mark.slow

TOTAL, RED = 4.0, 0.4
SEGMENTS = (
    Segment("red", RED, {"steps.serve.skill": "red"}),
    Segment("green", 1 - RED, {"steps.serve.skill": "green"}),
)
APART = (Group(name="reds", servers=2, skills=("red",)), Group(name="greens", servers=3, skills=("green",)))
POOL = (Group(name="everybody", servers=5, skills=("red", "green")),)


def waits(rows: list[Row]) -> list[float]:
    return [float(np.mean(Visits.steady(rows, segment=name).wait_h)) for name in ("red", "green")]


@pytest.mark.parametrize("groups", [APART, POOL], ids=["apart", "pool"])
def test_groups_of_one_skill_are_queues_apart_and_one_group_of_all_skills_is_a_pool(
    groups: tuple[Group, ...], engine: Engine
) -> None:
    journey = queue(TOTAL, Exponential(hours(1)), 1, segments=SEGMENTS, groups=groups)
    values = replicated(journey, waits, engine=engine, replications=32)
    apart = [wait_m_m_c(TOTAL * RED, 1.0, 2), wait_m_m_c(TOTAL * (1 - RED), 1.0, 3)]
    pooled = [wait_m_m_c(TOTAL, 1.0, 5)] * 2
    right, wrong = (apart, pooled) if groups is APART else (pooled, apart)
    assert_within_interval(values, right, within=0.35)
    with pytest.raises(Refuted):
        assert_within_interval(values, wrong, within=0.35)


def test_specialists_and_generalists_turn_away_and_keep_waiting_as_their_chain_says(engine: Engine) -> None:
    """Reds go to who can do nothing else first; a freed specialist passes over the greens that came before."""
    lams = (2.2, 1.6)
    groups = (
        Group(name="specialists", servers=2, skills=("red",)),
        Group(name="generalists", servers=2, skills=("red", "green")),
    )
    segments = tuple(
        Segment(name, lam / sum(lams), {"steps.serve.skill": name})
        for name, lam in zip(("red", "green"), lams, strict=True)
    )
    journey = queue(sum(lams), Exponential(hours(1)), 1, segments=segments, groups=groups, queue_limit=3)

    def measured(rows: list[Row]) -> list[float]:
        visits = [Visits.steady(rows, segment=name) for name in ("red", "green")]
        waited = [float(np.mean(own.ended("served").wait_h)) for own in visits]
        return [own.share("rejected") for own in visits] + waited

    away, waits_h = specialists(lams, (2, 2), 3)
    assert_within_interval(replicated(journey, measured, engine=engine, replications=20), [*away, *waits_h])
