"""A small web application of somebody's own, for the first journey: pages and an API, nothing of the framework's.

Run as a program, it prints its port, and serves until its standard input ends.
"""

from __future__ import annotations

import html
import json
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar
from urllib.parse import parse_qs

JOIN = """<form method="post" action="/join"><h1>Join the tool library</h1>
<label for="n">Full name</label><input id="n" name="name" required>
<label for="e">E-mail</label><input id="e" name="email" type="email" required>
<button>Continue</button></form>"""
PLAN = """<form method="post" action="/plan"><h1>Choose a plan</h1><input type="hidden" name="member" value="{member}">
<label for="p">Plan</label><select id="p" name="plan"><option>Monthly</option><option>Yearly</option></select>
<button>Join now</button></form>"""
WELCOME = "<h1>Welcome, {name}</h1>"


class Application(BaseHTTPRequestHandler):
    """Pages: /join, /plan. API: POST /api/members, POST /api/members/N/plan, GET /api/members."""

    protocol_version = "HTTP/1.1"
    members: ClassVar[list[dict[str, str]]] = []
    guard = threading.Lock()

    def do_GET(self) -> None:
        if self.path == "/join":
            self.page(JOIN)
        elif self.path == "/api/members":
            self.answer(200, self.members)
        else:
            self.answer(404, {"problem": "no such page"})

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/join":
            form = {key: values[0] for key, values in parse_qs(body).items()}
            self.page(PLAN.format(member=self.enrol(form["name"], form["email"], "pages")))
        elif self.path == "/plan":
            form = {key: values[0] for key, values in parse_qs(body).items()}
            member = self.members[int(form["member"])]
            member["plan"] = form["plan"]
            self.page(WELCOME.format(name=html.escape(member["name"])))
        elif self.path == "/api/members":
            asked = json.loads(body)
            self.answer(201, {"id": self.enrol(asked["name"], asked["email"], "api")})
        else:
            member = self.members[int(self.path.split("/")[3])]
            member["plan"] = json.loads(body)["plan"]
            self.answer(200, member)

    def enrol(self, name: str, email: str, how: str) -> int:
        with self.guard:
            self.members.append({"name": name, "email": email, "how": how})
            return len(self.members) - 1

    def page(self, body: str) -> None:
        text = f'<!doctype html><html lang="en"><title>Tool library</title><main>{body}</main></html>'
        self.send("text/html; charset=utf-8", 200, text.encode())

    def answer(self, status: int, value: object) -> None:
        self.send("application/json", status, json.dumps(value).encode())

    def send(self, kind: str, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", 0), Application)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdin.read()
    server.shutdown()
