"""What replicas host: the systems at which customers act, and the work that the office hands them.

A replica serves at its own station, with its own servers and its own queue: a tier of three with four servers each
serves twelve at once, as `Replicas` says, but one of them may queue while another is idle. What is in its hands when
it is killed is lost with it, and done again by whoever is asked next under the same key.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from journeys.blueprint import Journey
from journeys.faults import OF_REPLICAS, Fault
from journeys.population import Population
from journeys.stations import Station
from simulators.backend.clocks import AsyncioClock
from simulators.clocks import NEVER, Timer
from simulators.stations import StationState, Workplace
from simulators.tickets import Ticket, TicketEnd


def hosted_stations(journey: Journey) -> tuple[str, ...]:
    """Return the stations that replicas host: systems that serve customers' steps alone, none of them in batches."""
    used: dict[str, set[bool]] = {}
    for step in journey.steps:
        if step.station:
            used.setdefault(step.station, set()).add(step.lane == "customer" and step.batch is None)
    for contact in journey.contacts:
        used.setdefault(contact.station, set()).add(False)
    systems = (station.name for station in journey.stations if station.kind == "system")
    return tuple(name for name in systems if used.get(name) == {True})


@dataclass(frozen=True, slots=True)
class Handed:
    """Work handed to a replica.

    Parameters
    ----------
    number: by which it is taken back. station: where. customer, step, nth: whose, at which step, at which draw.
    service_s, priority, skill, fails, balk_above: as at any station. patience_s, deadline_s: on the system's clock.
    """

    number: int
    station: str
    customer: int
    step: str
    nth: int
    service_s: float
    priority: int
    skill: str
    fails: bool
    balk_above: int | None
    patience_s: float
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Done:
    """What came of handed work; times in seconds of the run."""

    outcome: str
    ready_s: float
    start_s: float
    end_s: float
    server: int
    detail: str


class HandedTicket(Ticket):
    """Handed work at a replica's station."""

    __slots__ = ("_clock", "_deadline", "_done", "_ready_s")

    def __init__(self, handed: Handed, clock: AsyncioClock, done: Callable[[Done], None]) -> None:
        super().__init__(handed.customer, handed.step, handed.nth, handed.service_s, handed.priority, handed.skill)
        self.fails = handed.fails
        self._clock, self._done, self._ready_s = clock, done, clock.now_s()
        self._deadline: Timer = NEVER

    def too_late_after(self, deadline_s: float, station: StationState) -> None:
        """Take the work back after `deadline_s`, if it is not done by then."""

        def too_late() -> None:
            station.withdraw(self)
            self._tell("timed_out")

        self._deadline = self._clock.after(deadline_s, too_late)

    def ended(self, how: TicketEnd) -> None:
        """Tell how it ended, unless it was taken back."""
        self._deadline.cancel()
        if how != "withdrawn":
            self._tell(how)

    def _tell(self, how: str) -> None:
        self._done(Done(how, self._ready_s, self.start_s, self._clock.now_s(), self.server, self.detail))


def station_of_replica(
    station: Station, number: int, clock: AsyncioClock, population: Population, faults: tuple[Fault, ...]
) -> StationState:
    """Return one replica's own copy of a station. What happens to its process is none of the station's faults."""
    own = replace(station, replicas=None)
    hit = tuple(
        replace(fault, replica=None)
        for fault in faults
        if fault.station == station.name
        and fault.replica in (None, number)
        and not fault.passes
        and not happens_to_a_process(fault)
    )
    return StationState(Workplace(own, clock, clock.now_s, population, hit))


def happens_to_a_process(fault: Fault) -> bool:
    """Tell whether a fault happens to replicas' processes; the others are played by each replica, in what it does."""
    return fault.kind in OF_REPLICAS or (fault.kind == "pause" and fault.replica is not None)
