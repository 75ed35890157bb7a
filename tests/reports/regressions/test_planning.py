"""How many runs it takes: what is promised before a comparison holds in it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reports.regressions.judging import ALPHA, POWER, compared
from reports.regressions.planning import planned
from reports.regressions.samples import Sampled
from reports.regressions.spreads import Drift, basis_of, pairs_to_find, reach_to_find
from reports.regressions.texts import plan_lines

DRIFT = 0.03


def runs(random: np.random.Generator, count: int, n: int, slow: float = 1.0, drift: float = DRIFT) -> list[Sampled]:
    """Return two steps' times in runs that differ by `drift`; the second is `slow`."""
    found = []
    machines = [math.exp(drift * random.standard_normal()) for _ in range(count)]
    for step, factor in (("a", 1.0), ("b", slow)):
        times = tuple(factor * machine * random.lognormal(0, 0.47, n) for machine in machines)
        for word, q in (("p50", 0.5), ("p95", 0.95)):
            found.append(Sampled(f"{word}({step})", f"{step}: {word}", -1, q, times))
    return found


@pytest.mark.parametrize(("df", "alpha"), [(2, 0.005), (5, 0.005), (9, 0.0025), (30, 0.01)])
def test_what_a_t_test_finds_is_that_of_the_noncentral_law(df: int, alpha: float) -> None:
    away = reach_to_find(alpha, df, POWER)
    power = float(stats.nct.sf(stats.t.isf(alpha, df), df, away))
    assert power == pytest.approx(POWER, abs=0.03 if df < 3 else 0.015)


def test_fewer_pairs_than_planned_would_not_do() -> None:
    n = pairs_to_find(0.06, math.log(1.1), 0.005, POWER)
    assert n is not None
    assert reach_to_find(0.005, n - 1, POWER) * 0.06 / math.sqrt(n) <= math.log(1.1)
    assert reach_to_find(0.005, n - 2, POWER) * 0.06 / math.sqrt(n - 1) > math.log(1.1)
    assert pairs_to_find(50.0, math.log(1.1), 0.005, POWER) is None
    assert pairs_to_find(math.inf, math.log(1.1), 0.005, POWER) is None


def test_a_plan_made_of_nights_finds_what_it_promises() -> None:
    random, found, times = np.random.default_rng(20271), 0, 40
    for _ in range(times):
        plan = planned(runs(random, 12, 400))
        assert plan.pairs is not None
        told = compared(runs(random, plan.pairs, 400), runs(random, plan.pairs, 400, 1.1), paired=True)
        found += bool({"p50(b)", "p95(b)"} & {change.key for change in told.called("worse")})
    assert found >= stats.binom.ppf(0.001, times, 0.75)  # the spread of twelve nights is an estimate, too
    assert {one.runs_part < 0.06 for one in plan.needed} == {True}


def test_one_run_plans_by_the_drift_that_is_told_and_pairs_by_their_own() -> None:
    random = np.random.default_rng(20272)
    one = runs(random, 1, 400)
    calm, busy = (planned(one, drift=Drift(drift)) for drift in (0.01, 0.1))
    assert calm.pairs is not None
    assert busy.pairs is not None
    assert calm.pairs < busy.pairs
    assert planned(one).drift == Drift(0.05, 0.005)
    machines = [runs(random, 8, 400, drift=0.0) for _ in range(2)]
    together = planned(machines[0], machines[1])
    assert together.paired
    assert together.drift is None
    assert together.pairs is not None
    assert together.pairs < busy.pairs
    text = "\n".join(plan_lines(calm))
    assert f"{calm.pairs} pairs of such runs, taken in turn" in text
    assert "runs are taken to differ by 1%" in text


def test_runs_too_small_for_a_quantile_are_told_so() -> None:
    plan = planned(runs(np.random.default_rng(20273), 1, 12))
    tail = next(one for one in plan.needed if one.key == "p95(a)")
    assert tail.pairs is None
    assert tail.alone is None
    assert " no" in "\n".join(plan_lines(plan))


def test_what_an_interval_rests_on() -> None:
    assert [basis_of(*sides) for sides in ((1, 1, False), (2, 1, False), (2, 2, False), (10, 1, False))] == [
        "customers", "customers", "runs", "runs",
    ]  # fmt: skip
    assert [basis_of(n, n, True) for n in (1, 2, 3)] == ["customers", "customers", "pairs"]
    assert ALPHA == 0.05
