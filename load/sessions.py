"""One customer's HTTP session on Locust's fast client: every request reported with its latency from the intended start.

Imported in a worker only: Locust and gevent patch the process.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import gevent
from geventhttpclient.client import HTTPClientPool
from locust.contrib.fasthttp import FastHttpSession

from journeys.clients.session import Answer, Call
from load.answers import broke_off

CONNECT_S = 10.0
ANY = frozenset(range(100, 600))


class Unexpected(Exception):
    """A request that was answered, but not as expected; how Locust's own statistics hear of it."""


class Sessions:
    """Makes sessions that share connections to one target, but no cookies."""

    def __init__(self, target: str, at_once: int, request_event: Any, clock: Callable[[], float]) -> None:
        self.target, self.clock = target, clock
        self._event = request_event
        self._pool = HTTPClientPool(
            concurrency=at_once, connection_timeout=CONNECT_S, network_timeout=None, insecure=False
        )

    def open(self, headers: Mapping[str, str]) -> Session:
        """Return a new customer's session, which sends `headers` with every request."""
        client = FastHttpSession(
            base_url=self.target, request_event=self._event, user=None, insecure=False, client_pool=self._pool,
            max_retries=0, max_redirects=10, headers=dict(headers),
        )  # fmt: skip
        vars(client.client)["valid_response_codes"] = ANY  # what is expected is decided here, for each request
        return Session(client, self._event, self.clock)


class Session:
    """A customer's own session: one request at a time, with a cookie jar of its own."""

    __slots__ = ("_client", "_clock", "_event")

    def __init__(self, client: FastHttpSession, event: Any, clock: Callable[[], float]) -> None:
        self._client, self._event, self._clock = client, event, clock

    def send(self, call: Call) -> Answer:
        """Send one request and wait for its answer; report it to Locust."""
        method, name, timeout_s = call.method, call.name, call.timeout_s
        headers, data = call.content()
        timer = gevent.Timeout(timeout_s) if timeout_s != math.inf else None
        sent_s = self._clock()
        if timer is not None:
            timer.start()
        try:
            response = self._client.request(
                method, call.path, name=name, data=data, headers=headers, catch_response=True,
                allow_redirects=call.follows,
            )  # fmt: skip
            fired = timer is not None and not timer.pending
        except gevent.Timeout as caught:
            if caught is not timer:
                raise
            response, fired = None, True
        except ValueError as error:  # what the client refuses to send, such as a blank in a path
            return self._refused(method, name, error, sent_s)
        finally:
            if timer is not None:
                timer.close()
        return self._answered(call, sent_s, response, fired)

    def _answered(self, call: Call, sent_s: float, response: Any, fired: bool) -> Answer:
        end_s = self._clock()
        status = response.status_code if response is not None else 0
        meta: dict[str, Any] = response.request_meta if response is not None else _meta(call.name)
        problem: Exception | None = meta["exception"]
        body = (response.content or b"") if status else b""
        if status and broke_off(response, body):
            status, body, problem = 0, b"", ConnectionResetError("the answer broke off")
        if status:
            lost = ""
            problem = None if status in call.expect else Unexpected(f"{status}, expected {_either(call.expect)}")
        else:
            lost = "no answer in time" if fired else _reason(problem)
            problem = Unexpected(lost)
        latency_s = end_s - min(call.due_s, sent_s)
        meta |= {"request_type": call.report or call.method, "response_time": latency_s * 1000.0, "exception": problem}
        self._event.fire(**meta)
        return Answer(status, body, lost, fired and not status, sent_s, end_s)

    def _refused(self, method: str, name: str, error: ValueError, sent_s: float) -> Answer:
        end_s = self._clock()
        self._event.fire(**_meta(name) | {"request_type": method, "exception": Unexpected(str(error))})
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
