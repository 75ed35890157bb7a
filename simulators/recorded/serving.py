"""Serving a recording on an address of this machine, with the latencies of when it was made."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
import threading
from collections.abc import Callable
from types import TracebackType

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from journeys.recorded.har import HarRecording
from simulators.backend.listening import LOOPBACK, allow_many_connections, listen, url_of
from simulators.recorded.replaying import Misses, Replay

VISITOR = "journeywright-visitor"
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
LONGEST_BODY = 16 << 20
_GRACE_S = 2
_TOO_LARGE = 413


def make_app(replay: Replay, here: str, latency: float) -> Starlette:
    """Return the application that answers from a recording; each answer takes `latency` times as long as it took."""

    async def answer(request: Request) -> Response:
        body = b""
        async for chunk in request.stream():
            body += chunk
            if len(body) > LONGEST_BODY:
                return JSONResponse({"problem": f"at most {LONGEST_BODY} bytes"}, _TOO_LARGE)
        visitor = request.cookies.get(VISITOR, "")
        known = bool(visitor)
        visitor = visitor[:64] or secrets.token_urlsafe(12)
        kind = request.headers.get("content-type", "")
        path, query = request.scope["raw_path"].decode("ascii", "replace"), request.url.query
        found = replay.answer(visitor, request.method, path, query, body.decode(errors="replace"), kind)
        if found is None:
            problem = f"not in the recording: {request.method} {path}"
            return JSONResponse({"problem": problem}, 404)
        if latency:
            await asyncio.sleep(found.took_s * latency)
        response = Response(replay.content(found, here), found.status)
        response.raw_headers = [pair for pair in response.raw_headers if pair[0] == b"content-length"]
        for name, value in replay.headers(found, here):
            response.headers.append(name, value)
        if not known:
            response.set_cookie(VISITOR, visitor, httponly=True, samesite="lax")
        return response

    return Starlette(routes=[Route("/{path:path}", answer, methods=METHODS)])


class RecordedBackEnd:
    """A context manager: the recording, served from a thread of this process; `url` is its address, `misses` tells what
    it had no answer for.
    """

    def __init__(self, recording: HarRecording, *, host: str = LOOPBACK, port: int = 0, latency: float = 1.0) -> None:
        self._replay = Replay(recording)
        self._listening: socket.socket = listen(host, port)
        self.url = url_of(self._listening)
        self._server = uvicorn.Server(_config(make_app(self._replay, self.url, latency)))
        self._thread = threading.Thread(target=lambda: self._server.run([self._listening]), name="recorded-back-end")

    @property
    def misses(self) -> Misses:
        """How often there was no answer, by method and path."""
        return dict(self._replay.misses)

    def __enter__(self) -> RecordedBackEnd:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()


def serve(
    recording: HarRecording, *, host: str, port: int, latency: float, tell: Callable[[str, HarRecording], None]
) -> Misses:
    """Serve until SIGINT or SIGTERM, and return what there was no answer for; `tell` is told the address.

    Raises PortInUse before anything is served.
    """
    replay = Replay(recording)
    with contextlib.closing(listen(host, port)) as listening:
        url = url_of(listening)
        allow_many_connections()
        server = uvicorn.Server(_config(make_app(replay, url, latency)))
        tell(url, recording)
        with contextlib.suppress(KeyboardInterrupt):  # being told to stop is how a service ends
            server.run([listening])
    return dict(replay.misses)


def _config(app: Starlette) -> uvicorn.Config:
    return uvicorn.Config(
        app, loop="auto", http="auto", ws="none", lifespan="off", access_log=False, log_level="warning",
        server_header=False, timeout_graceful_shutdown=_GRACE_S,
    )  # fmt: skip
