"""Laws of arrival: how many come when, and that nobody changes places when the rate does."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys import Journey, Poisson, Schedule, Spike, Step, days, hours, per_day, per_hour, seconds
from journeys.errors import InvalidInput
from journeys.population import Population

OFFICE = tuple(3.0 if hour % 24 in range(9, 17) else 0.0 if hour % 24 < 6 else 0.5 for hour in range(168))
Z_999 = 3.29


def population(law: Poisson | Schedule, seed: int = 7) -> Population:
    return Population(Journey(name="shop", arrivals=law, steps=(Step(name="pay", lane="customer"),)), seed)


def assert_poisson(count: int, mean: float) -> None:
    assert abs(count - mean) < Z_999 * math.sqrt(mean), f"{count} arrivals where {mean:.0f} were to be expected"


def test_a_constant_rate_gives_its_count():
    times = population(Poisson(per_hour(10))).arrivals_s(20_000)
    assert np.all(np.diff(times) >= 0)
    assert_poisson(int(np.sum(times < days(50).s)), 10 * 24 * 50)


def test_a_profile_is_a_proportion_and_not_a_rate():
    law = Poisson(per_hour(10), profile=OFFICE)
    times = population(law).arrivals_s(20_000)
    weeks = 8
    within = times[times < weeks * 7 * 86400.0]
    assert_poisson(len(within), 10 * 168 * weeks)
    by_hour = np.bincount((within // 3600).astype(int) % 24, minlength=24)
    assert by_hour[:6].sum() == 0
    scale = 10 / np.mean(OFFICE) * 7 * weeks
    assert_poisson(int(by_hour[9:17].sum()), 3.0 * 8 * scale)
    assert_poisson(int(by_hour[6:9].sum() + by_hour[17:].sum()), 0.5 * 10 * scale)


def test_spikes_multiply_the_rate_where_they_overlap():
    spikes = (Spike(hours(10), hours(10), 4.0), Spike(hours(15), hours(10), 0.5))
    times = population(Poisson(per_hour(300), spikes=spikes)).arrivals_s(20_000)
    for begin, end, factor in ((0, 10, 1.0), (10, 15, 4.0), (15, 20, 2.0), (20, 25, 0.5), (25, 35, 1.0)):
        count = int(np.sum((times >= begin * 3600) & (times < end * 3600)))
        assert_poisson(count, 300 * factor * (end - begin))


@given(st.floats(0.5, 40), st.integers(0, 2**32), st.booleans())
def test_another_rate_moves_everybody_and_swaps_nobody(per_hour_: float, seed: int, varies: bool):
    people = population(Poisson(per_hour(5)), seed)
    other = Poisson(per_hour(per_hour_), profile=OFFICE if varies else (), spikes=(Spike(hours(3), hours(5), 6.0),))
    plain = people.arrivals_s(300)
    changed = people.arrivals_s(300, other)
    assert np.all(np.diff(changed) >= 0)
    assert (changed[0] <= plain[0]) or per_hour_ < 5 or varies
    # the same unit exponentials stand behind both: expected arrivals until each time are the same sums
    np.testing.assert_allclose(people.arrivals_s(300, Poisson(per_hour(10))), plain / 2)


def test_a_customer_arrives_at_the_same_time_however_many_come():
    people = population(Poisson(per_hour(10), profile=OFFICE))
    np.testing.assert_array_equal(people.arrivals_s(40), people.arrivals_s(9000)[:40])


def test_a_schedule_is_followed_and_ends():
    people = population(Schedule.from_seconds([0, 5, 5, 60]))
    assert people.arrivals_s(3).tolist() == [0, 5, 5]
    assert people.arrivals_s(100).tolist() == [0, 5, 5, 60]
    assert population(Poisson(per_hour(1))).arrivals_s(0).tolist() == []


def test_arrivals_are_replayed_from_a_file(tmp_path: Path):
    file = tmp_path / "log.csv"
    file.write_text("who,arrived_s\na,30\nb,10.5\n")
    assert Schedule.from_csv(file, "arrived_s") == Schedule((seconds(10.5), seconds(30)))


@pytest.mark.parametrize("text", ["who\na\n", "arrived_s\nsoon\n", "who,arrived_s\na\n", None])
def test_a_file_without_times_is_one_problem(tmp_path: Path, text: str | None):
    file = tmp_path / "log.csv"
    if text is not None:
        file.write_text(text)
    with pytest.raises(InvalidInput) as refused:
        Schedule.from_csv(file, "arrived_s")
    assert len(refused.value.problems) == 1
    assert str(file) in str(refused.value)


@pytest.mark.parametrize(
    ("law", "paths"),
    [
        (Poisson(per_day(-3)), ["at.rate"]),
        (Poisson(per_day(math.inf)), ["at.rate"]),
        (Poisson(per_day(3), profile=(1.0,) * 24), ["at.profile"]),
        (Poisson(per_day(3), profile=(0.0,) * 168), ["at.profile"]),
        (Poisson(per_day(3), profile=(math.inf,) * 168), ["at.profile"]),
        (Poisson(per_day(0), spikes=(Spike(hours(1), hours(0), 2.0),)), ["at.rate", "at.spikes.0"]),
        (Poisson(per_day(3), spikes=(Spike(hours(1), hours(1), 2.0), Spike(hours(1), hours(1), -1))), ["at.spikes.1"]),
        (Schedule(()), ["at.at"]),
        (Schedule.from_seconds([3, 2]), ["at.at"]),
        (Schedule.from_seconds([-3, 2]), ["at.at"]),
        (Schedule.from_seconds([1, math.nan]), ["at.at"]),
        (Poisson(per_day(3), profile=OFFICE), []),
    ],
)
def test_a_law_tells_what_is_wrong_with_it(law: Poisson | Schedule, paths: list[str]):
    assert [problem.path for problem in law.problems("at")] == paths
