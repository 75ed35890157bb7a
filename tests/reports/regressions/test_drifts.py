"""Runs that drift are no regression, whether or not their drift shows; a change beyond it is one."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reports.regressions.drifts import DRIFTING, chance_of_no_drift, changes, structures
from reports.regressions.judging import ALPHA, Regression, compared
from reports.regressions.samples import Sampled
from reports.regressions.texts import drifting

METRICS = 6
TONIGHT = [False] * 10 + [True]


def nights(random: np.random.Generator, machine: np.ndarray, after: int = 1, slow: float = 1.0) -> Regression:
    """Compare nights with the last ones; `machine` is the logarithm by which each is slower."""
    made = []
    for place in range(METRICS):
        values = np.exp(machine + 0.03 * random.standard_normal(len(machine)))
        values[-after:] *= slow
        made.append(Sampled(f"p50({place})", str(place), -1, 0.5, tuple(np.full(9, value) for value in values)))
    before, later = (
        [Sampled(one.key, one.title, -1, 0.5, runs) for one in made for runs in [one.runs[part]]]
        for part in (slice(None, -after), slice(-after, None))
    )
    return compared(before, later)


def test_a_still_structure_is_the_t_test() -> None:
    values = np.random.default_rng(1).standard_normal(11)
    found = next(one for one in changes(values, TONIGHT) if one.kind == "still")
    told = stats.ttest_ind(values[10:], values[:10])
    assert found.value / found.error == pytest.approx(told.statistic)
    assert {one.kind for one in structures(tuple(TONIGHT))} == {"still", "walk", "slope"}


@pytest.mark.parametrize(("kind", "steps"), [("walk", np.ones(11)), ("slope", np.arange(11.0))])
def test_the_error_of_a_structure_is_exact_where_it_is_true(kind: str, steps: np.ndarray) -> None:
    """The variance of the change is that of many draws from the law it is meant for."""
    random = np.random.default_rng(2)
    one = [each for each in structures(tuple(TONIGHT)) if each.kind == kind][3]
    line = (np.arange(11) - 5) / 11
    noise = random.standard_normal((20_000, 11))
    drift = np.cumsum(random.standard_normal((20_000, 11)), axis=1) if kind == "walk" else (
        8 * random.standard_normal((20_000, 1)) * line
    )  # fmt: skip
    assert ((noise + drift) @ one.weights).var() == pytest.approx(one.factor, rel=0.05)


@pytest.mark.parametrize("climbed", [0.06, 0.3, math.log(2)])
@pytest.mark.parametrize("after", [1, 3])
def test_nights_on_their_way_up_do_not_call_the_next_ones_worse(climbed: float, after: int) -> None:
    random, times = np.random.default_rng([3, after]), 20
    told = [nights(random, np.linspace(0, climbed, 10 + after), after) for _ in range(times)]
    assert sum(bool(one.called("worse")) for one in told) <= stats.binom.ppf(0.999, times, ALPHA)
    if climbed > 0.1:
        assert sum(one.drifts for one in told) > 0.9 * times
        assert "The runs before drift" in drifting(told[0])
    slowed = [nights(random, np.linspace(0, climbed, 10 + after), after, 1.4) for _ in range(8)]
    assert sum(bool(one.called("worse")) for one in slowed) >= 4


def test_shuffled_nights_seldom_seem_to_drift_and_too_few_never() -> None:
    random = np.random.default_rng(4)
    shown = sum(chance_of_no_drift(random.standard_normal((8, 6))) <= DRIFTING for _ in range(100))
    assert shown <= stats.binom.ppf(0.999, 100, DRIFTING)
    assert chance_of_no_drift(np.arange(12.0).reshape(3, 4)) == 1.0
    assert chance_of_no_drift(np.ones((9, 4))) == 1.0


def test_the_order_in_which_runs_were_made_counts() -> None:
    """Given by name rather than by time, a climb looks like noise."""
    values = np.linspace(1.0, 2.0, 11) * np.exp(0.001 * np.random.default_rng(5).standard_normal(11))
    named = [0, 9, 1, 2, 3, 4, 5, 6, 7, 8]  # night 1, night 10, night 2, ...
    side = [Sampled("p50(a)", "a", -1, 0.5, tuple(np.full(5, values[at]) for at in named))]
    tonight = [Sampled("p50(a)", "a", -1, 0.5, (np.full(5, values[10]),))]
    assert not compared(side, tonight).drifts
    ordered = compared(side, tonight, order=[*named, 10])
    assert ordered.drifts
    assert ordered.changes[0].drift != "still"


def test_runs_that_are_all_equal_are_still() -> None:
    (one,) = changes(np.full(6, 0.01), [False] * 5 + [True])
    assert (one.kind, one.error) == ("still", 0.0)
    assert one.value == pytest.approx(0.0)
