"""The service as a replica gives it: systems of its own, and for everything else the office."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import secrets
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from journeys.blueprint import Journey
from journeys.facts import Fact
from journeys.paths import digest
from journeys.population import KEPT, Population
from simulators.backend.clocks import AsyncioClock
from simulators.backend.rules import facts_under
from simulators.backend.standing import Operations, Standing
from simulators.backend.store import Answer
from simulators.backend.submissions import Act, Refused, Submission
from simulators.passage import is_hit
from simulators.replicas.hosting import Done, Handed, HandedTicket, hosted_stations, station_of_replica
from simulators.replicas.link import Link, LinkDown
from simulators.replicas.wires import lose_this_answer
from simulators.stations import StationState

REPORT_S = 0.5
PATIENCE_S = 10.0
"""How long a customer waits for an office that is gone."""


class RemoteService:
    """One replica's service.

    Parameters
    ----------
    journey, seed, speed: as the office has them. office: where it listens. number: this replica's.
    """

    def __init__(self, journey: Journey, *, seed: int, speed: float, office: Path, number: int) -> None:
        self.journey, self.speed = journey, speed
        self.digest = digest(journey)
        self.facts: Mapping[str, Fact] = {fact.name: fact for fact in journey.facts}
        self._population = Population(journey, seed, kept=KEPT)
        self._number = number
        self._link = Link(office, f"replica-{number}", self._told)
        hosted = set(hosted_stations(journey))
        self._hosted = tuple(station for station in journey.stations if station.name in hosted)
        self._steps = {step.name for step in journey.steps if step.station in hosted}
        self._running: dict[tuple[str, str], asyncio.Future[Answer]] = {}
        self._zero_at = time.monotonic()
        self._reporter: asyncio.Task[None] | None = None
        self._clock: AsyncioClock | None = None
        self._stations: dict[str, StationState] = {}

    async def open(self) -> None:
        """Link to the office."""
        await self._link.open()  # which tells the run's zero
        self._reporter = asyncio.create_task(self._report())

    def stop(self) -> None:
        """Let nothing more happen at the stations."""
        if self._clock is not None:
            self._clock.stop()

    async def end(self) -> None:
        """Give up the link."""
        if self._reporter is not None:
            self._reporter.cancel()
        await self._link.close()

    async def zero(self) -> None:
        """Make now the run's zero, everywhere."""
        await self._asked("zero")

    def now_s(self) -> float:
        """Return wall seconds since the run's zero."""
        return time.monotonic() - self._zero_at

    async def look(self, case_id: str, since: int | None = None, wait_s: float = 0.0) -> Standing:
        """Return how a case stands."""
        standing: Standing = await self._asked("look", case_id, since, wait_s)
        return standing

    async def rows_since(self, since: int) -> list[list[Any]]:
        """Return the rows that the organisation has written since the `since`-th."""
        rows: list[list[Any]] = await self._asked("rows", since)
        return rows

    async def operations(self) -> Operations:
        """Return how things stand in the organisation and at its replicas."""
        operations: Operations = await self._asked("operations")
        return operations

    async def rules(self) -> Mapping[str, str]:
        """Return the rules in force that are not the journey's own."""
        rules: Mapping[str, str] = await self._asked("rules")
        return rules

    async def change_rule(self, path: str, value: str) -> Mapping[str, str]:
        """Put a rule in force, in the office and at every replica."""
        rules: Mapping[str, str] = await self._asked("change_rule", path, value)
        return rules

    async def submit(self, path: str, key: str, submission: Submission) -> Answer:
        """Do what a customer asks for: here, where the step's system is, or in the office."""
        key = key or f"replica-{secrets.token_hex(12)}"
        if not (isinstance(submission, Act) and submission.step in self._steps):
            answer: Answer = await self._asked("submit", path, key, submission)
            return answer
        running = self._running.get((path, key))
        if running is None:
            running = self._running[path, key] = asyncio.ensure_future(self._act(path, key, submission))
            running.add_done_callback(functools.partial(self._forget, (path, key)))
        return await asyncio.shield(running)

    def _forget(self, which: tuple[str, str], _: asyncio.Future[Answer]) -> None:
        self._running.pop(which, None)

    async def _act(self, path: str, key: str, act: Act) -> Answer:
        """Do an act at this replica's station; again where the office has lost it, because it had to begin anew."""
        while True:
            handed: Handed | Answer = await self._asked("hand_out", path, key, act)
            if isinstance(handed, Answer):
                return handed
            done = await self._serve(handed)
            answer: Answer | None = await self._asked("take_back", path, key, act.case, handed.number, done)
            if answer is not None:
                if self._is_lost(handed):
                    lose_this_answer()
                return answer

    def _is_lost(self, handed: Handed) -> bool:
        """Tell whether a fault of the network lets the answer to an act be lost."""
        now_s = self.now_s()
        return any(
            fault.kind == "reset"
            and fault.station == handed.station
            and fault.at.s <= now_s < fault.at.s + fault.lasting.s
            and is_hit(self._population, fault, handed.customer, handed.step, handed.nth)
            for fault in self.journey.faults
        )

    async def _serve(self, handed: Handed) -> Done:
        assert self._clock is not None
        done: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        ticket = HandedTicket(handed, self._clock, lambda what: None if done.done() else done.set_result(what))
        station = self._stations[handed.station]
        station.join(ticket, handed.patience_s, handed.balk_above)
        if not done.done():
            ticket.too_late_after(handed.deadline_s, station)
        return await done

    async def _asked(self, what: str, *about: Any) -> Any:
        """Return the office's answer, asking again where it had to begin anew: all is done once a key."""
        ends_at = time.monotonic() + PATIENCE_S
        while True:
            try:
                return await self._link.call(what, *about)
            except LinkDown:
                if not await self._link.linked(ends_at - time.monotonic()):
                    why = "the office cannot be reached just now; send the same again, under the same key"
                    raise Refused(503, why) from None

    # What the office tells -------------------------------------------------------------------------------------------

    def _told(self, what: str, about: tuple[Any, ...]) -> None:
        if what == "zero":
            (self._zero_at,) = about
            self._begin_at_zero()
        elif what == "rules":
            (rules,) = about
            self.facts = facts_under(self.journey, rules)

    def _begin_at_zero(self) -> None:
        """Begin with empty stations. What is in their hands, if anything, goes on at the old ones."""
        self._clock = AsyncioClock(asyncio.get_running_loop(), self._zero_at)
        self._stations = {
            station.name: station_of_replica(station, self._number, self._clock, self._population, self.journey.faults)
            for station in self._hosted
        }
        for station in self._stations.values():
            station.start()

    async def _report(self) -> None:
        """Tell the office how the stations stand, for the operations page."""
        while True:
            now = {
                name: (station.open, station.on_duty, station.serving, station.waiting)
                for name, station in self._stations.items()
            }
            with contextlib.suppress(LinkDown):
                await self._link.call("report", now)
            await asyncio.sleep(REPORT_S)
