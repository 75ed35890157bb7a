"""Quantiles of the normal law, of Student's t and of counts, without a library that imports slower than a study runs.

All are held against SciPy's in the tests.
"""

from __future__ import annotations

import functools
import math
from statistics import NormalDist

import numpy as np

FAR_DF = 200
"""Beyond so many degrees of freedom the expansion at the normal law is exact to ten digits."""

_NORMAL = NormalDist()


def normal_quantile(probability: float) -> float:
    """Return the quantile of the standard normal law, 0 < `probability` < 1."""
    return _NORMAL.inv_cdf(probability)


@functools.lru_cache(4096)
def t_quantile(probability: float, df: int) -> float:
    """Return the quantile of Student's t with `df` >= 1 degrees of freedom, 0 < `probability` < 1.

    Newton's steps on the law for whole degrees of freedom (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4), begun at the
    expansion for many of them (26.7.5), which stands by itself beyond `FAR_DF`.

    >>> round(t_quantile(0.975, 9), 6)
    2.262157
    """
    if probability == 0.5:
        return 0.0
    if probability < 0.5:
        return -t_quantile(1 - probability, df)
    if df == 1:
        return math.tan(math.pi * (probability - 0.5))
    if df == 2:
        return (2 * probability - 1) * math.sqrt(2 / (4 * probability * (1 - probability)))
    at = _expanded(normal_quantile(probability), df)
    if df > FAR_DF:
        return at
    scale = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(df * math.pi)
    for _ in range(60):
        density = scale * (1 + at * at / df) ** (-(df + 1) / 2)
        step = (_below(at, df) - probability) / density
        at -= max(-at / 2, min(step, at / 2))  # the tail is so flat that a whole step may miss it
        if abs(step) <= 1e-13 * at:
            break
    return at


@functools.lru_cache(4096)
def quantile_ranks(n: int, q: float, tail: float) -> tuple[int, int]:
    """Return the ranks (1 to n) of the values of `n` that lie below and above their law's `q` quantile, but for `tail`.

    At most `tail` is the chance that the value of the lower rank is above the quantile, and that that of the higher one
    is below: how many values are below is Binomial(n, q). 0 and n + 1 where there is no such value. Probabilities come
    from the ratios of one count's to the next, so nothing overflows.

    >>> quantile_ranks(100, 0.5, 0.025)
    (40, 61)
    """
    # counts ten standard deviations off are out of the question
    off = 10 * math.sqrt(n * q * (1 - q)) + 10
    first, last = max(0, math.floor(n * q - off)), min(n, math.ceil(n * q + off))
    counts = np.arange(first, last, dtype=np.float64)
    logarithms = np.concatenate([[0.0], np.cumsum(np.log((n - counts) / (counts + 1)) + math.log(q / (1 - q)))])
    chances = np.exp(logarithms - logarithms.max())
    at_most = np.cumsum(chances) / chances.sum()
    low = first + int(np.searchsorted(at_most, tail, side="right"))
    return low, first + int(np.searchsorted(at_most, 1 - tail, side="left")) + 1


def _below(t: float, df: int) -> float:
    """Return the probability of less than `t` > 0."""
    angle = math.atan2(t, math.sqrt(df))
    sine, square = math.sin(angle), math.cos(angle) ** 2
    term = math.cos(angle) if df % 2 else 1.0
    first = 3 if df % 2 else 2
    total = term if df > 1 else 0.0
    for k in range(first, df - 1, 2):
        term *= square * (k - 1) / k
        total += term
    within = 2 / math.pi * (angle + sine * total) if df % 2 else sine * total
    return (1 + within) / 2


def _expanded(z: float, df: int) -> float:
    square = z * z
    return z * (
        1
        + (square + 1) / (4 * df)
        + ((5 * square + 16) * square + 3) / (96 * df**2)
        + (((3 * square + 19) * square + 17) * square - 15) / (384 * df**3)
        + ((((79 * square + 776) * square + 1482) * square - 1920) * square - 945) / (92160 * df**4)
    )
