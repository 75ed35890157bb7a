"""Warm-up: the rule against its definition, against series whose beginning is known, and the picture of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.columns import Columns
from journeys.errors import InvalidInput
from reports.experiments.warmup import in_common_periods, in_periods, mser, observed, rounded_up, warm_up, welch
from reports.experiments.warmup_figure import warm_up_figure
from reports.pictures.drawing import svg_text
from reports.statistics import Floats
from tests.reports.synthetic import approved, arrival, leaving


@given(st.lists(st.floats(-1e3, 1e3), min_size=50, max_size=140))
def test_the_rule_is_its_definition(numbers: list[float]) -> None:
    means = [sum(numbers[at : at + 5]) / 5 for at in range(0, len(numbers) - 4, 5)]

    def error(left: list[float]) -> float:
        mean = sum(left) / len(left)
        return sum((one - mean) ** 2 for one in left) / len(left) ** 2

    errors = [error(means[cut:]) for cut in range(len(means) // 2 + 1)]
    cut, settled = mser(np.array(numbers))
    assert errors[cut // 5] <= min(errors) + 1e-9 * max(1.0, max(errors))
    assert settled == (cut // 5 < len(means) // 2)


def relaxing(seed: int, n: int = 2000, far: float = 30.0, after: float = 40.0) -> Floats:
    """Return noise around 10 that begins `far` from it and comes near within some `after` observations."""
    noise = np.random.default_rng(seed).normal(0.0, 1.0, n)
    return 10.0 + far * np.exp(-np.arange(n) / after) + noise


def test_it_leaves_out_what_is_far_from_rest_and_little_else() -> None:
    replications = [relaxing(seed) for seed in range(20)]
    clock = [np.arange(2000) * 3.0 + 1.0] * 20
    found = warm_up(clock, replications)
    bias = 30.0 * math.exp(-found.cut / 40.0)
    assert bias < 3 / math.sqrt(20)  # what is left of it drowns in the noise of the averaged series
    assert found.cut <= 300
    assert found.settled
    assert found.cut_s == 3.0 * found.cut + 1.0
    assert found.rest.low < 10.0 < found.rest.high
    assert found.whole.low > 10.3  # the mean of 30 exp(-i/40) over 2,000 is 0.6


def test_a_series_at_rest_loses_little() -> None:
    cuts = [mser(relaxing(seed, far=0.0))[0] for seed in range(200)]
    assert np.mean(np.array(cuts) <= 500) > 0.8
    assert np.median(cuts) <= 200


def test_a_series_that_never_rests_is_not_called_settled() -> None:
    assert mser(np.arange(1000.0)) == (500, False)
    assert not warm_up([np.arange(400.0)] * 2, [np.sqrt(np.arange(400.0))] * 2).settled


def test_a_series_too_short_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"series: is too short \(got 49 observations\); 50 or more"):
        mser(np.zeros(49))


def test_welchs_average_is_its_definition() -> None:
    series = np.random.default_rng(1).normal(size=31)
    smooth = welch(series, 7)
    for at in range(31):
        reach = min(7, at, 30 - at)
        assert smooth[at] == pytest.approx(series[at - reach : at + reach + 1].mean())
    assert welch(series, 0) == pytest.approx(series)


def test_replications_end_with_the_shortest_and_are_averaged_one_by_one() -> None:
    long, short = np.arange(80.0), np.arange(60.0) + 2.0
    found = warm_up([long, short], [long, short])
    assert found.series == pytest.approx(np.arange(60.0) + 1.0)
    assert found.times_s == pytest.approx(np.arange(60.0) + 1.0)
    assert found.whole.n == 2
    assert found.window == 3


def test_periods_are_means_of_what_fell_into_them() -> None:
    ends, means = in_periods(np.array([0.0, 9.9, 10.0, 25.0, 31.0]), np.array([1.0, 3.0, 5.0, 7.0, 9.0]), 10.0, 3)
    assert ends.tolist() == [10.0, 20.0, 30.0]
    assert means.tolist() == [2.0, 5.0, 7.0]
    with pytest.raises(InvalidInput, match="--every: some periods saw nobody"):
        in_periods(np.array([0.0, 25.0]), np.array([1.0, 1.0]), 10.0, 3)


def test_replications_have_the_periods_that_all_see_through() -> None:
    long, short = np.arange(100.0), np.arange(45.0)
    found = in_common_periods([(long, long), (short, short)], 10.0)
    assert [len(values) for _, values in found] == [4, 4]
    assert found[0][1].tolist() == found[1][1].tolist() == [4.5, 14.5, 24.5, 34.5]


def test_what_is_observed_is_a_wait_or_the_time_in_the_journey() -> None:
    rows = Columns.of(
        [*approved(1, 100.0, 50.0), *approved(0, 10.0, 500.0), arrival(2, 5.0), leaving(2, 9.0, "censored")]
    )
    times, values = observed(rows, "")
    assert times.tolist() == [10.0, 100.0]
    assert values.tolist() == [551.0, 101.0]
    times, values = observed(rows, "submit")
    assert times.tolist() == [20.0, 110.0]
    assert values.tolist() == [5.0, 5.0]


@given(st.floats(1e-6, 1e8))
def test_a_rounded_time_is_no_shorter_and_hardly_longer(seconds: float) -> None:
    found = rounded_up(seconds)
    assert seconds <= found <= max(1.05 * seconds, math.ceil(seconds))


def test_the_picture_says_what_is_left_out() -> None:
    clock = [np.arange(2000) * 60.0] * 20
    settled = warm_up(clock, [relaxing(seed) for seed in range(20)])
    text = svg_text(warm_up_figure(settled, "Time in the journey", 20))
    assert "MSER-5: leave out" in text
    assert "mean of 20 replications" in text
    assert "Simulated time, hours" in text
    rising = warm_up(clock, [np.arange(2000.0)] * 20)
    assert "not settled; simulate longer" in svg_text(warm_up_figure(rising, "Time in the journey", 20))
