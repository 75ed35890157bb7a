"""The master's process, ``python -m load.master``: Locust's master, which hands out jobs and keeps the rows sent to it.

On standard input: the length of the pickled `Orders` in a line, the orders, and later lines: ``go`` and the run's zero,
``drop`` and a worker's number. On standard output: one JSON message a line, those of the workers among them. SIGTERM,
or the end of the parent, stops the workers, with what they measured kept.
"""

from __future__ import annotations

import pickle
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from load.job import Job, Kind, Message, Tally

PROGRESS, PART, END, REFUSED = (f"journeywright-{word}" for word in ("progress", "part", "end", "refused"))
LAST_WORDS_S = 8.0


@dataclass(frozen=True, slots=True)
class Orders:
    """What a master is told: the jobs to hand out, where it listens, and the port of its web page (None: no page)."""

    jobs: Sequence[Job]
    host: str
    port: int
    page: int | None


class Master:
    """One run, as its master sees it."""

    def __init__(self, orders: Orders) -> None:
        from locust.env import Environment

        from load.cluster import Lead, OneEach
        from load.customers import Customers

        class Own(Customers):
            pass

        self._orders, self._jobs = orders, orders.jobs
        self._parts = [0 for _ in orders.jobs]
        self._prepared, self._over = set[int](), set[int]()
        self._stopping = False
        self._environment = Environment(user_classes=[Own], host=orders.jobs[0].manifest.target)
        self._environment.dispatcher_class = OneEach
        self._runner = self._environment.create_master_runner(orders.host, orders.port)
        self._lead = Lead(self._runner, self._hear, (PROGRESS, PART, END, REFUSED))
        hooks: Any = self._environment.events
        hooks.test_stopping.add_listener(self._stopped)

    def play(self) -> None:
        """Say where the master listens, and serve until told to stop; then let the workers say their last words."""
        import gevent
        from gevent.event import Event
        from gevent.fileobject import FileObject

        from load.cluster import STOP
        from load.seconds import keep_last

        told = Event()
        gevent.signal_handler(signal.SIGTERM, told.set)
        page = self._page()
        host = "localhost" if self._orders.host == "*" else self._orders.host
        self._say("listening", at=f"{host}:{self._runner.server.port}", problem=page)

        def read() -> None:
            for line in FileObject(sys.stdin.fileno(), "rb", closefd=False):
                word, _, rest = line.partition(b" ")
                if word == b"go":
                    self._lead.go(float(rest))
                else:
                    self._lead.tell(int(rest), STOP, {})
            told.set()

        gevent.spawn(read)
        gevent.spawn(keep_last, self._environment.stats)
        told.wait()
        self._stop()
        until = time.monotonic() + LAST_WORDS_S
        while len(self._over) < len(self._lead.members[: len(self._jobs)]) and time.monotonic() < until:
            gevent.sleep(0.05)
        self._runner.quit()

    def _page(self) -> str:
        """Open Locust's web page on this machine, where it is wanted, and return its address."""
        if self._orders.page is None:
            return ""
        page: Any = self._environment.create_web_ui("127.0.0.1", self._orders.page, delayed_start=True)
        page.start()
        import gevent

        while page.server is None or not page.server.started:
            gevent.sleep(0.01)
        return f"http://127.0.0.1:{page.server.server_port}"

    def _hear(self, worker: int, kind: str, data: Mapping[str, Any]) -> None:
        import gevent

        from load.cluster import JOB, JOIN, PREPARED, READY, STOP
        from load.wire import packed

        if worker >= len(self._jobs):  # one more than the run needs
            self._lead.tell(worker, STOP, {})
        elif kind == JOIN:
            self._say("joined", worker, at=str(data.get("place", "")))
            self._lead.tell(worker, JOB, packed(self._jobs[worker]))
        elif kind == PREPARED:
            self._prepared.add(worker)
            if len(self._prepared) == len(self._jobs):  # each is given its user, who prepares and says when it is ready
                gevent.spawn(self._runner.start, len(self._jobs), len(self._jobs))
        elif kind == READY:
            self._say("ready", worker, at=repr(float(data["clock_ahead_s"])))
        elif kind == PROGRESS:
            self._say("progress", worker, Tally(**data["tally"]))
        elif kind == PART:
            self._keep(worker, data["content"])
        else:
            self._end(worker, kind, data)

    def _keep(self, worker: int, content: bytes) -> None:
        from journeys.errors import CannotWrite
        from journeys.eventlog import write_whole

        name = f"worker-{worker}-{self._parts[worker]:05d}.parquet"
        try:
            write_whole(Path(self._jobs[worker].folder) / "events" / name, content)
        except CannotWrite as error:
            self._say("end", worker, problem=str(error))
        else:
            self._parts[worker] += 1

    def _end(self, worker: int, kind: str, data: Mapping[str, Any]) -> None:
        problem = str(data["problem"])
        if not problem and data["parts"] != self._parts[worker]:
            problem = f"sent {data['parts']} parts, of which {self._parts[worker]} arrived"
        self._over.add(worker)
        self._say("end", worker, Tally(**data.get("tally", {})), problem)

    def _stop(self) -> None:
        from load.cluster import STOP

        self._stopping = True
        for worker in range(len(self._lead.members)):
            if worker not in self._over:
                self._lead.tell(worker, STOP, {})

    def _stopped(self, environment: Any, **_: Any) -> None:
        """Locust stops: by its own page, unless it was told to, or there is nobody left to stop."""
        if not self._stopping and self._runner.worker_count and len(self._over) < len(self._jobs):
            self._say("stopped")
            self._stop()

    def _say(self, kind: Kind, worker: int = 0, tally: Tally | None = None, problem: str = "", at: str = "") -> None:
        sys.stdout.write(Message(kind, tally or Tally(), problem, worker, at).line() + "\n")
        sys.stdout.flush()


def main() -> int:
    """Play one run; returns the process's exit code."""
    import locust  # noqa: F401 - first of all: it patches what the others import

    orders = pickle.loads(_read_exactly())
    Master(orders).play()
    return 0


def _read_exactly() -> bytes:
    """Return the orders, and not a byte of the lines that follow them."""
    import os

    source = sys.stdin.fileno()
    length = b""
    while not length.endswith(b"\n"):
        length += os.read(source, 1)
    found = b""
    while len(found) < int(length):
        found += os.read(source, int(length) - len(found))
    return found


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main())
