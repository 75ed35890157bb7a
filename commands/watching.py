"""The command that shows a run while it goes, as a page on this machine: watch."""

from __future__ import annotations

import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands.options import command
from commands.saying import say
from journeys.errors import InvalidInput, Missing, Problem

if TYPE_CHECKING:
    from http.server import BaseHTTPRequestHandler

    from reports.watching import Watched

HOST = "127.0.0.1"
NAMES = ("127.0.0.1", "localhost")


@command(short_help="Show a run while it goes, as a page on this machine.")
@click.argument("run", type=click.Path(path_type=Path), default=Path("out"))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="A free one, unless told.")
@click.option("--open", "opened", is_flag=True, help="Open the page in this machine's browser.")
@click.option("--once", is_flag=True, help="Print the figures so far, and end.")
@click.option("--json", "as_json", is_flag=True, help="With --once: for machines.")
def watch(run: Path, port: int, opened: bool, once: bool, as_json: bool) -> None:
    """Show a run while it goes, as a page on this machine, until Ctrl-C.

    RUN is a run's folder, or an output folder (out, unless told): then all runs in it are shown, also those that begin
    later. A finished run is shown as well.
    """
    from http.server import ThreadingHTTPServer

    from reports.watching import Watched, line, machine

    watched = Watched(run)
    if once or as_json:
        found = watched.look()
        if not found:
            raise InvalidInput([Problem("watch", "there is no run yet", str(run), "a run's folder, or one with runs/")])
        if as_json:
            click.echo(machine(found))
        else:
            say(f"{one.title}: {one.state}; {line(one)}" for one in found)
        return
    try:
        server = ThreadingHTTPServer((HOST, port), _handler(watched))
    except OSError as error:
        raise Missing(f"--port {port}: cannot be listened on ({error.strerror}); choose another, or 0") from error
    server.daemon_threads = True
    address = f"http://{HOST}:{server.server_address[1]}/"
    click.echo(f"{run}: watched at {address}  (Ctrl-C ends)")
    if opened:
        click.launch(address)
    try:
        server.serve_forever(poll_interval=0.2)
    except KeyboardInterrupt:
        click.echo("ended", err=True)
    finally:
        server.server_close()


def _handler(watched: Watched) -> type[BaseHTTPRequestHandler]:
    """Return what answers: the page at ``/``, what is in it at ``/now``, and neither under a foreign name."""
    import threading
    from http.server import BaseHTTPRequestHandler

    from reports.watching import inside, page

    looking = threading.Lock()
    title = f"{watched.folder.resolve().name}, while it goes"

    class Handler(BaseHTTPRequestHandler):
        """Answers for one request; says nothing in the terminal."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer the page, what is in it, or that there is no such page."""
            if self.headers.get("Host", "").rpartition(":")[0] not in NAMES:
                self._say(403, "asked for under another name than this machine's", "text/plain")
                return
            if self.path not in ("/", "/now"):
                self._say(404, "no such page", "text/plain")
                return
            with looking:
                found = watched.look()
            now = time.strftime("%H:%M:%S")
            over = bool(found) and all(one.manifest.finished or one.manifest.reason for one in found)
            if self.path == "/now":
                self._say(200, inside(found, now), "text/html", over=over)
                return
            nonce = secrets.token_urlsafe(16)
            self._say(200, page(title, found, now, nonce), "text/html", nonce, over)

        def _say(self, code: int, text: str, kind: str, nonce: str = "", over: bool = False) -> None:
            content = text.encode()
            scripts = f"script-src 'nonce-{nonce}'; " if nonce else ""
            self.send_response(code)
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("X-Over", "yes" if over else "no")
            self.send_header("X-Content-Type-Options", "nosniff")
            self.send_header(
                "Content-Security-Policy",
                f"default-src 'none'; {scripts}style-src 'unsafe-inline'; connect-src 'self'; frame-ancestors 'none'",
            )
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler


COMMANDS = (watch,)
