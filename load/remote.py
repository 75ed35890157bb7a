"""The process of a worker that joins a master, ``python -m load.remote HOST PORT``: it sends its rows as Parquet parts.

On standard input: the pickled `Joining`. Standard output tells a person how it goes. SIGTERM ends the worker early,
with what it measured sent. It ends when its master says so, or after a minute without a sign of life from it.
"""

from __future__ import annotations

import os
import pickle
import signal
import socket
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys.blueprint import Journey
from journeys.errors import JourneywrightError
from load.job import Kind, Tally
from load.master import END, PART, PROGRESS, REFUSED
from load.worker import Player, Sink, warm_up

if TYPE_CHECKING:
    from load.cluster import Member
    from load.job import Job

GONE = 3


@dataclass(frozen=True, slots=True)
class Joining:
    """What a worker brings: its copy of the journey, and whether it may load a public address."""

    journey: Journey
    allow_public: bool = False


class Posting(Sink):
    """Sends each part to the master, and keeps none."""

    def __init__(self, folder: str, manifest: Any, worker: int, member: Member) -> None:
        super().__init__(folder, manifest, worker)
        self.sent, self._member, self._folder = 0, member, Path(folder)

    def written(self) -> None:
        """Send what was written, in its order."""
        for part in sorted((self._folder / "events").glob("*.parquet")):
            self._member.say(PART, {"content": part.read_bytes()})
            part.unlink()
            self.sent += 1


class _Joined(Player):
    def __init__(self, sink: Posting, member: Member) -> None:
        super().__init__(sink)
        self._posting, self._member = sink, member

    def say(self, kind: Kind, tally: Tally, problem: str) -> None:
        told: dict[str, Any] = {"tally": asdict(tally), "problem": problem, "parts": self._posting.sent}
        self._member.say(END if kind == "end" else PROGRESS, told)
        if kind == "end":
            print(f"done: {tally.started} customers, {tally.requests} requests{problem and f'; {problem}'}", flush=True)

    def zero(self) -> float | None:
        return self._member.zero()

    def _begin(self, crowd: Any) -> float:
        self._member.stopped = crowd.stop
        return super()._begin(crowd)


def main() -> int:
    """Play one job; returns the process's exit code."""
    import locust  # noqa: F401, I001 - first of all: it patches what the others import
    import gevent
    from locust.env import Environment

    from load.cluster import JOIN, PREPARED, Member
    from load.customers import Customers

    class Own(Customers):
        quits = False

    joining: Joining = pickle.loads(sys.stdin.buffer.read())
    host, port = sys.argv[1], int(sys.argv[2])
    environment = Environment(user_classes=[Own])
    try:
        runner = environment.create_worker_runner(host, port)
    except ConnectionError:
        sys.stderr.write(f"{host}:{port}: no master answers; start 'journeywright load JOURNEY --master' there\n")
        return GONE
    member = Member(runner)
    hooks: Any = environment.events
    hooks.user_error.add_listener(lambda exception, **_: member.say(REFUSED, {"problem": repr(exception)}))
    gevent.spawn(lambda: (runner.greenlet.join(), member.job.set(None)))  # told to quit before there is a job
    member.say(JOIN, {"place": f"{socket.gethostname()} {os.getpid()}"})
    print(f"joined the master at {host}:{port}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        job = _job(member, joining, folder)
        if job is None:
            runner.quit()
            return 2
        print(f"worker {job.worker} of {job.workers}: {len(job.customers)} customers for {job.manifest.target}")
        sys.stdout.flush()
        warm_up(job)
        player = _Joined(Posting(folder, job.manifest, job.worker, member), member)
        player.plays(job, Own)
        member.say(PREPARED)
        runner.greenlet.join()
    return 1 if player.failed else 0


def _job(member: Member, joining: Joining, folder: str) -> Job | None:
    """Return the job that the master gives, or None: it has none, or it is not to be played here, which it is told."""
    from journeys.clients.target import Target
    from load.target import check_up
    from load.wire import unpacked

    told = member.job.get()
    if told is None:
        return None
    try:
        job = unpacked(told, joining.journey, folder)
        check_up(Target.parse(job.target), joining.allow_public)
    except JourneywrightError as error:
        member.say(REFUSED, {"problem": str(error)})
        sys.stderr.write(f"{error}\n")
        return None
    return job


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    code = main()
    sys.stdout.flush()
    if code == 0:
        os._exit(0)  # all is sent; what libraries say at an orderly exit, of threads that gevent ended, helps nobody
    sys.exit(code)
