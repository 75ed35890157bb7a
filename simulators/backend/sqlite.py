"""The back end's database in SQLite: one file in WAL mode, or a private one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from journeys.errors import CannotWrite
from simulators.backend.store import TABLES, Change, StoreDown

BUSY_MS = 20
"""How long another's lock is waited for in the event loop itself; the ledger tries again beside it."""

WAITED_S = 0.001
"""From how long on a transaction's beginning was a wait: SQLite asks for a lock again after that long, or longer."""

LOCKED_WITHIN_S = 1.0
"""How long a lock against writing, held on purpose, is waited for."""


class Sqlite:
    """One database file in WAL mode, or, without a path, a private one that vanishes with the process.

    Every call is short (tens of microseconds), made from the event loop itself. What is written outlives the process.

    Raises CannotWrite where the file cannot be opened.
    """

    quick = True

    def __init__(self, path: Path | None) -> None:
        where = str(path) if path is not None else "the private database"
        self._path, self._locking = path, list[sqlite3.Connection]()
        self.locked_s = 0.0
        try:
            # opened before the loop's thread may exist, then used by one thread at a time
            self._connection = sqlite3.connect(
                str(path) if path is not None else "", isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA busy_timeout = 5000")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            for table in TABLES:
                self._connection.execute(table.format(real="REAL", serial="INTEGER PRIMARY KEY"))
            self._connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
        except sqlite3.Error as error:
            raise CannotWrite(
                f"{where}: cannot be used as a database ({error}); choose another file with --database"
            ) from error

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise StoreDown(str(error)) from error

    def write(self, changes: Sequence[Change]) -> None:
        """Write changes in their order, all or nothing."""
        try:
            began_s = time.monotonic()
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            finally:
                took_s = time.monotonic() - began_s
                self.locked_s += took_s if took_s >= WAITED_S else 0.0
            try:
                for statement, values in changes:
                    self._connection.execute(statement, values)
                self._connection.execute("COMMIT")
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            raise StoreDown(str(error)) from error

    def close(self) -> None:
        """Let go of the file."""
        self.unlock()
        self._connection.close()

    def lock(self) -> None:
        """Lock it against writing, by another connection, until `unlock`; nothing where somebody else has locked it."""
        if self._path is None or self._locking:
            return
        try:
            locking = sqlite3.connect(str(self._path), isolation_level=None, timeout=LOCKED_WITHIN_S)
            self._locking.append(locking)
            locking.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            return

    def unlock(self) -> None:
        """Let that connection go."""
        while self._locking:
            self._locking.pop().close()

    def part(self) -> None:
        """Do nothing: a file needs no connection that could be lost."""
