"""A PostgreSQL server of our own, on loopback and for as long as it is needed, where its programs are installed."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from journeys.errors import Missing
from simulators.replicas.registry import dies_with_parent

NOBODY = ("postgres", "nobody")
USER = "tester"
STARTS_S = 30.0


def programs() -> Path | None:
    """Return the folder of PostgreSQL's programs, the newest version's; None where there is none."""
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    return found[-1].parent if found else None


class PostgresServer:
    """A server on loopback, with a folder of its own; it may be stopped and started again."""

    def __init__(self, folder: Path, bin_folder: Path) -> None:
        self.folder, self._bin = folder, bin_folder
        self._user: dict[str, Any] = {}
        if os.geteuid() == 0:  # it refuses to run as root
            users = [user for user in pwd.getpwall() if user.pw_name in NOBODY]
            self._user = {"user": users[0].pw_uid, "group": users[0].pw_gid, "extra_groups": []}
            os.chown(folder, users[0].pw_uid, users[0].pw_gid)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self._process: subprocess.Popen[bytes] | None = None
        self._run("initdb", "-D", str(folder / "data"), "-U", USER, "-A", "trust", "--no-sync", "-E", "UTF8")

    def url(self, name: str) -> str:
        """Return the address of a new, empty database."""
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", USER, name)
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"

    def start(self) -> None:
        """Start it, and wait until it answers; it does not outlive this process, however that ends."""
        options = ["-F", "-p", str(self.port), "-c", "listen_addresses=127.0.0.1", "-k", str(self.folder)]
        self._process = subprocess.Popen(
            [str(self._bin / "postgres"), "-D", str(self.folder / "data"), *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=self.folder, preexec_fn=dies_with_parent(),
            **self._user,
        )  # fmt: skip
        until = time.monotonic() + STARTS_S
        while not self._ready():
            if self._process.poll() is not None or time.monotonic() > until:
                raise Missing(f"postgres: does not answer within {STARTS_S:g} s; try again on a less busy machine")
            time.sleep(0.02)

    def stop(self) -> None:
        """End it at once, and every connection with it."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(30)
            self._process = None

    def _ready(self) -> bool:
        """Tell whether it takes connections: it listens a while before it does."""
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        command = [str(self._bin / "pg_isready"), "-h", "127.0.0.1", "-p", str(self.port), "-t", "5"]
        return not subprocess.run(command, capture_output=True, cwd=self.folder, timeout=60, **self._user).returncode

    def _run(self, program: str, *options: str) -> None:
        command = [str(self._bin / program), *options]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, timeout=60, **self._user)
        if done.returncode:
            raise Missing(f"{program}: {done.stderr.strip()}; see that PostgreSQL's programs work here")


@contextlib.contextmanager
def postgres_server() -> Iterator[PostgresServer]:
    """Give a server that lives as long as the context, in a folder where its user may go; raises Missing."""
    found = programs()
    if found is None:
        raise Missing("PostgreSQL: initdb and postgres are not installed here; install PostgreSQL's server")
    folder = Path(tempfile.mkdtemp(prefix="journeywright-postgres-"))
    server = PostgresServer(folder, found)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)
