"""The address under load, as the command line's process sees it: whether it may be loaded, is up, and what it kept."""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Problem, TargetUnreachable
from journeys.eventlog import NAN, Row
from journeys.paths import digest

TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Target:
    """An http or https address: `url` as it is called, `shown` as it may be written down (without credentials)."""

    url: str
    shown: str
    host: str
    port: int
    tls: bool
    path: str
    credentials: str

    @classmethod
    def parse(cls, text: str) -> Target:
        """Read an address; raises InvalidInput where it is none, or no http or https one."""
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError as error:
            raise InvalidInput([Problem("--target", f"is not an address ({error})", text)]) from None
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            allowed = "http:// or https://, a host, and perhaps a port and a path"
            raise InvalidInput([Problem("--target", "is not an address that can be loaded", text, allowed)])
        path, tls = parts.path.rstrip("/"), parts.scheme == "https"
        place = parts.netloc.rpartition("@")[2]
        credentials = ""
        if parts.username:
            pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            credentials = base64.b64encode(pair.encode()).decode("ascii")
        return cls(
            f"{parts.scheme}://{parts.netloc}{path}", f"{parts.scheme}://{place}{path}", parts.hostname,
            port or (443 if tls else 80), tls, path, credentials,
        )  # fmt: skip

    def check_up(self, allow_public: bool) -> None:
        """Raise TargetUnreachable where nothing listens; InvalidInput for a public address that isn't allowed."""
        try:
            found = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise TargetUnreachable(self._down(error)) from None
        public = [str(place[4][0]) for place in found if _is_public(str(place[4][0]))]
        if public and not allow_public:
            what = f"is a public address ({public[0]})"
            next_step = "add --allow-public where the application is yours, or you have leave to load it"
            raise InvalidInput([Problem("--target", what, self.shown, "this machine or a private network", next_step)])
        try:
            socket.create_connection((self.host, self.port), TIMEOUT_S).close()
        except OSError as error:
            raise TargetUnreachable(self._down(error)) from None

    def check_plays(self, journey: Journey, speed: float) -> None:
        """Raise InvalidInput where a mocked back end plays another journey, or at another speed."""
        status, health = self.call("GET", "/health")
        if status != 200 or not isinstance(health, dict) or "journey" not in health:
            allowed = "a server started by 'journeywright serve'"
            raise InvalidInput([Problem("--target", "is not a mocked back end", f"GET /health: {status}", allowed)])
        problems = []
        if health["journey"] != journey.name:
            problems.append(Problem("--target", "plays another journey", str(health["journey"]), journey.name))
        elif health.get("digest", digest(journey)) != digest(journey):
            allowed = "the same blueprint and changes on both sides"
            problems.append(Problem("--target", "plays another version of the journey", self.shown, allowed))
        if abs(float(health.get("speed", speed)) - speed) > 1e-9 * speed:
            problems.append(Problem("--speed", "is not the back end's", f"{speed:g}", f"{float(health['speed']):g}"))
        if problems:
            raise InvalidInput(problems)

    def start_clock(self) -> float:
        """Set a mocked back end's zero to now, and return that moment (`time.time()`).

        The moment is the middle of the exchange, so it is off by half of its duration at most.
        """
        before = time.time()
        status, answer = self.call("POST", "/api/clock/zero")
        after = time.time()
        if status == 409:
            what = "has cases open from an earlier run"
            raise InvalidInput([Problem("--target", what, self.shown, "a fresh back end", "start it again")])
        if status != 200:
            raise TargetUnreachable(f"{self.shown}: POST /api/clock/zero: {status}, expected 200 (got {answer!r})")
        return (before + after) / 2

    def rows(self) -> Iterator[Row]:
        """Yield the rows that a mocked back end wrote since its zero; raises TargetUnreachable where it fails."""
        since = 0
        while True:
            status, page = self.call("GET", f"/api/rows?since={since}")
            if status != 200 or not isinstance(page, dict):
                raise TargetUnreachable(f"{self.shown}: GET /api/rows: {status}, expected 200; its rows are missing")
            for fields in page["rows"]:
                yield _row(fields)
            if not page["rows"] or page["next"] <= since:
                return
            since = page["next"]

    def call(self, method: str, path: str) -> tuple[int, Any]:
        """Return the status and the JSON (or text) of one exchange; raises TargetUnreachable where there is none."""
        headers = {"Accept": "application/json"}
        if self.credentials:
            headers["Authorization"] = f"Basic {self.credentials}"
        connection: http.client.HTTPConnection
        if self.tls:
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(self.host, self.port, timeout=TIMEOUT_S, context=context)
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, self.path + path, headers=headers)
            response = connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise TargetUnreachable(self._down(error)) from None
        finally:
            connection.close()
        try:
            return response.status, json.loads(text)
        except ValueError:
            return response.status, text.decode("utf-8", "replace")[:200]

    def _down(self, error: BaseException) -> str:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return f"{self.shown}: does not answer ({reason}); start it, or give another address with --target"


def _is_public(address: str) -> bool:
    return ipaddress.ip_address(address.partition("%")[0]).is_global


def _row(fields: list[Any]) -> Row:
    filled: list[Any] = [NAN if value is None else value for value in fields]
    return Row(*filled)
