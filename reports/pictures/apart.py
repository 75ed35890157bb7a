"""Pictures drawn by a process of its own: on another core, which gets Matplotlib ready while rows are still read."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import threading
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from reports.pictures.drawing import Picture
    from reports.study import Study

MOST_CUSTOMERS = 100_000
"""Studies of more are drawn where they are: to send them would take longer, and the memory twice."""
_BEGIN = "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from reports.pictures.apart import main; main()"


class Illustrator:
    """A context in which a process draws the pictures of one study; `process` is None where there is none."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._sending: threading.Thread | None = None

    def __enter__(self) -> Illustrator:
        return self

    def __exit__(self, *_: object) -> None:
        self.dismiss()

    def begin(self) -> None:
        """Start the process, where that pays."""
        if _pays():
            self.process = subprocess.Popen(
                [sys.executable, "-c", _BEGIN, json.dumps(sys.path)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip

    def dismiss(self) -> None:
        """End the process, whatever it is doing."""
        if self.process is not None:
            process, self.process = self.process, None
            process.kill()
            if self._sending is not None:
                self._sending.join()
            for pipe in (process.stdin, process.stdout):
                assert pipe is not None
                pipe.close()
            process.wait()

    def take(self, study: Study) -> None:
        """Let the process begin to draw a study; without effect where there is none, or the study is too large."""
        if self.process is None:
            return
        if sum(results.entered for results in (*study.everything.values(), *study.twins.values())) > MOST_CUSTOMERS:
            self.dismiss()
            return
        from journeys.packing import packed

        # in a thread: a pipe holds little, and the process may not be ready to read
        self._sending = threading.Thread(target=_send, args=(packed(study), self.process.stdin), daemon=True)
        self._sending.start()

    def drawn(self, section: str) -> tuple[Picture, ...] | None:
        """Return the pictures of the next section; None where it is not known, so that they have to be drawn here."""
        if self.process is None or self._sending is None:
            return None
        try:
            name, pictures = pickle.load(self.process.stdout)  # type: ignore[arg-type]
        except (EOFError, OSError, pickle.UnpicklingError):  # it failed, or was killed: here it is seen why
            self.dismiss()
            return None
        assert name == section
        return tuple(pictures)


def _pays() -> bool:
    """Tell whether a core has nothing else to do, and this process has not what it takes to draw itself."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return "matplotlib" not in sys.modules and cores > 1 and hasattr(os, "getloadavg") and os.getloadavg()[0] < cores


def _send(blob: bytes, to: IO[bytes]) -> None:
    try:
        with to:
            to.write(blob)
    except OSError:
        pass  # it has ended: whoever waits for its pictures is told so


def main() -> None:
    """Draw the study that comes on standard input; write each section's pictures to standard output."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started this process ends it
    out = sys.stdout.buffer
    _warm_up()
    blob = sys.stdin.buffer.read()
    if not blob:
        return
    study = pickle.loads(blob)
    from reports.pictures.drawing import collected_later
    from reports.sections import sections_of

    with collected_later():
        for section in sections_of(study):
            pictures = tuple(replace(picture, figure=None) for picture in section.pictures(study))
            pickle.dump((section.name, pictures), out)
            out.flush()


def _warm_up() -> None:
    """Import what drawing takes, and find the fonts."""
    from importlib import import_module

    from reports.pictures.drawing import canvas, styled, svg_text
    from reports.sections import NAMES, OF_WHAT_WAS_FOUND

    for name in ("study", *(f"sections.{section}" for section in NAMES if section not in OF_WHAT_WAS_FOUND)):
        import_module(f"reports.{name}")

    @styled
    def _something() -> Any:
        figure, axes = canvas(1, 1)
        axes.set_title("1")
        return figure

    svg_text(_something())
