"""What a back end of several processes has started, noted in a folder, so that nothing is left of one that was killed.

Its processes end when their parent does: on Linux the kernel sees to that, even where they stand still; elsewhere those
of ours notice. What is left all the same, such as a balancer elsewhere, is ended by the next one that starts.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import stat
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from journeys.errors import CannotWrite

NOTES = "processes.json"
_PR_SET_PDEATHSIG = 1


class RunFolder:
    """A folder of one run, for its sockets, logs and notes; for its user alone. A context manager that removes it."""

    def __init__(self) -> None:
        self._owner = _known(os.getpid())
        self._children: dict[str, list[float]] = {}
        self.path = Path(tempfile.mkdtemp(prefix="run-", dir=base()))
        self._write()

    def __enter__(self) -> RunFolder:
        return self

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def note(self, name: str, pid: int) -> None:
        """Note a process that was started."""
        self._children[name] = _known(pid)
        self._write()

    def _write(self) -> None:
        text = json.dumps({"owner": self._owner, "children": self._children})
        (self.path / f"{NOTES}.new").write_text(text, encoding="ascii")
        (self.path / f"{NOTES}.new").replace(self.path / NOTES)


def base() -> Path:
    """Return the folder of all runs of this user; raises CannotWrite where it is somebody else's."""
    who = os.getuid() if hasattr(os, "getuid") else 0
    found = Path(tempfile.gettempdir()) / f"journeywright-{who}"
    found.mkdir(mode=0o700, exist_ok=True)
    about = found.lstat()
    if not stat.S_ISDIR(about.st_mode) or about.st_uid != who or about.st_mode & 0o077:
        raise CannotWrite(f"{found}: is not a folder of this user's alone; remove it, or set TMPDIR to another place")
    return found


def sweep() -> list[int]:
    """End what is left of runs whose owner is gone, remove their folders, and return the processes that were ended."""
    import psutil

    ended: list[int] = []
    for folder in base().glob("run-*"):
        try:
            notes = json.loads((folder / NOTES).read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue  # it is just being made, or removed
        if _is_alive(notes["owner"]):
            continue
        for pid, began_s in notes["children"].values():
            if _is_alive([pid, began_s]):
                with contextlib.suppress(psutil.Error):
                    psutil.Process(int(pid)).kill()
                    ended.append(int(pid))
        shutil.rmtree(folder, ignore_errors=True)
    return ended


def dies_with_parent() -> Callable[[], None] | None:
    """Return what a child must do between fork and exec so that the kernel ends it with its parent; None elsewhere."""
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    prctl, kill = ctypes.CDLL(None, use_errno=True).prctl, int(signal.SIGKILL)
    parent = os.getpid()

    def ask_for_it() -> None:
        prctl(_PR_SET_PDEATHSIG, kill, 0, 0, 0)
        if os.getppid() != parent:  # it was too late
            os._exit(1)

    return ask_for_it


def _known(pid: int) -> list[float]:
    import psutil

    try:
        return [pid, psutil.Process(pid).create_time()]
    except psutil.Error:
        return [pid, 0.0]


def _is_alive(known: list[float]) -> bool:
    """Tell whether a process is there, and is still the one that was noted under its number."""
    import psutil

    pid, began_s = known
    try:
        found = psutil.Process(int(pid))
        return abs(found.create_time() - began_s) < 1.0 and found.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False
