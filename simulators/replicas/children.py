"""A child process that tells lines and takes commands, and does not outlive us."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import pickle
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from simulators.replicas.registry import RunFolder, dies_with_parent
from simulators.replicas.roles import LENGTH

ROOT = Path(__file__).parents[2]
PYTHON = (sys.executable, "-P", "-m", "simulators.replicas")


class Child:
    """One process of a back end.

    Parameters
    ----------
    name: its own. process: started. told: called with each line of JSON that it writes.
    ended: called once when it has ended, whyever.
    """

    def __init__(
        self,
        name: str,
        process: asyncio.subprocess.Process,
        told: Callable[[Child, dict[str, Any]], None],
        ended: Callable[[Child], None],
    ) -> None:
        self.name, self.pid = name, process.pid
        self._process, self._told, self._ended = process, told, ended
        self._task = asyncio.create_task(self._follow())

    @classmethod
    async def start(
        cls,
        name: str,
        command: Sequence[str],
        folder: RunFolder,
        told: Callable[[Child, dict[str, Any]], None],
        ended: Callable[[Child], None],
        role: Any = None,
    ) -> Child:
        """Start a process, tell it its role, and note it. What it says on standard error goes to a file in `folder`."""
        with (folder.path / f"{name}.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *filter(None, sys.path)])},
                start_new_session=True,  # Ctrl-C is ours
                preexec_fn=dies_with_parent(),
            )
        folder.note(name, process.pid)
        child = cls(name, process, told, ended)
        if role is not None:
            data = pickle.dumps(role)
            child._write(LENGTH.pack(len(data)) + data)
        return child

    def command(self, text: str) -> None:
        """Give it a command; nothing if it has ended."""
        self._write(text.encode() + b"\n")

    def send(self, what: signal.Signals) -> None:
        """Send it a signal; nothing if it has ended."""
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(what)

    async def end(self, within_s: float) -> None:
        """Let it end, by the end of its input and by asking; then make it."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        if within_s > 0:
            self.send(signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._task), within_s)
        self.send(signal.SIGKILL)
        await self._task

    async def _follow(self) -> None:
        assert self._process.stdout is not None
        with contextlib.suppress(OSError):
            while line := await self._process.stdout.readline():
                with contextlib.suppress(ValueError):
                    self._told(self, json.loads(line))
        await self._process.wait()
        self._ended(self)

    def _write(self, data: bytes) -> None:
        if self._process.stdin is not None and not self._process.stdin.is_closing():
            self._process.stdin.write(data)
