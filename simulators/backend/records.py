"""A case at the desk."""

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

    def wake(self) -> None:
        """Let those who wait for news of the case look at it."""
        for future in self.waiting:
            settle(future, None)

    def stored(self) -> StoredCase:
        """Return the case as it is to be written."""
        case = self.case
        past = {
            "visits": case.visits, "served": case.served, "missed": sorted(case.missed), "done_s": case.done_s,
            "notes": case.notes,
        }  # fmt: skip
        return StoredCase(self.id, case.customer, case.step, case.ended, case.version, json.dumps(past))

    def state(self) -> dict[str, Any]:
        """Return the body of every answer about the case."""
        case = self.case
        return state(self.id, case.step, case.acts and not self.busy, case.ended, case.wait, case.version)


def settle(future: asyncio.Future[Result], result: Result) -> None:
    """Give a result to who waits for it; nothing where nobody does any more."""
    if not future.done():
        future.set_result(result)
