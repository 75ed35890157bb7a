"""Requests of the probe: to the named target alone, few, unhurried, and each one remembered."""

from __future__ import annotations

import ipaddress
import json
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from journeys.clients.session import Answer, Call
from journeys.clients.target import Target

if TYPE_CHECKING:
    import requests

MOST = 160
"""Requests of one probe."""

PAUSE_S = 0.01
LONGEST_S = 5.0
LARGEST = 512 * 1024


class Enough(Exception):
    """The probe has made as many requests as it may."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its answer; `status` 0 where none came. `cookies` are its Set-Cookie headers."""

    method: str
    path: str
    sent: str
    status: int
    headers: Mapping[str, str]
    cookies: tuple[str, ...]
    body: str

    def json(self) -> Any:
        """Return the JSON of the answer; None where it holds none."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    @property
    def is_page(self) -> bool:
        """Whether the answer is HTML."""
        return "html" in self.headers.get("content-type", "")


class Asker:
    """Makes the requests of one probe, at most `most`; no redirection is followed off the target.

    Neither proxies nor passwords of this machine are used.
    """

    def __init__(self, target: Target, most: int = MOST) -> None:
        self.target, self._left = target, most
        self.made = 0

    def session(self) -> requests.Session:
        """Return a visitor's session: a cookie jar of its own."""
        import requests

        session = requests.Session()
        session.trust_env = False
        return session

    def ask(
        self,
        session: requests.Session,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: str | None = None,
    ) -> Exchange:
        """Return what came of one request; raises Enough where no more may be made."""
        import requests

        if self._left <= 0:
            raise Enough
        self._left, self.made = self._left - 1, self.made + 1
        time.sleep(PAUSE_S)
        try:
            with session.request(
                method, self.target.url + path, headers=dict(headers or {}), data=data, timeout=LONGEST_S,
                allow_redirects=False, stream=True,
            ) as response:  # fmt: skip
                raw = response.raw.read(LARGEST, decode_content=True) or b""
                cookies = response.raw.headers.getlist("Set-Cookie")
                told = {name.lower(): value for name, value in response.headers.items()}
                body = raw.decode(response.encoding or "utf-8", "replace")
                return Exchange(method, path, data or "", response.status_code, told, tuple(cookies), body)
        except (requests.RequestException, OSError, LookupError) as error:
            return Exchange(method, path, data or "", 0, {}, (), f"{type(error).__name__}")


class Visit:
    """A visitor's session as the clients need it: every exchange is kept."""

    def __init__(self, asker: Asker, headers: Mapping[str, str]) -> None:
        self.asker, self.headers = asker, dict(headers)
        self.session = asker.session()
        self.exchanges: list[Exchange] = []

    def get(self, path: str) -> Exchange:
        """Open an address."""
        return self._kept(self.asker.ask(self.session, "GET", path, headers=self.headers))

    def send(self, call: Call) -> Answer:
        """Send one request, as told in `journeys.clients.session`."""
        headers, data = call.content()
        began_s = time.monotonic()
        told = self._kept(
            self.asker.ask(self.session, call.method, call.path, headers=self.headers | headers, data=data)
        )
        lost = told.body if not told.status else ""
        return Answer(told.status, told.body.encode(), lost, False, began_s, time.monotonic())

    def post(self, path: str, body: Any, key: str = "") -> Exchange:
        """Send JSON, or the text itself where `body` is one."""
        headers = self.headers | {"Content-Type": "application/json"} | ({"Idempotency-Key": key} if key else {})
        data = body if isinstance(body, str) else json.dumps(body)
        return self._kept(self.asker.ask(self.session, "POST", path, headers=headers, data=data))

    def close(self) -> None:
        """Close the connections."""
        self.session.close()

    def _kept(self, exchange: Exchange) -> Exchange:
        self.exchanges.append(exchange)
        return exchange


def is_own_machine(host: str) -> bool:
    """Tell whether a host is this machine's loopback interface, by every address it has.

    >>> is_own_machine("127.0.0.1"), is_own_machine("10.0.0.7")
    (True, False)
    """
    try:
        found = {str(place[4][0]) for place in socket.getaddrinfo(host, None)}
    except OSError:
        return False
    return bool(found) and all(ipaddress.ip_address(one.partition("%")[0]).is_loopback for one in found)
