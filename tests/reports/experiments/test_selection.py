"""Selection: it names the best as often as it promises, where that is hardest, and says what it did not decide."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from reports.experiments.selection import Observe, select
from reports.statistics import Floats

DIFFERENCE = 1.0


def normal(means: Sequence[float], rng: np.random.Generator, spread: float, shared: float = 0.0) -> Observe:
    """Simulate normal values; `shared` is how much of the spread a replication's scenarios have in common."""
    luck: dict[int, float] = {}

    def observe(cells: Sequence[tuple[int, int]]) -> Floats:
        for _, number in cells:
            luck.setdefault(number, float(rng.normal(0.0, shared)))
        return np.array([means[one] + luck[number] + rng.normal(0.0, spread) for one, number in cells])

    return observe


@pytest.mark.parametrize(("spread", "shared"), [(2.0, 0.0), (2.0, 6.0)])
def test_the_best_is_named_as_often_as_promised_where_all_others_are_just_behind(spread: float, shared: float) -> None:
    """The slippage configuration: all others equal, and behind by exactly the difference that matters."""
    rng, experiments, hits = np.random.default_rng(23), 400, 0
    for number in range(experiments):
        best = number % 4
        means = [10.0 + DIFFERENCE * (one == best) for one in range(4)]
        found = select(normal(means, rng, spread, shared), 4, DIFFERENCE, most=2000)
        hits += found.best == best
    assert hits / experiments >= 0.95


def test_less_can_be_better() -> None:
    rng = np.random.default_rng(3)
    found = select(normal([10.0, 8.0, 10.0], rng, 1.0), 3, DIFFERENCE, better=-1)
    assert found.best == 1
    assert found.contenders[1].value.value == pytest.approx(8.0, abs=1.0)
    assert found.contenders[1].dropped_after is None


def test_what_is_far_behind_is_dropped_early_and_costs_little() -> None:
    rng = np.random.default_rng(4)
    found = select(normal([10.0, 10.9, 2.0, 1.0, 0.0], rng, 1.0), 5, 0.5)
    assert found.best == 1
    assert [found.contenders[one].dropped_after for one in (2, 3, 4)] == [10, 10, 10]
    assert found.contenders[0].dropped_after is not None
    assert found.contenders[0].dropped_after > 10
    assert found.cells == sum(one.value.n for one in found.contenders)


def test_sharing_customers_makes_it_shorter() -> None:
    alone, together = (
        sum(select(normal([10, 11, 10], np.random.default_rng(seed), *spreads), 3, 1.0, most=2000).cells
            for seed in range(20))
        for spreads in ((np.sqrt(8.0), 0.0), (1.0, np.sqrt(7.0)))
    )  # fmt: skip
    assert together < alone / 2


def test_a_cap_that_is_hit_names_nobody_and_says_what_surely_decides() -> None:
    def observe(most: int):
        return select(normal([10.0, 10.0, 0.0], np.random.default_rng(5), 2.0), 3, 0.5, most=most)

    found = observe(12)
    assert found.best is None
    assert found.left == (0, 1)
    assert found.needed is not None
    assert found.needed > 12
    assert max(one.value.n for one in found.contenders) == 12
    assert observe(found.needed).best is not None


def test_scenarios_without_luck_need_no_more_than_the_first_stage() -> None:
    found = select(lambda cells: np.array([float(one) for one, _ in cells]), 3, 0.1, first=4)
    assert (found.best, found.cells, found.left) == (2, 12, (2,))
    tied = select(lambda cells: np.ones(len(cells)), 3, 0.1, first=4)
    assert (tied.best, tied.cells) == (0, 12)


def test_one_scenario_is_the_best() -> None:
    found = select(normal([5.0], np.random.default_rng(1), 1.0), 1, 0.1, first=6)
    assert (found.best, found.cells, found.contenders[0].value.n) == (0, 6, 6)
