"""How often two runs of the same thing call a regression, and how often a real one of a tenth is found."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy import stats

from reports.regressions.judging import ALPHA, Regression, compared
from reports.regressions.samples import QUANTILES, Sampled
from reports.regressions.spreads import Drift

pytestmark = [pytest.mark.bench, pytest.mark.timeout(1800)]
STEPS = 5


def independent(random: np.random.Generator, n: int) -> np.ndarray:
    return random.lognormal(0, 0.47, n)


def queueing(random: np.random.Generator, n: int) -> np.ndarray:
    """Sojourns in M/M/1 at 0.7, by Lindley's recursion: neighbours are much alike."""
    service, between = random.exponential(1.0, n), random.exponential(1 / 0.7, n)
    waits = np.zeros(n)
    for at in range(1, n):
        waits[at] = max(0.0, waits[at - 1] + service[at - 1] - between[at])
    return waits + service


def side(random: np.random.Generator, law, n: int, slow: float = 1.0) -> list[Sampled]:
    found = [Sampled("completion", "Completed", 1, None, ((random.random(n) < 0.7) * 1.0,))]
    for step in range(STEPS):
        times = (law(random, n) * (slow if step == 2 else 1.0),)
        failed = ((random.random(n) < 0.01) * 1.0,)
        found.append(Sampled(f"failed({step})", f"{step}: failed visits", -1, None, failed))
        found += [Sampled(f"{word}({step})", f"{step}: {word}", -1, q, times) for word, q in QUANTILES.items()]
    return found


@pytest.mark.parametrize(("law", "n"), [(independent, 300), (independent, 2000), (queueing, 2000)])
def test_false_alarms(law, n: int) -> None:
    random, experiments = np.random.default_rng(777), 400
    calls = 0
    for _ in range(experiments):
        calls += bool(compared(side(random, law, n), side(random, law, n), drift=Drift()).called("worse"))
    print(f"\n{law.__name__}, {n} customers a side: {calls} of {experiments} called a regression")
    assert calls <= stats.binom.ppf(0.999, experiments, ALPHA)


@pytest.mark.parametrize("n", [1000, 1500, 2000])
def test_detection(n: int) -> None:
    """A slowdown of 10% in a step whose times have a coefficient of variation of 0.5."""
    random, experiments = np.random.default_rng(778), 200
    found, seen = 0, []
    for _ in range(experiments):
        told = compared(side(random, independent, n), side(random, independent, n, 1.1), drift=Drift())
        found += bool({change.key for change in told.called("worse")} & {"p50(2)", "p95(2)"})
        seen.append(next(change.visible for change in told.changes if change.key == "p50(2)"))
    visible = math.exp(np.mean(np.log1p(seen))) - 1
    print(f"\n{n} customers a side: {found} of {experiments} found; said to see {visible:.1%}")
    if visible <= 0.1:  # where the report says that it can see a tenth, it must
        assert found >= stats.binom.ppf(0.001, experiments, 0.8)


DRIFTS = {
    "still": lambda random, n: np.zeros(n),
    "alike": lambda random, n: 0.05 * random.standard_normal(n),
    "hidden line": lambda random, n: np.linspace(0, 0.1, n),
    "line": lambda random, n: np.linspace(0, 0.3, n),
    "doubling": lambda random, n: np.linspace(0, math.log(2), n),
    "walk": lambda random, n: np.cumsum(0.03 * random.standard_normal(n)),
    "wild walk": lambda random, n: np.cumsum(0.1 * random.standard_normal(n)),
    "tied": lambda random, n: _tied(random, n, 0.7, 0.1),
    "a step among the nights": lambda random, n: 0.1 * (np.arange(n) >= random.integers(1, n - 2)),
}
"""What the machine does to the logarithm of all times, night by night."""


def _tied(random: np.random.Generator, n: int, to_last: float, size: float) -> np.ndarray:
    nights = size * random.standard_normal(n)
    for at in range(1, n):
        nights[at] = to_last * nights[at - 1] + math.sqrt(1 - to_last**2) * nights[at]
    return nights


def nights(random: np.random.Generator, drift, count: int, n: int, slow: float = 1.0) -> Regression:
    """Compare nights of `n` customers with the next, of which a step is `slow`; steps feel the machine unequally."""
    machine, feels = drift(random, count + 1), random.uniform(0.5, 1.5, STEPS)
    made = [Sampled("completion", "Completed", 1, None, tuple((random.random((count + 1, n)) < 0.7) * 1.0))]
    for step in range(STEPS):
        factors = np.exp(feels[step] * machine + 0.02 * random.standard_normal(count + 1))
        factors[-1] *= slow if step == 2 else 1.0
        times = tuple(factors[:, None] * random.lognormal(0, 0.47, (count + 1, n)))
        failed = tuple((random.random((count + 1, n)) < 0.01) * 1.0)
        made.append(Sampled(f"failed({step})", f"{step}: failed visits", -1, None, failed))
        made += [Sampled(f"{word}({step})", f"{step}: {word}", -1, q, times) for word, q in QUANTILES.items()]
    before, after = (
        [dataclasses.replace(one, runs=part(one.runs)) for one in made]
        for part in (lambda runs: runs[:-1], lambda runs: runs[-1:])
    )
    return compared(before, after)


@pytest.mark.parametrize("count", [4, 10, 20])
@pytest.mark.parametrize("drift", DRIFTS)
def test_nights_that_drift(drift: str, count: int) -> None:
    """Nights that drift seldom call the next one worse; what ten are said to see is found."""
    random, experiments, n = np.random.default_rng([4711, count, *map(ord, drift)]), 300, 300
    told = [nights(random, DRIFTS[drift], count, n) for _ in range(experiments)]
    calls = sum(bool(one.called("worse")) for one in told)
    sees = float(np.median([next(c.visible for c in one.changes if c.key == "p50(2)") for one in told]))
    slowed = [nights(random, DRIFTS[drift], count, n, 1 + sees) for _ in range(experiments // 2)]
    found = sum("p50(2)" in {change.key for change in one.called("worse")} for one in slowed)
    shown = sum(one.drifts for one in told)
    print(f"\n{drift}, {count} nights: {calls} of {experiments} called, {shown} shown to drift; {found} of "
          f"{experiments // 2} slowdowns of {sees:.0%} found, which it said to see in half")  # fmt: skip
    assert calls <= stats.binom.ppf(0.999, experiments, ALPHA)
    if count >= 10:
        assert found >= stats.binom.ppf(0.001, experiments // 2, 0.8)
