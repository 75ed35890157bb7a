"""The back end's memory: what is written and read, in SQLite or PostgreSQL alike, wherever an address says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from journeys.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from simulators.backend.breakable import Breakable

LAYOUT = "3"
"""Version of the tables; a database of another version is refused."""

TABLES = (
    "CREATE TABLE IF NOT EXISTS about (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS rules (path TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS cases (
        id TEXT PRIMARY KEY, customer BIGINT NOT NULL, step TEXT NOT NULL, ended INTEGER NOT NULL,
        version INTEGER NOT NULL, past TEXT NOT NULL, began_s {real} NOT NULL, changed_s {real} NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS open_cases ON cases (ended) WHERE ended = 0",
    """CREATE TABLE IF NOT EXISTS told (
        "case" TEXT NOT NULL, system TEXT NOT NULL, fact TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY ("case", system, fact)
    )""",
    """CREATE TABLE IF NOT EXISTS submissions (
        path TEXT NOT NULL, key TEXT NOT NULL, status INTEGER NOT NULL, answer TEXT NOT NULL, PRIMARY KEY (path, key)
    )""",
    """CREATE TABLE IF NOT EXISTS contacts (
        id {serial}, "case" TEXT NOT NULL, contact TEXT NOT NULL, visit INTEGER NOT NULL, outcome TEXT NOT NULL,
        ended_s {real} NOT NULL
    )""",
    "CREATE TABLE IF NOT EXISTS log (number BIGINT PRIMARY KEY, fields TEXT NOT NULL)",
)
_BEGUN = "INSERT INTO cases (id, customer, step, ended, version, past, began_s, changed_s) VALUES (?,?,?,?,?,?,?,?)"
_MOVED = "UPDATE cases SET step = ?, ended = ?, version = ?, past = ?, changed_s = ? WHERE id = ?"
_TOLD = (
    'INSERT INTO told ("case", system, fact, value) VALUES (?, ?, ?, ?)'
    ' ON CONFLICT ("case", system, fact) DO UPDATE SET value = excluded.value'
)
_ANSWERED = "INSERT INTO submissions (path, key, status, answer) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_CONTACTED = 'INSERT INTO contacts ("case", contact, visit, outcome, ended_s) VALUES (?, ?, ?, ?, ?)'
_RULED = "INSERT INTO rules (path, value) VALUES (?, ?) ON CONFLICT (path) DO UPDATE SET value = excluded.value"
_LOGGED = "INSERT INTO log (number, fields) VALUES (?, ?)"
_CASE = "SELECT id, customer, step, ended, version, past FROM cases"


class StoredCase(NamedTuple):
    """A case as it was last written; `step` is where it stood, or the end it reached.

    `past` is what its customer has used up, as JSON: visits and draws by step, and the stock that was missed.
    """

    id: str
    customer: int
    step: str
    ended: bool
    version: int
    past: str = "{}"


class Answer(NamedTuple):
    """What a request was answered: an HTTP status and a JSON body."""

    status: int
    body: dict[str, Any]


class Change(NamedTuple):
    """A statement that writes, and its values."""

    statement: str
    values: tuple[Any, ...]


class StoreDown(Exception):
    """The database cannot be read or written just now; it says why."""


class Database(Protocol):
    """A database that holds the tables. `quick` tells whether it may be used from an event loop itself.

    Whatever it raises when it is locked, gone or full is a StoreDown.
    """

    quick: bool

    @property
    def locked_s(self) -> float:
        """For how many seconds writes have waited for a lock that somebody else held, as far as it knows."""

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query, whose placeholders are question marks."""

    def write(self, changes: Sequence[Change]) -> None:
        """Write changes in their order, all or nothing; they outlive this process when it returns."""

    def close(self) -> None:
        """Let go of the database."""

    def lock(self) -> None:
        """Lock it against writing, by another connection, until `unlock`; nothing where somebody else has locked it."""

    def unlock(self) -> None:
        """Let that connection go."""

    def part(self) -> None:
        """Let go of a connection that is made anew when it is needed; nothing where there is none."""


class Store:
    """What the back end reads from its database, and the database of one journey alone.

    Raises InvalidInput where the database belongs to another journey, or was made by another version.
    """

    def __init__(self, database: Breakable, where: str, journey: str, digest: str) -> None:
        self.database, self.where = database, where
        owner = dict(database.rows("SELECT name, value FROM about"))
        if owner and (owner.get("digest"), owner.get("layout")) != (digest, LAYOUT):
            database.close()
            older = owner.get("layout") != LAYOUT
            raise InvalidInput(
                [
                    Problem(
                        where,
                        "was made by another version" if older
                        else "holds the cases of another journey, or of this one before a change",
                        str(owner.get("journey")), f"a database of {journey}", "choose another with --database",
                    )
                ]
            )  # fmt: skip
        about = {"journey": journey, "digest": digest, "layout": LAYOUT}
        insert = "INSERT INTO about (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING"
        database.write([Change(insert, pair) for pair in about.items()])

    def case(self, case: str) -> StoredCase | None:
        """Return a case as it was last written."""
        found = self.database.rows(f"{_CASE} WHERE id = ?", (case,))
        return _stored(found[0]) if found else None

    def open_cases(self) -> list[StoredCase]:
        """Return the cases that have not ended, in the order in which they began."""
        return [_stored(row) for row in self.database.rows(f"{_CASE} WHERE ended = 0 ORDER BY began_s, id")]

    def last_visitor(self, first: int) -> int:
        """Return the highest customer number from `first` up, or ``first - 1``."""
        found = self.database.rows("SELECT max(customer) FROM cases WHERE customer >= ?", (first,))[0][0]
        return first - 1 if found is None else int(found)

    def rows_logged(self) -> int:
        """Return how many rows of the run have been written."""
        return int(self.database.rows("SELECT coalesce(max(number) + 1, 0) FROM log")[0][0])

    def logged(self, since: int, most: int) -> list[list[Any]]:
        """Return the rows of the run from the `since`-th on, `most` of them at most, in their order."""
        query = "SELECT fields FROM log WHERE number >= ? ORDER BY number LIMIT ?"
        return [json.loads(fields) for (fields,) in self.database.rows(query, (since, most))]

    def told(self, case: str) -> dict[str, dict[str, str]]:
        """Return what each system was told about a case."""
        told: dict[str, dict[str, str]] = {}
        for system, fact, value in self.database.rows('SELECT system, fact, value FROM told WHERE "case" = ?', (case,)):
            told.setdefault(system, {})[fact] = value
        return told

    def rules(self) -> dict[str, str]:
        """Return the rules that were changed: paths and values."""
        return {str(path): str(value) for path, value in self.database.rows("SELECT path, value FROM rules")}

    def answered(self, path: str, key: str) -> Answer | None:
        """Return the first answer to a submission, if it had one."""
        found = self.database.rows("SELECT status, answer FROM submissions WHERE path = ? AND key = ?", (path, key))
        return Answer(int(found[0][0]), json.loads(found[0][1])) if found else None


def begun(case: StoredCase, now_s: float) -> Change:
    """Write a new case."""
    return Change(_BEGUN, (case.id, case.customer, case.step, int(case.ended), case.version, case.past, now_s, now_s))


def moved(case: StoredCase, now_s: float) -> Change:
    """Write where a case now stands."""
    return Change(_MOVED, (case.step, int(case.ended), case.version, case.past, now_s, case.id))


def told(case: str, system: str, facts: Mapping[str, str]) -> list[Change]:
    """Write what a system was told. Secrets must come masked."""
    return [Change(_TOLD, (case, system, name, value)) for name, value in facts.items()]


def ruled(path: str, value: str) -> Change:
    """Write a changed rule."""
    return Change(_RULED, (path, value))


def acknowledged(path: str, key: str, answer: Answer) -> Change:
    """Write the answer to a submission; the first one stays."""
    return Change(_ANSWERED, (path, key, answer.status, json.dumps(answer.body)))


def logged(number: int, fields: Sequence[Any]) -> Change:
    """Write the `number`-th row of a run."""
    return Change(_LOGGED, (number, json.dumps(fields)))


def no_log() -> Change:
    """Forget the rows of the run before."""
    return Change("DELETE FROM log", ())


def contacted(case: str, contact: str, visit: int, outcome: str, now_s: float) -> Change:
    """Write a contact that is over."""
    return Change(_CONTACTED, (case, contact, visit, outcome, now_s))


def open_store(address: str | Path | None, journey: str, digest: str) -> Store:
    """Open the database at an address: a file (SQLite), ``postgresql://...``, or None for one that vanishes with us.

    Raises CannotWrite where it cannot be used, Missing where its driver is not installed, and InvalidInput where it
    belongs to another journey.
    """
    from simulators.backend.breakable import Breakable

    if isinstance(address, str) and address.partition("://")[0] in ("postgresql", "postgres"):
        from simulators.backend.postgres import Postgres, shown

        return Store(Breakable(Postgres(address)), shown(address), journey, digest)
    from simulators.backend.sqlite import Sqlite

    path = Path(address) if address is not None else None
    return Store(Breakable(Sqlite(path)), str(path) if path is not None else "the private database", journey, digest)


def _stored(row: tuple[Any, ...]) -> StoredCase:
    return StoredCase(str(row[0]), int(row[1]), str(row[2]), bool(row[3]), int(row[4]), str(row[5]))
