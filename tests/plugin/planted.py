"""A proxy before the mocked back end that plants bugs in its portal.

``nameless``: a button without a name beside each form's own. ``lying``: the status page says that something else is in
progress. ``frozen``: it no longer loads itself anew. ``stuck``: it is shown for good, also to who loads it anew.
``double``: what tells a repeated press from a new one is lost. ``flaky``: one POST in 50 is answered 500.
"""

from __future__ import annotations

import http.client
import itertools
import re
import secrets
import threading
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import urlsplit

WAITING = b'<p class="kicker">In progress</p>'
HOP = {"connection", "transfer-encoding", "content-length", "keep-alive"}


class Proxy(BaseHTTPRequestHandler):
    """Passes everything on, and spoils what the bug says."""

    protocol_version = "HTTP/1.1"
    place: ClassVar[tuple[str, int]]
    bugs: ClassVar[frozenset[str]]
    posts: ClassVar[itertools.count[int]] = itertools.count(1)
    kept: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        """Pass on."""
        self.passed_on(b"")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        """Pass on what is sent."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if "flaky" in self.bugs and "/clock/" not in self.path and next(self.posts) % 50 == 7:
            self.answer(500, [("Content-Type", "text/plain")], b"Internal Server Error")
            return
        if "double" in self.bugs and self.path == "/cases":
            body = re.sub(rb"key=[^&]*", b"key=" + secrets.token_hex(8).encode(), body)
        self.passed_on(body)

    def passed_on(self, body: bytes) -> None:
        """Ask the back end, and answer with what it says, spoilt."""
        connection = http.client.HTTPConnection(*self.place, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
            if "double" in self.bugs:
                headers.pop("Idempotency-Key", None)
            connection.request(self.command, self.path, body, headers)
            response = connection.getresponse()
            content = response.read()
            kept = [(name, value) for name, value in response.getheaders() if name.lower() not in HOP]
            if "stuck" in self.bugs and self.command == "GET" and WAITING in content:
                self.kept.setdefault(self.path, content)
            content = self.kept.get(self.path, content)
            if "text/html" in response.getheader("Content-Type", ""):
                content = self.spoilt(content.decode()).encode()
            self.answer(response.status, kept, content)
        except OSError:
            self.close_connection = True
        finally:
            connection.close()

    def spoilt(self, page: str) -> str:
        """Return a page with the bug in it."""
        if "nameless" in self.bugs:
            page = page.replace('<button class="primary"', '<button type="button"></button><button class="primary"', 1)
        if "frozen" in self.bugs:
            page = re.sub(r' data-poll="\d+"', "", page)
        if "lying" in self.bugs:
            page = page.replace('<p class="kicker">In progress</p>', '<p class="kicker">Completed</p>')
        return page

    def answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
        """Send an answer."""
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class Planted:
    """A context manager: the proxy before the back end at an address; `url` is its own."""

    def __init__(self, target: str, bugs: Iterable[str]) -> None:
        parts = urlsplit(target)
        place = (parts.hostname, parts.port)
        made = {"place": place, "bugs": frozenset(bugs), "posts": itertools.count(1), "kept": {}}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), type("Planted", (Proxy,), made))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Planted:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
