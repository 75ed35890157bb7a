"""How many pairs of runs, or how many customers, it takes to see a slowdown: told before anything is compared."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from reports.regressions.judging import ALPHA, POWER
from reports.regressions.samples import Sampled
from reports.regressions.spreads import (
    FAR_DF,
    FEWEST_DF,
    SUPPOSED,
    Drift,
    basis_of,
    difference,
    pairs_to_find,
    reach_to_find,
    within,
)

MORE = 4
"""It is also told what runs of so many times as many customers would take."""


@dataclass(frozen=True, slots=True)
class Needed:
    """What it takes to find one time slower.

    Parameters
    ----------
    key, title: see `Sampled`. n: how many were observed in a run, on average.
    customers_part, runs_part: standard deviation of one run's logarithm of the time: what customers leave, and what
        runs differ by on top; NaN where the runs are too small to tell.
    pairs, pairs_of_more: pairs of such runs, and of runs of `MORE` times as many customers; None where out of sight.
    alone: how many must be observed a side in one pair of runs if nothing drifted; None likewise.
    """

    key: str
    title: str
    n: float
    customers_part: float
    runs_part: float
    pairs: int | None
    pairs_of_more: int | None
    alone: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What it takes to find each time slower by `slowdown`, 8 times in 10, in a family of `family` metrics.

    Parameters: `runs` a side that it was learnt from, `paired` whether they were taken in turn; `drift` is what runs
    were taken to differ by where they are too few to tell, else None.
    """

    slowdown: float
    family: int
    runs: int
    paired: bool
    drift: Drift | None
    needed: tuple[Needed, ...]

    @property
    def pairs(self) -> int | None:
        """Pairs that find every step slower: by the one of its times that shows it soonest; None where out of sight."""
        steps: dict[str, list[int | None]] = {}
        for one in self.needed:
            steps.setdefault(one.key.partition("(")[2], []).append(one.pairs)
        least = [min((count for count in own if count is not None), default=None) for own in steps.values()]
        return None if not least or None in least else max(count for count in least if count is not None)


def planned(before: Sequence[Sampled], after: Sequence[Sampled] = (), slowdown: float = 0.10,
            drift: Drift | None = None) -> Plan:  # fmt: skip
    """Return what it takes to find a slowdown, learnt from runs of the same thing, or from pairs taken in turn.

    What runs of one side differ by holds for runs that are not taken in turn: of pairs in turn it is the most.
    """
    drift = drift or Drift(SUPPOSED, SUPPOSED / 10)
    second = {one.key: one for one in after}
    paired = bool(second)
    runs = max((len(one.runs) for one in before), default=0)
    known = (basis_of(runs, runs, True) == "pairs") if paired else runs - 1 >= FEWEST_DF
    family = max(1, len(before))
    needed = tuple(
        _needed(one, second.get(one.key), slowdown, ALPHA / family, None if known else drift)
        for one in before
        if one.q is not None and one.n
    )
    return Plan(slowdown, family, runs, paired, None if known else drift, needed)


def _needed(one: Sampled, other: Sampled | None, slowdown: float, alpha: float, drift: Drift | None) -> Needed:
    runs = [run for run in one.runs if len(run)]
    n = one.n / len(runs)
    own = [spread.error**2 for run in runs if (spread := within([run], one.q)) is not None]
    customers = float(np.mean(own))
    if drift is not None:
        between = drift.of(one) ** 2
        pair = 2 * (between + customers)
    elif other is not None:
        found = difference(one, other, "pairs", None)
        pair = found.one**2 if found is not None else math.inf
        between = max(0.0, pair / 2 - customers)
    else:
        values = [math.log(float(np.quantile(run, one.q or 0.5))) for run in runs]
        total = float(np.var(values, ddof=1)) if len(values) > 1 else math.inf
        pair, between = 2 * total, max(0.0, total - customers)
    change = math.log1p(slowdown)
    more = 2 * (between + customers / MORE)
    return Needed(
        one.key, one.title, n, math.sqrt(customers), math.sqrt(between),
        pairs_to_find(math.sqrt(pair), change, alpha, POWER), pairs_to_find(math.sqrt(more), change, alpha, POWER),
        _alone(customers, n, change, alpha),
    )  # fmt: skip


def _alone(customers: float, n: float, change: float, alpha: float) -> int | None:
    """Return how many a side find the change in one pair where runs do not drift; `customers`, variance of one run."""
    if not math.isfinite(customers):
        return None
    return math.ceil(2 * customers * n * (reach_to_find(alpha, FAR_DF, POWER) / change) ** 2)
