"""One customer's HTTP session on Locust's fast client: every request reported with its latency from the intended start.

Imported in a worker only: Locust and gevent patch the process.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable, Collection, Mapping
from typing import Any

import gevent
from geventhttpclient.client import HTTPClientPool
from geventhttpclient.header import Headers
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError
from geventhttpclient.url import URL
from locust.contrib.fasthttp import FAILURE_EXCEPTIONS, FastHttpSession, FastRequest, FastResponse

from journeys.clients.session import REDIRECTS, Answer, Call
from load.answers import broke_off

CONNECT_S = 10.0
ANY = frozenset(range(100, 600))
ENCODINGS = "gzip, deflate, br"
BROKE_OFF = "the answer broke off"
PLAIN = re.compile(r"/(?![/.])(?:(?!/\.)[A-Za-z0-9\-._~!$&'()*+,;=:@/?])*|/")
"""Addresses that are sent as they are: nothing in them to be quoted, resolved, or taken for another host's."""


class Unexpected(Exception):
    """A request that was answered, but not as expected; how Locust's own statistics hear of it."""


class Sessions:
    """Makes sessions that share connections to one target, but no cookies."""

    def __init__(self, target: str, at_once: int, request_event: Any, clock: Callable[[], float]) -> None:
        self.target, self.clock, self.event = target, clock, request_event
        self._pool = HTTPClientPool(
            concurrency=at_once, connection_timeout=CONNECT_S, network_timeout=None, insecure=False
        )
        plain = self.locusts({})
        self.base = URL(str(plain.base_url))
        self.direct = self._pool.get_client(self.base)
        self.headers = {"Accept-Encoding": ENCODINGS}
        if plain.auth_header:
            self.headers["Authorization"] = plain.auth_header

    def open(self, headers: Mapping[str, str]) -> Session:
        """Return a new customer's session, which sends `headers` with every request."""
        return Session(self, self.headers | dict(headers))

    def locusts(self, headers: Mapping[str, str]) -> FastHttpSession:
        """Return a session of Locust's own, with a cookie jar, on the same connections."""
        client = FastHttpSession(
            base_url=self.target, request_event=self.event, user=None, insecure=False, client_pool=self._pool,
            max_retries=0, max_redirects=10, headers=dict(headers),
        )  # fmt: skip
        vars(client.client)["valid_response_codes"] = ANY  # what is expected is decided here, for each request
        return client


class Session:
    """A customer's own session: one request at a time, with a cookie jar of its own.

    A plain exchange goes straight to the client below Locust's fast one, which spares a third of the processor time.
    From the first cookie or redirection on, and for addresses with anything unusual, Locust's own session takes over.
    """

    __slots__ = ("_client", "_headers", "_sessions")

    def __init__(self, sessions: Sessions, headers: dict[str, str]) -> None:
        self._sessions, self._headers = sessions, headers
        self._client: FastHttpSession | None = None

    def send(self, call: Call) -> Answer:
        """Send one request and wait for its answer; report it to Locust."""
        clock = self._sessions.clock
        headers, data = call.content()
        timer = gevent.Timeout(call.timeout_s) if call.timeout_s != math.inf else None
        sent_s = clock()
        if timer is not None:
            timer.start()
        problem: BaseException | None = None
        response: FastResponse | None = None
        try:
            response = self._exchange(call, headers, data)
        except gevent.Timeout as caught:
            if caught is not timer:
                raise
            problem = caught
        except FAILURE_EXCEPTIONS as error:
            problem = error
        except ValueError as error:  # what the client refuses to send, such as a blank in a path
            return self._refused(call.method, call.name, error, sent_s)
        finally:
            fired = timer is not None and not timer.pending
            if timer is not None:
                timer.close()
        return self._answered(call, sent_s, response, problem, fired)

    def _exchange(self, call: Call, headers: dict[str, str], data: str | None) -> FastResponse:
        """Return the answer, its content read; raises what the client does."""
        if self._client is not None or not PLAIN.fullmatch(call.path):
            return self._by_locust(call.method, call.path, headers, data, call.follows)
        sessions, fields = self._sessions, self._headers | headers
        raw = sessions.direct.request(call.method, sessions.base.path.rstrip("/") + call.path, data, fields)
        response = FastResponse(raw)
        told = raw.info()
        try:
            if "content-encoding" in told:
                response.content  # noqa: B018 - read and unpacked now
            else:
                response._cached_content = raw.read()
        except HTTPParseError as error:
            raise ConnectionResetError(BROKE_OFF) from error
        redirected = call.follows and raw.get_code() in REDIRECTS and "location" in told
        return self._beyond(call, fields, data, response) if redirected or "set-cookie" in told else response

    def _beyond(self, call: Call, headers: dict[str, str], data: str | None, response: FastResponse) -> FastResponse:
        """Keep what an answer's cookies say, and follow where it redirects to."""
        self._client = client = self._sessions.locusts(self._headers)
        request = FastRequest(f"{client.base_url}{call.path}", call.method, Headers(headers), data)
        told: Any = response  # as a cookie jar's own library knows answers
        client.cookiejar.extract_cookies(told, request)
        to = told.headers.get("location", "")
        if not (call.follows and response.status_code in REDIRECTS and to):
            return response
        request.redirect(response.status_code, to if isinstance(to, str) else to[0])
        own = {name: value for name, value in headers.items() if name in request.headers}
        payload = data if request.payload is not None else None
        return self._by_locust(request.method, request.url, own, payload, True)

    def _by_locust(
        self, method: str, path: str, headers: dict[str, str], data: str | None, follow: bool
    ) -> FastResponse:
        if self._client is None:
            self._client = self._sessions.locusts(self._headers)
        response = self._client.request(
            method, path, data=data, headers=headers, catch_response=True, allow_redirects=follow
        )
        if not response.status_code:
            raise response.request_meta["exception"] or HTTPConnectionClosed()
        return response

    def _answered(
        self, call: Call, sent_s: float, response: FastResponse | None, error: BaseException | None, fired: bool
    ) -> Answer:
        end_s, status, lost = self._sessions.clock(), 0, ""
        problem: Exception | None = None
        body = (response.content or b"") if response is not None else b""
        if response is not None and broke_off(response, body):
            response, body, error = None, b"", ConnectionResetError(BROKE_OFF)
        if response is not None:
            status = response.status_code
            if status not in call.expect:
                problem = Unexpected(f"{status}, expected {_either(call.expect)}")
        else:
            lost = "no answer in time" if fired else _reason(error)
            problem = Unexpected(lost)
        self._sessions.event.fire(
            request_type=call.report or call.method, name=call.name, context={}, response=response,
            exception=problem, start_time=time.time() - (end_s - sent_s), url=call.path, response_length=len(body),
            response_time=(end_s - min(call.due_s, sent_s)) * 1000.0,
        )  # fmt: skip
        return Answer(status, body, lost, fired and not status, sent_s, end_s)

    def _refused(self, method: str, name: str, error: ValueError, sent_s: float) -> Answer:
        end_s = self._sessions.clock()
        self._sessions.event.fire(**_meta(name) | {"request_type": method, "exception": Unexpected(str(error))})
        return Answer(0, b"", str(error), False, sent_s, end_s)


def _meta(name: str) -> dict[str, Any]:
    return {"name": name, "context": {}, "response": None, "response_length": 0, "response_time": 0.0, "url": name,
            "exception": None}  # fmt: skip


def _either(statuses: Collection[int]) -> str:
    return " or ".join(map(str, sorted(statuses)))


def _reason(error: BaseException | None) -> str:
    """Return why no answer came, in a few words that are the same each time."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror.lower()
    if error is None:
        return "no answer"
    return {"HTTPConnectionClosed": "connection closed before the answer", "HTTPParseError": "not an HTTP answer"}.get(
        type(error).__name__, str(error) or type(error).__name__
    )
