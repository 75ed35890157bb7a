"""The workers' processes, as their parent sees them: started, told the zero, listened to, and ended by their own id."""

from __future__ import annotations

import math
import os
import pickle
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType

from journeys.errors import InvalidInput, Missing, Problem
from load.held import Held
from load.job import Job, LoadProgress, Message, Tally

READY_S = 60.0
SILENT_S = 30.0
STOP_S = 10.0
TICK_S = 0.25


class WorkerLost(Missing):
    """A worker's process died or failed, so that its customers' journeys were not played to the end."""


class Workers:
    """The child processes of one run; a context manager that leaves none behind."""

    silent_s = SILENT_S
    stopped = False  # by a person, elsewhere than here

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = tuple(jobs)
        self.tallies = [Tally() for _ in jobs]
        self.ended = [False for _ in jobs]
        self.losses: dict[int, str] = {}
        self._processes: list[subprocess.Popen[bytes]] = []
        self._errors: list[tempfile._TemporaryFileWrapper[bytes]] = []
        self._readers: list[threading.Thread] = []
        self._heard: queue.Queue[tuple[int, Message | None]] = queue.Queue()
        self._at = [0.0 for _ in jobs]
        self.held = Held(jobs[0].duration_s)

    def start(self) -> None:
        """Start the processes, hand out the jobs, and wait until all are ready; raises WorkerLost."""
        pickles = [pickled(job) for job in self.jobs]
        for _ in pickles:
            self._launch("load.worker")
        for process, data in zip(self._processes, pickles, strict=True):
            assert process.stdin is not None
            try:
                process.stdin.write(b"%d\n" % len(data) + data)
                process.stdin.flush()
            except OSError:  # it has died; why is found when its output ends
                continue
        waiting, until = set(range(len(pickles))), time.monotonic() + READY_S
        while waiting:
            index, message = self._hear(until - time.monotonic())
            if index < 0:
                raise WorkerLost(f"worker {min(waiting)}: was not ready within {READY_S:g} s")
            if message is None or message.kind == "end":
                raise WorkerLost(self._loss(index, message))
            waiting.discard(index)

    def go(self, zero: float) -> None:
        """Tell all workers the run's zero, as `time.time()` tells it: their clocks start."""
        for index, process in enumerate(self._processes):
            self._at[index] = time.monotonic()
            assert process.stdin is not None
            try:
                process.stdin.write(f"{zero!r}\n".encode())
                process.stdin.flush()
            except OSError:
                continue

    def follow(self, progress: Callable[[LoadProgress], None] | None, zero: float) -> None:
        """Listen until every worker has ended or is lost; `losses` then tells which are, and what went with them.

        Raises WorkerLost when one fails, or none is left.
        """
        while not all(ended or index in self.losses for index, ended in enumerate(self.ended)):
            index, message = self._hear(TICK_S)
            if index >= 0:
                self._take(index, message)
            if progress is not None and (index >= 0 or not self._heard.qsize()):
                progress(self.progress(time.time() - zero))
            self.held.note(time.time() - zero, self._memory(), sum(tally.in_flight for tally in self.tallies))
            now = time.monotonic()
            for other, at in enumerate(self._at):
                if not self.ended[other] and other not in self.losses and now - at > self.silent_s:
                    self._give_up(other)
                    self._lose(other, f"{self._name(other)} said nothing for {self.silent_s:g} s; {self._left(other)}")

    def progress(self, elapsed_s: float) -> LoadProgress:
        """Return how the run stands, over all workers."""
        tallies = self.tallies
        return LoadProgress(
            elapsed_s=elapsed_s,
            duration_s=self.jobs[0].duration_s,
            planned=sum(len(job.customers) for job in self.jobs),
            started=sum(tally.started for tally in tallies),
            in_flight=sum(tally.in_flight for tally in tallies),
            done=sum(tally.done for tally in tallies),
            dropped=sum(tally.dropped for tally in tallies),
            requests=sum(tally.requests for tally in tallies),
            failed=sum(tally.failed for tally in tallies),
            lag_p99_ms=max(tally.lag_p99_ms for tally in tallies),
        )

    def _memory(self) -> dict[str, float]:
        """Return by name what the workers that are still there hold in memory, in megabytes, as they last told it."""
        return {
            f"worker {index}": tally.rss_mb
            for index, tally in enumerate(self.tallies)
            if not self.ended[index] and index not in self.losses
        }

    def stop(self) -> None:
        """End all workers: they are asked to write what they have, and killed when they don't within 10 s."""
        for process in self._processes:
            if process.poll() is None:
                process.terminate()
            if process.stdin is not None:
                try:
                    process.stdin.close()
                except OSError:
                    continue
        until = time.monotonic() + STOP_S
        for process in self._processes:
            try:
                process.wait(max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for reader in self._readers:
            reader.join(STOP_S)
        while self._heard.qsize():
            index, message = self._heard.get_nowait()
            if message is not None and message.kind in ("progress", "end"):
                self.tallies[index] = message.tally
                self.ended[index] = self.ended[index] or message.kind == "end"
        for process, errors in zip(self._processes, self._errors, strict=True):
            if process.stdout is not None:
                process.stdout.close()
            errors.close()

    def __enter__(self) -> Workers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _launch(self, module: str, *words: str) -> subprocess.Popen[bytes]:
        """Start one more process, and a thread that reads what it says."""
        errors = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed by stop
        self._errors.append(errors)
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", module, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
            start_new_session=os.name == "posix",  # Ctrl-C is for the parent, which then ends its workers
        )  # fmt: skip
        reader = threading.Thread(target=self._read, args=(len(self._processes), process), daemon=True)
        self._processes.append(process)
        self._readers.append(reader)
        reader.start()
        return process

    def _read(self, index: int, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            message = Message.read(line.decode("utf-8", "replace"))
            if message is not None:
                self._heard.put((index, message))
        self._heard.put((index, None))

    def _hear(self, timeout_s: float) -> tuple[int, Message | None]:
        try:
            return self._heard.get(timeout=max(0.0, timeout_s))
        except queue.Empty:
            return -1, None

    def _take(self, index: int, message: Message | None) -> None:
        if index in self.losses:
            return
        if message is None:
            if not self.ended[index]:
                self._lose(index, self._loss(index, None))
            return
        self._at[index], self.tallies[index] = time.monotonic(), message.tally
        if message.kind == "end":
            if message.problem:
                raise WorkerLost(self._loss(index, message))
            self.ended[index], self._at[index] = True, math.inf

    def _lose(self, index: int, why: str) -> None:
        self.losses[index], self.tallies[index].in_flight = why, 0
        if len(self.losses) == len(self.jobs):
            raise WorkerLost("; ".join(self.losses.values()))

    def _loss(self, index: int, message: Message | None) -> str:
        """Return one line: which worker, why, and how many of its customers that leaves."""
        if message is not None and message.problem:
            return f"{self._name(index)}: {message.problem}"
        how, why = self._how(index)
        return f"{self._name(index)} {how}; {self._left(index)}{why}"

    def _how(self, process: int) -> tuple[str, str]:
        """Return how a process ended, and its last words."""
        try:
            code = self._processes[process].wait(STOP_S)
        except subprocess.TimeoutExpired:
            code = 0
        errors = self._errors[process]
        errors.seek(0)
        lines = errors.read().decode("utf-8", "replace").strip().splitlines()
        how = f"was killed (signal {-code})" if code < 0 else f"ended by itself (exit code {code})"
        return how, f": {lines[-1]}" if lines and code >= 0 else ""

    def _give_up(self, index: int) -> None:
        """End a worker that says nothing any more."""
        self._processes[index].kill()

    def _name(self, index: int) -> str:
        return f"worker {index} of {len(self.jobs)}"

    def _left(self, index: int) -> str:
        tally, job = self.tallies[index], self.jobs[index]
        whose = "of its customers" if job.users else f"it had {len(job.customers)} customers, of whom"
        return f"{whose} {tally.started} had arrived and {tally.done} were done"


def pickled(job: object) -> bytes:
    """Return what a child process is told; raises InvalidInput for a journey that cannot be handed to one."""
    try:
        return pickle.dumps(job)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        what = f"cannot be handed to a load worker ({error})"
        raise InvalidInput([Problem("journey", what, "", "values of the blueprint only")]) from None
