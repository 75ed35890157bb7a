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
    kind: ``"outage"``: nobody is served and work in hand fails. ``"kill"``: one replica dies, its work fails, and it is
        back at the end. ``"pause"``: nobody is served and work in hand stands still. ``"partition"``: one replica
        cannot be reached. ``"latency"``: each service that begins meanwhile takes `delay` longer. ``"errors"``: each
        attempt whose service ends meanwhile fails with probability `share`.
    replica: which replica is hit. None: the first by a kill or a partition, all by the others; an outage and errors hit
        all in any case. Of one replica, a pause and a partition are silence: work in its hands stands still, and for
        the station's `failover` after the beginning, or until the end if that is sooner, work that another has a server
        for is still sent to it in its turn, and hangs. After `failover` both are lost, and sent to others as often as
        the station's `retries` allow. One replica's latency touches the services that are its turn.
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
        if self.kind in ("outage", "errors") and self.replica is not None:
            yield Problem(f"{path}.replica", f"{self.kind} hit all replicas", str(self.replica), "leave it out")
        if self.delay.s < 0:
            yield Problem(f"{path}.delay", "must not be negative", str(self.delay))


def needs_tier(fault: Fault) -> bool:
    """Tell whether a fault hits one replica in a way that its balancer has to notice, or to spread."""
    return fault.kind == "partition" or (fault.kind in ("pause", "latency") and fault.replica is not None)
