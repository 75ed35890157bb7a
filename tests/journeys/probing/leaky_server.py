"""A shop with members and sessions, of which each defect can be planted by its name."""

from __future__ import annotations

import contextlib
import html
import json
import secrets
import threading
from collections.abc import Iterator
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from journeys import Fact, Journey, Poisson, Step, get, page, per_hour, post

DEFECTS = (
    "no-owner", "open-list", "no-session", "crossed", "cookie", "script", "query", "secret", "cors", "trace", "door",
    "headers", "breaks-off",
)  # fmt: skip

SHOP = Journey(
    name="shop",
    arrivals=Poisson(per_hour(60)),
    facts=(
        Fact(name="full_name", label="Full name", faker="name"),
        Fact(name="email", label="E-mail", kind="email"),
        Fact(name="note", label="Note"),
        Fact(name="pin", label="Pin", kind="secret"),
    ),
    steps=(
        Step(
            name="join", lane="customer", asks=("full_name", "email", "note", "pin"), page=page("/join"),
            http=(post("/api/members", expect=201, keep={"member": "id"}, json={
                "name": "{full_name}", "email": "{email}", "note": "{note}", "pin": "{pin}"}),),
        ),
        Step(
            name="read", lane="customer", asks=(),
            http=(get("/api/members/{member}"), get("/members/{member}")),
        ),
    ),
)  # fmt: skip
SAFE = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'", "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}  # fmt: skip


class Shop(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, defects: set[str]) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.defects, self.members, self.sessions = defects, list[dict[str, Any]](), dict[str, int]()
        self.asked: list[str] = []


class _Answering(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Shop

    def has(self, defect: str) -> bool:
        return defect in self.server.defects

    def who(self) -> int | None:
        cookie = SimpleCookie(self.headers.get("Cookie", "")).get("sid")
        return self.server.sessions.get(cookie.value) if cookie else None

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        self.server.asked.append(self.path)
        path, last = unquote(parts.path), unquote(parts.path).rpartition("/")[2]
        if path == "/join":
            said = parse_qs(parts.query).get("name", [""])[0]
            self.page(f"<h1>Join</h1><p>{said if self.has('script') else html.escape(said)}</p>")
        elif path == "/api/members" and self.has("open-list"):
            self.answer(200, self.server.members)
        elif path == "/debug" and self.has("door"):
            self.page("<h1>Debugger</h1>")
        elif path.startswith(("/api/members/", "/members/")) and last.isdigit():
            self.member(int(last), path.startswith("/api/"))
        elif self.has("trace"):
            self.answer(500, {"problem": 'Traceback (most recent call last):\n  File "shop.py"'})
        else:
            self.answer(404, {"problem": "no such page"})

    def member(self, number: int, as_json: bool) -> None:
        who = self.who()
        allowed = who == number or self.has("no-session") or (self.has("no-owner") and who is not None)
        if not allowed or number >= len(self.server.members):
            self.answer(403, {"problem": "not yours"})
            return
        member = dict(self.server.members[number])
        pin = member.pop("pin")
        if as_json:
            self.answer(200, member | ({"pin": pin} if self.has("secret") else {}))
            return
        shown = self.server.members[0] if self.has("crossed") else member
        self.page(f"<h1>{html.escape(shown['name'])}</h1><p>{html.escape(member['note'])}</p>")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.asked.append(self.path)
        if self.headers.get("Sec-Fetch-Site") == "cross-site" and not self.has("cors"):
            self.answer(403, {"problem": "from another site"})
            return
        try:
            told = json.loads(body)
            member = {name: str(told[name]) for name in ("name", "email", "note", "pin")}
        except (ValueError, KeyError, TypeError):
            if self.has("breaks-off"):
                self.close_connection = True
                return
            self.answer(400, {"problem": "no member"})
            return
        if self.has("query") and "'" in member["note"]:
            self.answer(500, {"problem": 'sqlite3.OperationalError: near "OR": syntax error'})
            return
        self.server.members.append(member)
        sid = secrets.token_urlsafe(16)
        self.server.sessions[sid] = number = len(self.server.members) - 1
        flags = "" if self.has("cookie") else "; HttpOnly; SameSite=Lax"
        more = {"Set-Cookie": f"sid={sid}; Path=/{flags}"}
        if self.has("cors"):
            more |= {"Access-Control-Allow-Origin": self.headers.get("Origin", "*")}
        self.answer(201, {"id": number}, more)

    def page(self, body: str) -> None:
        self.send(200, "text/html; charset=utf-8", f"<!doctype html><main>{body}</main>", {})

    def answer(self, status: int, value: object, more: dict[str, str] | None = None) -> None:
        self.send(status, "application/json", json.dumps(value), more or {})

    def send(self, status: int, kind: str, body: str, more: dict[str, str]) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in ({} if self.has("headers") else SAFE).items() | more.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def shop(*defects: str) -> Iterator[tuple[str, Shop]]:
    """Serve the shop with defects; gives its address, and itself."""
    assert set(defects) <= set(DEFECTS)
    with Shop(set(defects)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", server
        finally:
            server.shutdown()
            thread.join()
