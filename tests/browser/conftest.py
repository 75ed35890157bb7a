from __future__ import annotations

import html
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from journeys.browser.finding import Browser, BrowserMissing, find
from journeys.browser.inspection import axe_source

if TYPE_CHECKING:
    from playwright.sync_api import Browser as Launched
    from playwright.sync_api import Page

APPLY = """<h1>Apply</h1><form method=post enctype=multipart/form-data>
<label>Full name <input name=name></label>
<label>Email <input name=email></label>
<label>Email again <input name=again></label>
<label for=term>Term</label><select id=term name=term><option value=1>One year<option value=2>Two years</select>
<fieldset><legend>Answer by</legend>
<label><input type=radio name=by value=phone> Phone</label><label><input type=radio name=by value=post> Post</label>
</fieldset>
<label><input type=checkbox name=agree value=yes> I agree</label>
<label>Payslip <input type=file name=payslip></label>
<label>PIN <input name=pin></label>
<button>Continue</button></form>"""


@dataclass
class Shop:
    """A small application of somebody's own: what it was sent, and a gate that holds its slow page."""

    url: str = ""
    sent: list[dict[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)


def _fields(content: bytes, kind: str) -> dict[str, str]:
    if "boundary=" not in kind:
        return dict(urllib.parse.parse_qsl(content.decode()))
    found = {}
    for part in content.split(b"--" + kind.split("boundary=")[1].encode()):
        head, _, value = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]*)"', head)
        file = re.search(rb'filename="([^"]*)"', head)
        if name:
            found[name[1].decode()] = (file[1] if file else value.strip()).decode()
    return found


def _handler(shop: Shop) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def page(self, body: str, status: int = 200) -> None:
            if shop.gate.is_set():
                self.close_connection = True  # nobody is there any more
                return
            content = f"<!doctype html><html lang=en><title>Shop</title><main>{body}</main>".encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            shop.asked.append(self.path)
            path, _, query = self.path.partition("?")
            if path == "/apply":
                self.page(APPLY)
            elif path == "/offer":
                name = html.escape(urllib.parse.parse_qs(query).get("name", ["nobody"])[0])
                self.page(f"<p>Your offer</p><output aria-label=Reference>REF {name}</output><a href=/done>Accept</a>")
            elif path == "/done":
                self.page("<p>All done</p>")
            elif path == "/slow":
                shop.gate.wait(30)
                self.page("<p>At last</p>")
            elif path == "/scripted":
                script = "console.error('broken thing'); setTimeout(() => document.title = 'x', 0); nothing.here()"
                buttons = "<button>Twice</button><button>Twice</button><button disabled>Off</button>"
                self.page(f"<script>{script}</script>{buttons}")
            else:
                self.page("<p>Oh no</p>", 500)

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            fields = _fields(content, self.headers["Content-Type"])
            shop.sent.append(fields)
            self.send_response(303)
            self.send_header("Location", "/offer?" + urllib.parse.urlencode({"name": fields.get("name", "")}))
            self.send_header("Content-Length", "0")
            self.end_headers()

    return Handler


@pytest.fixture
def shop() -> Iterator[Shop]:
    made = Shop()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(made))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}"
    yield made
    made.gate.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="session")
def chromium() -> Browser:
    try:
        return find()
    except BrowserMissing as missing:
        pytest.skip(str(missing).splitlines()[0])


@pytest.fixture(scope="module")
def launched(chromium: Browser) -> Iterator[Launched]:
    """A browser that pages of ours are opened in; it ends with the module."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(chromium.executable))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def violations() -> Callable[[Page], list[tuple[str, str]]]:
    """What axe finds on a page with all of it unfolded: (rule, beginning of the element)."""
    script = axe_source()
    if not script:
        pytest.skip("axe-core is not installed (extra: testing)")

    def found(page: Page) -> list[tuple[str, str]]:
        page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
        page.evaluate(script)
        told = page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")
        return [(one["id"], node["html"][:120]) for one in told["violations"] for node in one["nodes"]]

    return found
