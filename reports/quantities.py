"""Quantities: one number by name, its value in each replication, and what its interval rests on."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reports.statistics import Estimate, mean_interval, quantile_interval, wilson
from reports.wording import Unit

Floats = NDArray[np.float64]
Basis = Literal["share", "mean", "quantile", "run"]


@dataclass(frozen=True, slots=True)
class Quantity:
    """One measure of a run.

    Parameters
    ----------
    key: its name, such as ``completion`` or ``latency.submit.sojourn.p95``; the same in every run of a journey.
    title: as a person reads it. unit: of its values. better: 1 where more is better, -1 where less is, 0 neither.
    values: one for each replication, shape (n_replications,), NaN where there was nothing to measure.
    basis: a share of units, a mean over them, a quantile of them, or one value of the run as a whole.
    of: what the units are: customers, visits, decisions.
    successes, trials: of a share, over all replications. sample: the units of a mean or a quantile, over all
        replications, `index` which replication each is of (from 0), `q` which quantile. They give the interval where
        there is a single replication.
    """

    key: str
    title: str
    unit: Unit
    better: int
    values: Floats
    basis: Basis
    of: str = "customers"
    successes: int = 0
    trials: int = 0
    sample: Floats | None = None
    index: NDArray[np.int64] | None = None
    q: float = 0.5

    @property
    def units(self) -> int:
        """How many units it was measured on, over all replications."""
        if self.basis == "share":
            return self.trials
        return 0 if self.sample is None else len(self.sample)

    def estimate(self) -> Estimate:
        """Return its value and interval: over replications where there are two or more, else over its units.

        An interval never reaches below 0 for what cannot be negative, nor above 1 for a share.
        """
        found = self._estimate()
        if self.unit == "money" or math.isnan(found.low):
            return found
        most = 1.0 if self.basis == "share" else math.inf
        return replace(found, low=max(found.low, 0.0), high=min(found.high, most))

    def _estimate(self) -> Estimate:
        if len(self.values) >= 2:
            return mean_interval(self.values)
        if self.basis == "share":
            return wilson(self.successes, self.trials, self.of)
        if self.basis == "run" or self.sample is None:
            value = float(self.values[0]) if len(self.values) else float("nan")
            return Estimate(value, n=len(self.values), method="one run: no interval")
        if self.basis == "mean":
            return mean_interval(self.sample, self.of)
        return quantile_interval(self.sample, self.q, self.of)


def share(
    key: str, title: str, successes: ArrayLike, trials: ArrayLike, *, better: int = 0, of: str = "customers"
) -> Quantity:
    """Return the share of `successes` in `trials`, each of shape (n_replications,)."""
    hits, tries = np.asarray(successes, dtype=np.float64), np.asarray(trials, dtype=np.float64)
    return Quantity(
        key,
        title,
        "share",
        better,
        ratio(hits, tries),
        "share",
        of,
        successes=int(hits.sum()),
        trials=int(tries.sum()),
    )


def per(
    key: str,
    title: str,
    counts: Floats,
    index: NDArray[np.int64],
    replications: int,
    *,
    unit: Unit = "per_100",
    factor: float = 100.0,
    better: int = -1,
    of: str = "customers",
) -> Quantity:
    """Return a mean over units, times `factor`.

    Parameters: `counts`, one for each unit, shape (n_units,); `index`, the unit's replication, counted from 0.
    """
    totals = summed(index, counts, replications)
    n = np.bincount(index, minlength=replications).astype(np.float64)
    return Quantity(
        key, title, unit, better, ratio(totals, n) * factor, "mean", of, sample=counts * factor, index=index
    )


def quantile(
    key: str,
    title: str,
    sample: Floats,
    index: NDArray[np.int64],
    replications: int,
    q: float,
    *,
    of: str = "customers",
) -> Quantity:
    """Return the `q` quantile of durations, in seconds; less is better.

    Parameters: `sample`, one for each unit, shape (n_units,); `index`, the unit's replication, counted from 0.
    """
    values = np.array([np.quantile(own, q) if len(own := sample[index == i]) else np.nan for i in range(replications)])
    return Quantity(key, title, "s", -1, values, "quantile", of, sample=sample, index=index, q=q)


def other_quantile(known: Quantity, key: str, title: str, q: float) -> Quantity:
    """Return another quantile of the same durations; raises ValueError where `known` holds none."""
    if known.sample is None or known.index is None:
        raise ValueError(f"{known.key} keeps no sample")
    return quantile(key, title, known.sample, known.index, len(known.values), q, of=known.of)


def whole(key: str, title: str, unit: Unit, values: ArrayLike, *, better: int = 0) -> Quantity:
    """Return a value of each replication as a whole, such as a utilisation."""
    return Quantity(key, title, unit, better, np.asarray(values, dtype=np.float64), "run", of="replications")


def summed(index: NDArray[np.int64], weights: ArrayLike, n: int) -> Floats:
    """Return the sum of the weights of each index 0 to n - 1, shape (n,)."""
    return np.asarray(np.bincount(index, weights=weights, minlength=n), dtype=np.float64)


def ratio(part: ArrayLike, total: ArrayLike) -> Floats:
    """Return part / total, both of shape (n,); NaN where the total is not above 0."""
    above, below = np.asarray(part, dtype=np.float64), np.asarray(total, dtype=np.float64)
    return np.array([a / b if b > 0 else np.nan for a, b in zip(above, below, strict=True)], dtype=np.float64)
