"""A replica's connection to the world, which can be cut: nothing that is sent then arrives, in either direction."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Wire:
    """Wraps an application. While it is cut, requests go nowhere and answers wait, until their connections are gone.

    The application itself does not notice: what it has begun it ends.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._whole = asyncio.Event()
        self._whole.set()

    def cut(self) -> None:
        """Let nothing through."""
        self._whole.clear()

    def mend(self) -> None:
        """Let everything through again."""
        self._whole.set()

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

        async def send_through(message: Message) -> None:
            await self._whole.wait()
            await send(message)

        await self._app(scope, receive, send_through)
