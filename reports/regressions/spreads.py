"""How sure a metric's change is: what differs between customers, between runs, and between runs taken in turn.

A time's values are logarithms here, so that differences are ratios.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reports.dependence import batched
from reports.quantiles import normal_quantile, t_quantile
from reports.regressions.drifts import Kind, changes
from reports.regressions.samples import Sampled
from reports.statistics import Floats

Basis = Literal["pairs", "runs", "customers"]
FEWEST_DF = 2
"""With fewer degrees of freedom, the runs tell nothing of how much runs differ: it has to be assumed."""
MOST_RUNS = 400
FAR_DF = 1_000_000
SUPPOSED = 0.05
"""What runs are taken to differ by where nobody knows, to say how many it may take: of a machine that is not busy."""


@dataclass(frozen=True, slots=True)
class Drift:
    """By how much runs of the same thing differ, as a standard deviation, where there are too few of them to tell it.

    Parameters: `time_ratio`, of a time; `share`, of a share.
    """

    time_ratio: float = 0.0
    share: float = 0.0

    def of(self, one: Sampled) -> float:
        """Return it on the scale on which a metric's spreads are."""
        return self.share if one.q is None else math.log1p(self.time_ratio)


@dataclass(frozen=True, slots=True)
class Spread:
    """A value with its standard error and the degrees of freedom that it is known with; of a time, its logarithm."""

    value: float
    error: float
    df: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A metric after, less the same before.

    Parameters
    ----------
    before, after: the values. error: standard error of their difference, known with `df` degrees of freedom.
    one: standard deviation of the difference of one run a side: what one more pair of runs brings in.
    least: the least that the standard error of a share may be, by the chance of single customers: runs that all show
        a small count hide it.
    others: the difference and its standard error by each other structure of drift that explains the runs about as well.
    drift: how the runs drift, by the structure that explains them best.
    """

    before: float
    after: float
    error: float
    df: int
    one: float
    least: float = 0.0
    others: tuple[tuple[float, float], ...] = ()
    drift: Kind = "still"

    @property
    def value(self) -> float:
        """The difference."""
        return self.after - self.before

    def ends(self, alpha: float) -> tuple[float, float]:
        """Return the ends of the interval that leaves out `alpha` on each side, by whichever structure of drift."""
        t, chance = t_quantile(1 - alpha, self.df), normal_quantile(1 - alpha) * self.least
        each = [(value, max(t * error, chance)) for value, error in ((self.value, self.error), *self.others)]
        return min(value - reach for value, reach in each), max(value + reach for value, reach in each)

    def visible(self, alpha: float, power: float) -> float:
        """Return which change such evidence finds so often: it has to be one by each structure of drift."""
        reach = reach_to_find(alpha, self.df, power)
        own = max(abs(value - self.value) + reach * error for value, error in ((self.value, self.error), *self.others))
        return max(own, (normal_quantile(1 - alpha) + normal_quantile(power)) * self.least)


def basis_of(before: int, after: int, paired: bool) -> Basis:
    """Return what intervals rest on: pairs or runs where there are enough of them, else customers."""
    df = min(before, after) - 1 if paired else before + after - 2
    if df < FEWEST_DF:
        return "customers"
    return "pairs" if paired else "runs"


def difference(
    first: Sampled, second: Sampled, basis: Basis, drift: Drift | None, order: Sequence[int] = ()
) -> Difference | None:
    """Return a metric's change with its error; None where too little was observed to have any.

    Parameters: `order`, when each run was made: of the runs before, and then of those after, its place among all;
    those before came first unless told.
    """
    if basis == "pairs":
        return _of_pairs(first, second)
    if basis == "runs":
        return _of_runs(first, second, order)
    return _of_customers(first, second, drift)


def _of_pairs(first: Sampled, second: Sampled) -> Difference | None:
    """Return the mean of the pairs' differences; what both runs of a pair had in common is gone from it."""
    pairs = [(one, other) for one, other in zip(first.runs, second.runs, strict=False) if len(one) and len(other)]
    if len(pairs) - 1 < FEWEST_DF:
        return None
    before, after = (np.array([value_of(pair[side], first.q) for pair in pairs]) for side in (0, 1))
    one = float((after - before).std(ddof=1))
    error, least = one / math.sqrt(len(pairs)), _least_of_pairs(first, pairs)
    one = max(one, least * math.sqrt(len(pairs)))
    return Difference(float(before.mean()), float(after.mean()), error, len(pairs) - 1, one, least)


def _of_runs(first: Sampled, second: Sampled, order: Sequence[int]) -> Difference | None:
    """Return the difference of the sides' levels, with a spread between runs that is taken to be the same on both.

    So ten runs before tell of one after, too. A side of smaller runs has the spread of its fewer customers on top.
    What runs drift by is in the error, as far as they do not rule it out (`drifts`); the value before is then what
    would have been expected of the runs after.
    """
    sides = [[run for run in side.runs if len(run)] for side in (first, second)]
    df = sum(map(len, sides)) - 2
    if not all(sides) or df < FEWEST_DF:
        return None
    values = [np.array([value_of(run, first.q) for run in side]) for side in sides]
    square = sum(float(((side - side.mean()) ** 2).sum()) for side in values) / df
    # runs of fewer customers than those that the spread is known from spread more
    alone = [float(np.mean([_alone(run, first.q) for run in side])) for side in sides]
    known = [len(side) - 1 for side in sides]
    usual = sum(weight * own for weight, own in zip(known, alone, strict=True) if weight) / df
    extra = [max(0.0, own - usual) if math.isfinite(usual) else 0.0 for own in alone]
    if not all(map(math.isfinite, extra)):
        return Difference(float(values[0].mean()), float(values[1].mean()), math.inf, df, math.inf)
    placed = order or range(len(first.runs) + len(second.runs))
    places = [place for place, run in zip(placed, (*first.runs, *second.runs), strict=True) if len(run)]
    turn = np.argsort(places, kind="stable")
    later = np.repeat([False, True], [len(side) for side in sides])[turn]
    found = changes(np.concatenate(values)[turn], later.tolist())
    more = np.where(later, extra[1], extra[0])
    each = [(one.value, math.sqrt(one.error**2 + float((one.weights**2 * more).sum()))) for one in found]
    least, after = _least_of_both(first, second), float(values[1].mean())
    one = max(math.sqrt(2 * square + sum(extra)), least / math.sqrt(sum(1 / len(side) for side in sides) / 2))
    (change, error), *others = each
    return Difference(after - change, after, error, df, one, least, tuple(others), found[0].kind)


def _of_customers(first: Sampled, second: Sampled, drift: Drift | None) -> Difference | None:
    """Return the difference of all observed on either side: what differs between customers, and the drift of runs.

    Where nobody knows that drift, it is left out of the error, but supposed in what one more pair brings in.
    """
    spreads = [within([run for run in side.runs if len(run)], side.q) for side in (first, second)]
    if any(one is None for one in spreads):
        return None
    before, after = (one for one in spreads if one is not None)
    own = before.error**2 + after.error**2
    counts = [sum(1 for run in side.runs if len(run)) for side in (first, second)]
    drifts = drift.of(first) ** 2 * sum(1 / count for count in counts) if drift is not None else 0.0
    supposed = drift or Drift(SUPPOSED, SUPPOSED / 10)
    if not math.isfinite(own):
        return Difference(before.value, after.value, math.inf, 1, math.inf)
    # Satterthwaite's formula (Welch 1947, Biometrika 34, 28-35); a drift that is told is as if known
    parts = before.error**4 / before.df + after.error**4 / after.df
    df = max(1, int(min(FAR_DF, (own + drifts) ** 2 / parts))) if parts else FAR_DF
    each = before.error**2 * counts[0] + after.error**2 * counts[1] + 2 * supposed.of(first) ** 2
    return Difference(before.value, after.value, math.sqrt(own + drifts), df, math.sqrt(each))


def within(runs: Sequence[Floats], q: float | None) -> Spread | None:
    """Return a metric of all that these runs observed, with the error that customers leave; None of nothing."""
    if not runs:
        return None
    return _quantile_spread(runs, q) if q is not None else _share_spread(runs)


def _alone(run: Floats, q: float | None) -> float:
    """Return the variance of a run's metric among runs of the same size, by its independent customers alone."""
    if q is None:
        return _least_error(run) ** 2
    reach = math.sqrt(q * (1 - q) / len(run))
    if q + reach >= 1 or q - reach <= 0:
        return math.inf
    low, high = np.quantile(run, [q - reach, q + reach])
    return (math.log(float(high) / float(low)) / 2) ** 2


def _least_of_both(first: Sampled, second: Sampled) -> float:
    """Return the least that an error of a share may be: runs that all show a small count hide the chance in it."""
    if first.q is not None:
        return 0.0
    return math.hypot(*(_least_error(np.concatenate(side.runs)) for side in (first, second)))


def _least_of_pairs(first: Sampled, pairs: Sequence[tuple[Floats, Floats]]) -> float:
    """Return the least that an error of a share may be between pairs of runs.

    Where both runs of a pair saw as many, they are taken one by one: only those who fared differently tell anything
    (McNemar 1947, Psychometrika 12, 153-157), so the same customers with the same luck make it small. Of customers who
    have nothing in common it is that of independent draws. Two who fared differently either way are added.
    """
    if first.q is not None:
        return 0.0
    sides = [np.concatenate([pair[side] for pair in pairs]) for side in (0, 1)]
    if any(len(one) != len(other) for one, other in pairs):
        return math.hypot(*map(_least_error, sides))
    n = len(sides[0])
    differ = (float((sides[0] != sides[1]).sum()) + 4) / (n + 4)
    return math.sqrt(differ / (n + 4))


def value_of(run: Floats, q: float | None) -> float:
    """Return a run's metric on the scale of spreads: a share, or the logarithm of a quantile."""
    return float(run.mean()) if q is None else math.log(float(np.quantile(run, q)))


def _quantile_spread(runs: Sequence[Floats], q: float) -> Spread:
    """Return the logarithm of a quantile, its error by batches.

    The share of values below the quantile is a mean: its error comes from means of batches of neighbours, which keep
    what customers that meet each other have in common; never less than that of independent draws. Between the
    quantiles at q -+ t times that error lies the interval of the quantile itself (sectioning applied to the indicator;
    Asmussen and Glynn 2007, *Stochastic Simulation*, III.5). Where that reaches beyond the sample, the error is
    infinite.
    """
    data = np.concatenate(runs)
    value = float(np.quantile(data, q))
    error, df = batched([(run <= value).astype(np.float64) for run in runs])
    error = max(error, math.sqrt(q * (1 - q) / len(data)))
    reach = t_quantile(0.975, max(1, int(df)))
    if q + reach * error >= 1 or q - reach * error <= 0:
        return Spread(math.log(value), math.inf, 1)
    low, high = (math.log(float(np.quantile(data, q + side * reach * error))) for side in (-1, 1))
    return Spread(math.log(value), (high - low) / (2 * reach), df)


def _share_spread(runs: Sequence[Floats]) -> Spread:
    """Return a share, its error by batches, and never less than of independent draws."""
    data = np.concatenate(runs)
    error, df = batched(runs)
    return Spread(float(data.mean()), max(error, _least_error(data)), df)


def _least_error(data: Floats) -> float:
    """Return the standard error of a share of independent draws, of zeros and ones.

    Two of each kind are added (Agresti and Coull 1998, Am. Stat. 52, 119-126): ten successes in ten are no proof that
    there are no failures.
    """
    smooth = (float(data.sum()) + 2) / (len(data) + 4)
    return math.sqrt(smooth * (1 - smooth) / (len(data) + 4))


def reach_to_find(alpha: float, df: int, power: float) -> float:
    """Return how many standard errors a change must measure to be found so often, by a one-sided t-test at `alpha`.

    The noncentral t by its normal approximation (Abramowitz and Stegun 1964, 26.7.10).
    """
    t = t_quantile(1 - alpha, df)
    return t * (1 - 1 / (4 * df)) + normal_quantile(power) * math.sqrt(1 + t * t / (2 * df))


def pairs_to_find(one: float, change: float, alpha: float, power: float) -> int | None:
    """Return how many pairs of runs find a change so often; None where it is more than `MOST_RUNS`.

    Parameters: `one`, standard deviation of one pair's difference; `change` > 0, on the same scale.
    """
    if not math.isfinite(one):
        return None
    return fewest_runs(
        FEWEST_DF + 1, lambda n: reach_to_find(alpha, n - 1, power) * one / math.sqrt(n) <= change
    )  # fmt: skip


def fewest_runs(least: int, enough: Callable[[int], bool]) -> int | None:
    """Return the smallest number of runs that is enough, if more of them always are; None beyond `MOST_RUNS`."""
    found = bisect.bisect_left(range(least, MOST_RUNS + 1), True, key=enough) + least
    return found if found <= MOST_RUNS else None
