"""Intervals against SciPy, against values worked out by hand, and against their own promise of coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.statistics import (
    Estimate,
    kept,
    mean_interval,
    paired,
    quantile_interval,
    relative_change,
    replications_needed,
    verdict,
    wilson,
)

NAN = float("nan")


def test_mean_interval_is_the_t_interval() -> None:
    from scipy import stats

    values = [3.1, 2.7, 4.4, 3.9, 3.2]
    found = mean_interval([*values, NAN])
    low, high = stats.t.interval(0.95, 4, loc=np.mean(values), scale=stats.sem(values))
    assert (found.value, found.low, found.high, found.n) == pytest.approx((np.mean(values), low, high, 5))


def test_one_value_has_no_interval_and_none_has_no_value() -> None:
    assert math.isnan(mean_interval([2.0]).low)
    assert not mean_interval([]).measured


@pytest.mark.parametrize(("successes", "n"), [(0, 10), (3, 10), (10, 10), (45, 200)])
def test_proportions_are_those_of_scipy(successes: int, n: int) -> None:
    from scipy import stats

    found, expected = wilson(successes, n), stats.binomtest(successes, n).proportion_ci(0.95, method="wilson")
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_quantile_interval_holds_the_ranks_of_the_binomial() -> None:
    from scipy import stats

    sample = np.arange(1.0, 101.0)
    found = quantile_interval(sample, 0.5)
    assert (found.low, found.high) == (40.0, 61.0)  # the textbook ranks for n = 100
    covered = stats.binom.cdf(found.high - 1, 100, 0.5) - stats.binom.cdf(found.low - 1, 100, 0.5)
    assert 0.95 <= covered < 0.97


def test_too_small_a_sample_leaves_the_quantile_open_above() -> None:
    found = quantile_interval([5.0, 1.0, 3.0, 2.0, 4.0, 6.0], 0.95)
    assert found.high == math.inf
    assert found.low < 6


def test_relative_change_solves_fiellers_equation() -> None:
    base, other = np.array([4.0, 5.0, 6.0, 5.5]), np.array([6.5, 7.0, 8.0, 8.5])
    found = relative_change(base, other)
    assert found.value == pytest.approx(other.mean() / base.mean() - 1)
    for edge in (found.low, found.high):  # at an edge, other - ratio * base differs from 0 by exactly t
        rest = other - (1 + edge) * base
        assert abs(rest.mean()) / (rest.std(ddof=1) / 2) == pytest.approx(3.182446305284263)


def test_a_base_that_may_be_zero_bounds_nothing() -> None:
    assert not relative_change([-1.0, 2.0, -3.0], [1.0, 2.0, 3.0]).bounded
    assert not relative_change([0.0, 0.0], [1.0, 2.0]).measured


def test_pairing_finds_what_shared_luck_hides() -> None:
    rng = np.random.default_rng(7)
    luck = rng.normal(0, 5, 20)
    base, other = 50 + luck + rng.normal(0, 0.5, 20), 52 + luck + rng.normal(0, 0.5, 20)
    found = paired(base, other)
    assert found.difference.low > 0
    assert found.variance == pytest.approx(np.var(other - base, ddof=1))
    assert found.unpaired == pytest.approx(np.var(base, ddof=1) + np.var(other, ddof=1))
    assert found.variance_reduction == pytest.approx(1 - found.variance / found.unpaired)
    assert found.variance_reduction > 0.9
    assert verdict(found.difference, 1) == "better"
    assert verdict(found.difference, -1) == "worse"
    assert verdict(found.difference, 0) == "higher"


def test_inconclusive_says_how_many_replications_settle_it() -> None:
    differences = np.array([1.0, -1.0] * 5) * 3 + 0.5
    needed = replications_needed(differences)
    spread = differences.std(ddof=1)
    assert needed is not None

    def half(n: int) -> float:
        from scipy import stats

        return float(stats.t.ppf(0.975, n - 1) * spread / math.sqrt(n))

    assert half(needed) < 0.5 <= half(needed - 1)
    assert verdict(mean_interval(differences), 1) == "inconclusive"
    assert replications_needed([1.0, -1.0]) is None


def test_equal_runs_have_no_difference() -> None:
    assert verdict(paired([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]).difference, 1) == "no difference"
    assert verdict(Estimate(NAN), 1) == "not measured"


def test_a_limit_is_kept_only_by_the_whole_interval() -> None:
    some = Estimate(0.5, 0.4, 0.6, 10)
    assert kept(some, [True, True, True]) == "kept"
    assert kept(some, [False, False, False]) == "missed"
    assert kept(some, [False, True, True]) == "inconclusive"
    assert kept(Estimate(0.5), [True] * 3) == "inconclusive"
    assert kept(Estimate(NAN), [True] * 3) == "not measured"


def test_intervals_cover_the_truth_as_often_as_they_promise() -> None:
    rng = np.random.default_rng(11)
    tries = 1000
    mean = change = median = 0
    for _ in range(tries):
        values = rng.normal(10, 3, 8)
        mean += (interval := mean_interval(values)).low <= 10 <= interval.high
        ratio = relative_change(values, 1.4 * values + rng.normal(0, 1, 8))
        change += ratio.low <= 0.4 <= ratio.high
        middle = quantile_interval(rng.exponential(1.0, 40), 0.5)
        median += middle.low <= math.log(2) <= middle.high
    for hits, least, most in ((mean, 0.93, 0.97), (change, 0.93, 0.97), (median, 0.94, 0.985)):
        assert least <= hits / tries <= most


def test_proportions_intervals_cover_the_truth_by_exact_count() -> None:
    from scipy import stats

    shares = np.linspace(0.02, 0.98, 97)
    chances = stats.binom.pmf(np.arange(61)[:, None], 60, shares)
    found = [wilson(hits, 60) for hits in range(61)]
    low, high = np.array([[one.low, one.high] for one in found]).T[:, :, None]
    covered = (chances * ((low <= shares) & (shares <= high))).sum(axis=0)
    assert 0.945 <= float(covered.mean()) <= 0.965


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_a_quantile_lies_within_its_own_interval(sample: list[float], q: float) -> None:
    found = quantile_interval(sample, q)
    slack = 1e-9 * (1 + abs(found.value))
    assert found.low - slack <= found.value <= found.high + slack


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_stays_within_zero_and_one_and_is_no_narrower_than_a_point(counts) -> None:
    found = wilson(*counts)
    assert 0 <= found.low <= found.value <= found.high <= 1
