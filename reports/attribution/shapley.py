"""Shapley values: what each of several players has its part in, summing exactly to what all of them do together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reports.statistics import Estimate, Floats, mean_interval, ratio_interval

EVERYWHERE, EXACT = 5, 9
"""Up to so many players all coalitions are looked at in every replication; up to so many, in the first one at least."""
PAIRS, FURTHER_PAIRS = 8, 2
"""Orders sampled for each replication, each with its reverse: where none, and where the first one is known exactly."""

Observe = Callable[[Sequence[tuple[int, int]]], Floats]
"""Returns what coalitions do: given (coalition, replication), each once, shape (n_cells, n_metrics).

A coalition is a whole number whose bit i tells whether player i is in it.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Shares:
    """What each player contributes to the change from no player to all of them.

    Parameters
    ----------
    shares: shape (n_replications, n_players, n_metrics); over players they sum to `after` - `before`.
    before, after: with no player, and with all of them, each of shape (n_replications, n_metrics).
    exact: in how many replications all coalitions were looked at; in the others orders were sampled, and the spread
        over replications holds that doubt, too. cells: how many (coalition, replication) were looked at.
    """

    shares: Floats
    before: Floats
    after: Floats
    exact: int
    cells: int

    def share(self, players: int | Sequence[int], metric: int) -> Estimate:
        """Return what one player, or several together, contribute to a metric."""
        own = self.shares[:, np.atleast_1d(players), metric].sum(axis=1)
        return mean_interval(own)

    def ratio(self, players: int | Sequence[int], metric: int) -> Estimate:
        """Return the share of one player, or several, in the metric's value before; NaN where that is 0.

        Its interval is Fieller's, as both the part and the whole vary by replication.
        """
        own = self.shares[:, np.atleast_1d(players), metric].sum(axis=1)
        return ratio_interval(-own, self.before[:, metric])

    def total(self, metric: int) -> Estimate:
        """Return what all players together do to a metric."""
        return mean_interval(self.after[:, metric] - self.before[:, metric])


def shapley(
    observe: Observe,
    players: int,
    replications: int,
    *,
    everywhere: int = EVERYWHERE,
    exact: int = EXACT,
    pairs: int = PAIRS,
    further: int = FURTHER_PAIRS,
    seed: int = 1,
) -> Shares:
    """Return Shapley values (1953, *A value for n-person games*) in each replication.

    A player's value is what it adds when it joins, averaged over all orders in which players may join. With up to
    `everywhere` players each coalition is looked at in each replication. With more, `pairs` orders are drawn for each
    replication and each is also gone through in reverse, which takes out much of the chance of who comes early
    (Mitchell et al. 2022, J. Mach. Learn. Res. 23(43), antithetic permutations).

    With up to `exact` players the first replication is looked at in all coalitions, and of the others, by `further`
    pairs of orders, only how they differ from it: values of a sum of games are sums of values, so that this is right
    on average, and what players do with each other, which is much the same in all replications, is not left to chance.
    In any case the values of each replication sum to its total.
    """
    if players <= everywhere or (players <= exact and replications == 1):
        return _exact(observe, players, replications)
    if players <= exact:
        return _first_exact(observe, players, replications, further, seed)
    return _sampled(observe, players, replications, pairs, seed)


def _exact(observe: Observe, players: int, replications: int) -> Shares:
    coalitions = 1 << players
    cells = [(coalition, number) for number in range(replications) for coalition in range(coalitions)]
    values = observe(cells).reshape(replications, coalitions, -1)
    return Shares(_averaged(values, players), values[:, 0], values[:, -1], replications, len(cells))


def _averaged(values: Floats, players: int) -> Floats:
    """Return Shapley values from those of all coalitions, shape (n_replications, 2**players, n_metrics)."""
    shares = np.zeros((len(values), players, values.shape[2]))
    for coalition in range(1 << players):
        size = coalition.bit_count()
        for player in range(players):
            if not coalition >> player & 1:
                weight = math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
                shares[:, player] += weight * (values[:, coalition | 1 << player] - values[:, coalition])
    return shares


def _first_exact(observe: Observe, players: int, replications: int, pairs: int, seed: int) -> Shares:
    coalitions = range(1 << players)
    orders = {number: _orders(players, number, pairs, seed) for number in range(1, replications)}
    cells = [(coalition, 0) for coalition in coalitions] + _cells_of(orders)
    value = dict(zip(cells, observe(cells), strict=True))
    first = np.array([[value[coalition, 0] for coalition in coalitions]])
    # what a replication does beyond the first one is sampled, and what the first one does is not
    beyond = {(coalition, number): own - value[coalition, 0] for (coalition, number), own in value.items()}
    shares = np.repeat(_averaged(first, players), replications, axis=0)
    for number, own in orders.items():
        shares[number] += _along(own, beyond, number, players)
    return Shares(shares, *_ends(value, players, replications), 1, len(cells))


def _sampled(observe: Observe, players: int, replications: int, pairs: int, seed: int) -> Shares:
    orders = {number: _orders(players, number, pairs, seed) for number in range(replications)}
    cells = _cells_of(orders)
    value = dict(zip(cells, observe(cells), strict=True))
    shares = np.array([_along(own, value, number, players) for number, own in orders.items()])
    return Shares(shares, *_ends(value, players, replications), 0, len(cells))


def _orders(players: int, number: int, pairs: int, seed: int) -> list[list[int]]:
    """Return orders of a replication drawn at random, each followed by its reverse."""
    random = np.random.default_rng([seed, number])
    drawn = [random.permutation(players).tolist() for _ in range(pairs)]
    return [order for one in drawn for order in (one, one[::-1])]


def _cells_of(orders: Mapping[int, Sequence[Sequence[int]]]) -> list[tuple[int, int]]:
    """Return the cells that orders pass through, each once."""
    return list(
        dict.fromkeys(
            (coalition, number) for number, own in orders.items() for order in own for coalition in _growing(order)
        )
    )


def _along(
    orders: Sequence[Sequence[int]], value: Mapping[tuple[int, int], Floats], number: int, players: int
) -> Floats:
    """Return what each player adds when it joins, averaged over some orders; shape (n_players, n_metrics)."""
    added = np.zeros((players, len(value[0, number])))
    for order in orders:
        steps = _growing(order)
        for player, before, after in zip(order, steps, steps[1:], strict=False):
            added[player] += (value[after, number] - value[before, number]) / len(orders)
    return added


def _ends(
    value: Mapping[tuple[int, int], Floats], players: int, replications: int
) -> tuple[Floats, Floats]:  # fmt: skip
    none, every = (
        np.array([value[coalition, number] for number in range(replications)]) for coalition in (0, (1 << players) - 1)
    )
    return none, every


def _growing(order: Sequence[int]) -> list[int]:
    """Return the coalitions from none to all, as players join in an order."""
    found = [0]
    for player in order:
        found.append(found[-1] | 1 << player)
    return found
