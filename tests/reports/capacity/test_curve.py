"""The curve of trials' times: against queues simulated here, without any engine of the project's."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reports.capacity.curve import HIGH, LOW, Point, median_z, posterior, telling_most
from reports.capacity.luck import arrivals_luck
from reports.capacity.search import Search, Trial
from reports.measuring.quantities import Floats

SERVICE_S, LIMIT_S, LASTS_S, BEGIN_S = 0.025, 0.150, 20.0, 4.0
CAPACITY = 20.89
"""Of one server, exponential, 25 ms: the rate at which p95 of 16 s keeps 150 ms in half of 10,000 trials."""


def arrivals(coin: np.random.Generator, rate_per_s: float) -> Floats:
    return np.sort(coin.random(coin.poisson(rate_per_s * LASTS_S)) * LASTS_S)


def one_server(coin: np.random.Generator, at_s: Floats) -> float:
    """Return the 95th percentile of the time in a queue of one server, by Lindley's recursion."""
    services = coin.exponential(SERVICE_S, len(at_s))
    ends = np.cumsum(services) + np.maximum.accumulate(at_s - np.cumsum(services) + services)
    return float(np.quantile((ends - at_s)[at_s >= BEGIN_S], 0.95, method="inverted_cdf"))


def searched(seed: int, trials: int, limit: float) -> Search:
    coin, found = np.random.default_rng(seed), Search(2.0, 200.0, 0.01, limit)
    for _ in range(trials):
        rate = found.next_rate()
        at_s = arrivals(coin, rate)
        value = one_server(coin, at_s)
        luck = arrivals_luck(at_s, LASTS_S, rate, BEGIN_S, 0.95)
        found.learn(Trial(rate, value < LIMIT_S, value, arrivals=len(at_s), luck=luck))
    return found


def test_times_tell_more_than_kept_or_missed_and_the_interval_still_holds_the_truth() -> None:
    covered, widths = 0, []
    for seed in range(6):
        by_times, by_luck = (searched(seed, 10, limit).belief.estimate(10) for limit in (LIMIT_S, math.nan))
        covered += by_times.low <= CAPACITY <= by_times.high
        widths.append((by_times.high - by_times.low, by_luck.high - by_luck.low))
        assert by_times.method == "posterior of a curve of times"
    assert covered >= 4  # of 6 at 95%: fewer has probability 0.002
    ours, theirs = np.mean(widths, axis=0)
    assert ours < 0.95 * theirs


def test_a_cliff_is_found_without_any_curve() -> None:
    found = Search(1.0, 200.0, 0.1, 1.0)
    for _ in range(20):
        rate = found.next_rate()
        found.learn(Trial(rate, rate < 30, 0.1 if rate < 30 else math.inf, arrivals=600))
    estimate = found.belief.estimate(20)
    assert estimate.low < 30 < estimate.high
    assert estimate.high / estimate.low < 1.25


def test_a_percentile_too_far_out_to_be_seen_is_a_miss_and_ends_nothing() -> None:
    found = Search(1.0, 64.0, 0.1, 1.0)
    found.learn(Trial(8.0, True, 0.5))
    found.learn(Trial(32.0, False, math.inf))
    assert 8 < found.belief.quantile(0.5) < 32
    assert 8 < found.next_rate() < 32
    times = found.times(np.array([8.0, 20.0, 32.0]))
    assert times[0] < times[1] < times[2]
    assert math.isnan(Search(1.0, 64.0, 0.1).times(np.array([8.0]))[0])


def test_what_is_far_from_the_limit_says_no_more_than_that() -> None:
    ends = math.log(5), math.log(80)
    near = [Point(math.log(18), 1.1, 400, 0.0), Point(math.log(24), 0.8, 400, 0.0)]
    told = [
        posterior([*near, Point(math.log(40), z, 400, 0.0)], *ends).of_capacity @ np.arange(48.0)
        for z in (LOW - 0.01, LOW - 0.2)
    ]
    assert told[0] == pytest.approx(told[1])
    told = [
        posterior([*near, Point(math.log(6), z, 400, 0.0)], *ends).of_capacity @ np.arange(48.0)
        for z in (HIGH + 0.1, HIGH + 9)
    ]
    assert told[0] == pytest.approx(told[1])


def test_a_trial_is_made_near_the_edge_and_not_where_the_answer_is_known() -> None:
    ends = math.log(1), math.log(100)
    known = posterior([Point(math.log(r), z, 400, 0.0) for r, z in ((10, 1.5), (20, 1.1), (28, 0.8), (40, 0.2))], *ends)
    rates = np.log([5.0, 21.0, 90.0])
    assert telling_most(known, rates) == 1
    z = median_z(known, rates)
    assert z[0] > 1 > z[2]


def test_crowds_are_bad_luck_and_even_arrivals_good_luck() -> None:
    coin, n = np.random.default_rng(4), 600
    even = np.linspace(0, LASTS_S, n)
    crowded = np.sort(np.concatenate([coin.random(n // 2) * LASTS_S, 10 + coin.random(n // 2)]))
    assert arrivals_luck(even, LASTS_S, n / LASTS_S, BEGIN_S, 0.95) < -1.5
    assert arrivals_luck(crowded, LASTS_S, n / LASTS_S, BEGIN_S, 0.95) > 2
    usual = [arrivals_luck(arrivals(coin, 30.0), LASTS_S, 30.0, BEGIN_S, 0.95) for _ in range(60)]
    assert abs(float(np.median(usual))) < 0.5
    assert 0.6 < float(np.std(usual)) < 1.5
    assert arrivals_luck(np.zeros(0), LASTS_S, 0.1, BEGIN_S, 0.95) == 0.0
