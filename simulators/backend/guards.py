"""What every request passes before it is looked at: a limit of size, and headers that keep browsers safe."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 64 * 1024
UPLOAD_LIMIT = 16 * 1024 * 1024
HEADER_LIMIT = 32 * 1024


class _TooLarge(Exception):
    """More came than the limit."""


class Guard:
    """Wraps an application.

    Refused: addresses and headers over HEADER_LIMIT bytes together (431); bodies over BODY_LIMIT bytes, or UPLOAD_LIMIT
    where files may be sent (413); posts that a browser sends on behalf of another site (403). Every answer carries
    `headers`; `refuse` makes the answer to a refused request out of its path, a status and a text.
    """

    def __init__(self, app: ASGIApp, headers: Mapping[str, str], refuse: Callable[[str, int, str], Response]) -> None:
        self._app, self._headers, self._refuse = app, dict(headers), refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        answering = False

        async def send_guarded(message: Message) -> None:
            nonlocal answering
            if message["type"] == "http.response.start":
                answering = True
                MutableHeaders(scope=message).update(self._headers)
            await send(message)

        told = sum(len(name) + len(value) for name, value in scope["headers"])
        if told + len(scope["path"]) + len(scope["query_string"]) > HEADER_LIMIT:
            answer = self._refuse(scope["path"], 431, f"too large: address and headers may have {HEADER_LIMIT} bytes")
            await answer(scope, receive, send_guarded)
            return
        upload = headers.get("content-type", "").startswith("multipart/form-data")
        limit = UPLOAD_LIMIT if upload else BODY_LIMIT
        read = 0

        async def receive_limited() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _TooLarge
            return message

        if scope["method"] == "POST" and headers.get("sec-fetch-site") == "cross-site":
            answer = self._refuse(scope["path"], 403, "posts from other sites are refused")
            await answer(scope, receive, send_guarded)
            return
        declared = headers.get("content-length", "0")
        if declared.isdecimal() and int(declared) > limit:
            await self._too_large(scope, limit)(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, receive_limited, send_guarded)
        except _TooLarge:
            if not answering:
                await self._too_large(scope, limit)(scope, receive, send_guarded)

    def _too_large(self, scope: Scope, limit: int) -> Response:
        answer = self._refuse(scope["path"], 413, f"too large: at most {limit} bytes may be sent")
        answer.headers["Connection"] = "close"  # the rest of the body is not read
        return answer


def safety_headers(policy: str) -> dict[str, str]:
    """Return the headers of every answer, with a content security policy."""
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }
