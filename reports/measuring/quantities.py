"""Quantities: one number by name, its value in each replication, and what its interval rests on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reports.statistics import (
    LEVEL,
    Estimate,
    mean_interval,
    quantile_interval,
    sample_quantiles,
    t_interval,
    wilson,
)  # fmt: skip
from reports.wording import Unit

Floats = NDArray[np.float64]
Basis = Literal["share", "mean", "quantile", "run"]
_COUNTED: Mapping[Unit, float] = {"per_100": 100.0, "per_1000": 1000.0}


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
    units: how many it was measured on, over all replications. successes: how many of these, of a share.
    deviation: of the units of a mean, their standard deviation. samples: the units of a quantile, by replication, each
        of shape (n_units,), and `q` which quantile. They give the interval where there is a single replication. Of very
        many units, every so-manieth in order stands for them all (`measuring.pooling`).
    above, below, factor: of a value of one replication as a whole, what it is the ratio of, times what.
    """

    key: str
    title: str
    unit: Unit
    better: int
    values: Floats
    basis: Basis
    of: str = "customers"
    units: int = 0
    successes: int = 0
    deviation: float = math.nan
    samples: tuple[Floats, ...] = ()
    q: float = 0.5
    above: float = math.nan
    below: float = math.nan
    factor: float = 1.0
    _estimates: list[Estimate] = field(default_factory=list, init=False, compare=False, repr=False)

    @property
    def sample(self) -> Floats:
        """The units of a quantile, over all replications, shape (n_units,)."""
        return self.samples[0] if len(self.samples) == 1 else np.concatenate([*self.samples, np.zeros(0)])

    def estimate(self) -> Estimate:
        """Return its value and interval: over replications where there are two or more, else over its units.

        An interval never reaches below 0 for what cannot be negative, nor above 1 for a share. Where something happened
        to nobody, or a share to all, in all replications, it rests on the units: they say how seldom it may still be.
        """
        if not self._estimates:  # a report tells each of them several times
            self._estimates.append(self._within_its_limits())
        return self._estimates[0]

    def _within_its_limits(self) -> Estimate:
        found = self._estimate()
        if self.unit == "money" or math.isnan(found.low):
            return found
        most = 1.0 if self.basis == "share" else math.inf
        return replace(found, low=max(found.low, 0.0), high=min(found.high, most))

    def _estimate(self) -> Estimate:
        if (factor := _COUNTED.get(self.unit)) and self.basis == "mean" and self.units and not self.values.any():
            # nothing happened: no spread to learn from, and yet no proof that it never does
            most = -math.log((1 - LEVEL) / 2) / self.units * factor
            return Estimate(0.0, 0.0, most, self.units, self.of, "Poisson, none seen (Garwood 1936)")
        if self.basis == "share" and self.units and self.successes in (0, self.units):
            return wilson(self.successes, self.units, self.of)
        if len(self.values) >= 2:
            return mean_interval(self.values)
        if self.basis == "share":
            return wilson(self.successes, self.units, self.of)
        if self.basis == "quantile":
            return quantile_interval(self.sample, self.q, self.of, n=self.units)
        value = float(self.values[0]) if len(self.values) else math.nan
        if self.basis == "run":
            return Estimate(value, n=len(self.values), method="one run: no interval")
        return t_interval(value, self.deviation, self.units, self.of)


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
        units=int(tries.sum()),
        successes=int(hits.sum()),
    )


def per(
    key: str,
    title: str,
    counts: Floats,
    *,
    unit: Unit = "per_100",
    factor: float = 100.0,
    better: int = -1,
    of: str = "customers",
) -> Quantity:
    """Return a mean over the units of one replication, times `factor`.

    Parameters: `counts`, one for each unit, shape (n_units,).
    """
    units = len(counts)
    deviation = float(counts.std(ddof=1)) * factor if units > 1 else math.nan
    values = ratio([counts.sum()], [units]) * factor
    return Quantity(key, title, unit, better, values, "mean", of, units=units, deviation=deviation)


def quantiles(
    key: str, title: str, sample: Floats, named: Mapping[str, tuple[str, float]], *, of: str = "customers"
) -> Iterator[Quantity]:
    """Yield quantiles of durations of one replication, in seconds; less is better.

    Parameters: `sample`, one for each unit, shape (n_units,); `named`, by the end of the key, the end of the title and
    which quantile.
    """
    at = [q for _, q in named.values()]
    sample = np.sort(sample)  # once, not for each interval
    values = sample_quantiles(sample, at)
    for value, (end, (words, q)) in zip(values, named.items(), strict=True):
        yield Quantity(
            f"{key}.{end}", f"{title}, {words}", "s", -1, np.array([value]), "quantile", of, units=len(sample),
            samples=(sample,), q=q,
        )  # fmt: skip


def other_quantile(known: Quantity, key: str, title: str, q: float) -> Quantity:
    """Return another quantile of the same durations."""
    values = [sample_quantiles(own, (q,))[0] for own in known.samples]
    return replace(known, key=key, title=title, values=np.array(values, dtype=np.float64), q=q)


def merged(parts: Sequence[Quantity]) -> Quantity:
    """Return one quantity of several replications from that of each of them, in their order."""
    if len(parts) == 1:
        return parts[0]
    return replace(
        parts[0],
        values=np.concatenate([part.values for part in parts]),
        units=sum(part.units for part in parts),
        successes=sum(part.successes for part in parts),
        deviation=math.nan,
        above=math.nan,
        below=math.nan,
        samples=tuple(sample for part in parts for sample in part.samples),
    )


def whole(
    key: str, title: str, unit: Unit, above: float, below: float, *, factor: float = 1.0, better: int = 0
) -> Quantity:
    """Return a value of one replication as a whole, such as a utilisation: above / below, times `factor`."""
    values = ratio([above], [below]) * factor
    return Quantity(
        key, title, unit, better, values, "run", of="replications", above=above, below=below, factor=factor
    )  # fmt: skip


def summed(index: NDArray[np.intp], weights: ArrayLike, n: int) -> Floats:
    """Return the sum of the weights of each index 0 to n - 1, shape (n,)."""
    return np.asarray(np.bincount(index, weights=weights, minlength=n), dtype=np.float64)


def ratio(part: ArrayLike, total: ArrayLike) -> Floats:
    """Return part / total, both of shape (n,); NaN where the total is not above 0."""
    above, below = np.asarray(part, dtype=np.float64), np.asarray(total, dtype=np.float64)
    return np.array([a / b if b > 0 else np.nan for a, b in zip(above, below, strict=True)], dtype=np.float64)
