"""Intervals and verdicts: how far a number can be trusted, and whether two scenarios differ.

The replication is the unit of evidence wherever there are two or more. A single measured run has one replication, so
its customers (or requests) stand in as independent draws; each `Estimate` says which it was.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reports.quantiles import normal_quantile, quantile_ranks, t_quantile

LEVEL = 0.95
MOST_REPLICATIONS = 100_000

Floats = NDArray[np.float64]
Verdict = Literal["better", "worse", "higher", "lower", "no difference", "inconclusive", "not measured"]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its interval.

    Parameters
    ----------
    value: the point estimate; NaN where nothing was measured.
    low, high: ends of the interval of confidence `LEVEL`; NaN where the evidence gives none, infinite where it bounds
        one side only.
    n: how many units the interval rests on. of: what they are, such as ``replications`` or ``customers``.
    method: how the interval was obtained.
    """

    value: float
    low: float = math.nan
    high: float = math.nan
    n: int = 0
    of: str = "replications"
    method: str = ""

    @property
    def measured(self) -> bool:
        """Whether there is a value at all."""
        return not math.isnan(self.value)

    @property
    def bounded(self) -> bool:
        """Whether both ends of the interval are finite."""
        return math.isfinite(self.low) and math.isfinite(self.high)

    def scaled(self, factor: float) -> Estimate:
        """Return the estimate in another unit; `factor` > 0."""
        return Estimate(self.value * factor, self.low * factor, self.high * factor, self.n, self.of, self.method)


@dataclass(frozen=True, slots=True)
class Paired:
    """Two scenarios compared replication by replication.

    Parameters
    ----------
    difference, change: mean(other) - mean(base), and mean(other) / mean(base) - 1.
    variance: of one replication's difference, paired. unpaired: what it would be between independent runs,
        Var(base) + Var(other). NaN where there are fewer than two replications.
    needed: how many replications would settle an inconclusive difference; None where no number is in sight.
    """

    difference: Estimate
    change: Estimate
    variance: float
    unpaired: float
    needed: int | None

    @property
    def variance_reduction(self) -> float:
        """What common random numbers saved against independent runs: 1 - variance / unpaired; NaN without variance.

        0 is nothing, with 0.9 a tenth of the replications suffices, and below 0 they hurt.
        """
        return 1 - self.variance / self.unpaired if self.unpaired > 0 else math.nan


def mean_interval(values: ArrayLike, of: str = "replications", level: float = LEVEL) -> Estimate:
    """Return the mean of `values`, shape (n,), with the t-interval of n - 1 degrees of freedom; NaN are left out.

    >>> mean_interval([1.0, 2.0, 3.0]).value
    2.0
    """
    data = np.asarray(values, dtype=np.float64)
    data = data[~np.isnan(data)]
    n = len(data)
    if n == 0:
        return Estimate(math.nan, n=0, of=of)
    return t_interval(float(data.mean()), float(data.std(ddof=1)) if n > 1 else math.nan, n, of, level)


def t_interval(mean: float, deviation: float, n: int, of: str = "replications", level: float = LEVEL) -> Estimate:
    """Return the mean of `n` values with its t-interval; `deviation` is their standard deviation, of n - 1."""
    if n == 1:
        return Estimate(mean, n=1, of=of, method="one value: no interval")
    if n == 0:
        return Estimate(math.nan, n=0, of=of)
    half = t_quantile((1 + level) / 2, n - 1) * deviation / math.sqrt(n)
    return Estimate(mean, mean - half, mean + half, n, of, f"t interval, {n - 1} df")


def paired(base: ArrayLike, other: ArrayLike, level: float = LEVEL) -> Paired:
    """Compare `other` with `base`, both of shape (n,) and in the same order of replications.

    Replications in which either is NaN are left out.
    """
    first, second = np.asarray(base, dtype=np.float64), np.asarray(other, dtype=np.float64)
    both = ~(np.isnan(first) | np.isnan(second))
    first, second = first[both], second[both]
    differences = second - first
    difference = mean_interval(differences, level=level)
    together = apart = math.nan
    if len(first) >= 2:
        together, apart = float(differences.var(ddof=1)), float(first.var(ddof=1) + second.var(ddof=1))
    needed = replications_needed(differences, level)
    return Paired(difference, relative_change(first, second, level), together, apart, needed)


def relative_change(base: ArrayLike, other: ArrayLike, level: float = LEVEL) -> Estimate:
    """Return mean(other) / mean(base) - 1 with Fieller's interval, as `ratio_interval` has it.

    What can't be negative doesn't fall by more than all of it.
    """
    first, second = np.asarray(base, dtype=np.float64), np.asarray(other, dtype=np.float64)
    ratio = ratio_interval(second, first, level)
    least = -1.0 if len(first) and min(first.min(), second.min()) >= 0 else -math.inf
    low = max(ratio.low - 1, least) if ratio.bounded else ratio.low
    return Estimate(ratio.value - 1, low, ratio.high - 1, ratio.n, method=ratio.method)


def ratio_interval(parts: ArrayLike, wholes: ArrayLike, level: float = LEVEL) -> Estimate:
    """Return mean(parts) / mean(wholes) with Fieller's interval for paired replications, both of shape (n,).

    Fieller (1954), *Some problems in interval estimation*, J. R. Stat. Soc. B 16, 175-185: the ratios rho for which
    mean(part - rho whole) does not differ from 0 at the level, by a t-test with n - 1 degrees of freedom. Exact for
    bivariate normal means, and it keeps the pairing. Where the wholes' own mean is not clearly different from 0 the
    set is unbounded, and so is the interval returned; NaN where that mean is 0.
    """
    first, second = np.asarray(wholes, dtype=np.float64), np.asarray(parts, dtype=np.float64)
    n = len(first)
    if n == 0 or not float(first.mean()):
        return Estimate(math.nan, n=n)
    a, b = float(first.mean()), float(second.mean())
    if n == 1:
        return Estimate(b / a, n=1, method="one replication: no interval")
    covariance = np.cov(first, second, ddof=1) / n
    square = t_quantile((1 + level) / 2, n - 1) ** 2
    lead = a * a - square * float(covariance[0, 0])
    middle = a * b - square * float(covariance[0, 1])
    rest = b * b - square * float(covariance[1, 1])
    if lead <= 0:
        return Estimate(b / a, -math.inf, math.inf, n, method="Fieller, unbounded")
    root = math.sqrt(max(0.0, middle * middle - lead * rest))
    return Estimate(b / a, (middle - root) / lead, (middle + root) / lead, n, method="Fieller, paired")


def replications_needed(differences: ArrayLike, level: float = LEVEL) -> int | None:
    """Return how many replications would give an interval without 0, if mean and spread stay as they are.

    The smallest n with t(n - 1) s / sqrt(n) < |mean|. None where that is beyond MOST_REPLICATIONS, or where there are
    fewer than two differences to learn the spread from.
    """
    data = np.asarray(differences, dtype=np.float64)
    if len(data) < 2:
        return None
    return replications_for(float(data.std(ddof=1)), abs(float(data.mean())), level)


def replications_for(spread: float, half: float, level: float = LEVEL) -> int | None:
    """Return the smallest n >= 2 with t(n - 1) spread / sqrt(n) < half; None where it is beyond MOST_REPLICATIONS.

    Parameters: `spread`, standard deviation of one replication's value; `half`, half the width of the interval.
    """
    if half <= 0:
        return None
    if spread == 0:
        return 2
    n = max(2, math.floor((normal_quantile((1 + level) / 2) * spread / half) ** 2))
    while n <= MOST_REPLICATIONS:
        if t_quantile((1 + level) / 2, n - 1) * spread / math.sqrt(n) < half:
            return n
        n += 1
    return None


def verdict(difference: Estimate, better: int) -> Verdict:
    """Judge a difference; `better` is 1 where more is better, -1 where less is, 0 where neither."""
    if not difference.measured:
        return "not measured"
    if difference.low == difference.high == 0:
        return "no difference"
    if not difference.bounded or difference.low <= 0 <= difference.high:
        return "inconclusive"
    rises = difference.value > 0
    if better == 0:
        return "higher" if rises else "lower"
    return "better" if rises == (better > 0) else "worse"


def wilson(successes: int, n: int, of: str = "customers", level: float = LEVEL) -> Estimate:
    """Return a proportion with Wilson's score interval (Wilson 1927, J. Am. Stat. Assoc. 22, 209-212)."""
    if n == 0:
        return Estimate(math.nan, n=0, of=of)
    z = normal_quantile((1 + level) / 2)
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == n else min(1.0, centre + half)
    return Estimate(share, low, high, n, of, "Wilson")


def sample_quantiles(values: ArrayLike, at: Sequence[float]) -> list[float]:
    """Return quantiles of a sample, as every page, table and summary of the project has them; NaN of an empty one.

    Between the two values nearest in rank, (n - 1) q counted from 0, in a straight line (as NumPy and SQL's
    ``quantile_cont`` do unless told). Of all attempts that were answered, or not in time, whoever made them. What is
    still waited for at the end of a trial is no sample: of that see `reports.capacity.trials.censored_quantile`.

    >>> sample_quantiles([4.0, 1.0, 2.0, 3.0], (0.5, 1.0))
    [2.5, 4.0]
    """
    data = np.asarray(values, dtype=np.float64)
    return [float(one) for one in np.quantile(data, at)] if len(data) else [math.nan] * len(at)


def quantile_interval(
    sample: ArrayLike, q: float, of: str = "customers", level: float = LEVEL, n: int | None = None
) -> Estimate:
    """Return the `q` quantile (0 < q < 1) with an interval between order statistics.

    The number of values below the true quantile is Binomial(n, q), whatever their law (Conover 1999, *Practical
    Nonparametric Statistics*, section 3.2). A sample too small to hold the quantile on one side leaves that side
    open: NaN is never returned for an end, but infinity is. Where the sample stands for a larger one, `n` is the size
    of that: every so-manieth of its values, in order.
    """
    data = np.asarray(sample, dtype=np.float64)
    if not (data[1:] >= data[:-1]).all():
        data = np.sort(data)
    kept, n = len(data), len(data) if n is None else n
    if kept == 0:
        return Estimate(math.nan, n=0, of=of)
    low_rank, high_rank = quantile_ranks(n, q, (1 - level) / 2)
    low = float(data[math.ceil(low_rank * kept / n) - 1]) if low_rank >= 1 else -math.inf
    high = float(data[math.ceil(high_rank * kept / n) - 1]) if high_rank <= n else math.inf
    (value,) = sample_quantiles(data, (q,))  # between two ranks: at an extreme quantile it may be beyond the outer one
    return Estimate(value, min(low, value), max(high, value), n, of, "order statistics")


def kept(estimate: Estimate, holds: Sequence[bool]) -> Literal["kept", "missed", "inconclusive", "not measured"]:
    """Judge a limit from whether the interval's low end, the value and its high end hold it, in that order."""
    if not estimate.measured:
        return "not measured"
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return "inconclusive"
    if all(holds):
        return "kept"
    return "inconclusive" if any(holds) else "missed"
