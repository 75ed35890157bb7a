"""When customers arrive: laws of arrival that turn each customer's unit exponential into a time.

Customer *k* arrives when the cumulative rate reaches the sum of the first k+1 unit exponentials (inversion of the
cumulative rate function), so a changed rate moves every arrival but never swaps or renews a customer.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from journeys.durations import Duration, Rate
from journeys.errors import InvalidInput, Problem

WEEK_S = 604800.0
HOURS_A_WEEK = 168


@dataclass(frozen=True, slots=True)
class Spike:
    """For `lasting`, from `at` after the run's zero, the arrival rate is `factor` times as high."""

    at: Duration
    lasting: Duration
    factor: float


@dataclass(frozen=True, slots=True)
class Poisson:
    """Poisson arrivals, at a constant or a weekly varying rate.

    Parameters
    ----------
    rate: mean arrivals per time, over a whole week.
    profile: relative rate of each of the 168 hours of the week, Monday 00:00 first; empty for a constant rate. Only
        the proportions matter: they are scaled to mean 1.
    spikes: periods of higher (or lower) demand, which may overlap; their factors multiply.
    """

    rate: Rate
    profile: tuple[float, ...] = ()
    spikes: tuple[Spike, ...] = ()

    @property
    def limit(self) -> int | None:
        """How many customers this law can supply; None for without end."""
        return None

    def times_s(self, cumulative: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the arrival times, in seconds, for rising sums of unit exponentials, shape (n_customers,)."""
        if not self.profile and not self.spikes:
            return cumulative / self.rate.per_s
        needed = float(cumulative[-1]) if len(cumulative) else 0.0
        weeks = 2
        while True:
            edges, expected = self._cumulative_rate(weeks)
            if expected[-1] > needed:
                return np.interp(cumulative, expected, edges)
            weeks *= 2

    def expected(self, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how many are expected until times in seconds, >= 0; the inverse of `times_s`, shape as given.

        >>> Poisson(Rate(0.5)).expected(np.array([10.0]))
        array([5.])
        """
        if not self.profile and not self.spikes:
            return at_s * self.rate.per_s
        latest = float(at_s.max()) if len(at_s) else 0.0
        return np.interp(at_s, *self._cumulative_rate(math.ceil(latest / WEEK_S) + 1))

    def _cumulative_rate(self, weeks: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        horizon = weeks * WEEK_S
        marks = [np.arange(0.0, horizon + 1.0, 3600.0)]
        for spike in self.spikes:
            marks.append(np.array([spike.at.s, spike.at.s + spike.lasting.s]))
        edges = np.unique(np.concatenate(marks))
        edges = edges[edges <= horizon]
        middles = (edges[1:] + edges[:-1]) / 2
        rates = np.full(len(middles), self.rate.per_s)
        if self.profile:
            weights = np.asarray(self.profile) / np.mean(self.profile)
            rates *= weights[(middles // 3600.0).astype(np.int64) % HOURS_A_WEEK]
        for spike in self.spikes:
            inside = (middles >= spike.at.s) & (middles < spike.at.s + spike.lasting.s)
            rates[inside] *= spike.factor
        return edges, np.concatenate([[0.0], np.cumsum(rates * np.diff(edges))])

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the rate, the profile and the spikes."""
        if not 0 < self.rate.per_s < math.inf:
            yield Problem(f"{path}.rate", "must be > 0", str(self.rate), "a rate above zero")
        if self.profile and len(self.profile) != HOURS_A_WEEK:
            yield Problem(
                f"{path}.profile", "needs 168 hours", str(len(self.profile)), "one weight an hour of the week"
            )
        if self.profile and (min(self.profile) < 0 or not 0 < sum(self.profile) < math.inf):
            yield Problem(f"{path}.profile", "needs weights of zero or more, not all zero", str(min(self.profile)))
        for index, spike in enumerate(self.spikes):
            if not 0 <= spike.at.s < math.inf or not 0 < spike.lasting.s < math.inf or not 0 <= spike.factor < math.inf:
                yield Problem(f"{path}.spikes.{index}", "needs at >= 0, lasting > 0, factor >= 0", str(spike))


@dataclass(frozen=True, slots=True)
class Schedule:
    """Arrivals at given times, in rising order from the run's zero: a plan, or a replay of a log.

    >>> from journeys.durations import seconds
    >>> Schedule((seconds(0), seconds(5))).limit
    2
    """

    at: tuple[Duration, ...]

    @classmethod
    def from_seconds(cls, times_s: Sequence[float]) -> Schedule:
        """Return the schedule of times given in seconds."""
        return cls(tuple(Duration(float(time)) for time in times_s))

    @classmethod
    def from_csv(cls, path: str | Path, column: str) -> Schedule:
        """Replay arrivals from a CSV column of seconds; raises InvalidInput where the file does not hold that."""
        try:
            with Path(path).open(newline="", encoding="utf-8") as file:
                return cls.from_seconds(sorted(float(row[column]) for row in csv.DictReader(file)))
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise InvalidInput(
                [Problem(str(path), f"holds no column {column!r} of seconds ({error})", "", "a CSV file with a header")]
            ) from error

    @property
    def limit(self) -> int | None:
        """How many customers the schedule holds."""
        return len(self.at)

    def times_s(self, cumulative: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the first planned times, in seconds, one for each element of `cumulative`."""
        return np.array([time.s for time in self.at[: len(cumulative)]])

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the times."""
        if not self.at:
            yield Problem(f"{path}.at", "holds no arrivals", "", "one time a customer")
            return
        last_s = 0.0
        for time in self.at:
            if not last_s <= time.s < math.inf:
                yield Problem(f"{path}.at", "must rise from zero", str(time), "times in rising order")
                return
            last_s = time.s


Arrivals = Poisson | Schedule
