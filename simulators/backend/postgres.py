"""The back end's database in PostgreSQL, by URL: connected to again whenever it comes back."""

from __future__ import annotations

import contextlib
import os
import ssl
import threading
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from journeys.errors import CannotRead, CannotWrite, InvalidInput, Missing, Problem
from simulators.backend.store import TABLES, Change, StoreDown

PORT, TIMEOUT_S = 5432, 15.0
CLAIM, CLAIM_S = 0x4A6F75726E6579, 10
"""The number of the lock that a back end holds on its database, and how long it waits for it."""

LOCKED_WITHIN_MS = 500
"""How long a lock against writing, held on purpose, is waited for."""

PASSWORD = "PGPASSWORD"


class Postgres:
    """One connection to a PostgreSQL server, shared by threads, one at a time.

    Parameters
    ----------
    url: ``postgresql://user@host:port/database``; a password comes from the environment variable PGPASSWORD alone.
        ``?sslmode=require`` encrypts, and checks the server's name against the system's authorities.

    Raises Missing without its driver, InvalidInput for a URL that is none, CannotWrite where it cannot be used.
    """

    quick = False

    def __init__(self, url: str) -> None:
        self._module, self._where, self._told = _driver(), shown(url), _parsed(url)
        self._lock = threading.Lock()
        self._connection: Any = None
        self._locking: Any = None
        self.locked_s = 0.0  # a server tells its waits itself: see its pg_stat_activity
        try:
            self.write([Change(table.format(real="DOUBLE PRECISION", serial=_SERIAL), ()) for table in TABLES])
        except StoreDown as error:
            raise CannotWrite(
                f"{self._where}: cannot be used as a database ({error}); start it, or choose another with --database"
            ) from error

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        return self._done([Change(query, tuple(values))], True)

    def write(self, changes: Sequence[Change]) -> None:
        """Write changes in their order, all or nothing."""
        self._done(changes, False)

    def close(self) -> None:
        """Let go of the connection."""
        self.unlock()
        self.part()

    def lock(self) -> None:
        """Lock it against writing, by another connection, until `unlock`; nothing where somebody else has locked it."""
        if self._locking is not None:
            return
        try:
            self._locking = self._module.connect(**self._told)
            cursor = self._locking.cursor()
            cursor.execute(f"SET lock_timeout = '{LOCKED_WITHIN_MS}ms'")
            cursor.execute("LOCK TABLE cases, told, submissions, contacts, log IN EXCLUSIVE MODE")
        except (self._module.Error, OSError):
            self.unlock()

    def unlock(self) -> None:
        """Let that connection go."""
        locking, self._locking = self._locking, None
        if locking is not None:
            with contextlib.suppress(self._module.Error, OSError):
                locking.close()

    def part(self) -> None:
        """Let go of the connection; the next one that is needed is made."""
        with self._lock:
            self._drop()

    def _done(self, changes: Sequence[Change], read: bool) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                if self._connection is None:
                    self._connection = self._module.connect(**self._told)
                    self._claim(self._connection)
                cursor = self._connection.cursor()
                for statement, values in changes:
                    cursor.execute(statement.replace("?", "%s"), values)
                found = [tuple(row) for row in cursor.fetchall()] if read else []
                self._connection.commit()
                return found
            except (self._module.Error, OSError) as error:
                # a new connection next time: this one is in a state that nobody knows
                self._drop()
                raise StoreDown(_why(error)) from error

    def _claim(self, connection: Any) -> None:
        """Be the only back end of this database; what one before us had just sent is then written, or never will be."""
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = '{CLAIM_S}s'")
        cursor.execute("SELECT pg_advisory_lock(%s)", (CLAIM,))
        connection.commit()

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except (self._module.Error, OSError):
                return  # it was gone already


def _driver() -> Any:
    try:
        from pg8000 import dbapi
    except ImportError:
        raise Missing(
            "pg8000: PostgreSQL's driver is not installed; install it: pip install 'journeywright[postgresql]'"
        ) from None
    return dbapi


_SERIAL = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"


def shown(url: str) -> str:
    """Return the address as it may be written down: without a password."""
    parts = urlsplit(url)
    user, at, place = parts.netloc.rpartition("@")
    return f"{parts.scheme}://{user.partition(':')[0]}{at}{place}{parts.path}"


def connecting(url: str) -> Callable[[], Any]:
    """Return what makes a connection to a database; it raises CannotRead where there is none to be had.

    Raises Missing without the driver, InvalidInput for a URL that is none.
    """
    dbapi, told = _driver(), _parsed(url)

    def connect() -> Any:
        try:
            return dbapi.connect(**told)
        except (dbapi.Error, OSError) as error:
            raise CannotRead(f"{shown(url)}: cannot be asked ({_why(error)}); see --database") from error

    return connect


def _parsed(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port or PORT
    except ValueError:
        parts, port = urlsplit(""), 0
    if parts.password is not None:
        what, instead = "must not carry a password, which others could read", f"set the environment's {PASSWORD}"
        raise InvalidInput([Problem("--database", what, shown(url), "", instead)])
    name, options = unquote(parts.path.lstrip("/")), parse_qs(parts.query)
    modes = options.pop("sslmode", ["disable"])
    if not parts.hostname or not name or options or modes[-1] not in ("disable", "require"):
        allowed = "postgresql://user@host:port/database, perhaps with ?sslmode=require"
        raise InvalidInput([Problem("--database", "is no address of a PostgreSQL database", shown(url), allowed)])
    return {
        "user": unquote(parts.username or "postgres"), "password": os.environ.get(PASSWORD),
        "host": parts.hostname, "port": port, "database": name, "timeout": TIMEOUT_S,
        "ssl_context": ssl.create_default_context() if modes[-1] == "require" else None,
        "application_name": "journeywright",
    }  # fmt: skip


def _why(error: BaseException) -> str:
    told = error.args[0] if error.args else ""
    return str(told.get("M", told)) if isinstance(told, dict) else str(told or type(error).__name__)
