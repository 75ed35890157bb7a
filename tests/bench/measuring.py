"""CPU time and added memory of work, measured in a process of its own that lives through all its turns."""

from __future__ import annotations

import gc
import multiprocessing
import re
import time
from collections.abc import Callable, Sequence, Sized
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

LONG_ENOUGH_S = 0.2
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")

Work = Callable[..., Sequence[Sized]]


class Sample(NamedTuple):
    """One turn: CPU seconds of one run of the work, rows that it returned, and megabytes that it added at its peak.

    The megabytes are those of resident memory, from just before the work to its highest; NaN where the system does
    not tell (it is read from Linux's process file system).
    """

    seconds: float
    rows: int
    added_mb: float


class Child:
    """A process that does work when told to; a context manager."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, other = context.Pipe()
        self._process = context.Process(target=_serve, args=(other,), daemon=True)
        self._process.start()
        other.close()

    def measure(self, work: Work, *arguments: Any) -> Sample:
        """Let the child do `work`, again and again until it has taken long enough to be timed.

        Raises EOFError when the child has died of it; its standard error tells why.
        """
        self._connection.send((work, arguments))
        sample: Sample = self._connection.recv()
        return sample

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._process.join(10)
        if self._process.is_alive():
            self._process.kill()


def _serve(connection: Connection) -> None:
    while True:
        try:
            work, arguments = connection.recv()
        except EOFError:
            return
        connection.send(_measured(work, arguments))


def _measured(work: Work, arguments: tuple[Any, ...]) -> Sample:
    gc.collect()
    before_mb = _resident_mb("VmRSS")
    _forget_peak()
    began, runs = time.process_time(), 0
    rows, added_mb = 0, float("nan")
    while True:
        log = work(*arguments)
        seconds, runs = time.process_time() - began, runs + 1
        if runs == 1:
            rows, added_mb = sum(len(part) for part in log), _resident_mb("VmHWM") - before_mb
        if seconds >= LONG_ENOUGH_S:
            return Sample(seconds / runs, rows, added_mb)
        del log


def _resident_mb(what: str) -> float:
    if not _STATUS.is_file():
        return float("nan")
    found = re.search(rf"{what}:\s+(\d+) kB", _STATUS.read_text())
    return int(found[1]) / 1000 if found else float("nan")


def _forget_peak() -> None:
    """Let the highest resident memory be counted from now on."""
    if _CLEAR.is_file():
        _CLEAR.write_text("5")
