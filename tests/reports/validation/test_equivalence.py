"""Equivalence tests keep their level on queues, whose customers are no independent evidence."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reports.statistics import Estimate
from reports.validation.equivalence import Equivalence, Margin, Sample, equivalence, overall
from tests.reports.planted import arrivals, served, services

TRIALS = 120
CUSTOMERS = 1500


def sojourns(seed: int, busy: float = 0.7, n: int = CUSTOMERS) -> np.ndarray:
    random = np.random.default_rng(seed)
    ready_s, service_s = arrivals(random, n, 1, 1.0, busy), services(random, n, 1.0, 1.0)
    return served(ready_s, service_s, 1)[1] - ready_s


def sample(values: np.ndarray, q: float = math.nan, **more: object) -> Sample:
    n = len(values)
    given = {"customers": n} | more
    return Sample(values, np.arange(n), np.zeros(n, dtype=np.intp), q=q, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize("q", [math.nan, 0.95])
def test_a_difference_of_the_margin_is_seldom_called_equivalent(q: float) -> None:
    """At 5% by design; customers taken as independent would call it so several times as often."""
    level = -math.log(0.05) if q == 0.95 else 1.0
    true = level / (1 - 0.7)  # a sojourn in M/M/1 is exponential with mean 1 / (1 - rho)
    called = 0
    for trial in range(TRIALS):
        here, there = sojourns(trial), sojourns(10_000 + trial)
        found = equivalence(sample(here, q), sample(there + 0.3 * true, q), Margin(absolute=0.3 * true), paired=False)
        called += found.verdict == "equivalent"
    assert called <= 0.05 * TRIALS + 3 * math.sqrt(TRIALS * 0.05 * 0.95)


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    covered = 0
    for trial in range(TRIALS):
        here, there = sojourns(trial, n=3000), sojourns(20_000 + trial, n=3000)
        estimate = equivalence(sample(here), sample(there), Margin(0.1), paired=False).difference
        covered += estimate.low <= 0 <= estimate.high or math.isnan(estimate.low)
    assert covered >= 0.90 * TRIALS - 4 * math.sqrt(TRIALS * 0.1 * 0.9)


def test_an_interval_of_a_high_percentile_is_seldom_wrong() -> None:
    """Long queues come in clusters: sections of customers once left the truth out 27 times in a hundred here."""
    wrong = judged = 0
    for trial in range(TRIALS):
        here, there = sojourns(trial, n=3000), sojourns(30_000 + trial, n=3000)
        estimate = equivalence(sample(here, 0.95), sample(there, 0.95), Margin(0.1), paired=False).difference
        judged += estimate.bounded
        wrong += estimate.low > 0 or estimate.high < 0
    assert judged > 0.5 * TRIALS
    assert wrong <= 0.10 * judged + 2 * math.sqrt(judged * 0.1 * 0.9)


@pytest.mark.parametrize("q", [math.nan, 0.95])
def test_an_interval_of_the_same_customers_is_seldom_wrong_and_narrow(q: float) -> None:
    """The same customers with services that differ by chance, by 5%: the true difference is none."""
    wrong, widths = 0, []
    for trial in range(TRIALS):
        random = np.random.default_rng(trial)
        ready_s, service_s = arrivals(random, 2000, 4, 1.0, 0.7), services(random, 2000, 1.0, 1.0)
        here, there = (
            served(ready_s, service_s * (1 + 0.05 * random.standard_normal(2000)), 4)[1] - ready_s for _ in range(2)
        )
        estimate = equivalence(sample(here, q), sample(there, q), Margin(0.1), paired=True).difference
        wrong += estimate.low > 0 or estimate.high < 0
        if estimate.bounded:
            widths.append((estimate.high - estimate.low) / 2)
    assert wrong <= 0.10 * TRIALS + 2 * math.sqrt(TRIALS * 0.1 * 0.9)
    assert np.mean(widths) < (0.03 if math.isnan(q) else 0.2)
    assert len(widths) > 0.5 * TRIALS


def test_the_same_customers_say_more_than_others() -> None:
    here = sojourns(1)
    apart = equivalence(sample(here), sample(sojourns(2)), Margin(0.05), paired=False)
    together = equivalence(sample(here), sample(1.01 * here), Margin(0.05), paired=True)
    assert together.verdict == "equivalent"
    assert apart.verdict == "inconclusive"
    assert apart.needed is None or apart.needed > 1


def test_a_clear_difference_is_called_that_and_a_small_one_beyond_doubt_is_not() -> None:
    here = sojourns(3)
    assert equivalence(sample(here), sample(1.5 * here), Margin(0.1), paired=True).verdict == "different"
    assert equivalence(sample(here), sample(1.02 * here), Margin(0.1), paired=True).verdict == "equivalent"
    assert equivalence(sample(here), sample(1.02 * here), Margin(0.01), paired=True).verdict == "different"


def test_nothing_seen_twice_is_no_proof_that_nothing_happens() -> None:
    """No failures among three hundred, in both runs, leaves room for a per cent."""
    nothing = np.zeros(0)
    none = Sample(nothing, nothing.astype(np.intp), nothing.astype(np.intp), 300, per_customer=True)
    assert equivalence(none, none, Margin(absolute=0.003), paired=True).verdict == "inconclusive"
    assert equivalence(none, none, Margin(absolute=0.02), paired=True).verdict == "equivalent"


def test_too_few_are_told_and_needed_shrinks_with_more() -> None:
    few = equivalence(sample(sojourns(4, n=60)), sample(sojourns(5, n=60)), Margin(0.1), paired=False)
    assert (few.verdict, few.why) == ("inconclusive", "too few: 60 customers, of which it takes 128")
    needs = [
        equivalence(sample(here), sample(here * np.random.default_rng(1).uniform(0.7, 1.3, len(here))),
                    Margin(0.004), paired=True).needed
        for here in (sojourns(6, 0.2, 2000), sojourns(6, 0.2, 20_000))
    ]  # fmt: skip
    assert needs[0] is not None
    assert needs[1] is None or needs[1] < needs[0]


def test_replications_are_the_unit_where_there_are_enough() -> None:
    random = np.random.default_rng(7)
    values = random.exponential(1.0, 1000)
    many = Sample(values, np.arange(1000), np.arange(1000) // 100, 1000, replications=10)
    found = equivalence(sample(random.exponential(1.0, 1000)), many, Margin(0.5), paired=False)
    assert found.verdict == "equivalent"
    assert found.difference.bounded


def test_a_model_is_different_where_one_number_is() -> None:
    def one(verdict: str) -> Equivalence:
        return Equivalence(1.0, 1.0, Estimate(0.0), 0.1, verdict)  # type: ignore[arg-type]

    assert overall([one("equivalent"), one("not measured")]) == "equivalent"
    assert overall([one("equivalent"), one("inconclusive")]) == "inconclusive"
    assert overall([one("different"), one("equivalent"), one("inconclusive")]) == "different"
    assert overall([]) == "not measured"
