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
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any

from load.job import Kind, Message, Tally

if TYPE_CHECKING:
    from load.customers import Customers
    from load.driving import Crowd
    from load.job import Job

PROGRESS_S = 0.5
FLUSH_S, MOST_PARTS = 2.0, 300
"""How long rows stay in memory, and the most parts that they are then written as: in a long run they stay longer."""
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
                self.written()

    def close(self) -> None:
        """Write the last rows."""
        with self._writing:
            self._write(self._take())
            self.written()

    def written(self) -> None:
        """Do what is to be done once a part is written."""

    def _take(self) -> list[Any]:
        taken = self._rows[:]
        self._rows.clear()  # the same list, to whose append others hold on
        return taken

    def _write(self, rows: list[Any]) -> None:
        self._writer.extend(rows)
        self._writer.flush()


class Player(ABC):
    """Plays one job in a process that Locust has patched: prepares, begins when told, says how it stands, keeps rows.

    A worker of this machine's own and one that has joined a master differ in `say` and in `zero`.
    """

    def __init__(self, sink: Sink) -> None:
        self._sink, self._problems = sink, list[str]()

    @abstractmethod
    def say(self, kind: Kind, tally: Tally, problem: str) -> None:
        """Tell how the job stands; raises OSError where nobody hears it any more."""

    @abstractmethod
    def zero(self) -> float | None:
        """Say that all is ready, and return the run's zero (`time.time()`); None where there will be none."""

    def abandoned(self) -> bool:
        """Whether nobody waits for this worker any more."""
        return False

    def plays(self, job: Job, user: type[Customers]) -> None:
        """Let a class of Locust's users play the job."""
        user.job, user.emit = job, staticmethod(self._sink.add)
        user.begin, user.ended = staticmethod(self._begin), staticmethod(self._ended)

    @property
    def failed(self) -> bool:
        """Whether rows could not be kept."""
        return bool(self._problems)

    def _begin(self, crowd: Crowd) -> float:
        import gevent
        from locust.exception import StopUser

        gc.collect()
        gc.freeze()  # what is there now stays there: nobody on their way should wait until it is looked through
        gc.set_threshold(*COLLECT_AFTER)
        gevent.signal_handler(signal.SIGTERM, crowd.stop)
        zero = self.zero()
        if zero is None:
            raise StopUser
        gevent.spawn(self._tell, crowd)
        gevent.spawn(self._keep, crowd)
        return zero

    def _tell(self, crowd: Crowd) -> None:
        import gevent

        while True:
            gevent.sleep(PROGRESS_S)
            self._say("progress", crowd)
            if self.abandoned():
                crowd.stop()

    def _keep(self, crowd: Crowd) -> None:
        import gevent

        from journeys.errors import CannotWrite

        while True:
            gevent.sleep(max(FLUSH_S, crowd.job.duration_s / MOST_PARTS))
            try:
                self._sink.flush()
            except CannotWrite as error:
                self._problems.append(str(error))
                crowd.stop()
                return

    def _ended(self, crowd: Crowd) -> None:
        from journeys.errors import CannotWrite

        if not self._problems:
            try:
                self._sink.close()
            except CannotWrite as error:
                self._problems.append(str(error))
        self._say("end", crowd)

    def _say(self, kind: Kind, crowd: Crowd) -> None:
        problem = "; ".join((*self._problems, crowd.problem) if crowd.problem else self._problems)
        try:
            self.say(kind, crowd.tally_now(), problem)
        except OSError:  # nobody hears it any more
            crowd.stop()


class _Own(Player):
    """A worker of the command line's own: it speaks and listens by its standard streams."""

    def __init__(self, sink: Sink) -> None:
        super().__init__(sink)
        self._parent = os.getppid()

    def say(self, kind: Kind, tally: Tally, problem: str) -> None:
        sys.stdout.write(Message(kind, tally, problem).line() + "\n")
        sys.stdout.flush()

    def zero(self) -> float | None:
        self.say("ready", Tally(), "")
        line = sys.stdin.buffer.readline()
        return float(line) if line else None

    def abandoned(self) -> bool:
        return os.getppid() != self._parent


def warm_up(job: Job) -> None:
    """Load now what would otherwise be loaded while customers are on their way, and allow their connections."""
    import duckdb  # noqa: F401
    import pandas as pd  # noqa: F401

    from load.planning import allow_connections

    allow_connections(job.in_flight)


def main() -> int:
    """Play one job; returns the process's exit code."""
    import locust  # noqa: F401 - first of all: it patches what the others import
    from locust.env import Environment

    from load.customers import Customers

    class Own(Customers):
        pass

    job = pickle.loads(sys.stdin.buffer.read(int(sys.stdin.buffer.readline())))
    warm_up(job)
    player = _Own(Sink(job.folder, job.manifest, job.worker))
    player.plays(job, Own)
    environment = Environment(user_classes=[Own], host=job.target)
    runner = environment.create_local_runner()
    runner.start(1, spawn_rate=1)
    runner.greenlet.join()
    return 1 if player.failed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(main())
