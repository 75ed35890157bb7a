"""The address that is walked or loaded, as an engine sees it: is it up, is it the right one, what rows has it?"""

from __future__ import annotations

import base64
import http.client
import json
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Missing, Problem, TargetUnreachable
from journeys.eventlog import NAN, Row
from journeys.paths import digest

CONNECT_S = 5.0
ANSWER_S = 15.0
_TIMES = ("intended_s", "ready_s", "start_s", "end_s")


@dataclass(frozen=True, slots=True)
class Target:
    """An http or https address, without a slash at its end.

    `url` may hold a user and password, `shown` never does.
    """

    url: str
    shown: str
    host: str
    port: int
    tls: bool
    path: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read an address; raises InvalidInput where it is none that a browser could open."""
        try:
            parts = urlsplit(text.strip())
            port = parts.port
        except ValueError as error:
            raise InvalidInput([Problem("--target", f"is not an address: {error}", text)]) from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            allowed = "an address such as http://127.0.0.1:8000 or https://example.org/shop"
            raise InvalidInput([Problem("--target", "is not an address of an application", text or "''", allowed)])
        tls, path = parts.scheme == "https", parts.path.rstrip("/")
        place = parts.netloc.rpartition("@")[2]
        return cls(
            url=f"{parts.scheme}://{parts.netloc}{path}",
            shown=f"{parts.scheme}://{place}{path}",
            host=parts.hostname,
            port=port or (443 if tls else 80),
            tls=tls,
            path=path,
        )

    def join(self, path: str) -> str:
        """Return the address of a path below the target; a whole address stays as it is.

        >>> Target.parse("http://127.0.0.1:8000/shop/").join("/cart")
        'http://127.0.0.1:8000/shop/cart'
        """
        if path.startswith(("http://", "https://")):
            return path
        return f"{self.url}/{path.lstrip('/')}"

    def check_up(self) -> None:
        """Raise TargetUnreachable where nothing listens."""
        try:
            socket.create_connection((self.host, self.port), CONNECT_S).close()
        except OSError as error:
            raise self._down(error) from None

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, limit_s: float = ANSWER_S
    ) -> tuple[int, Any]:
        """Return the status and the JSON of one exchange (None where it is none); raises TargetUnreachable."""
        connection: http.client.HTTPConnection
        if self.tls:
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=limit_s, context=context)
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=limit_s)
        headers = {"Accept": "application/json", "Content-Type": "application/json", **self._credentials()}
        try:
            content = None if body is None else json.dumps(body)
            connection.request(method, self.path + path, body=content, headers=headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise self._down(error) from None
        finally:
            connection.close()
        try:
            return response.status, json.loads(text)
        except ValueError:
            return response.status, None

    def _credentials(self) -> dict[str, str]:
        parts = urlsplit(self.url)
        if not parts.username:
            return {}
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode('ascii')}"}

    def _down(self, error: Exception) -> TargetUnreachable:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return TargetUnreachable(f"{self.shown}: nothing answers ({reason}); start it, or give another --target")


class MockedBackEnd:
    """What an engine asks of a mocked back end besides its pages and its API."""

    def __init__(self, target: Target) -> None:
        self.target = target

    def check_plays(self, journey: Journey, speed: float) -> None:
        """Raise InvalidInput where it plays another journey or speed, TargetUnreachable where nothing answers."""
        shown = self.target.shown
        status, health = self.target.call("GET", "/health", limit_s=CONNECT_S)
        if status != 200 or not isinstance(health, dict) or "journey" not in health:
            allowed = "one started by 'journeywright serve'"
            raise InvalidInput([Problem("--target", "is not a mocked back end", shown, allowed)])
        problems = []
        if health["journey"] != journey.name:
            problems.append(Problem("--target", "plays another journey", str(health["journey"]), journey.name))
        elif health.get("digest") != digest(journey):
            allowed = "the same blueprint with the same changes on both sides"
            problems.append(Problem("--target", "plays another version of the journey", shown, allowed))
        if abs(float(health.get("speed", speed)) - speed) > 1e-9 * speed:
            problems.append(Problem("--speed", "is not the back end's", f"{speed:g}", f"{health['speed']:g}"))
        if problems:
            raise InvalidInput(problems)

    def zero(self, clock: Callable[[], float] = time.perf_counter) -> float:
        """Set its zero to now; return that moment on `clock`, right to half of the exchange."""
        before_s = clock()
        status, _ = self.target.call("POST", "/api/clock/zero", {})
        after_s = clock()
        if status == 409:
            raise Missing(
                f"{self.target.shown}: cases of an earlier run are still open there; a fresh back end; start it again"
            )
        if status != 200:
            raise Missing(f"{self.target.shown}: POST /api/clock/zero answers {status}; a mocked back end, version 1")
        return (before_s + after_s) / 2

    def rows(self) -> list[Row]:
        """Return the rows that it wrote since its zero."""
        found: list[Row] = []
        since = 0
        while True:
            status, answer = self.target.call("GET", f"/api/rows?since={since}")
            if status != 200 or not isinstance(answer, dict):
                raise TargetUnreachable(f"{self.target.shown}: GET /api/rows answers {status}; its rows are lost")
            found.extend(row(fields) for fields in answer["rows"])
            if not answer["rows"]:
                return found
            since = answer["next"]

    def leave(self, cases: Iterable[str]) -> None:
        """Withdraw the cases of customers who were censored, so that it is ready for another run."""
        for case in cases:
            self.target.call("POST", f"/api/cases/{quote(case)}/leave", {"reason": "the run has ended"}, CONNECT_S)


def row(fields: list[Any]) -> Row:
    """Return a row given as JSON, in which times that never came are null."""
    return Row._make(
        NAN if value is None and name in _TIMES else value for name, value in zip(Row._fields, fields, strict=True)
    )
