"""What the browser finder asks of the machine it runs on: the only part of it that touches the outside."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Machine", "Ran"]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a program ended: its exit `code` (None: stopped at its time limit) and what it printed."""

    code: int | None
    output: str


class Machine:
    """What the finder asks of the machine it runs on; all that touches the outside is here."""

    platform: str = sys.platform
    environ: Mapping[str, str] = os.environ

    @property
    def is_root(self) -> bool:
        """Tell whether packages may be installed for the whole system; never on Windows."""
        return sys.platform != "win32" and os.geteuid() == 0

    def which(self, name: str) -> Path | None:
        """Look a program up on the PATH."""
        found = shutil.which(name)
        return Path(found) if found else None

    def is_file(self, path: Path) -> bool:
        """Tell whether a file is there; what may not be looked at isn't."""
        try:
            return path.is_file()
        except OSError:
            return False

    def names_in(self, folder: Path) -> Sequence[str]:
        """List a folder, empty where there is none."""
        try:
            return sorted(entry.name for entry in folder.iterdir())
        except OSError:
            return ()

    def run(self, command: Sequence[str], limit_s: float, extra: Mapping[str, str]) -> Ran:
        """Run a program; at the limit stop it together with the children it started."""
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**self.environ, **extra},
                text=True,
                encoding="utf-8",
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            return Ran(127, error.strerror or str(error))
        try:
            output, _ = process.communicate(timeout=limit_s)
            return Ran(process.returncode, output)
        except subprocess.TimeoutExpired:
            return Ran(None, "")
        finally:  # also on Ctrl-C, which a process in a session of its own doesn't hear
            if process.returncode is None:
                _stop(process)


def _stop(process: subprocess.Popen[str]) -> None:
    """Stop a program and the children it started: politely, then for good."""
    for attempt in ("SIGTERM", "SIGKILL"):
        with suppress(ProcessLookupError):
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.Signals[attempt])
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=10)
            return
