"""Where margins fall to nothing, with a margin that is known, and what is said of a range that a person declared."""

from __future__ import annotations

import math

import numpy as np
import pytest

from journeys.durations import hours, minutes
from journeys.errors import InvalidInput
from journeys.ranges import Range, read_ranges
from reports.attribution.assumptions import Assumption, declared
from reports.attribution.break_even import Doubts, doubted
from reports.attribution.crossing import Crossing, crossing, sure
from reports.attribution.looks import Condition
from tests.reports.attribution.test_break_even import BASE, FASTER, RISES, Model

T_4 = 2.776  # of 5 replications, 95%
NOISE = np.array([-0.2, -0.1, 0.0, 0.1, 0.2])


def margins(u: float) -> np.ndarray:
    """Return five replications' margins: 1 - 4 u^2 on average, which is nothing at a half."""
    return 1 - 4 * u * u + NOISE


def found(end: float = 1.0, steps: int = 0) -> tuple[Crossing, list[float]]:
    asked: list[float] = []

    def look(u: float) -> np.ndarray:
        asked.append(u)
        return margins(u)

    return crossing(look, {0.0: margins(0.0), end: margins(end)}, 0.0, end, steps), asked


@pytest.mark.parametrize("end", [1.0, -1.0])
def test_the_place_and_its_interval_are_where_a_t_test_says(end: float) -> None:
    cross, asked = found(end)
    half = T_4 * NOISE.std(ddof=1) / math.sqrt(5)
    truth = [0.5, math.sqrt((1 - half) / 4), math.sqrt((1 + half) / 4)]
    assert [cross.at, cross.near, cross.far] == pytest.approx([math.copysign(u, end) for u in truth], abs=0.004)
    assert len(asked) == len(set(asked)) <= 7


def test_of_whole_numbers_the_first_one_is_named() -> None:
    cross, asked = found(steps=8)
    assert (cross.at, cross.near, cross.far) == (0.5, 0.5, 0.625)  # 1 - 4/4 is nothing; 3/8 is sure, and so is 5/8
    assert {u * 8 for u in asked} <= set(range(9))


def test_what_is_overturned_beyond_the_end_only_may_be() -> None:
    cross, _ = found(end=0.47)
    assert math.isnan(cross.at)
    assert math.isnan(cross.far)
    assert cross.near == pytest.approx(math.sqrt((1 - T_4 * NOISE.std(ddof=1) / math.sqrt(5)) / 4), abs=0.01)


def test_one_replication_has_a_place_and_no_interval() -> None:
    one = crossing(lambda u: 1 - 2 * np.array([u]), {0.0: np.ones(1), 1.0: -np.ones(1)}, 0.0, 1.0)
    assert one.at == pytest.approx(0.5)
    assert math.isnan(one.near)
    assert math.isnan(one.far)
    assert sure(np.ones(1))
    assert not sure(np.array([1.0, -0.5]))


# Ranges that a person declared ---------------------------------------------------------------------------------------


def doubts(*texts: str) -> Doubts:
    ranges = declared(BASE, FASTER, read_ranges(FASTER, texts))
    return doubted(BASE, FASTER, [RISES, Condition("earnings rise", "net", 1)], Model(), 3, ranges)


def test_a_declared_range_ends_where_it_was_said_and_goes_on_beyond() -> None:
    one = Assumption("steps.check.service.mean", hours(6), True, declared=Range("", minutes(60), hours(8)))
    assert [one.at(u) for u in (-1, 0, 0.5, 1)] == [hours(1), hours(6), hours(7), hours(8)]
    assert (one.at(2), one.at(-2)) == (hours(16), minutes(30))
    assert one.text(0.7) == "7.4 h"
    servers = Assumption("stations.clerks.servers", 6, False, declared=Range("", 6, 9))
    assert [servers.at(u) for u in (1 / 3, 1)] == [7, 9]
    assert servers.ends == (1.0,)  # the assumed one is the low end


def test_where_the_verdict_turns_within_a_declared_range() -> None:
    """A value of a completion below 67.5 no longer pays for the 12 that the faster check costs."""
    found = doubts("money.completion_value=40..120")
    (one,) = (one for one in found.declared if one.condition.key == "net")
    assert (one.within, one.up, one.text) == (True, False, "67.5")
    assert one in found.overturned
    (other,) = (one for one in found.declared if one.condition == RISES)
    assert math.isnan(other.at)


def test_what_turns_outside_is_not_within_your_range() -> None:
    found = doubts("money.completion_value=80..120")
    (one,) = (one for one in found.declared if one.condition.key == "net")
    assert (one.within, one.text) == (False, "67.5")
    assert found.overturned == ()


def test_a_range_without_the_assumed_value_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"money\.completion_value: does not hold the value"):
        doubts("money.completion_value=10..20")
