"""How often two runs of the same thing call a regression, and how often a real one of a tenth is found."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reports.regressions.judging import ALPHA, compared
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
