"""Faults: what breaks, where, when and for how long; one schedule for every engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from journeys.durations import Duration
from journeys.errors import Problem

FaultKind = Literal["outage", "kill", "pause", "latency", "errors", "partition"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that breaks at a planned time.

    Parameters
    ----------
    name: unique, short, lower case; it stands in the `detail` of the rows whose service it touches (not of those that
        only wait longer for it).
    station: which station it hits.
    kind: ``"outage"``: nobody is served and work in hand fails. ``"kill"``: one replica dies (`replica`), its work
        fails, and it is back at the end. ``"pause"``: nobody is served and work in hand stands still.
        ``"latency"``: each service that begins meanwhile takes `delay` longer. ``"errors"``: each attempt whose service
        ends meanwhile fails with probability `share`.
    at, lasting: from the run's zero, and for how long. Faults of one station may overlap: delays add up, and it serves
        again when the last outage or pause is over.
    """

    name: str
    station: str
    kind: FaultKind
    at: Duration
    lasting: Duration
    replica: int | None = None
    delay: Duration = Duration(0.0)
    share: float = 0.0

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the times and amounts."""
        if self.at.s < 0:
            yield Problem(f"{path}.at", "must not be negative", str(self.at))
        if not self.lasting.s > 0:
            yield Problem(f"{path}.lasting", "must be > 0", str(self.lasting), "a duration above zero")
        if not 0 <= self.share <= 1:
            yield Problem(f"{path}.share", "must be a probability", f"{self.share:g}", "0 to 1")
        if self.delay.s < 0:
            yield Problem(f"{path}.delay", "must not be negative", str(self.delay))
