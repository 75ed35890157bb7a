"""One customer's HTTP session on Locust's fast client: every request reported with its latency from the intended start.

Imported in a worker only: Locust and gevent patch the process.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlencode

import gevent
from geventhttpclient.client import HTTPClientPool
from locust.contrib.fasthttp import FastHttpSession

from journeys.clients.session import Answer

CONNECT_S = 10.0
REDIRECTS = frozenset(range(300, 400))
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

    def send(
        self,
        method: str,
        path: str,
        *,
        name: str,
        expect: Collection[int],
        due_s: float,
        body: Any = None,
        form: Mapping[str, str] | None = None,
        key: str = "",
        timeout_s: float = math.inf,
        report: str = "",
    ) -> Answer:
        """Send one request and wait for its answer, as told in `journeys.clients.session`; report it to Locust."""
        headers = {"Idempotency-Key": key} if key else {}
        data: str | None = None
        if form is not None:
            data, headers["Content-Type"] = urlencode(form), "application/x-www-form-urlencoded"
        elif body is not None:
            data, headers["Content-Type"] = json.dumps(body), "application/json"
        follow = REDIRECTS.isdisjoint(expect)
        timer = gevent.Timeout(timeout_s) if timeout_s != math.inf else None
        sent_s = self._clock()
        if timer is not None:
            timer.start()
        try:
            response = self._client.request(
                method, path, name=name, data=data, headers=headers, catch_response=True, allow_redirects=follow
            )
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
        return self._answered(method, name, expect, due_s, sent_s, report, response, fired)

    def _answered(
        self, method: str, name: str, expect: Collection[int], due_s: float, sent_s: float, report: str,
        response: Any, fired: bool,
    ) -> Answer:  # fmt: skip
        end_s = self._clock()
        status = response.status_code if response is not None else 0
        meta: dict[str, Any] = response.request_meta if response is not None else _meta(name)
        problem: Exception | None = meta["exception"]
        if status:
            body, lost = response.content or b"", ""
            problem = None if status in expect else Unexpected(f"{status}, expected {_either(expect)}")
        else:
            body = b""
            lost = "no answer in time" if fired else _reason(problem)
            problem = Unexpected(lost)
        latency_s = end_s - min(due_s, sent_s)
        meta |= {"request_type": report or method, "response_time": latency_s * 1000.0, "exception": problem}
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
