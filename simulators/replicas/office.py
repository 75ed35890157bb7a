"""The office: where cases are kept and people work, in a process that no replica can take down with it."""

from __future__ import annotations

import asyncio
import functools
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from journeys.intents import Acted
from simulators.backend.desk import Desk
from simulators.backend.records import Record
from simulators.backend.standing import Operations, StationNow
from simulators.backend.store import Answer
from simulators.backend.submissions import Act, Refused
from simulators.cases import Work
from simulators.replicas.hosting import Done, Handed, hosted_stations
from simulators.replicas.link import Caller, Switchboard


@dataclass(slots=True)
class _Claim:
    """Work that is in the hands of replicas: under one key, perhaps of several at once; or `back` from one of them."""

    number: int
    key: str
    record: Record
    work: Work
    handed: Handed
    holders: set[Caller] = field(default_factory=set)
    back: bool = False


class Office:
    """Answers replicas for one desk.

    Work is handed out under its submission's key, to every replica that is asked for it under that key: what has become
    of the others is not known, and need not be. Whoever brings it back first has done it; the others are given the
    answer that it had.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._hosted = hosted_stations(desk.journey)
        self._numbers = itertools.count(time.time_ns())
        self._claims: dict[str, _Claim] = {}
        self._callers: dict[Caller, dict[str, tuple[bool, int, int, int]]] = {}
        self.switchboard = Switchboard(self._answer, self._came, self._gone)

    async def keep(
        self, listening: Path, zero_at: float | None, ready: Callable[[], None], until: asyncio.Event
    ) -> None:
        """Open the desk for replicas at the socket `listening`, tell that it is `ready`, and close it when told."""
        await self._desk.open(zero_at)
        await self.switchboard.open(listening)
        ready()
        try:
            await until.wait()
        finally:
            self._desk.stop()
            await self.switchboard.close()
            await self._desk.end()

    async def _answer(self, caller: Caller, what: str, about: tuple[Any, ...]) -> Any:
        desk = self._desk
        if what == "hand_out":
            return await self._hand_out(caller, *about)
        if what == "take_back":
            return await self._take_back(*about)
        if what == "look":
            return await desk.look(*about)
        if what == "submit":
            return await desk.submit(*about)
        if what == "report":
            if caller in self._callers:
                (self._callers[caller],) = about
            return None
        if what == "rows":
            return await desk.rows_since(*about)
        if what == "operations":
            return await self._operations()
        if what == "rules":
            return await desk.rules()
        if what == "change_rule":
            changed = await desk.change_rule(*about)
            for other in self._callers:
                other.tell("rules", changed)
            return changed
        assert what == "zero", what
        await desk.zero()
        self._claims.clear()
        for other in self._callers:
            other.tell("zero", desk.zero_at)
        return None

    def _came(self, caller: Caller) -> None:
        self._callers[caller] = {}
        caller.tell("zero", self._desk.zero_at)
        caller.tell("rules", dict(self._desk.rulebook.changed))

    def _gone(self, caller: Caller) -> None:
        """Let go of what only a replica that has ended had in hand: its customer may act again."""
        self._callers.pop(caller, None)
        for claim in [claim for claim in self._claims.values() if caller in claim.holders]:
            claim.holders.discard(caller)
            if not claim.holders and not claim.back:
                self._drop(claim)
                claim.record.wake()

    def _drop(self, claim: _Claim) -> None:
        del self._claims[claim.record.id]
        self._desk.free(claim.record)

    async def _hand_out(self, caller: Caller, path: str, key: str, act: Act) -> Handed | Answer:
        """Return work to be done, or the answer where it has been done."""
        known = await self._desk.once.known(path, key)
        if known is not None:
            return known
        record = await self._desk.found(act.case)
        claim = self._claims.get(record.id)
        if claim is not None and claim.key == key and claim.handed.step == act.step:
            claim.holders.add(caller)
            return claim.handed
        self._desk.take_in(record, act)
        work = self._desk.organisation.hand_out(record.case, act.step, self._desk.spoken_s(record))
        view = self._desk.step(record)
        patience = work.plan.patience
        handed = Handed(
            next(self._numbers), view.station, work.customer, act.step, work.nth, work.service_s, work.priority,
            work.skill, work.fails, view.balk_above,
            patience.at(work.customer, work.visit) if patience is not None else float("inf"), act.deadline_ms / 1000,
        )  # fmt: skip
        self._claims[record.id] = _Claim(handed.number, key, record, work, handed, {caller})
        record.busy = True
        return handed

    async def _take_back(self, path: str, key: str, case: str, number: int, done: Done) -> Answer | None:
        """Let a case go on after its work was done, once a key, and return the answer; None where nobody handed it out.

        So it is after this process had to begin anew, or the run.
        """
        known = await self._desk.once.known(path, key)
        if known is not None:
            return known
        claim = self._claims.get(case)
        if claim is None or claim.number != number:
            return None
        claim.back = True  # whoever brought it may be gone before its case has gone on
        return await self._desk.once.run(path, key, functools.partial(self._go_on, claim, done))

    async def _go_on(self, claim: _Claim, done: Done) -> Answer:
        record = claim.record
        if self._claims.get(record.id) is not claim:
            raise Refused(409, "the case has gone on meanwhile", step=record.case.step)
        if record.case.ended:
            self._drop(claim)
            raise Refused(409, "the customer has withdrawn", step=record.case.step)
        del self._claims[record.id]
        told: list[Acted] = []
        claim.work.ready_s, claim.work.start_s = done.ready_s, done.start_s
        claim.work.server, claim.work.detail = done.server, done.detail
        self._desk.organisation.take_back(claim.work, done.outcome, done.end_s, told.append)
        return self._desk.acted(record, told[0])

    async def _operations(self) -> Operations:
        now = await self._desk.operations()
        stations = tuple(self._in_all(station) if station.name in self._hosted else station for station in now.stations)
        return replace(now, stations=stations)

    def _in_all(self, station: StationNow) -> StationNow:
        told = [of[station.name] for of in self._callers.values() if station.name in of]
        return StationNow(
            station.name, station.open, sum(one[1] for one in told), sum(one[2] for one in told),
            sum(one[3] for one in told), len(told),
        )  # fmt: skip
