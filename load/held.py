"""What each process of a load run holds in memory while it goes: the generator's, and the target's where it is here."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from typing import Any

from load.watching import OURS, SERVING, Watch, rss_mb

POINTS = 300
COMMAND, BACK_END, BROWSERS = "the load command", "mocked back end", "the browsers, all processes"


class Held:
    """Samples of memory, a second apart, and further where the run is long: about POINTS of them.

    `duration_s`: how long customers arrive.
    """

    def __init__(self, duration_s: float) -> None:
        self._apart_s = max(1.0, duration_s / POINTS)
        self._watched: dict[str, int] = {}
        self._at_s: list[float] = []
        self._in_flight: list[int] = []
        self._mb: dict[str, list[float | None]] = {}

    def watch(self, host: str, port: int, root: int) -> None:
        """Look at this process, too, and at those that serve the target, where they are on this machine (`Watch`)."""
        serving = Watch(host, port, root).pids
        self._watched = {COMMAND: os.getpid()} | {_called(name): pid for name, pid in serving.items()}

    def also(self, name: str, pid: int) -> None:
        """Look at one process more, of this machine."""
        self._watched[name] = pid

    def note(self, at_s: float, workers: Mapping[str, float], in_flight: int) -> None:
        """Note what all hold at a second of the run, unless that was just done; `workers` tell it themselves."""
        if at_s < (self._at_s[-1] + self._apart_s if self._at_s else 0.0):
            return
        held = dict(workers) | {name: rss_mb(pid) for name, pid in self._watched.items()}
        held |= {BROWSERS: browsers_mb()}
        for name in held.keys() - self._mb.keys():
            self._mb[name] = [None] * len(self._at_s)
        for name, samples in self._mb.items():
            mb = held.get(name, 0.0)
            samples.append(round(mb, 2) if mb and math.isfinite(mb) else None)
        self._at_s.append(round(at_s, 1))
        self._in_flight.append(in_flight)

    def told(self) -> dict[str, Any]:
        """Return the samples: seconds of the run, customers on their way then, and megabytes by process (or None)."""
        mb = {name: samples for name, samples in sorted(self._mb.items()) if any(samples)}
        return {"at_s": self._at_s, "in_flight": self._in_flight, "mb": mb}


def browsers_mb() -> float:
    """Return what the browsers that this process has started hold, in megabytes; what they share counts in each."""
    import psutil

    try:
        children = psutil.Process().children(recursive=True)
        return sum(rss_mb(one.pid) for one in children if any(word in one.name() for word in ("chrom", "headless")))
    except psutil.Error:
        return 0.0


def _called(name: str) -> str:
    """Return what a process that serves the target is called in a report: one of a mocked back end by what it is."""
    words = name.removeprefix(SERVING)
    if not words.startswith(f"python {OURS}"):
        return words
    return " ".join(words.split()[2:]) or BACK_END
