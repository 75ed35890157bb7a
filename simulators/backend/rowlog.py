"""The rows that a back end's organisation writes: in its database, so that a long run holds none of them in memory."""

from __future__ import annotations

from typing import Any

from journeys.eventlog import Row
from simulators.backend.ledger import Ledger
from simulators.backend.store import Store, logged, no_log

PAGE = 10_000
"""The most rows that are told at once."""


class RowLog:
    """The rows of one run after another. Each is shown once it is written: so nobody has seen what may yet be lost."""

    def __init__(self, store: Store, ledger: Ledger) -> None:
        self._store, self._ledger = store, ledger
        self._count = 0

    def begin(self, goes_on: bool) -> None:
        """Begin without rows; or after those of a run that `goes_on`. In the running loop."""
        self._count = self._store.rows_logged() if goes_on else 0
        if not goes_on:
            self._ledger.add([no_log()])

    def add(self, row: Row) -> None:
        """Take in a row."""
        self._ledger.add([logged(self._count, [None if value != value else value for value in row])])
        self._count += 1

    async def since(self, number: int) -> list[list[Any]]:
        """Return the rows from the `number`-th on, PAGE of them at most; raises StoreDown."""
        await self._ledger.settled()
        return await self._ledger.read(lambda: self._store.logged(number, PAGE))
