"""A run over Locust's master and its workers, as the command line's process sees it.

The master is a child process. Its workers join from this machine or from others; those that this process starts are
its children as well, the others are not, so that of them only their silence tells that they have died.
"""

from __future__ import annotations

import contextlib
import ipaddress
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from journeys.errors import InvalidInput, Problem
from load.job import Job, Message
from load.master import Orders
from load.remote import Joining
from load.workers import READY_S, WorkerLost, Workers, pickled

JOIN_S = 600.0
SILENT_S = 10.0


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a master waits for its workers, whether it starts them itself, and the port of its web page, if any."""

    host: str = "127.0.0.1"
    port: int = 0
    own: bool = True
    page: int | None = None

    def check(self, target: str) -> None:
        """Raise InvalidInput where workers of other machines would load themselves."""
        if not self.own and _is_loopback(target) and not _is_loopback(self.host):
            what, allowed = "is each worker's own machine", "an address that means the same machine to every worker"
            raise InvalidInput([Problem("--target", what, target, allowed, "or --master 127.0.0.1")])


class Fleet(Workers):
    """The master of one run and its workers; a context manager that leaves no process of its own behind.

    Parameters
    ----------
    tell: takes lines for a person: where workers are to join, and where the web page is.
    """

    silent_s = SILENT_S

    def __init__(self, jobs: Sequence[Job], where: Listening, tell: Callable[[str], None]) -> None:
        super().__init__(jobs)
        self.clocks_ahead_s = [0.0 for _ in jobs]
        self._where, self._tell = where, tell
        self._places = ["" for _ in jobs]

    def start(self) -> None:
        """Start the master and its own workers, and wait until all are ready; raises WorkerLost."""
        self.held.also("master", self._launch("load.master").pid)
        data = pickled(Orders(self.jobs, self._where.host, self._where.port, self._where.page))
        self._write(b"%d\n" % len(data) + data)
        waiting, until = set(range(len(self.jobs))), time.monotonic() + READY_S
        joined = 0
        while waiting:
            index, message = self._hear(until - time.monotonic())
            if index < 0:
                raise WorkerLost(f"{joined} of {len(self.jobs)} workers joined in time, {len(waiting)} were not ready")
            if message is None:
                self._end(index)
            elif message.kind == "end":
                raise WorkerLost(self._loss(index, message))
            elif message.kind == "listening":
                self._listens(message)
                until = time.monotonic() + (READY_S if self._where.own else JOIN_S)
            elif message.kind == "joined":
                joined, self._places[index], until = joined + 1, message.at, max(until, time.monotonic() + READY_S)
                self._tell(f"worker {index} of {len(self.jobs)} has joined (on {message.at})")
            elif message.kind == "ready":
                self.clocks_ahead_s[index] = float(message.at)
                waiting.discard(index)

    def go(self, zero: float) -> None:
        """Tell all workers the run's zero, as `time.time()` tells it: their clocks start."""
        self._at = [time.monotonic() for _ in self.jobs]
        self._write(f"go {zero!r}\n".encode())

    def _listens(self, message: Message) -> None:
        if message.problem:
            self._tell(f"Locust's page: {message.problem}")
        host, _, port = message.at.rpartition(":")
        if self._where.own:
            journey = pickled(Joining(self.jobs[0].journey, allow_public=True))  # the target was checked here
            for _ in self.jobs:
                process = self._launch("load.remote", host, port)
                assert process.stdin is not None
                with contextlib.suppress(OSError):  # it has died; why is found when its output ends
                    process.stdin.write(journey)
                    process.stdin.close()
        else:
            name = self.jobs[0].manifest.journey
            at = f"{socket.gethostname()}:{port}" if self._where.host == "*" else message.at  # for other machines
            self._tell(f"waiting for {len(self.jobs)} workers: journeywright load {name} --worker {at}")

    def _read(self, index: int, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            message = Message.read(line.decode("utf-8", "replace"))
            if message is not None:
                self._heard.put((message.worker, message))
        self._heard.put((index, None))

    def _take(self, index: int, message: Message | None) -> None:
        if message is None:
            self._end(index)
        elif message.kind == "stopped":
            self.stopped = True
        else:
            super()._take(index, message)

    def _end(self, process: int) -> None:
        """Note that a process has ended: the master, with which all is lost, or one of its own workers."""
        how, why = self._how(process)
        if process == 0:
            raise WorkerLost(f"the master {how}{why}")
        place = f"{socket.gethostname()} {self._processes[process].pid}"
        if place not in self._places:
            raise WorkerLost(f"a worker {how} before it had joined{why}")
        worker = self._places.index(place)
        if not self.ended[worker] and worker not in self.losses:
            self._lose(worker, f"{self._name(worker)} {how}; {self._left(worker)}{why}")

    def _give_up(self, index: int) -> None:
        self._write(f"drop {index}\n".encode())

    def _name(self, index: int) -> str:
        return f"worker {index} of {len(self.jobs)}" + (f" (on {self._places[index]})" if self._places[index] else "")

    def _write(self, data: bytes) -> None:
        master = self._processes[0]
        assert master.stdin is not None
        with contextlib.suppress(OSError):  # it has died; why is found when its output ends
            master.stdin.write(data)
            master.stdin.flush()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def join(host: str, port: int, joining: Joining) -> int:
    """Be a worker of a master elsewhere until it says that the run is over; return the process's exit code."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "load.remote", host, str(port)], stdin=subprocess.PIPE,
        start_new_session=os.name == "posix",
    )  # fmt: skip
    assert process.stdin is not None
    try:
        process.stdin.write(pickled(joining))
        process.stdin.close()
        return process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
