"""Pooling: the metrics of one replication from those of its parts, each all rows of some of its customers.

What is counted or summed is the same as if all rows had been read at once. Quantiles are, too, of up to `MOST_KEPT`
units; of more, every so-manieth in order stands for them all, which moves a quantile's rank by less than a thousandth.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import starmap

import numpy as np
from numpy.typing import NDArray

from journeys.columns import Coded
from reports.measuring.quantities import Floats, Quantity, ratio
from reports.measuring.results import Counts, FunnelStep, Measured, commonest_first
from reports.measuring.spells import Spells
from reports.measuring.walks import Customers
from reports.measuring.week import Week

MOST_KEPT = 200_000


class Pool:
    """Takes the metrics of one part of a replication after the other; the first is the part in which staff counts."""

    def __init__(self) -> None:
        self._first: Measured | None = None
        self._outcomes: dict[str, Counts] = {}
        self._funnel: tuple[FunnelStep, ...] = ()
        self._failures = Counter[tuple[str, str]]()
        self._unfinished = 0
        self._customers = _Columns()
        self._spells: dict[str, list[Spells]] = {}
        self._week: Week | None = None
        self._quantities: dict[str, Quantity] = {}
        self._samples: list[_Sample] = []
        self._sample_of: dict[str, int] = {}

    def add(self, part: Measured) -> None:
        """Take the metrics of one more part."""
        if self._first is None:
            self._first, self._outcomes, self._funnel = part, dict(part.outcomes), part.funnel
            self._week, self._quantities = part.week, _bare(part)
            self._number_samples(part)
        else:
            self._outcomes = {name: counts + part.outcomes[name] for name, counts in self._outcomes.items()}
            self._funnel = tuple(starmap(_joined_step, zip(self._funnel, part.funnel, strict=True)))
            self._week = _joined_week(self._week, part.week)
            self._quantities = {
                key: _POOLED[one.basis](one, part.quantities[key]) for key, one in self._quantities.items()
            }
        for step, reason, times in part.failures:
            self._failures[step, reason] += times
        self._unfinished += part.unfinished
        self._customers.extend(part.customers)
        for name, own in part.spells.items():
            self._spells.setdefault(name, []).append(own)
        taken = set[int]()
        for key, number in self._sample_of.items():
            if number not in taken:
                taken.add(number)
                self._samples[number].extend(part.quantities[key].samples[0])

    def measured(self) -> Measured:
        """Return the metrics of the replication; at least one part must have been added."""
        first = self._first
        assert first is not None
        kept = [sample.values() for sample in self._samples]
        quantities = {key: self._settled(one, kept) for key, one in self._quantities.items()}
        return replace(
            first,
            outcomes=self._outcomes,
            funnel=self._funnel,
            quantities=quantities,
            customers=self._customers.all(),
            unfinished=self._unfinished,
            failures=tuple(commonest_first(self._failures)),
            spells={name: Spells.joined(own) for name, own in self._spells.items()},
            week=self._week,
        )

    def _number_samples(self, part: Measured) -> None:
        """Find out which quantities have one sample together, as the percentiles of one duration have."""
        numbers: dict[int, int] = {}
        for key, one in part.quantities.items():
            if one.samples:
                number = numbers.setdefault(id(one.samples[0]), len(numbers))
                self._sample_of[key] = number
        self._samples = [_Sample() for _ in numbers]

    def _settled(self, one: Quantity, kept: Sequence[Floats]) -> Quantity:
        """Return a quantity with the sample of all parts, and its value."""
        if one.key not in self._sample_of:
            return one
        sample = kept[self._sample_of[one.key]]
        if one.basis != "quantile":
            return replace(one, samples=(sample,))
        value = np.quantile(sample, one.q) if len(sample) else np.nan
        return replace(one, samples=(sample,), values=np.array([value], dtype=np.float64))


class _Sample:
    """Values that come in parts: all of them, or from MOST_KEPT on every second in order, every fourth, and so on."""

    def __init__(self) -> None:
        self._kept: list[Floats] = []
        self._n = 0
        self._weight = 1
        self._left = np.zeros(0)  # fewer than one kept value stands for

    def extend(self, values: Floats) -> None:
        if self._weight > 1:
            values = self._thinned(np.concatenate([self._left, values]))
        self._kept.append(values)
        self._n += len(values)
        while self._n > MOST_KEPT:
            values = np.sort(np.concatenate(self._kept))
            # the first of a pair, and the second of the next one: neither end is favoured
            values = values[: len(values) // 2 * 2].reshape(-1, 2)[
                np.arange(len(values) // 2), np.arange(len(values) // 2) % 2
            ]
            self._kept, self._n, self._weight = [values], len(values), self._weight * 2

    def values(self) -> Floats:
        return np.sort(np.concatenate([np.zeros(0), *self._kept]))  # whoever asks for a quantile sorts them again

    def _thinned(self, values: Floats) -> Floats:
        ordered, over = np.sort(values), len(values) % self._weight
        apart = np.zeros(len(ordered), dtype=bool)
        apart[((np.arange(over) + 0.5) * len(ordered) / max(1, over)).astype(np.intp)] = True
        self._left, rest = ordered[apart], ordered[~apart]
        return rest[self._weight // 2 :: self._weight].copy()  # a view would hold all of them


class _Columns:
    """Customers by column, in memory that grows in place where the system can move it."""

    def __init__(self) -> None:
        self._n = 0
        self._arrays: dict[str, NDArray[np.generic]] = {}
        self._codes: dict[str, dict[str, int]] = {}

    def extend(self, part: Customers) -> None:
        begin, self._n = self._n, self._n + len(part)
        for field in fields(Customers):
            column = getattr(part, field.name)
            if isinstance(column, Coded):
                known = self._codes.setdefault(field.name, {})
                new = np.array([known.setdefault(text, len(known)) for text in column.texts], dtype=np.int16)
                column = new[column.codes]
            array = self._arrays.setdefault(field.name, np.empty(0, dtype=column.dtype))
            if len(array) < self._n:
                array.resize(max(self._n, len(array) * 9 // 8), refcheck=False)
            array[begin : self._n] = column

    def all(self) -> Customers:
        columns = {name: array[: self._n] for name, array in self._arrays.items()}
        return Customers(**{
            name: Coded(column, tuple(self._codes[name])) if name in self._codes else column  # type: ignore[arg-type]
            for name, column in columns.items()
        })  # fmt: skip


def _bare(part: Measured) -> dict[str, Quantity]:
    """Return quantities without their samples, which are kept apart."""
    return {key: replace(one, samples=()) for key, one in part.quantities.items()}


def _share(one: Quantity, other: Quantity) -> Quantity:
    successes, units = one.successes + other.successes, one.units + other.units
    return replace(one, successes=successes, units=units, values=ratio([successes], [units]))


def _mean(one: Quantity, other: Quantity) -> Quantity:
    """Return the mean and the deviation of both (Chan, Golub and LeVeque 1983, equation 2.1)."""
    if not one.units or not other.units:
        kept = other if not one.units else one
        return replace(kept, samples=())
    n, apart = one.units + other.units, float(other.values[0] - one.values[0])
    squares = sum(own.deviation**2 * (own.units - 1) for own in (one, other) if own.units > 1)
    squares += apart**2 * one.units * other.units / n
    value = (one.values * one.units + other.values * other.units) / n
    return replace(one, values=value, units=n, deviation=math.sqrt(squares / (n - 1)))


def _quantile(one: Quantity, other: Quantity) -> Quantity:
    return replace(one, units=one.units + other.units)


def _whole(one: Quantity, other: Quantity) -> Quantity:
    above, below = one.above + other.above, one.below + other.below
    return replace(one, above=above, below=below, values=ratio([above], [below]) * one.factor)


_POOLED: Mapping[str, Callable[[Quantity, Quantity], Quantity]] = {
    "share": _share, "mean": _mean, "quantile": _quantile, "run": _whole,
}  # fmt: skip


def _joined_step(one: FunnelStep, other: FunnelStep) -> FunnelStep:
    nothing = np.zeros_like(one.entered)
    causes = {
        cause: one.causes.get(cause, nothing) + other.causes.get(cause, nothing)
        for cause in sorted({*one.causes, *other.causes})
    }
    counts = ("entered", "visits", "converted", "dropped", "denied", "rejected", "censored")
    return replace(one, causes=causes, **{name: getattr(one, name) + getattr(other, name) for name in counts})


def _joined_week(one: Week | None, other: Week | None) -> Week | None:
    if one is None or other is None:
        return None
    stations = {}
    for name, hours in one.stations.items():
        more = other.stations[name]
        stations[name] = replace(hours, busy=hours.busy + more.busy, offered=hours.offered + more.offered)
    return Week(stations, one.calls + other.calls, one.answered + other.answered)
