"""Measures: what a journey is judged by besides what every journey is, each computed from the rows of any engine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from journeys.budgets import Metric
from journeys.errors import Problem, did_you_mean

Better = Literal[-1, 0, 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of customers, or of visits.

    Of customers: of those who came to any of `among` (of all who entered, where it is empty), the share that came to
    any of `visited` (where it is not empty), to none of `avoided`, and left in one of `ended` (where it is not empty).
    Of visits: of all visits to `among`, the share that are visits to `visited`.

    Parameters
    ----------
    name: unique, short, lower case; no step's name. title: as a person reads it.
    among, visited, avoided: names of steps. ended: ends, such as *completed*.
    of: what is counted. better: 1 where more is better, -1 where less is, 0 where neither.
    """

    name: str
    title: str
    among: tuple[str, ...] = ()
    visited: tuple[str, ...] = ()
    avoided: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    of: Literal["customers", "visits"] = "customers"
    better: Better = 0

    def problems(self, path: str, steps: Sequence[str], ends: Sequence[str]) -> Iterator[Problem]:
        """Yield what is wrong with it."""
        yield from _known(path, steps, among=self.among, visited=self.visited, avoided=self.avoided)
        yield from _known(path, ends, ended=self.ended)
        if self.of == "visits" and (not self.among or not self.visited or self.avoided or self.ended):
            yield Problem(path, "a share of visits is one of steps", "", "`among` and `visited`, and nothing else")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A time between two steps, on the journey's clock: its mean, median and 90th percentile.

    Each visit to `until` that was served is one span. It begins at the customer's last end of service at any of
    `since` before it, and ends at the start of that visit's service (or, with `to_the_end`, at its end). A visit
    without such a beginning is none. Where the log's clock is scaled, so is the time.
    """

    name: str
    title: str
    since: tuple[str, ...]
    until: str
    to_the_end: bool = False
    better: Better = -1

    def problems(self, path: str, steps: Sequence[str], ends: Sequence[str]) -> Iterator[Problem]:
        """Yield what is wrong with it."""
        yield from _known(path, steps, since=self.since, until=(self.until,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Visits to `visited` for each hundred customers who entered."""

    name: str
    title: str
    visited: tuple[str, ...]
    better: Better = 0

    def problems(self, path: str, steps: Sequence[str], ends: Sequence[str]) -> Iterator[Problem]:
        """Yield what is wrong with it."""
        yield from _known(path, steps, visited=self.visited)


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """The share of their time that a number of servers spend on some steps: how busy those are who have no station.

    The time that service at `steps` took, of any customer and however it ended, over `servers` times the cohort's
    window (without a cohort: from the run's zero to its last row), on the journey's clock.
    """

    name: str
    title: str
    steps: tuple[str, ...]
    servers: int
    better: Better = 0

    def problems(self, path: str, steps: Sequence[str], ends: Sequence[str]) -> Iterator[Problem]:
        """Yield what is wrong with it."""
        yield from _known(path, steps, steps=self.steps)
        if self.servers < 1:
            yield Problem(f"{path}.servers", "must be 1 or more", str(self.servers))


Measure = Share | Span | Tally | Busy


def names_for(metric: Metric, measures: Sequence[Measure], steps: Sequence[str], stations: Sequence[str]) -> list[str]:
    """Return what may stand in a metric's parentheses: names of steps, stations, or measures with such a value."""
    if metric.name == "utilisation":
        return list(stations)
    if metric.name == "tally":
        return [measure.name for measure in measures if isinstance(measure, Tally)]
    if metric.name == "share":
        return [measure.name for measure in measures if isinstance(measure, Share | Busy)]
    spans = [measure.name for measure in measures if isinstance(measure, Span)]
    return [*steps, *(spans if metric.is_time and not metric.span else ())]


def _known(path: str, known: Sequence[str], **named: Sequence[str]) -> Iterator[Problem]:
    for field, names in named.items():
        for name in names:
            if name not in known:
                yield Problem(f"{path}.{field}", f"there is no {name!r}", "", did_you_mean(name, known))
