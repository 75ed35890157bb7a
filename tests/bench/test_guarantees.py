"""What procedures promise, counted in cases whose truth is known: Fieller, KN, MSER, Sobol, Shapley.

``pytest -m bench tests/bench/test_guarantees.py -s`` prints the counts; about four minutes of CPU time.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from reports.attribution.shapley import shapley
from reports.experiments.selection import select
from reports.experiments.sensitivity import sensitivity
from reports.experiments.warmup import warm_up
from reports.statistics import Floats, relative_change

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]


def least(promised: float, trials: int) -> float:
    """Return the share below which a promise is broken beyond luck: by three standard errors."""
    return promised - 3 * math.sqrt(promised * (1 - promised) / trials)


@pytest.mark.parametrize(("n", "cv", "alike"), [(2, 0.1, 0.8), (5, 0.4, 0.8), (5, 1.0, 0.8), (10, 0.4, 0.0)])
@pytest.mark.parametrize("skewed", [False, True])
def test_fieller_holds_the_change(n: int, cv: float, alike: float, skewed: bool) -> None:
    random, trials, held, unbounded = np.random.default_rng(7), 2000, 0, 0
    for _ in range(trials):
        z = random.standard_normal((2, n))
        z[1] = alike * z[0] + math.sqrt(1 - alike**2) * z[1]
        sigma = math.sqrt(math.log1p(cv**2))
        values = np.exp(sigma * z - sigma**2 / 2) if skewed else 1 + cv * z
        found = relative_change(values[0], 1.3 * values[1])
        held += found.low <= 0.3 <= found.high
        unbounded += not math.isfinite(found.low)
    law = "lognormal" if skewed else "normal"
    print(f"\nn {n}, cv {cv}, {law}: {held / trials:.3f}, unbounded {unbounded / trials:.2f}")
    assert held / trials >= least(0.95, trials)


@pytest.mark.parametrize(("scenarios", "first", "alike"), [(2, 10, 0.0), (5, 10, 0.8), (10, 10, 0.0), (3, 4, 0.0)])
def test_the_best_is_selected_as_often_as_promised(scenarios: int, first: int, alike: float) -> None:
    """The best is better by just the difference, the others are alike: nothing is harder."""
    random, trials = np.random.default_rng(3), 300
    right = 0
    for _ in range(trials):
        common = 2 * math.sqrt(alike) * random.standard_normal(5000)
        own = 2 * math.sqrt(1 - alike) * random.standard_normal((scenarios, 5000))

        def observe(cells: Sequence[tuple[int, int]], common: Floats = common, own: Floats = own) -> Floats:
            return np.array([(one == 0) + common[number] + own[one, number] for one, number in cells])

        right += select(observe, scenarios, 1.0, first=first, most=4000).best == 0
    print(f"\n{scenarios} scenarios, {first} first, correlation {alike}: {right} of {trials}")
    assert right / trials >= least(0.95, trials)


@pytest.mark.parametrize(("cv", "promised"), [(0.3, 0.95), (1.3, 0.80)])
def test_skewed_replications_weaken_a_selection(cv: float, promised: float) -> None:
    """It is exact for normal values. Lognormal ones of a cv of 1.3, as of few customers, name the best less often."""
    random, trials, sigma = np.random.default_rng(5), 300, math.sqrt(math.log1p(cv**2))
    right = 0
    for _ in range(trials):
        found = select(
            lambda cells: np.array([
                (1 + 0.25 * cv * (one == 0)) * math.exp(sigma * random.standard_normal() - sigma**2 / 2)
                for one, _ in cells
            ]), 5, 0.25 * cv, most=4000,
        )  # fmt: skip
        right += found.best == 0
    print(f"\nlognormal, cv {cv}: {right} of {trials}")
    assert right / trials >= least(promised, trials)


def queue(random: np.random.Generator, busy: float, n: int, begins: float) -> Floats:
    """Return the waits in an M/M/1 queue whose first customer waits for `begins` mean services."""
    steps = random.exponential(1.0, n) - random.exponential(1 / busy, n)
    waits, now = np.empty(n), begins
    for place, step in enumerate(steps.tolist()):
        waits[place] = now
        now = max(0.0, now + step)
    return waits


@pytest.mark.parametrize(("begins", "n"), [(0.0, 2000), (40.0, 2000)])
def test_what_is_left_after_a_warm_up_holds_the_mean(begins: float, n: int) -> None:
    """M/M/1 at 70%, five replications. Waits are skewed and the cut is of the same data: it holds 93% and 89%."""
    random, trials, truth = np.random.default_rng(9), 150, 0.7 / 0.3
    whole, rest = 0, 0
    for _ in range(trials):
        values = [queue(random, 0.7, n, begins) for _ in range(5)]
        found = warm_up([np.arange(n, dtype=np.float64)] * 5, values)
        whole += found.whole.low <= truth <= found.whole.high
        rest += found.rest.low <= truth <= found.rest.high
    print(f"\nbegins at {begins:g}: whole {whole} of {trials}, rest {rest} of {trials}")
    assert rest / trials >= least(0.90, trials)


def ishigami(points: Floats) -> Floats:
    """Return Ishigami and Homma's function (1990), whose indices are known."""
    x = math.pi * (2 * points - 1)
    return np.asarray(np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0]))


@pytest.mark.parametrize("samples", [64, 256])
def test_sobols_indices_are_held(samples: int) -> None:
    own, both = 0.5 * (1 + 0.1 * math.pi**4 / 5) ** 2, 8 * 0.01 * math.pi**8 / 225
    total = own + 49 / 8 + both
    truth = [(own / total, (own + both) / total), (49 / 8 / total, 49 / 8 / total), (0.0, both / total)]
    trials = 100
    held = np.zeros((3, 2))
    for seed in range(trials):
        for place, one in enumerate(sensitivity(ishigami, 3, samples=samples, seed=seed).indices):
            for of, index in enumerate((one.first, one.total)):
                held[place, of] += index.low <= truth[place][of] <= index.high
    print(f"\nIshigami, {samples} samples: {(held / trials).tolist()}")
    assert held.min() / trials >= least(0.95, trials)


def test_sampled_shapley_shares_are_held() -> None:
    random, players, trials, replications = np.random.default_rng(11), 10, 100, 5
    alone, together = random.uniform(0, 1, players), np.triu(random.uniform(0, 0.4, (players, players)), 1)
    truth = alone + (together.sum(axis=0) + together.sum(axis=1)) / 2
    held = 0
    for seed in range(trials):
        luck = 0.2 * random.standard_normal((replications, players))

        def observe(cells: Sequence[tuple[int, int]], luck: Any = luck) -> Floats:
            there = np.array([[one >> at & 1 for at in range(players)] for one, _ in cells], dtype=np.float64)
            own = np.array([luck[number] for _, number in cells])
            return ((there * (alone + own)).sum(axis=1) + ((there @ together) * there).sum(axis=1))[:, None]

        found = shapley(observe, players, replications, seed=seed)
        held += sum(found.share(at, 0).low <= truth[at] <= found.share(at, 0).high for at in range(players))
    print(f"\n{held / trials / players:.3f}")
    assert held / trials / players >= least(0.95, trials * players)
