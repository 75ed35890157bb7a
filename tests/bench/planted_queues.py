"""Queues with a known capacity, many trials at a time: what a search of a capacity is judged by.

Written for this alone, by the recursion of Kiefer and Wolfowitz (1955), without any engine of the project's.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.capacity.luck import arrivals_luck
from reports.capacity.search import COUNTED, Trial
from reports.capacity.trials import censored_quantile

Floats = NDArray[np.float64]
LASTS_S, FEWEST, LONGEST, WARM_UP, AFTER_S, Q = 20.0, 150, 3.0, 0.2, 2.0, 0.95

Served = Callable[[np.random.Generator, Floats], tuple[Floats, Floats]]
"""Given when customers come, (trials, n), infinite where none: when each is served or leaves, and whether they left."""


@dataclass(frozen=True, slots=True)
class Planted:
    """A system, the limit of its 95th percentile, and the rate at which half of 10,000 trials near it kept that."""

    name: str
    limit_s: float
    capacity_per_s: float
    served: Served

    def trials(self, coin: np.random.Generator, rates_per_s: Floats) -> list[Trial]:
        """Return one trial at each rate."""
        lasts_s = np.clip(FEWEST / rates_per_s, LASTS_S, LONGEST * LASTS_S)
        counts = coin.poisson(rates_per_s * lasts_s)
        at = coin.random((len(counts), max(1, int(counts.max())))) * lasts_s[:, None]
        at[np.arange(at.shape[1])[None, :] >= counts[:, None]] = np.inf
        at.sort(axis=1)
        ends, left = self.served(coin, at)
        told = zip(rates_per_s, lasts_s, at, ends, left, strict=True)
        return [self._trial(float(rate), float(lasting), *own) for rate, lasting, *own in told]

    def _trial(self, rate: float, lasts_s: float, at: Floats, ends: Floats, left: Floats) -> Trial:
        stop_s, counted = lasts_s + AFTER_S + 1.5 * self.limit_s, (at >= WARM_UP * lasts_s) & np.isfinite(at)
        cut = (left > 0) | (ends > stop_s)
        value = censored_quantile((np.minimum(ends, stop_s) - at)[counted], cut[counted], Q)
        luck = arrivals_luck(at[np.isfinite(at)], lasts_s, rate, WARM_UP * lasts_s, Q)
        arrivals = round(int(counted.sum()) / COUNTED)
        return Trial(rate, value < self.limit_s, value, "" if counted.any() else "nobody came", arrivals=arrivals,
                     luck=luck)  # fmt: skip


def queue(
    at: Floats, services: Floats, servers: int, contention: float = 0.0, patience: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return when customers are served or leave, and whether they left; each (trials, n).

    Parameters: `contention`, the share by which each busy server slows a service that begins; `patience`, in the queue.
    """
    free, rows = np.zeros((len(at), servers)), np.arange(len(at))
    ends, left = np.empty_like(at), np.zeros_like(at)
    for k in range(at.shape[1]):
        first = free.argmin(axis=1)
        start = np.maximum(at[:, k], free[rows, first])
        lasting = services[:, k] * (1 + contention * (free > start[:, None]).sum(axis=1))
        ends[:, k] = start + lasting
        if patience is not None:
            gone = start > at[:, k] + patience[:, k]
            ends[:, k] = np.where(gone, at[:, k] + patience[:, k], ends[:, k])
            left[:, k] = gone
            free[rows, first] = np.where(gone, free[rows, first], ends[:, k])
        else:
            free[rows, first] = ends[:, k]
    return ends, left


def servers(count: int, mean_s: float, cv: float) -> Served:
    """Return a station of servers: services exponential for a cv of 1, constant for 0, else lognormal."""

    def served(coin: np.random.Generator, at: Floats) -> tuple[Floats, Floats]:
        if cv == 1:
            return queue(at, coin.exponential(mean_s, at.shape), count)
        spread = math.sqrt(math.log(1 + cv * cv))
        return queue(at, np.exp(coin.normal(math.log(mean_s) - spread**2 / 2, spread, at.shape)), count)

    return served


def line(coin: np.random.Generator, at: Floats) -> tuple[Floats, Floats]:
    """Serve at two stations one after the other, of 2 and 3 servers."""
    middle, _ = queue(at, coin.exponential(0.05, at.shape), 2)
    order = np.argsort(middle, axis=1)
    last, _ = queue(np.take_along_axis(middle, order, axis=1), coin.exponential(0.08, at.shape), 3)
    ends = np.empty_like(last)
    np.put_along_axis(ends, order, last, axis=1)
    return ends, np.zeros_like(ends)


def lock(coin: np.random.Generator, at: Floats) -> tuple[Floats, Floats]:
    """Serve by a pool of 8 that slow each other down, so that overload lets fewer through."""
    return queue(at, coin.exponential(0.06, at.shape), 8, contention=0.25)


def leaving(coin: np.random.Generator, at: Floats) -> tuple[Floats, Floats]:
    """Serve customers who wait 1.5 s on average, and then leave."""
    return queue(at, coin.exponential(0.1, at.shape), 4, patience=coin.exponential(1.5, at.shape))


def pauses(coin: np.random.Generator, at: Floats) -> tuple[Floats, Floats]:
    """Serve by four servers that all stand still for 200 ms, every two seconds or so of their own time."""
    every, still = np.cumsum(coin.exponential(2.0, (len(at), 200)), axis=1), 0.2
    own, services = np.empty_like(at), coin.exponential(0.1, at.shape)
    for row, (came, moments) in enumerate(zip(at, every, strict=True)):
        past = np.searchsorted(moments + still * np.arange(len(moments)), came)
        own[row] = np.where(past > 0, np.maximum(came - still * past, moments[np.maximum(past - 1, 0)]), came)
    ends, left = queue(own, services, 4)
    for row, moments in enumerate(every):
        ends[row] += still * np.searchsorted(moments, ends[row])
    return ends, left


SYSTEMS = (
    Planted("M/M/1", 0.15, 20.89, servers(1, 0.025, 1)),
    Planted("M/M/4", 0.4, 31.16, servers(4, 0.1, 1)),
    Planted("M/G/4, cv 2", 0.8, 35.35, servers(4, 0.1, 2)),
    Planted("M/D/4", 0.2, 29.59, servers(4, 0.1, 0)),
    Planted("two stations", 0.5, 28.49, line),
    Planted("a lock", 0.6, 43.90, lock),
    Planted("patience", 0.5, 39.83, leaving),
    Planted("pauses", 0.6, 30.18, pauses),
)
