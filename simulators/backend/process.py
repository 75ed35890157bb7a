"""The back end in a child process that never outlives us."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from journeys.blueprint import Journey
from journeys.errors import CannotWrite, InvalidInput, JourneywrightError, Missing, Problem
from simulators.backend.listening import LOOPBACK, PortInUse, Settings

_ENDS_WITHIN_S = 6.0


class BackendFailed(Missing):
    """The back end's process did not come up."""


_TOLD: dict[str, type[Missing]] = {kind.__name__: kind for kind in (PortInUse, CannotWrite, Missing)}


class BackendProcess:
    """A context manager: a back end in a child process, which is ended when the context is left, however that comes.

    `url` and `pid` are set once it is entered, and `folder` where there are replicas: that of the run's notes and logs.

    Parameters
    ----------
    journey, seed, speed, host, port, database, replicas, waits, rules: see `Settings`.
    start_s: how long to wait until it answers, in seconds.

    Raises on entering: PortInUse, CannotWrite or InvalidInput as told by the child; BackendFailed where it does not
    come up.
    """

    def __init__(
        self,
        journey: Journey,
        *,
        seed: int = 1,
        speed: float = 1.0,
        host: str = LOOPBACK,
        port: int = 0,
        database: Path | str | None = None,
        replicas: int = 0,
        waits: bool = False,
        rules: Mapping[str, str] | None = None,
        start_s: float = 30.0,
    ) -> None:
        self._settings = Settings(
            journey=journey, seed=seed, speed=speed, host=host, port=port, database=database, replicas=replicas,
            waits=waits, rules=dict(rules or {}),
        )  # fmt: skip
        self._start_s = start_s
        self._process: subprocess.Popen[bytes] | None = None
        self._errors: IO[bytes] | None = None
        self.url, self.pid = "", 0
        self.folder: Path | None = None

    def __enter__(self) -> BackendProcess:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the process by its own id: first asked to, then made to; nothing if it has ended."""
        process, self._process = self._process, None
        if process is not None:
            try:
                process.terminate()
                process.wait(_ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            except BaseException:
                process.kill()
                process.wait()
                raise
            finally:
                for pipe in (process.stdin, process.stdout):
                    with contextlib.suppress(OSError, AttributeError):
                        pipe.close()  # type: ignore[union-attr]
        if self._errors is not None:
            self._errors.close()
            self._errors = None

    def _start(self) -> None:
        ends_at = time.monotonic() + self._start_s
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (stop closes it)
        self._process = process = subprocess.Popen(
            [sys.executable, "-P", "-m", "simulators.backend"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(Path(__file__).parents[2]), *filter(None, sys.path)])},
            start_new_session=True,  # Ctrl-C is ours: we end the child once we have what we want of it
        )
        self.pid = process.pid
        assert process.stdin is not None
        try:
            process.stdin.write(pickle.dumps(self._settings))
            process.stdin.flush()
        except OSError as error:
            raise BackendFailed(f"back end: ended before it was told what to serve ({self._last_words()})") from error
        self.url = self._announced(process, ends_at)
        self._await_health(ends_at)

    def _announced(self, process: subprocess.Popen[bytes], ends_at: float) -> str:
        said: list[bytes] = []
        assert process.stdout is not None
        out = process.stdout
        reader = threading.Thread(target=lambda: said.append(out.readline()), daemon=True, name="announcement")
        reader.start()
        reader.join(max(0.0, ends_at - time.monotonic()))
        if not said:
            process.kill()  # so that the reader comes to an end
            reader.join()
            raise BackendFailed(f"back end: did not start within {self._start_s:g} s; try again on a less busy machine")
        if not said[0]:
            raise BackendFailed(f"back end: ended before it answered ({self._last_words()})")
        told: dict[str, Any] = json.loads(said[0])
        if "url" not in told:
            raise _raised(told)
        self.folder = Path(told["folder"]) if told.get("folder") else None
        return str(told["url"])

    def _await_health(self, ends_at: float) -> None:
        # past any proxy that the environment names: the child is on this machine
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        while True:
            left_s = ends_at - time.monotonic()
            try:
                with opener.open(f"{self.url}/health", timeout=max(0.1, left_s)) as answer:
                    answer.read()
                return
            except OSError as error:
                if left_s <= 0 or self._process is None or self._process.poll() is not None:
                    raise BackendFailed(f"back end: {self.url}/health does not answer ({error})") from error

    def _last_words(self) -> str:
        assert self._errors is not None
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else "without a word"


def _raised(told: dict[str, Any]) -> JourneywrightError:
    if told.get("error") == "InvalidInput":
        return InvalidInput(Problem(**problem) for problem in told["problems"])
    return _TOLD.get(str(told.get("error")), BackendFailed)(str(told.get("text")))
