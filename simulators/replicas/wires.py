"""A replica's connection to the world: it can be cut, be told of no more work, or lose a single answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextvars import ContextVar

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOSES: ContextVar[list[bool]] = ContextVar("LOSES")
"""Of the request that is being answered: whether its answer is to be lost on its way."""
READY = "/health/ready"
KNOWN_S = 0.5
"""How long it takes at most until a balancer knows that a replica takes no more work: two of its checks."""
_OUT = (b"x-envoy-immediate-health-check-fail", b"true")


def lose_this_answer() -> None:
    """Let the answer to the request at hand be lost on its way, where it came by a wire."""
    loses = LOSES.get(None)
    if loses is not None:
        loses[0] = True


class AnswerLost(Exception):
    """An answer that was lost: its connection ends in the middle of it."""


class Wire:
    """Wraps an application. While it is cut, requests go nowhere and answers wait, until their connections are gone.

    The application itself does not notice: what it has begun it ends. While it drains, whoever asks learns that it
    takes no more work, and it does what comes all the same.

    Parameters: the `app`, and what is called as soon as nothing is in hand while it drains.
    """

    def __init__(self, app: ASGIApp, drained: Callable[[], None] = lambda: None) -> None:
        self._app, self._drained = app, drained
        self._in_hand, self._drains, self._known = 0, False, False
        self._whole = asyncio.Event()
        self._whole.set()

    def cut(self) -> None:
        """Let nothing through."""
        self._whole.clear()

    def mend(self) -> None:
        """Let everything through again."""
        self._whole.set()

    def drain(self) -> None:
        """Take no more work, and end what is in hand, and what still comes until whoever sends it knows."""
        self._drains = True
        asyncio.get_running_loop().call_later(KNOWN_S, self._is_known)

    def _is_known(self) -> None:
        self._known = True
        self._look()

    def _look(self) -> None:
        if self._known and not self._in_hand:
            self._drained()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if not self._whole.is_set():
            await self._whole.wait()
            # it never came; should its sender still be there, it may send it again
            await send({"type": "http.response.start", "status": 503, "headers": [(b"connection", b"close")]})
            await send({"type": "http.response.body", "body": b""})
            return

        if scope["path"] == READY:
            status = 503 if self._drains else 200
            await send({"type": "http.response.start", "status": status, "headers": [_OUT] if self._drains else []})
            await send({"type": "http.response.body", "body": b""})
            return
        loses = [False]
        token = LOSES.set(loses)

        async def send_through(message: Message) -> None:
            await self._whole.wait()
            if message["type"] == "http.response.start" and self._drains:
                message["headers"] = [*message["headers"], _OUT]
            if message["type"] == "http.response.body" and loses[0]:
                raise AnswerLost
            await send(message)

        submits = scope["method"] == "POST"
        self._in_hand += submits
        try:
            await self._app(scope, receive, send_through)
        finally:
            LOSES.reset(token)
            self._in_hand -= submits
            self._look()
