"""The rows that a back end's organisation writes: in memory, or kept in the database as well."""

from __future__ import annotations

from typing import Any

from journeys.eventlog import Row
from simulators.backend.ledger import Ledger
from simulators.backend.store import Store, logged, no_log


class RowLog:
    """The rows of one run after another.

    Where they are `kept`, they outlive this process, and each is shown once it is written: so nobody has seen what may
    yet be lost.
    """

    def __init__(self, store: Store, ledger: Ledger, kept: bool) -> None:
        self._store, self._ledger, self._kept = store, ledger, kept
        self._rows: list[list[Any]] = []
        self._count = 0

    def begin(self, goes_on: bool) -> None:
        """Begin without rows; or with those of a run that `goes_on`, where they were kept. In the running loop."""
        self._rows = self._store.logged() if self._kept and goes_on else []
        self._count = len(self._rows)
        if self._kept and not goes_on:
            self._ledger.add([no_log()])

    def add(self, row: Row) -> None:
        """Take in a row."""
        fields, rows = [None if value != value else value for value in row], self._rows
        if self._kept:
            self._ledger.add([logged(self._count, fields)], lambda: rows.append(fields))
            self._count += 1
        else:
            rows.append(fields)

    def since(self, number: int) -> list[list[Any]]:
        """Return the rows from the `number`-th on."""
        return self._rows[number:]
