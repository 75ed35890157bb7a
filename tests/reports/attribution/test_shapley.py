"""Shapley values: the axioms that define them, on games made at random, and the sampled ones beside the exact."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import pytest

from reports.attribution.shapley import Observe, shapley


class Game:
    """Values of coalitions at random, with the cells that were asked for."""

    def __init__(self, players: int, replications: int, seed: int, metrics: int = 2) -> None:
        self.values = np.random.default_rng(seed).normal(size=(replications, 1 << players, metrics))
        self.asked: list[tuple[int, int]] = []

    def __call__(self, cells: Sequence[tuple[int, int]]) -> np.ndarray:
        self.asked += cells
        return np.array([self.values[number, coalition] for coalition, number in cells])


def by_all_orders(game: Game, players: int, replication: int) -> np.ndarray:
    found = np.zeros((players, game.values.shape[2]))
    orders = list(itertools.permutations(range(players)))
    for order in orders:
        coalition = 0
        for player in order:
            found[player] += game.values[replication, coalition | 1 << player] - game.values[replication, coalition]
            coalition |= 1 << player
    return found / len(orders)


@pytest.mark.parametrize("players", [1, 2, 3, 5])
def test_exact_values_are_the_average_over_all_orders(players: int) -> None:
    game = Game(players, 3, players)
    found = shapley(game, players, 3)
    for replication in range(3):
        assert found.shares[replication] == pytest.approx(by_all_orders(game, players, replication))
    assert found.exact == 3
    assert len(game.asked) == len(set(game.asked)) == found.cells == 3 << players


@pytest.mark.parametrize("exact", [8, 0])
def test_values_sum_to_the_total_in_each_replication(exact: int) -> None:
    game = Game(6, 4, 9)
    found = shapley(game, 6, 4, everywhere=exact, exact=exact, pairs=3)
    assert found.exact == (4 if exact else 0)
    assert found.shares.sum(axis=1) == pytest.approx(found.after - found.before)
    assert found.share(range(6), 0).value == pytest.approx(found.total(0).value)
    assert len(game.asked) == len(set(game.asked))


def additive(weights: Sequence[float], pair: float = 0.0) -> Observe:
    """Return a game in which players add their weights, and the first two `pair` on top if both are there."""

    def observe(cells: Sequence[tuple[int, int]]) -> np.ndarray:
        return np.array(
            [
                [sum(w for i, w in enumerate(weights) if c >> i & 1) + pair * (c & 3 == 3)]
                for c, _ in cells
            ]
        )  # fmt: skip

    return observe


def test_who_adds_nothing_gets_nothing_and_what_two_do_together_is_halved() -> None:
    for exact in (8, 0):
        found = shapley(additive([1.0, 1.0, 0.0, 4.0], pair=6.0), 4, 2, everywhere=exact, exact=exact)
        assert found.shares[0, :, 0] == pytest.approx([4.0, 4.0, 0.0, 4.0])


def test_sampled_values_come_near_the_exact_ones_and_their_interval_says_how_near() -> None:
    game = Game(9, 1, 3, metrics=1)

    def same_in_all(cells: Sequence[tuple[int, int]]) -> np.ndarray:
        return np.array([game.values[0, coalition] for coalition, _ in cells])

    exact = shapley(same_in_all, 9, 1)
    sampled = shapley(same_in_all, 9, 12, exact=0, pairs=8)
    held = 0
    for player in range(9):
        estimate = sampled.share(player, 0)
        held += estimate.low <= exact.shares[0, player, 0] <= estimate.high
    assert held >= 7  # of nine intervals of 95%; fewer happens once in a hundred times
    assert not sampled.exact


def test_the_part_in_what_was_before() -> None:
    def observe(cells: Sequence[tuple[int, int]]) -> np.ndarray:
        return np.array([[10.0 - 3 * (c & 1) - 5 * (c >> 1 & 1)] for c, _ in cells])

    found = shapley(observe, 2, 3)
    assert found.ratio(0, 0).value == pytest.approx(0.3)
    assert found.ratio([0, 1], 0).value == pytest.approx(0.8)


def test_where_the_first_replication_is_known_exactly_only_differences_from_it_are_sampled() -> None:
    """Replications that differ by something additive alone are shared out exactly, from two orders each."""
    game, more = Game(7, 1, 5, metrics=1), np.random.default_rng(2).normal(size=(6, 7))

    def alike(cells: Sequence[tuple[int, int]]) -> np.ndarray:
        extra = [sum(more[number, i] for i in range(7) if coalition >> i & 1) for coalition, number in cells]
        return np.array([game.values[0, coalition] for coalition, _ in cells]) + np.array(extra)[:, None]

    every, found = shapley(alike, 7, 6, everywhere=7), shapley(alike, 7, 6, further=1)
    assert found.shares == pytest.approx(every.shares)
    assert found.exact == 1
    assert found.cells <= 128 + 5 * (2 * 6 + 2) < every.cells
    # without the first one, as few orders leave much to chance
    sampled = shapley(alike, 7, 6, exact=0, pairs=1)
    assert np.abs(sampled.shares - every.shares).max() > 0.1


def test_sampled_differences_from_the_first_replication_are_right_on_average() -> None:
    game = Game(6, 2, 8, metrics=1)
    exact = shapley(game, 6, 2, everywhere=6).shares[1, :, 0]
    drawn = np.array([shapley(game, 6, 2, everywhere=0, further=1, seed=seed).shares[1, :, 0] for seed in range(400)])
    off = (drawn.mean(axis=0) - exact) / (drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn)))
    assert np.abs(off).max() < 4
