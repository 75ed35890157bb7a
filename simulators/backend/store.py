"""The back end's memory in SQLite: cases, what their systems were told, submissions acknowledged, contacts."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from journeys.errors import CannotWrite, InvalidInput, Problem

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS cases (
    id TEXT PRIMARY KEY, customer INTEGER NOT NULL, step TEXT NOT NULL, ended INTEGER NOT NULL,
    version INTEGER NOT NULL, began_s REAL NOT NULL, changed_s REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS open_cases ON cases (ended) WHERE ended = 0;
CREATE TABLE IF NOT EXISTS told (
    "case" TEXT NOT NULL, system TEXT NOT NULL, fact TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY ("case", system, fact)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS submissions (
    path TEXT NOT NULL, key TEXT NOT NULL, status INTEGER NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (path, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS contacts (
    id INTEGER PRIMARY KEY, "case" TEXT NOT NULL, contact TEXT NOT NULL, visit INTEGER NOT NULL,
    outcome TEXT NOT NULL, ended_s REAL NOT NULL
);
"""


class StoredCase(NamedTuple):
    """A case as it was last written; `step` is where it stood, or the end it reached."""

    id: str
    customer: int
    step: str
    ended: bool
    version: int


class Answer(NamedTuple):
    """What a request was answered: an HTTP status and a JSON body."""

    status: int
    body: dict[str, Any]


class Store:
    """One database file in WAL mode, or, without a path, a private one that vanishes with the process.

    Every call is short and synchronous (tens of microseconds), made from the event loop itself. What it has written
    when a request is answered outlives the process.

    Raises CannotWrite where the file cannot be opened, and InvalidInput where it belongs to another journey.
    """

    def __init__(self, path: Path | None, journey: str, digest: str) -> None:
        self._where = str(path) if path is not None else "the private database"
        try:
            # opened before the loop's thread may exist, then used by that thread alone
            self._connection = sqlite3.connect(
                str(path) if path is not None else "", isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA busy_timeout = 5000")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_SCHEMA)
            self._claim(journey, digest)
        except sqlite3.Error as error:
            raise CannotWrite(
                f"{self._where}: cannot be used as a database ({error}); choose another file with --database"
            ) from error

    def _claim(self, journey: str, digest: str) -> None:
        owner = dict(self._connection.execute("SELECT name, value FROM about"))
        if owner and owner.get("digest") != digest:
            self._connection.close()
            raise InvalidInput(
                [
                    Problem(
                        self._where, "holds the cases of another journey, or of this one before a change",
                        str(owner.get("journey")), f"a database of {journey}", "choose another file with --database",
                    )
                ]
            )  # fmt: skip
        self._connection.executemany(
            "INSERT OR IGNORE INTO about VALUES (?, ?)", [("journey", journey), ("digest", digest)]
        )

    def begun(self, case: StoredCase, now_s: float) -> None:
        """Write a new case."""
        self._connection.execute("INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?)", (*case, now_s, now_s))

    def moved(self, case: StoredCase, now_s: float) -> None:
        """Write where a case now stands."""
        self._connection.execute(
            "UPDATE cases SET step = ?, ended = ?, version = ?, changed_s = ? WHERE id = ?",
            (case.step, case.ended, case.version, now_s, case.id),
        )

    def case(self, case: str) -> StoredCase | None:
        """Return a case as it was last written."""
        found = self._connection.execute(
            "SELECT id, customer, step, ended, version FROM cases WHERE id = ?", (case,)
        ).fetchone()
        return _stored(found) if found else None

    def open_cases(self) -> list[StoredCase]:
        """Return the cases that have not ended, in the order in which they began."""
        rows = self._connection.execute(
            "SELECT id, customer, step, ended, version FROM cases WHERE ended = 0 ORDER BY began_s, id"
        )
        return [_stored(row) for row in rows]

    def last_visitor(self, first: int) -> int:
        """Return the highest customer number from `first` up, or ``first - 1``."""
        found = self._connection.execute("SELECT max(customer) FROM cases WHERE customer >= ?", (first,)).fetchone()
        return first - 1 if found[0] is None else int(found[0])

    def tell(self, case: str, system: str, facts: Iterable[tuple[str, str]]) -> None:
        """Write what a system was told, all or nothing. Secrets must come masked."""
        with self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany(
                "INSERT OR REPLACE INTO told VALUES (?, ?, ?, ?)", [(case, system, *fact) for fact in facts]
            )

    def told(self, case: str) -> dict[str, dict[str, str]]:
        """Return what each system was told about a case."""
        told: dict[str, dict[str, str]] = {}
        rows = self._connection.execute('SELECT system, fact, value FROM told WHERE "case" = ?', (case,))
        for system, fact, value in rows:
            told.setdefault(system, {})[fact] = value
        return told

    def acknowledge(self, path: str, key: str, answer: Answer) -> None:
        """Write the first answer to a submission."""
        self._connection.execute(
            "INSERT OR IGNORE INTO submissions VALUES (?, ?, ?, ?)", (path, key, answer.status, json.dumps(answer.body))
        )

    def answered(self, path: str, key: str) -> Answer | None:
        """Return the first answer to a submission, if it had one."""
        found = self._connection.execute(
            "SELECT status, answer FROM submissions WHERE path = ? AND key = ?", (path, key)
        ).fetchone()
        return Answer(int(found[0]), json.loads(found[1])) if found else None

    def contacted(self, case: str, contact: str, visit: int, outcome: str, now_s: float) -> None:
        """Write a contact that is over."""
        self._connection.execute(
            'INSERT INTO contacts ("case", contact, visit, outcome, ended_s) VALUES (?, ?, ?, ?, ?)',
            (case, contact, visit, outcome, now_s),
        )

    def close(self) -> None:
        """Let go of the database."""
        self._connection.close()


def _stored(row: tuple[Any, ...]) -> StoredCase:
    return StoredCase(str(row[0]), int(row[1]), str(row[2]), bool(row[3]), int(row[4]))
