"""A database that can be broken on purpose: locked by somebody else, or gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from simulators.backend.store import Change, Database, StoreDown


class Breakable:
    """A database, and faults of it.

    It is *locked* for real, by another connection; *gone*, nothing is asked of it any more, and its connection is let
    go of. Both end with the process that holds them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.quick = database.quick
        self._gone = False

    @property
    def locked_s(self) -> float:
        """For how many seconds writes have waited for a lock that somebody else held, as far as it knows."""
        return self._database.locked_s

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        self._expect_there()
        return self._database.rows(query, values)

    def write(self, changes: Sequence[Change]) -> None:
        """Write changes in their order, all or nothing."""
        self._expect_there()
        self._database.write(changes)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    def lock(self) -> None:
        """Let somebody else lock it against writing."""
        self._database.lock()

    def unlock(self) -> None:
        """Let them let go of it."""
        self._database.unlock()

    def lose(self) -> None:
        """Let it be gone."""
        self._gone = True
        self._database.part()

    def find(self) -> None:
        """Let it be there again."""
        self._gone = False

    def part(self) -> None:
        """Let go of the connection, for another one to follow."""
        self._database.part()

    def _expect_there(self) -> None:
        if self._gone:
            raise StoreDown("it is gone")
