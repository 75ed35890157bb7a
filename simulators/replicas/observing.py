"""What is seen of a back end with replicas while it runs: what happened to its processes, and what its balancer did."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from simulators.replicas.balancer import Admin
from simulators.replicas.tier import ADMIN, HEALTH, HISTORY


@dataclass(frozen=True, slots=True)
class Observed:
    """A back end at one moment; times are seconds of the run.

    Parameters
    ----------
    requests, tries, retries: that customers made, that replicas were sent, and how many of those once more.
    healthy: how many replicas the balancer would send work to.
    out: (when, which replica) of each time that the balancer took one out.
    office_restarts: how often the office has ended, and begun anew.
    """

    requests: int
    tries: int
    retries: int
    healthy: int
    out: tuple[tuple[float, int], ...]
    office_restarts: int

    def detected_s(self, replica: int, since_s: float) -> float | None:
        """Return how long after `since_s` a replica was first taken out; None for never."""
        return next((at_s - since_s for at_s, number in self.out if number == replica and at_s >= since_s), None)


def observe(folder: Path) -> Observed:
    """Return what is seen of the back end whose run's folder this is."""
    counted = Admin(folder / ADMIN).counters()
    zero = [event["wall"] for event in _lines(folder / HISTORY) if event["event"] == "zero"][-1]
    out = sorted(
        (at.timestamp() - zero, number)
        for line in _lines(folder / HEALTH)
        if (at := _taken_out(line)) is not None and (number := _replica(line)) >= 0
    )
    restarts = sum(event["event"] == "office ended" for event in _lines(folder / HISTORY))
    return Observed(
        counted["requests"], counted["tries"], counted["retries"], counted["healthy"], tuple(out), restarts
    )  # fmt: skip


def observe_well(folder: Path, replicas: int, within_s: float = 10.0) -> Observed:
    """Return what is seen once so many replicas are well again, or after a while."""
    ends_at = time.monotonic() + within_s
    while (seen := observe(folder)).healthy < replicas and time.monotonic() < ends_at:
        time.sleep(0.1)
    return seen


def _taken_out(line: Mapping[str, Any]) -> datetime | None:
    if "eject_unhealthy_event" in line or line.get("action") == "EJECT":
        return datetime.fromisoformat(str(line["timestamp"]))
    return None


def _replica(line: Mapping[str, Any]) -> int:
    place = line.get("upstream_url") or line.get("host", {}).get("pipe", {}).get("path", "")
    number = str(place).rpartition("-")[2]
    return int(number) if number.isdecimal() else -1


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            if line:
                yield json.loads(line)
