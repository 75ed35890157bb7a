"""How a trial's customers happened to arrive: whether that made for longer queues than such arrivals usually do.

Arrivals at the same rate come in crowds in one trial, and evenly in the next. That much of a trial's luck is known from
its plan, whatever is loaded. It is judged by one server that takes the same time for each, as long as `BUSY` asks.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from reports.measuring.quantities import Floats

BUSY, PATTERNS, SEED, MOST = 0.85, 200, 30, 3.0


def arrivals_luck(at_s: Floats, lasts_s: float, rate_per_s: float, begin_s: float, q: float) -> float:
    """Return how long queues were because of arrivals, in standard scores: 0 as usual, 1 longer than in 84% of trials.

    Parameters
    ----------
    at_s: when customers came, shape (n,). lasts_s, begin_s: how long they did, and when the warm-up ended.
    q: which quantile the budget is about.
    """
    middle, spread = _usual(round(math.log(rate_per_s * lasts_s), 1), begin_s / lasts_s, q)
    own = float(_log_queues(np.sort(at_s)[None, :] / lasts_s, rate_per_s * lasts_s, begin_s / lasts_s, q)[0])
    return max(-MOST, min(MOST, (own - middle) / spread)) if math.isfinite(own) and spread > 0 else 0.0


@functools.lru_cache(maxsize=256)
def _usual(log_customers: float, begin: float, q: float) -> tuple[float, float]:
    """Return the median and the standard deviation of the logarithm of queues of Poisson arrivals."""
    coin, customers = np.random.default_rng(SEED), math.exp(log_customers)
    counts = coin.poisson(customers, PATTERNS)
    at = coin.random((PATTERNS, max(1, int(counts.max()))))
    at[np.arange(at.shape[1])[None, :] >= counts[:, None]] = np.inf
    queues = _log_queues(np.sort(at, axis=1), customers, begin, q)
    queues = queues[np.isfinite(queues)]
    return (float(np.median(queues)), float(np.std(queues))) if len(queues) > 1 else (0.0, 0.0)


def _log_queues(at: Floats, customers: float, begin: float, q: float) -> Floats:
    """Return the log of the quantile of work found by arrivals after `begin`, in services; `at` (n, k), inf where none.

    Lindley's recursion, W + 1 - gap but never below 0, is what has come less its lowest so far.
    """
    came = np.isfinite(at)
    net = np.where(came, np.arange(at.shape[1]) - np.where(came, at, 0.0) * customers / BUSY, 1e18)
    work = 1.0 + net - np.minimum.accumulate(net, axis=1)
    found = []
    for own, there in zip(work, came & (at >= begin), strict=True):
        found.append(math.log(float(np.quantile(own[there], q))) if there.any() else math.nan)
    return np.array(found)
