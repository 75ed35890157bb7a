"""Shapley values: what each of several players has its part in, summing exactly to what all of them do together."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from reports.statistics import Estimate, Floats, mean_interval

EXACT = 8
"""With more players than these, orders are sampled instead of all coalitions being looked at."""
PAIRS = 8
"""Orders sampled for each replication, each with its reverse."""

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
    exact: whether all coalitions were looked at; else orders were sampled, and the spread over replications holds that
        doubt, too. cells: how many (coalition, replication) were looked at.
    """

    shares: Floats
    before: Floats
    after: Floats
    exact: bool
    cells: int

    def share(self, players: int | Sequence[int], metric: int) -> Estimate:
        """Return what one player, or several together, contribute to a metric."""
        own = self.shares[:, np.atleast_1d(players), metric].sum(axis=1)
        return mean_interval(own)

    def part(self, players: int | Sequence[int], metric: int) -> float:
        """Return the share of one player, or several, in the metric's value before; NaN where that is 0."""
        before = float(self.before[:, metric].mean())
        return -self.share(players, metric).value / before if before else math.nan

    def total(self, metric: int) -> Estimate:
        """Return what all players together do to a metric."""
        return mean_interval(self.after[:, metric] - self.before[:, metric])


def shapley(
    observe: Observe, players: int, replications: int, *, exact: int = EXACT, pairs: int = PAIRS, seed: int = 1
) -> Shares:
    """Return Shapley values (1953, *A value for n-person games*) in each replication.

    A player's value is what it adds when it joins, averaged over all orders in which players may join. With up to
    `exact` players each coalition is looked at once. With more, `pairs` orders are drawn for each replication and each
    is also gone through in reverse, which takes out much of the chance of who comes early (Mitchell et al. 2022,
    J. Mach. Learn. Res. 23(43), antithetic permutations). Either way the values of each replication sum to the total.
    """
    if players <= exact:
        return _exact(observe, players, replications)
    return _sampled(observe, players, replications, pairs, seed)


def _exact(observe: Observe, players: int, replications: int) -> Shares:
    coalitions = 1 << players
    cells = [(coalition, number) for number in range(replications) for coalition in range(coalitions)]
    found = observe(cells)
    values = found.reshape(replications, coalitions, -1)
    shares = np.zeros((replications, players, values.shape[2]))
    for coalition in range(coalitions):
        size = coalition.bit_count()
        for player in range(players):
            if not coalition >> player & 1:
                weight = math.factorial(size) * math.factorial(players - size - 1) / math.factorial(players)
                shares[:, player] += weight * (values[:, coalition | 1 << player] - values[:, coalition])
    return Shares(shares, values[:, 0], values[:, -1], True, len(cells))


def _sampled(observe: Observe, players: int, replications: int, pairs: int, seed: int) -> Shares:
    orders: list[list[list[int]]] = []
    for number in range(replications):
        random = np.random.default_rng([seed, number])
        drawn = [random.permutation(players).tolist() for _ in range(pairs)]
        orders.append([order for one in drawn for order in (one, one[::-1])])
    wanted = dict.fromkeys(
        (coalition, number)
        for number, own in enumerate(orders)
        for order in own
        for coalition in _growing(order)
    )  # fmt: skip
    cells = list(wanted)
    found = observe(cells)
    value = dict(zip(cells, found, strict=True))
    shares = np.zeros((replications, players, found.shape[1]))
    for number, own in enumerate(orders):
        for order in own:
            steps = _growing(order)
            for player, before, after in zip(order, steps, steps[1:], strict=False):
                shares[number, player] += (value[after, number] - value[before, number]) / len(own)
    none, every = (np.array([value[at, number] for number in range(replications)]) for at in (0, (1 << players) - 1))
    return Shares(shares, none, every, False, len(cells))


def _growing(order: Sequence[int]) -> list[int]:
    """Return the coalitions from none to all, as players join in an order."""
    found = [0]
    for player in order:
        found.append(found[-1] | 1 << player)
    return found
