"""The command line as a person runs it: a process of its own, its two outputs, its exit code and its descendants."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

COMMAND = (sys.executable, "-m", "journeywright")
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Done:
    """What a command said, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def problems(self) -> list[str]:
        """The lines on standard error, of which none is a traceback or a warning."""
        for alarming in ("Traceback", "Warning", "Error:", "Exception ignored"):
            assert alarming not in self.err, self.err
        return self.err.splitlines()


def journeywright(*arguments: object, folder: Path, within_s: float = 60.0, **more: Any) -> Done:
    """Run a command in `folder` to its end."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=within_s, **more
    )
    return Done(done.returncode, done.stdout, done.stderr)


class Underway:
    """A command that is interrupted; it leads a process group of its own, as a terminal's foreground command does."""

    def __init__(self, *arguments: object, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
        self._family: list[psutil.Process] = []

    def family(self) -> list[psutil.Process]:
        """The process's descendants so far."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def until(self, reached: Callable[[], bool], within_s: float = 45.0) -> None:
        """Wait until it has come so far."""
        ends_at = time.monotonic() + within_s
        while not reached():
            assert time.monotonic() < ends_at, "it did not come so far"
            try:
                self.process.wait(0.05)
            except subprocess.TimeoutExpired:
                continue
            raise AssertionError(f"it ended too early: {self.process.communicate()}")

    def interrupt(self, number: signal.Signals, whole_group: bool) -> Done:
        """Send a signal, to the process alone or to its group as a terminal does, and wait for the end."""
        self._family = self.family()
        (os.killpg if whole_group else os.kill)(self.process.pid, number)
        out, err = self.process.communicate(timeout=30)
        return Done(self.process.returncode, out, err)

    def orphans(self) -> list[str]:
        """The command lines of descendants that have outlived it."""
        _, alive = psutil.wait_procs(self._family, timeout=5)
        return [" ".join(process.cmdline()) for process in alive]

    def close(self) -> None:
        """End what a failing test has left."""
        for process in (*self._family, *self.family()):
            if process.is_running():
                process.kill()
        self.process.kill()
        self.process.communicate()


def manifest(run: Path) -> dict[str, Any]:
    """The manifest of a run."""
    read: dict[str, Any] = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    return read


def open_cases(family: list[psutil.Process]) -> int:
    """How many customers are inside the mocked back end that is among these processes; -1 before it serves."""
    for process in family:
        try:
            if "simulators.backend" not in process.cmdline():
                continue
            ports = [one.laddr.port for one in process.net_connections() if one.status == psutil.CONN_LISTEN]
            for port in ports:
                with _DIRECT.open(f"http://127.0.0.1:{port}/status", timeout=5) as answer:
                    told = re.search(r"Open cases</dt><dd>(\d+)", answer.read().decode())
                    return int(told[1]) if told else -1
        except (psutil.Error, OSError):
            continue
    return -1
