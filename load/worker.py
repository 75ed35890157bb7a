"""A worker's process, ``python -m load.worker``: reads its job, plays it with Locust, writes rows, tells how it stands.

On standard input: the length of the pickled job in a line, the job, and, once the worker has said that it is ready,
the run's zero in a line. On standard output: one JSON message a line. SIGTERM, or the end of the parent, ends the run
early, with what was measured written.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from pathlib import Path
from typing import Any

PROGRESS_S = 0.5
FLUSH_S = 2.0
COLLECT_AFTER = (20_000, 20, 20)


class Sink:
    """Keeps rows in memory and writes them as parts, from a real thread so that no customer waits for a file."""

    def __init__(self, folder: str, manifest: Any, worker: int) -> None:
        from gevent.lock import BoundedSemaphore

        from journeys.eventlog import RunWriter

        self._writing = BoundedSemaphore()
        self._writer = RunWriter(Path(folder), manifest, part=f"worker-{worker}")
        self._rows: list[Any] = []
        self.add = self._rows.append

    def flush(self) -> None:
        """Write the rows so far, in a thread of gevent's pool; raises CannotWrite."""
        import gevent

        with self._writing:
            if self._rows:
                gevent.get_hub().threadpool.apply(self._write, (self._take(),))

    def close(self) -> None:
        """Write the last rows."""
        with self._writing:
            self._write(self._take())

    def _take(self) -> list[Any]:
        taken = self._rows[:]
        self._rows.clear()  # the same list, to whose append others hold on
        return taken

    def _write(self, rows: list[Any]) -> None:
        self._writer.extend(rows)
        self._writer.flush()


def main() -> int:
    """Play one job; returns the process's exit code."""
    import locust  # first of all: it patches what the others import

    job = pickle.loads(sys.stdin.buffer.read(int(sys.stdin.buffer.readline())))
    return _play(job, locust.__version__)


def _play(job: Any, version: str) -> int:
    import duckdb  # noqa: F401 - loaded now rather than while customers are on their way
    import gevent
    import pandas as pd  # noqa: F401 - likewise
    from locust.env import Environment
    from locust.exception import StopUser

    from journeys.errors import CannotWrite
    from load.customers import Customers
    from load.driving import Crowd
    from load.job import Message
    from load.planning import allow_connections

    allow_connections(job.in_flight)
    sink = Sink(job.folder, job.manifest, job.worker)
    parent = os.getppid()
    problems: list[str] = []

    def say(kind: Any, crowd: Crowd) -> None:
        problem = "; ".join((*problems, crowd.problem) if crowd.problem else problems)
        try:
            sys.stdout.write(Message(kind, crowd.tally_now(), problem).line() + "\n")
            sys.stdout.flush()
        except OSError:  # nobody reads any more
            crowd.stop()

    def begin(crowd: Crowd) -> float:
        gc.collect()
        gc.freeze()  # what is there now stays there: nobody on their way should wait until it is looked through
        gc.set_threshold(*COLLECT_AFTER)
        gevent.signal_handler(signal.SIGTERM, crowd.stop)
        say("ready", crowd)
        line = sys.stdin.buffer.readline()
        if not line:
            raise StopUser
        gevent.spawn(tell, crowd)
        gevent.spawn(keep, crowd)
        return float(line)

    def tell(crowd: Crowd) -> None:
        while True:
            gevent.sleep(PROGRESS_S)
            say("progress", crowd)
            if os.getppid() != parent:
                crowd.stop()

    def keep(crowd: Crowd) -> None:
        while True:
            gevent.sleep(FLUSH_S)
            try:
                sink.flush()
            except CannotWrite as error:
                problems.append(str(error))
                crowd.stop()
                return

    def ended(crowd: Crowd) -> None:
        if not problems:
            try:
                sink.close()
            except CannotWrite as error:
                problems.append(str(error))
        say("end", crowd)

    class Own(Customers):
        pass

    Own.job, Own.emit, Own.begin, Own.ended = job, staticmethod(sink.add), staticmethod(begin), staticmethod(ended)
    environment = Environment(user_classes=[Own], host=job.target)
    runner = environment.create_local_runner()
    runner.start(1, spawn_rate=1)
    runner.greenlet.join()
    return 1 if problems else 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main())
