"""Staffing: the least costly numbers of servers that keep every limit, and how sure it is that they do.

More servers cost more and keep every limit at least as well. So a staffing that misses a limit speaks for all that have
nowhere more, one that keeps them makes all that cost as much superfluous, and few need be simulated.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from journeys.budgets import Budget
from reports.statistics import LEVEL, Estimate, Floats, kept, mean_interval, replications_for

FIRST, MOST = 10, 80
"""Replications of the first look at a staffing, and of the last."""

Status = Literal["kept", "missed", "inconclusive"]
Place = tuple[int, ...]
"""How many servers each station has, as places in their ranges."""


@dataclass(frozen=True, slots=True)
class Limit:
    """One budget on one staffing: its estimate, and what that says.

    `needed` is how many replications would settle an inconclusive one, if mean and spread stay as they are; None where
    no number is in sight.
    """

    budget: Budget
    estimate: Estimate
    status: Status
    needed: int | None


@dataclass(frozen=True, slots=True)
class Trial:
    """One staffing, simulated: each limit, over how many replications."""

    place: Place
    limits: tuple[Limit, ...]
    replications: int

    @property
    def status(self) -> Status:
        """Kept where every limit is, missed where one is, else inconclusive."""
        found = {limit.status for limit in self.limits}
        return "missed" if "missed" in found else "inconclusive" if "inconclusive" in found else "kept"


@dataclass(frozen=True, slots=True)
class Search:
    """What came of a search: the cheapest staffing that keeps every limit (None where none does), and all trials."""

    best: Place | None
    trials: tuple[Trial, ...]

    @property
    def undecided(self) -> tuple[Trial, ...]:
        """Trials that could not be decided, and were passed over: the limits may hold there, but are not shown to."""
        return tuple(trial for trial in self.trials if trial.status == "inconclusive")


def cheapest(costs: Floats, attempt: Callable[[Place], Trial]) -> Search:
    """Search for the cheapest staffing that keeps every limit.

    Parameters
    ----------
    costs: of each staffing, one axis a station; rising along each axis. attempt: simulates a staffing.

    Each trial halves what is open as nearly as can be: the next is that for which the smaller of the two numbers of
    staffings closed, if it keeps the limits (all that cost no less) and if it does not (all that have nowhere more), is
    largest. With one station that is bisection. What is inconclusive counts as not kept.
    """
    open_: NDArray[np.bool_] = np.ones(costs.shape, dtype=bool)
    best: Place | None = None
    trials: list[Trial] = []
    while open_.any():
        flat = np.argmax(np.where(open_, np.minimum(_below(open_), _as_dear(open_, costs)), -1))
        place = tuple(int(at) for at in np.unravel_index(flat, costs.shape))
        trials.append(attempt(place))
        if trials[-1].status == "kept":
            best = place
            open_ &= costs < costs[place]
        else:
            open_[tuple(slice(0, at + 1) for at in place)] = False
    return Search(best, tuple(trials))


def _below(open_: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return for each staffing how many open ones have nowhere more, itself included."""
    found = open_.astype(np.int64)
    for axis in range(open_.ndim):
        found = np.cumsum(found, axis=axis)
    return found


def _as_dear(open_: NDArray[np.bool_], costs: Floats) -> NDArray[np.int64]:
    """Return for each staffing how many open ones cost no less, itself included."""
    rising = np.sort(costs[open_])
    return len(rising) - np.searchsorted(rising, costs)


def attempted(
    observe: Callable[[Sequence[int]], Floats],
    place: Place,
    budgets: Sequence[Budget],
    *,
    first: int = FIRST,
    most: int = MOST,
    level: float = LEVEL,
) -> Trial:
    """Replicate one staffing until each limit is decided, or `most` replications are.

    Parameters
    ----------
    observe: given the numbers of replications, returns the metrics of the budgets, shape (n, n_budgets).
    first: replications of the first look; each further look has twice as many, the last one `most`.

    Kept: each limit holds over its whole interval. Missed: one does over none of it. Several limits and several looks
    give chance several chances, so that each interval is of 1 - (1 - level)/(looks x limits): a verdict is wrong with
    a probability of at most 1 - `level`. Where a replication measures nothing, none will: that is left inconclusive.
    """
    looks = [first := max(2, min(first, most))]
    while looks[-1] < most:
        looks.append(min(most, 2 * looks[-1]))
    own = 1 - (1 - level) / (len(looks) * len(budgets))
    values = observe(range(first))
    for n in looks:
        if n > len(values):
            values = np.concatenate([values, observe(range(len(values), n))])
        trial = Trial(place, limits(values, budgets, own), n)
        if trial.status != "inconclusive" or not all(limit.estimate.measured for limit in trial.limits):
            break
    return trial


def limits(values: Floats, budgets: Sequence[Budget], level: float = LEVEL) -> tuple[Limit, ...]:
    """Judge each budget by the replications' values, shape (n, n_budgets); one not measured is inconclusive."""
    return tuple(_limit(values[:, at], budget, level) for at, budget in enumerate(budgets))


def _limit(values: Floats, budget: Budget, level: float) -> Limit:
    estimate = mean_interval(values, level=level)
    status = kept(estimate, [budget.holds(end) for end in (estimate.low, estimate.value, estimate.high)])
    if status in ("kept", "missed"):
        return Limit(budget, estimate, status, None)
    measured = values[~np.isnan(values)]
    needed = None
    if len(measured) >= 2:
        needed = replications_for(float(measured.std(ddof=1)), abs(estimate.value - budget.limit), level)
    return Limit(budget, estimate, "inconclusive", needed)
