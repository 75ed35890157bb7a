"""What every request passes before it is looked at: a limit of size, and headers that keep browsers safe."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_LIMIT = 64 * 1024
UPLOAD_LIMIT = 16 * 1024 * 1024


class _TooLarge(Exception):
    """More came than the limit."""


class Guard:
    """Wraps an application.

    Refused: bodies over BODY_LIMIT bytes, or UPLOAD_LIMIT where files may be sent (413); posts that a browser sends
    on behalf of another site (403). Every answer carries `headers`.
    """

    def __init__(self, app: ASGIApp, headers: Mapping[str, str]) -> None:
        self._app, self._headers = app, dict(headers)

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
            await _problem(403, "posts from other sites are refused")(scope, receive, send_guarded)
            return
        too_large = _problem(413, f"the body is larger than {limit} bytes")
        declared = headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            await too_large(scope, receive, send_guarded)
            return
        try:
            await self._app(scope, receive_limited, send_guarded)
        except _TooLarge:
            if not answering:
                await too_large(scope, receive, send_guarded)


def safety_headers(policy: str) -> dict[str, str]:
    """Return the headers of every answer, with a content security policy."""
    return {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def _problem(status: int, text: str) -> JSONResponse:
    return JSONResponse({"problem": text}, status, headers={"Connection": "close"})
