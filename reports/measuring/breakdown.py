"""Breakdowns: how customers of each kind, and of each hour of arrival, fare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.measuring.results import Measured
from reports.statistics import Estimate, mean_interval, wilson

HOURS = 24


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a breakdown: its name, how many customers, and the shares completed and lost."""

    name: str
    customers: int
    completed: Estimate
    lost: Estimate


def by_hour(results: Measured) -> tuple[Part, ...]:
    """Return how those fare who arrive in each hour of the day, on the journey's clock; 24 parts, the first 00:00."""
    hour = (results.customers.arrived_s // 3600 % HOURS).astype(np.int64)
    return _parts(results, hour, [f"{at:02d}:00" for at in range(HOURS)])


def by_day(results: Measured) -> tuple[Part, ...]:
    """Return how those fare who arrive on each day of the week; 7 parts, the first Monday."""
    day = (results.customers.arrived_s // 86400 % 7).astype(np.int64)
    return _parts(results, day, ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"])


def by_segment(results: Measured) -> tuple[Part, ...]:
    """Return how each segment fares, in the order in which they come up."""
    segment = results.customers.segment
    return _parts(results, segment.codes.astype(np.int64), list(segment.texts))


def _parts(results: Measured, part: NDArray[np.int64], names: list[str]) -> tuple[Part, ...]:
    outcome = results.customers.outcome
    completed, lost = outcome.among("completed"), outcome.among("dropped", "rejected")
    place = np.searchsorted(np.array(results.replications), results.customers.replication)
    n, k = len(results.replications), len(names)
    cell = place * k + part
    came = np.bincount(cell, minlength=n * k).reshape(n, k)
    counts = [np.bincount(cell[own], minlength=n * k).reshape(n, k) for own in (completed, lost)]
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
