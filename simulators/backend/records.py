"""A case at the desk, and as it is written."""

from __future__ import annotations

import asyncio
import json
from typing import Any, TypeVar

from journeys.intents import Acted
from simulators.backend.asking import Told
from simulators.backend.standing import state
from simulators.backend.store import StoredCase
from simulators.cases import Case

Result = TypeVar("Result")


class Record:
    """A case at the desk: where it stands, what its systems were told, and who waits to hear of it.

    `busy` tells that what the customer did is just being worked on, `closely` that somebody looks closely at its pages.
    """

    __slots__ = ("asks", "busy", "case", "closely", "id", "last", "pending", "told", "waiting")

    def __init__(self, case_id: str, case: Case) -> None:
        self.id, self.case = case_id, case
        self.told: Told = {}
        self.asks: tuple[str, ...] | None = None
        self.busy = self.closely = False
        self.pending: asyncio.Future[Acted] | None = None
        self.last: Acted | None = None
        self.waiting: set[asyncio.Future[None]] = set()

    @classmethod
    def of_ended(cls, stored: StoredCase, segment: int) -> Record:
        """Return a case that has ended, as it was written: what is told of it is still true."""
        past = json.loads(stored.past)
        case = Case(stored.customer, segment)
        case.step, case.ended, case.version = stored.step, True, stored.version
        case.notes.update(past.get("notes", {}))
        record = cls(stored.id, case)
        record.last = Acted(*past["last"]) if "last" in past else None
        return record

    def wake(self) -> None:
        """Let those who wait for news of the case look at it."""
        for future in self.waiting:
            settle(future, None)

    def stored(self) -> StoredCase:
        """Return the case as it is to be written."""
        case = self.case
        past: dict[str, Any] = {
            "visits": case.visits, "served": case.served, "missed": sorted(case.missed), "done_s": case.done_s,
            "notes": case.notes,
        }  # fmt: skip
        if case.ended and self.last is not None:
            past["last"] = self.last
        return StoredCase(self.id, case.customer, case.step, case.ended, case.version, json.dumps(past))

    def state(self) -> dict[str, Any]:
        """Return the body of every answer about the case."""
        case = self.case
        return state(self.id, case.step, case.acts and not self.busy, case.ended, case.wait, case.version)


class Onlookers:
    """Those who wait for news of some case."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    async def wait(self, record: Record, wait_s: float) -> None:
        """Return when there is news of a case, when all are woken, or after `wait_s`."""
        loop = asyncio.get_running_loop()
        heard: asyncio.Future[None] = loop.create_future()
        record.waiting.add(heard)
        self._waiting.add(heard)
        alarm = loop.call_later(wait_s, settle, heard, None)
        try:
            await heard
        finally:
            alarm.cancel()
            record.waiting.discard(heard)
            self._waiting.discard(heard)

    def wake(self) -> None:
        """Let all of them look, whether there is news or not."""
        for heard in self._waiting:
            settle(heard, None)


def settle(future: asyncio.Future[Result], result: Result) -> None:
    """Give a result to who waits for it; nothing where nobody does any more."""
    if not future.done():
        future.set_result(result)
