"""What a database says of itself while it is loaded: looks taken beside the load, in a thread of their own."""

from __future__ import annotations

import contextlib
import json
import threading
import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

EVERY_S, ASKS_WITHIN_S = 0.25, 2.0
ENDS_WITHIN_S = 5.0

SESSIONS = (
    "SELECT coalesce(wait_event_type, 'CPU'), coalesce(wait_event, ''), count(*)::int FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend' "
    "AND state = 'active' GROUP BY 1, 2"
)
CONNECTIONS = (
    "SELECT count(*)::float / current_setting('max_connections')::float FROM pg_stat_activity "
    "WHERE backend_type = 'client backend'"
)
HIDDEN = (
    "SELECT count(*)::int FROM pg_stat_activity WHERE datname = current_database() "
    "AND query = '<insufficient privilege>'"
)
WAITS_FOR_ASKER = ("Client", "Activity", "Timeout")
"""Kinds of waits in which a session waits for whoever uses it, or on purpose, and not for the database."""

POSTGRESQL, MUCH = "PostgreSQL's", 0.25
NAMES = {
    "Lock: transactionid": "row locks", "Lock: tuple": "row locks", "Lock: relation": "table locks",
    "Lock: advisory": "advisory locks", "IO: WALSync": "log's writing", "IO: WALWrite": "log's writing",
    "LWLock: WALWrite": "log's writing", "LWLock: WALInsert": "log's writing", "IO: DataFileRead": "files' reading",
    "LWLock: BufferMapping": "buffers", "LWLock: BufferContent": "buffers",
}  # fmt: skip
"""What one may call the commonest waits (PostgreSQL's manual, table 28.4 on)."""


class Source(Protocol):
    """What is looked at. Whatever it raises when it doesn't answer ends no run: that look is left out."""

    def look(self) -> None:
        """Look once."""

    def close(self) -> None:
        """Let go of what it needs."""


class Sampler:
    """A context in which sources are looked at, four times a second each, as far as they answer."""

    def __init__(self, sources: list[Source]) -> None:
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._keep, args=(source,), daemon=True) for source in sources]

    def __enter__(self) -> Sampler:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(ENDS_WITHIN_S)

    def _keep(self, source: Source) -> None:
        try:
            while not self._over.wait(EVERY_S):
                with contextlib.suppress(Exception):
                    source.look()
        finally:
            with contextlib.suppress(Exception):
                source.close()


class MockDatabase:
    """The database of the mocked back end, as it is told at `url`: how long its lock and its writer were waited for."""

    def __init__(self, url: str) -> None:
        self._asked = f"{url}/api/operations"
        self._looks: list[tuple[float, float, float]] = []

    def look(self) -> None:
        """Ask the back end."""
        with urllib.request.urlopen(self._asked, timeout=ASKS_WITHIN_S) as answer:
            told = json.load(answer)["database"]
        self._looks.append((time.monotonic(), float(told["locked_s"]), float(told["writing_s"])))

    def close(self) -> None:
        """Do nothing: each look is an exchange of its own."""

    def busy(self, begin_at: float, end_at: float) -> dict[str, float]:
        """Return by name for which share of the time, between two of `time.monotonic`, each was waited for."""
        looks = [look for look in self._looks if begin_at <= look[0] <= end_at]
        if len(looks) < 2 or looks[-1][0] <= looks[0][0]:
            return {}
        (first_at, locked, writing), (last_at, locked_then, writing_then) = looks[0], looks[-1]
        lasted_s = last_at - first_at
        return {
            "database's write lock": min(1.0, max(0.0, locked_then - locked) / lasted_s),
            "database's only writer": min(1.0, max(0.0, writing_then - writing) / lasted_s),
        }

    def sessions(self, begin_at: float, end_at: float) -> dict[str, float]:
        """Return nothing: it has one connection."""
        return {}


class ActiveSessions:
    """A PostgreSQL database's sessions by what they wait for, from its `pg_stat_activity`.

    Parameters
    ----------
    connect: gives a connection (DB-API 2.0) that nobody else uses. It only reads, and changes nothing.
    """

    def __init__(self, connect: Callable[[], Any]) -> None:
        self._connection = connect()
        self._looks: list[tuple[float, dict[str, int], float]] = []
        hidden = self._rows(HIDDEN)
        self.hidden = int(hidden[0][0])
        """How many sessions may not be seen by this user: `GRANT pg_monitor TO ...` would let it."""

    def look(self) -> None:
        """Ask the database."""
        active = {_event(str(kind), str(event)): int(count) for kind, event, count in self._rows(SESSIONS)}
        self._looks.append((time.monotonic(), active, float(self._rows(CONNECTIONS)[0][0])))

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def busy(self, begin_at: float, end_at: float) -> dict[str, float]:
        """Return by event for which share of the time some session waited for it; and the share of connections in use.

        Being on a processor is no wait, nor is waiting for the application. Left out is what fewer than a quarter of
        the sessions at work wait for: of many sessions, one is nearly always waiting for something.
        """
        looks = self._between(begin_at, end_at)
        if not looks:
            return {}
        mean = self.sessions(begin_at, end_at)
        found = {
            f"{POSTGRESQL} {NAMES.get(event, 'waits')} ({event})": sum(event in look[1] for look in looks) / len(looks)
            for event, sessions in mean.items()
            if sessions >= MUCH * sum(mean.values()) and event.partition(":")[0] not in ("CPU", *WAITS_FOR_ASKER)
        }
        return found | {f"{POSTGRESQL} connections": sum(look[2] for look in looks) / len(looks)}

    def sessions(self, begin_at: float, end_at: float) -> dict[str, float]:
        """Return by event the mean number of sessions in it (the *average active sessions*), the most first."""
        looks = self._between(begin_at, end_at)
        counted: dict[str, int] = defaultdict(int)
        for _, active, _ in looks:
            for event, count in active.items():
                counted[event] += count
        return {event: count / len(looks) for event, count in sorted(counted.items(), key=lambda item: -item[1])}

    def _between(self, begin_at: float, end_at: float) -> list[tuple[float, dict[str, int], float]]:
        return [look for look in self._looks if begin_at <= look[0] <= end_at]

    def _rows(self, query: str) -> list[Any]:
        cursor = self._connection.cursor()
        cursor.execute(query)
        rows = list(cursor.fetchall())
        self._connection.rollback()  # the next look sees sessions anew, and no transaction is kept open
        return rows


def _event(kind: str, event: str) -> str:
    return f"{kind}: {event}" if event else kind
