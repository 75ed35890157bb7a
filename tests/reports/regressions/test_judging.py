"""Regressions are called where they are, and not where there is only noise."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from scipy import stats

from reports.regressions.judging import ALPHA, Changed, Margins, Regression, compared
from reports.regressions.samples import Sampled, sampled
from reports.regressions.spreads import Drift
from reports.regressions.texts import drifting, lines, rows, said
from tests.reports.synthetic import LOAN, population, write_run

STEPS = 5


def side(random: np.random.Generator, n: int, slow: float = 1.0, runs: int = 1, jitter: float = 0.0) -> list[Sampled]:
    """Return completion, and five steps' failures and times; the third is `slow`, and runs differ by `jitter`."""
    machines = [math.exp(jitter * random.standard_normal()) for _ in range(runs)]
    found = [Sampled("completion", "Completed", 1, None, tuple((random.random(n) < 0.7) * 1.0 for _ in range(runs)))]
    for step in range(STEPS):
        times = tuple(random.lognormal(0, 0.47, n) * (slow if step == 2 else 1.0) * machine for machine in machines)
        failed = tuple((random.random(n) < 0.01) * 1.0 for _ in range(runs))
        found.append(Sampled(f"failed({step})", f"{step}: failed visits", -1, None, failed))
        found += [
            Sampled(f"{word}({step})", f"{step}: {word}", -1, q, times) for word, q in (("p50", 0.5), ("p95", 0.95))
        ]
    return found


STILL = Drift()  # of a machine on which runs of the same thing do not differ


def of(found: Regression, key: str) -> Changed:
    return next(change for change in found.changes if change.key == key)


def test_two_runs_of_the_same_thing_seldom_call_a_regression() -> None:
    random = np.random.default_rng(20261)
    n, calls = 40, 0
    for _ in range(n):
        calls += bool(compared(side(random, 400), side(random, 400), drift=STILL).called("worse"))
    assert calls <= stats.binom.ppf(0.999, n, ALPHA)


def test_a_slowdown_of_a_tenth_is_found_where_it_is() -> None:
    random = np.random.default_rng(20262)
    n, found = 20, 0
    for _ in range(n):
        worse = {
            change.key for change in compared(side(random, 2500), side(random, 2500, 1.1), drift=STILL).called("worse")
        }
        found += "p50(2)" in worse
    assert found >= stats.binom.ppf(0.001, n, 0.8)


@pytest.mark.slow
def test_what_differs_from_run_to_run_is_no_regression_where_there_are_runs_to_tell() -> None:
    random = np.random.default_rng(20263)
    told = [compared(side(random, 300, runs=5, jitter=0.3), side(random, 300, runs=5, jitter=0.3)) for _ in range(25)]
    assert sum(bool(one.called("worse")) for one in told) <= stats.binom.ppf(0.999, 25, ALPHA)
    assert {one.unit for one in told} == {"runs"}
    blind = [compared(side(random, 300, jitter=0.3), side(random, 300, jitter=0.3)) for _ in range(25)]
    assert {change.call for one in blind for change in one.changes} == {"inconclusive"}
    assert "cannot tell a machine's drift" in drifting(blind[0])
    told = [
        compared(side(random, 300, jitter=0.3), side(random, 300, jitter=0.3), drift=Drift(0.35)) for _ in range(25)
    ]
    assert sum(bool(one.called("worse")) for one in told) <= stats.binom.ppf(0.999, 25, ALPHA)
    still = [compared(side(random, 300, jitter=0.3), side(random, 300, jitter=0.3), drift=STILL) for _ in range(25)]
    assert sum(bool(one.called("worse")) for one in still) > stats.binom.ppf(0.999, 25, ALPHA)


def test_the_same_small_count_in_each_of_a_few_runs_is_no_proof() -> None:
    """Three runs without a failure and three with one each: some of twenty steps often do so by chance."""
    random, calls, times = np.random.default_rng(20267), 0, 150

    def rare() -> list[Sampled]:
        runs = [tuple((random.random(20) < 0.02) * 1.0 for _ in range(3)) for _ in range(20)]
        return [Sampled(f"failed({step})", "failed", -1, None, own) for step, own in enumerate(runs)]

    for _ in range(times):
        calls += bool(compared(rare(), rare()).called("worse"))
    assert calls <= stats.binom.ppf(0.95, times, ALPHA)
    sure = [tuple(np.repeat([1.0, 0.0], [failing, 100 - failing]) for _ in range(3)) for failing in (0, 30)]
    told = compared(*[[Sampled("failed(a)", "failed", -1, None, own)] for own in sure])
    assert told.changes[0].call == "worse"


def test_neighbours_that_are_alike_widen_the_interval() -> None:
    random = np.random.default_rng(20264)
    ratios = []
    for _ in range(9):
        alone, together = random.standard_normal(3200), np.zeros(3200)
        for at in range(1, 3200):
            together[at] = 0.95 * together[at - 1] + math.sqrt(1 - 0.95**2) * alone[at]
        wide, narrow = (
            of(compared(*[[Sampled("p50(a)", "a", -1, 0.5, (np.exp(one),))]] * 2, drift=STILL), "p50(a)")
            for one in (together, alone)
        )
        ratios.append(math.log((1 + wide.high) / (1 + wide.low)) / math.log((1 + narrow.high) / (1 + narrow.low)))
    # of values below the median, neighbours k apart have a correlation of 2 / pi asin(0.95^k)
    theory = math.sqrt(1 + 2 * sum(2 / math.pi * math.asin(0.95**k) for k in range(1, 400)))
    assert 0.6 * theory < np.median(ratios) < 1.6 * theory


def test_the_same_within_a_margin_takes_evidence() -> None:
    random = np.random.default_rng(20265)
    few, many = (compared(side(random, n), side(random, n), Margins(0.05), drift=STILL) for n in (100, 20_000))
    assert of(few, "p50(0)").call == "inconclusive"
    assert of(few, "p50(0)").needed > 1
    assert of(many, "p50(0)").call == "same"
    assert of(many, "p50(0)").needed is None


@pytest.mark.parametrize(("before", "after", "call"), [(0.5, 0.9, "better"), (0.9, 0.5, "worse")])
def test_more_is_better_where_it_is(before: float, after: float, call: str) -> None:
    random = np.random.default_rng(20266)
    sides = [[Sampled("completion", "Completed", 1, None, ((random.random(800) < p) * 1.0,))] for p in (before, after)]
    (change,) = compared(*sides, drift=STILL).changes
    assert change.call == call
    assert change.low < after - before < change.high


def test_ten_in_ten_are_no_proof() -> None:
    sides = [[Sampled("failed(a)", "a", -1, None, (np.zeros(n),))] for n in (10, 10)]
    (change,) = compared(*sides, drift=STILL).changes
    assert change.call == "inconclusive"
    assert change.low < 0 < change.high


def test_a_quantile_near_the_sample_s_end_has_no_interval() -> None:
    sides = [[Sampled("p95(a)", "a", -1, 0.95, (np.arange(1.0, 21.0),))] for _ in range(2)]
    found = compared(*sides)
    assert found.changes[0].call == "inconclusive"
    assert math.isnan(found.changes[0].low)
    assert rows(found)[0].note.endswith("20 and 20 observed")


def test_what_one_side_alone_observed_is_not_measured() -> None:
    sides = [
        [Sampled("p50(a)", "a", -1, 0.5, (np.ones(n),)), Sampled("p50(b)", "b", -1, 0.5, (np.ones(0),))] for n in (0, 9)
    ]
    assert [(change.key, change.call) for change in compared(*sides).changes] == [("p50(a)", "not measured")]


def test_rows_become_samples(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("regression")
    frames = [write_run(folder / str(seed), [population(seed, 80)], scenario="x").frame() for seed in range(2)]
    found = {one.key: one for one in sampled(LOAN, frames)}
    assert {"completion", "p50(submit)", "p95(submit)", "failed(submit)", "p50(contact:where)"} <= set(found)
    exits = [frame[frame["step"] == "exit"] for frame in frames]
    assert [run.mean() for run in found["completion"].runs] == [(one["outcome"] == "completed").mean() for one in exits]
    submitted = [frame[(frame["step"] == "submit") & (frame["outcome"] == "served")] for frame in frames]
    for run, table in zip(found["p50(submit)"].runs, submitted, strict=True):
        begun = table["intended_s"].where(table["intended_s"].notna(), table["ready_s"])
        assert np.median(run) == pytest.approx((table["end_s"] - begun).median())


def test_the_words_say_what_the_figures_say() -> None:
    random = np.random.default_rng(20267)
    found = compared(
        side(random, 4000), [*side(random, 4000, 1.2), Sampled("p50(x)", "x", -1, 0.5, (np.ones(5),))], drift=STILL
    )
    assert re.match(r"Worse: 2: p95 \+[\d.]+% \(\+[\d.]+% to \+[\d.]+%\), 2: p50 \+", said(found))
    assert rows(found)[0].call == "worse"
    text = "\n".join(lines(found))
    assert "measured only after: p50(x)" in text
    assert "+2" in rows(found)[0].effect


def turns(random: np.random.Generator, pairs: int, n: int, slow: float = 1.0, drift: float = 0.3) -> Regression:
    """Compare pairs of runs on a machine that drifts much from pair to pair, and little within one."""
    sides: tuple[list[Sampled], list[Sampled]] = ([], [])
    machines = [math.exp(drift * random.standard_normal()) for _ in range(pairs)]
    for place, factor in enumerate((1.0, slow)):
        sides[place].append(
            Sampled("completion", "Completed", 1, None, tuple((random.random(n) < 0.7) * 1.0 for _ in range(pairs)))
        )
        for step in range(STEPS):
            times = tuple(
                machine * math.exp(0.02 * random.standard_normal()) * random.lognormal(0, 0.47, n)
                * (factor if step == 2 else 1.0) for machine in machines
            )  # fmt: skip
            for word, q in (("p50", 0.5), ("p95", 0.95)):
                sides[place].append(Sampled(f"{word}({step})", f"{step}: {word}", -1, q, times))
    return compared(*sides, paired=True)


def test_in_turn_what_the_machine_does_to_both_cancels() -> None:
    random = np.random.default_rng(20268)
    same = [turns(random, 6, 200) for _ in range(40)]
    assert sum(bool(one.called("worse")) for one in same) <= stats.binom.ppf(0.999, 40, ALPHA)
    slow = [turns(random, 8, 500, 1.1) for _ in range(20)]
    assert sum("p50(2)" in {change.key for change in one.called("worse")} for one in slow) >= 13
    assert {one.unit for one in slow} == {"pairs"}


@pytest.mark.slow
def test_ten_nights_tell_how_much_one_night_may_differ() -> None:
    random, calls, found = np.random.default_rng(20269), 0, 0
    for _ in range(40):
        calls += bool(compared(side(random, 300, runs=10, jitter=0.05), side(random, 300, jitter=0.05)).called("worse"))
        told = compared(side(random, 300, runs=10, jitter=0.05), side(random, 300, slow=1.6, jitter=0.05))
        found += "p50(2)" in {change.key for change in told.called("worse")}
    assert calls <= stats.binom.ppf(0.999, 40, ALPHA)
    assert found >= 36
    (change, *_) = [one for one in told.changes if one.call == "inconclusive"]
    assert change.needed is None or change.needed > 1


def test_a_smaller_run_is_no_surer_than_its_customers() -> None:
    """Nights of 1,000 customers, and a run of 40: the nights' spread is not that of so few."""
    random, calls = np.random.default_rng(20270), 0
    for _ in range(30):
        calls += bool(compared(side(random, 1000, runs=10), side(random, 40)).called("worse"))
    assert calls <= stats.binom.ppf(0.999, 30, ALPHA)


def test_the_same_customers_with_the_same_luck_are_surer_than_others() -> None:
    """Half of all complete; before and after it is the same half, or another one."""
    random = np.random.default_rng(20275)
    runs = tuple((random.random(300) < 0.5) * 1.0 for _ in range(5))
    others = tuple((random.random(300) < 0.5) * 1.0 for _ in range(5))
    widths = []
    for after in (runs, others):
        sides = [[Sampled("completion", "Completed", 1, None, own)] for own in (runs, after)]
        (change,) = compared(*sides, paired=True).changes
        widths.append(change.high - change.low)
    assert widths[0] < 0.02 < 0.08 < widths[1]
    few = []
    for failing in (0, 1):
        own = tuple(np.repeat([1.0, 0.0], [failing, 100 - failing]) for _ in range(4))
        few.append([Sampled("failed(a)", "a", -1, None, own)])
    assert compared(few[0], few[1], paired=True).changes[0].call == "inconclusive"
