"""Standard errors of customers who meet in queues: neighbours have much in common, and long queues come in clusters.

A thousand customers of one run are no thousand pieces of evidence. Means are judged by batches of neighbours. What
lies beyond a high quantile comes about in few long queues, each of which holds many customers: there the queues count.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from reports.quantiles import t_quantile
from reports.statistics import Floats

BATCHES = (32, 16, 8)
FEWEST_IN_A_BATCH = 16
ALIKE = 0.5  # standard errors of a correlation beyond which neighbours are alike
TAIL = 0.9  # quantiles from here on (and to one less this) lie in clusters
CLUSTERED = 1.5  # mean size of the cluster of one beyond a quantile; of independent values beyond the 95th it is 1.2


def batched(runs: Sequence[Floats]) -> tuple[float, int]:
    """Return the standard error of the mean of all values, by batches within runs, and its degrees of freedom.

    Parameters: `runs`, the values of each run in the order of arrival, each shape (n,).

    Batches grow, 32 to 16 to 8 of them, until the means of neighbours are no longer clearly alike; what is left of
    that is made good as in an autoregression of the first order, whose mean has (1 + r) / (1 - r) times the variance.
    """
    total = sum(map(len, runs))
    for most in BATCHES:
        means: list[Floats] = []
        for run in runs:
            count = min(max(1, round(most * len(run) / total)), max(1, len(run) // FEWEST_IN_A_BATCH))
            means.append(np.array([float(batch.mean()) for batch in np.array_split(run, count)]))
        every = np.concatenate(means)
        if len(every) < BATCHES[-1]:  # too few to know a spread from: each value by itself
            data = np.concatenate(runs)
            spread = float(data.std(ddof=1)) if total > 1 else math.inf
            return spread / math.sqrt(total), max(1, total - 1)
        alike = _alike(means)
        if alike <= ALIKE / math.sqrt(len(every)):
            return float(np.std(every, ddof=1)) / math.sqrt(len(every)), len(every) - 1
    inflated = (1 + alike) / (1 - alike)
    return float(np.std(every, ddof=1)) * math.sqrt(inflated / len(every)), len(every) - 1


def _alike(means: Sequence[Floats]) -> float:
    """Return the correlation of neighbouring batches' means, at most 0.9; what few of them hide is added back."""
    every = np.concatenate(means)
    centre, square = float(every.mean()), float(((every - every.mean()) ** 2).sum())
    if square == 0:
        return 0.0
    products = sum(float(((one[:-1] - centre) * (one[1:] - centre)).sum()) for one in means)
    return min(0.9, products / square + 1 / len(every))


def share_below(values: Floats, q: float) -> tuple[float, int]:
    """Return the standard error of the share of values below their `q` quantile, and its degrees of freedom.

    That share is a mean, and is judged by batches, but never better than of independent values. Of a quantile far out
    the few batches in which a queue was long tell little of the many in which none was: there the error is that of a
    compound sum over clusters, the root of the sum of their squared sizes, with a degree of freedom less than clusters.
    """
    n, level = len(values), float(np.quantile(values, q))
    error, df = batched([(values <= level).astype(np.float64)])
    error = max(error, math.sqrt(q * (1 - q) / n))
    if max(q, 1 - q) < TAIL:
        return error, df
    sizes = cluster_sizes(values, q)
    squares, count = float((sizes**2).sum()), len(sizes)
    if count < 2:
        return math.inf, 1
    own = math.sqrt(squares * count / (count - 1)) / n
    if squares > CLUSTERED * float(sizes.sum()) and _reach(own, count - 1) > _reach(error, df):
        return own, count - 1
    return error, df


def _reach(error: float, df: int) -> float:
    return error * t_quantile(0.975, df)


def cluster_sizes(values: Floats, q: float) -> Floats:
    """Return how many values beyond their `q` quantile each cluster has, shape (n_clusters,).

    A cluster ends where a value is at the median again, or on its other side: then that queue is over.

    >>> cluster_sizes(np.array([1.0, 8.0, 9.0, 1.0, 1.0, 1.0, 9.0, 1.0]), 0.7)
    array([1., 1.])
    """
    level, median = np.quantile(values, [q, 0.5])
    beyond, over = (values > level, values <= median) if q > 0.5 else (values < level, values >= median)
    _, sizes = np.unique(np.cumsum(over)[beyond], return_counts=True)
    return np.asarray(sizes, dtype=np.float64)


def clustered(pulls: Floats, ends: NDArray[np.bool_]) -> tuple[float, int]:
    """Return the standard error of the mean of `pulls` by the clusters between `ends`, and how many clusters there are.

    Infinite with fewer than two clusters, but 0 where nothing pulls at all.
    """
    _, which = np.unique(np.cumsum(ends)[pulls != 0], return_inverse=True)
    sums = np.bincount(which, weights=pulls[pulls != 0]) if len(which) else np.zeros(0)
    if len(sums) < 2:
        return (math.inf if len(sums) else 0.0), len(sums)
    return math.sqrt(float((sums**2).sum()) * len(sums) / (len(sums) - 1)) / len(pulls), len(sums)


def quantile_ends(values: Floats, q: float, level: float) -> tuple[float, float]:
    """Return the ends of the interval of a quantile at confidence `level`; one beyond the sample is infinite.

    They are the values at the ends of the interval of the share below (sectioning applied to the indicator; Asmussen
    and Glynn 2007, *Stochastic Simulation*, III.5).
    """
    error, df = share_below(values, q)
    if not math.isfinite(error):
        return -math.inf, math.inf
    reach = t_quantile((1 + level) / 2, df) * error
    low = float(np.quantile(values, q - reach)) if q - reach > 0 else -math.inf
    high = float(np.quantile(values, q + reach)) if q + reach < 1 else math.inf
    return low, high
