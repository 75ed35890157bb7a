"""What tests of back ends with replicas say and look at: requests, processes, sockets, and what the database holds."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import psutil

from simulators.replicas.registry import NOTES
from tests.backend.small_journey import DETAILS, DOCUMENTS

PATIENCE_S = 60.0


class BackEnd(Protocol):
    """A back end with replicas: its address, the process that keeps the others, and the folder of its run."""

    url: str
    pid: int
    folder: Any


def call(url: str, body: Any = None, key: str = "", timeout_s: float = 30.0) -> tuple[int, Any]:
    """Return the status and JSON of one exchange, over a connection of its own; a body makes it a POST."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)
    return _exchange(connection, f"{parts.path}?{parts.query}", body, key)


def call_replica(path: Path, where: str, body: Any = None, key: str = "") -> tuple[int, Any]:
    """The same, of one replica, past the balancer."""
    connection = http.client.HTTPConnection("localhost", timeout=30)
    connection.sock = socket.socket(socket.AF_UNIX)
    connection.sock.settimeout(30)
    connection.sock.connect(str(path))
    return _exchange(connection, where, body, key)


def _exchange(connection: http.client.HTTPConnection, where: str, body: Any, key: str) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
    try:
        connection.request("GET" if body is None else "POST", where, json.dumps(body), headers)
        answer = connection.getresponse()
        text = answer.read()
    finally:
        connection.close()
    with contextlib.suppress(ValueError):
        return answer.status, json.loads(text)
    return answer.status, text.decode(errors="replace")


def processes_of(backend: BackEnd) -> dict[str, psutil.Process]:
    """Return the living processes of a back end by name; ``tier`` is their parent."""
    assert backend.folder is not None
    noted = json.loads((backend.folder / NOTES).read_text())["children"]
    found = {"tier": psutil.Process(backend.pid)}
    for name, (pid, _) in noted.items():
        with contextlib.suppress(psutil.NoSuchProcess):  # one that is just being followed by another
            found[name] = psutil.Process(int(pid))
    return found


def kill(backend: BackEnd, name: str) -> None:
    """Kill one of a back end's processes."""
    until(lambda: processes_of(backend).get(name), f"there is a {name}").kill()


def until(reached: Callable[[], Any], what: str, patience_s: float = PATIENCE_S) -> Any:
    """Return what `reached` does, once that is something."""
    ends_at = time.monotonic() + patience_s
    while not (found := reached()):
        assert time.monotonic() < ends_at, f"not reached in {patience_s:g} s: {what}"
        time.sleep(0.01)
    return found


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.status() == psutil.STATUS_ZOMBIE
    return True


def history(backend: BackEnd) -> list[dict[str, Any]]:
    """Return what happened to a back end's processes."""
    assert backend.folder is not None
    return [json.loads(line) for line in (backend.folder / "history.jsonl").read_text().splitlines()]


class Applicant:
    """Applies for a loan, repeats under the same key what was not answered, and remembers what they were told.

    An answer is one from the application: a status below 500, or a body that says how the step ended.
    """

    def __init__(self, url: str, number: int, patience_s: float = PATIENCE_S) -> None:
        self._url, self._number, self._patience_s = url, number, patience_s
        self.case, self.told, self.tries = "", list[str](), 0

    def apply(self) -> None:
        """Walk to where people take over."""
        self.case = self._insisted("/api/cases", {}, "begin")["case"]
        for step, facts in (("apply", DETAILS), ("documents", DOCUMENTS)):
            answer = self._insisted(f"/api/cases/{self.case}/steps/{step}", {"facts": facts}, step)
            assert answer["outcome"] == "served", answer
            self.told.append(answer["to"])

    def _insisted(self, where: str, body: Any, what: str) -> Any:
        ends_at = time.monotonic() + self._patience_s
        while True:
            self.tries += 1
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, answer = call(self._url + where, body, f"{self._number}-{what}")
                if status < 500 or (isinstance(answer, dict) and "outcome" in answer):
                    assert status in (200, 201), (what, status, answer)
                    return answer
            assert time.monotonic() < ends_at, f"{what}: no answer in {self._patience_s:g} s"
            time.sleep(0.02)


def held(database: str | Path) -> dict[str, str]:
    """Return the step of every case in a database."""
    return dict(_rows(database, "SELECT id, step FROM cases"))


def told(database: str | Path) -> set[tuple[str, str, str]]:
    """Return (case, fact, value) of everything that was told."""
    return {tuple(row) for row in _rows(database, 'SELECT "case", fact, value FROM told')}


def _rows(database: str | Path, query: str) -> list[tuple[Any, ...]]:
    if isinstance(database, Path):
        with contextlib.closing(sqlite3.connect(database)) as connection:
            return connection.execute(query).fetchall()
    from simulators.backend.postgres import Postgres

    found = Postgres(database)
    try:
        return found.rows(query)
    finally:
        found.close()


@contextlib.contextmanager
def stopped(process: psutil.Process) -> Iterator[None]:
    """Let a process stand still for the time of the context."""
    process.suspend()
    try:
        yield
    finally:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
