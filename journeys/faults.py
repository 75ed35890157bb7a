"""Faults: what breaks, where, when and for how long; one schedule for every engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from journeys.durations import Duration
from journeys.errors import Problem

FaultKind = Literal[
    "outage", "kill", "pause", "latency", "errors", "partition", "restart", "reset", "bandwidth", "locked", "gone",
    "offline",
]  # fmt: skip
Place = Literal["station", "network", "browser"]

SLOWEST = 1024
"""The least bandwidth, in bytes a second, that a balancer can hold answers to."""

OF_REPLICAS = ("kill", "partition", "restart")
OF_DATABASE = ("locked", "gone")
PLACES: dict[str, tuple[Place, ...]] = {
    "latency": ("station", "network", "browser"), "errors": ("station", "network"), "reset": ("network",),
    "bandwidth": ("network", "browser"), "offline": ("browser",),
}  # fmt: skip
"""Where kinds of faults may be; all others are at their station alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that breaks at a planned time.

    Parameters
    ----------
    name: unique, short, lower case; it stands in the `detail` of the rows whose service it touches (not of those that
        only wait longer for it).
    station: which station it hits; empty for the kinds that hit no station: the database's, and those in the browser.
    kind: ``"outage"``: nobody is served and work in hand fails. ``"kill"``: one replica dies, its work fails, and it is
        back at the end. ``"pause"``: nobody is served and work in hand stands still. ``"partition"``: one replica
        cannot be reached. ``"latency"``: each service that begins meanwhile takes `delay` longer. ``"errors"``: each
        attempt whose service ends meanwhile fails with probability `share`. ``"restart"``: one replica gets no more
        work, ends what it has in hand (what is not done by the end is lost), and is back at the end.
        ``"reset"``: the answer to a customer's act is lost on its way with probability `share`, after its work was
        done: whoever tries again is told so at once. ``"bandwidth"``: answers pass at `bytes_per_s`.
        ``"locked"``: nothing can be written into the database, and what customers do waits for that, at most ten
        seconds; ``"gone"``: it cannot be read either. What waited in vain is told as failed, and is done all the same
        where it had begun. ``"offline"``: a customer's browser reaches nothing.
    place: where latency, errors and bandwidth are: at the ``"station"``, whose servers they hold up; in the
        ``"network"`` before it, where they touch customers' acts at its steps and no server; or in the ``"browser"``.
        A kind that is possible in one place alone is there whatever this says.
    replica: which replica is hit. None: the first by a kill or a partition, all by the others; an outage and errors hit
        all in any case. Of one replica, a pause and a partition are silence: work in its hands stands still, and for
        the station's `failover` after the beginning, or until the end if that is sooner, work that another has a server
        for is still sent to it in its turn, and hangs. After `failover` both are lost, and sent to others as often as
        the station's `retries` allow. One replica's latency touches the services that are its turn.
    at, lasting: from the run's zero, and for how long. Faults of one station may overlap: delays add up, and it serves
        again when the last outage or pause is over.
    """

    name: str
    station: str = ""
    kind: FaultKind
    at: Duration
    lasting: Duration
    replica: int | None = None
    delay: Duration = Duration(0.0)
    share: float = 0.0
    bytes_per_s: float = 0.0
    place: Place = "station"

    @property
    def where(self) -> Place:
        """Where it is: its `place`, or the only one where its kind is possible."""
        places = PLACES.get(self.kind, ("station",))
        return self.place if self.place in places else places[0]

    @property
    def passes(self) -> bool:
        """Whether it hits what customers ask and are told on its way, rather than a station: network and database."""
        return self.where == "network" or self.kind in OF_DATABASE

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the times and amounts."""
        if self.at.s < 0:
            yield Problem(f"{path}.at", "must not be negative", str(self.at))
        if not self.lasting.s > 0:
            yield Problem(f"{path}.lasting", "must be > 0", str(self.lasting), "a duration above zero")
        if not 0 <= self.share <= 1:
            yield Problem(f"{path}.share", "must be a probability", f"{self.share:g}", "0 to 1")
        everywhere = self.kind in ("outage", "errors") or self.passes or self.where == "browser"
        if everywhere and self.replica is not None:
            yield Problem(f"{path}.replica", f"{self.kind} hit all replicas", str(self.replica), "leave it out")
        if self.delay.s < 0:
            yield Problem(f"{path}.delay", "must not be negative", str(self.delay))
        places = PLACES.get(self.kind, ("station",))
        if self.place not in (*places, "station"):
            yield Problem(f"{path}.place", f"{self.kind} is not possible there", self.place, ", ".join(places))
        if self.kind == "bandwidth" and not self.bytes_per_s >= SLOWEST:
            allowed = f"bytes a second, {SLOWEST:,} or more"
            yield Problem(f"{path}.bytes_per_s", "is too little", f"{self.bytes_per_s:g}", allowed)
        if self.hits_a_station and not self.station:
            yield Problem(f"{path}.station", "is missing", "", "the station that it hits")
        if self.station and not self.hits_a_station:
            yield Problem(f"{path}.station", f"{self.kind} hits no station", self.station, "leave it out")

    @property
    def hits_a_station(self) -> bool:
        """Whether it is one station's; otherwise it is everybody's."""
        return self.kind not in OF_DATABASE and self.where != "browser"


def needs_tier(fault: Fault) -> bool:
    """Tell whether a fault hits one replica in a way that its balancer has to notice, or to spread."""
    return fault.kind in ("partition", "restart") or (fault.kind in ("pause", "latency") and fault.replica is not None)
