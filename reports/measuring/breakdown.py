"""Breakdowns: how customers of each kind, and of each hour of arrival, fare."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from reports.measuring.results import Measured
from reports.measuring.walks import Customers
from reports.statistics import Estimate, mean_interval, wilson

HOURS = 24
AT_ONCE = 500_000
"""Customers who are told apart together: of millions, what is needed for that would take more room than they do."""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a breakdown: its name, how many customers, and the shares completed and lost."""

    name: str
    customers: int
    completed: Estimate
    lost: Estimate


def by_hour(results: Measured) -> tuple[Part, ...]:
    """Return how those fare who arrive in each hour of the day, on the journey's clock; 24 parts, the first 00:00."""
    return _parts(results, lambda own: own.arrived_s // 3600 % HOURS, [f"{at:02d}:00" for at in range(HOURS)])


def by_day(results: Measured) -> tuple[Part, ...]:
    """Return how those fare who arrive on each day of the week; 7 parts, the first Monday."""
    return _parts(
        results,
        lambda own: own.arrived_s // 86400 % 7,
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    )


def by_segment(results: Measured) -> tuple[Part, ...]:
    """Return how each segment fares, in the order in which they come up."""
    return _parts(results, lambda own: own.segment.codes, list(results.customers.segment.texts))


def _parts(results: Measured, part_of: Callable[[Customers], NDArray[Any]], names: list[str]) -> tuple[Part, ...]:
    n, k = len(results.replications), len(names)
    came, *counts = np.zeros((3, n, k), dtype=np.int64)
    for first in range(0, len(results.customers), AT_ONCE):
        customers = results.customers.between(first, first + AT_ONCE)
        place = np.searchsorted(np.array(results.replications), customers.replication)
        cell = place * k + part_of(customers).astype(np.int64)
        completed, lost = customers.outcome.among("completed"), customers.outcome.among("dropped", "rejected")
        came += np.bincount(cell, minlength=n * k).reshape(n, k)
        for count, own in zip(counts, (completed, lost), strict=True):
            count += np.bincount(cell[own], minlength=n * k).reshape(n, k)
    return tuple(
        Part(name, int(came[:, at].sum()), *(_share(count[:, at], came[:, at]) for count in counts))
        for at, name in enumerate(names)
    )


def _share(hits: NDArray[np.int64], came: NDArray[np.int64]) -> Estimate:
    """Return a share with its interval over replications; customers stand in where there is a single one."""
    if len(came) < 2:
        return wilson(int(hits.sum()), int(came.sum()))
    some = came > 0
    return mean_interval(hits[some] / came[some])
