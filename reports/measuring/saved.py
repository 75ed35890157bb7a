"""Who was saved: the same customer under two scenarios, one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from reports.measuring.metrics import Results
from reports.measuring.walks import OUTCOMES
from reports.side_by_side import customer_keys
from reports.statistics import Estimate, mean_interval

FATES = ("completed", "denied", "lost", "under way")
"""What customers are told apart by: those dropped or rejected are lost, those censored under way."""
_FATE_OF = {"completed": 0, "denied": 1, "dropped": 2, "rejected": 2, "censored": 3}

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Moves:
    """What a scenario does to the customers of one group, who are the same in both.

    Parameters
    ----------
    group: a segment; empty for everybody. customers: how many, over all replications.
    shares: of the group, by (fate in the baseline, fate in the scenario); FATES in both. They add up to 1.
    saved, harmed: lost before and completed now, and the other way round. same: the fate is the same.
    """

    group: str
    customers: int
    shares: Mapping[tuple[str, str], Estimate]
    saved: Estimate
    harmed: Estimate
    same: Estimate

    @property
    def other(self) -> float:
        """The share whose fate changed in another way, such as from lost to denied."""
        return 1 - self.saved.value - self.harmed.value - self.same.value


def moves(base: Results, other: Results, segments: Sequence[str] = ()) -> tuple[Moves, ...]:
    """Return what became of the customers whom both runs have: of all, then of each segment.

    Intervals are over replications. Customers whom one run alone has (they come again, or are referred) are left out.
    """
    _, a, b = np.intersect1d(
        customer_keys(base.customers), customer_keys(other.customers), assume_unique=True, return_indices=True
    )
    if not len(a):
        return ()
    fates = np.array([_FATE_OF[name] for name in OUTCOMES], dtype=np.int64)
    before = base.customers.outcome.at(a).mapped(fates)
    after = other.customers.outcome.at(b).mapped(fates)
    replication = base.customers.replication[a]
    groups = [("", np.ones(len(a), dtype=bool))]
    if len(segments) > 1:
        groups += [(name, base.customers.segment.at(a).among(name)) for name in segments]
    return tuple(_moves(name, before[own], after[own], replication[own]) for name, own in groups if own.any())


def _moves(group: str, before: NDArray[np.int64], after: NDArray[np.int64], replication: NDArray[np.int32]) -> Moves:
    n = len(FATES)
    numbers, place = np.unique(replication, return_inverse=True)
    cell = (place * n + before) * n + after
    counts = np.bincount(cell, minlength=len(numbers) * n * n).reshape(len(numbers), n, n).astype(np.float64)
    parts = counts / counts.sum(axis=(1, 2), keepdims=True)
    lost, completed = FATES.index("lost"), FATES.index("completed")
    return Moves(
        group,
        len(before),
        {(FATES[i], FATES[j]): mean_interval(parts[:, i, j]) for i in range(n) for j in range(n)},
        _share(parts[:, lost, completed]),
        _share(parts[:, completed, lost]),
        _share(np.trace(parts, axis1=1, axis2=2)),
    )


def _share(parts: NDArray[np.float64]) -> Estimate:
    """Return the mean of shares, whose interval reaches beyond no share that there can be."""
    found = mean_interval(parts)
    return replace(found, low=max(found.low, 0.0), high=min(found.high, 1.0)) if found.bounded else found
