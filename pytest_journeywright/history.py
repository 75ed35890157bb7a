"""The last runs: a line each in a small file, and how this one compares with them."""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from journeys.errors import CannotWrite
from pytest_journeywright.locking import locked
from pytest_journeywright.told import Told
from pytest_journeywright.verdicts import Walked

FILE = "history.jsonl"
LAST = 10
FEWEST = 3
NOTABLE = 0.10
KEPT = 1000


def figures(walks: Sequence[Walked]) -> dict[str, float]:
    """Return the figures of one journey and engine: completion, and the p95 of each step, in seconds."""
    ends = {end: sum(one.outcomes.get(end, 0) for one in walks) for one in walks for end in one.outcomes}
    found = {"completion": ends.get("completed", 0) / max(1, sum(ends.values()))}
    for step in dict.fromkeys(step for one in walks for step in one.durations):
        took = sorted(time_s for one in walks for time_s in one.durations.get(step, ()))
        if took:
            found[f"p95({step})"] = quantile(took, 0.95)
    return found


def quantile(ordered: Sequence[float], q: float) -> float:
    """Return a quantile of values in order, linear between two of them.

    >>> quantile([1.0, 2.0, 3.0], 0.75)
    2.5
    """
    place = q * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def remember(told: Told, walks: Sequence[Walked]) -> list[str]:
    """Add this session to the history; return what is notable beside the last runs of the same kind.

    Notable is a figure that lies beyond all of the last ten, by a tenth or more of their median.
    """
    path, lines = told.out / FILE, []
    by_kind: dict[tuple[str, str], list[Walked]] = {}
    for one in walks:
        by_kind.setdefault((one.journey, one.engine), []).append(one)
    try:
        with locked(told.out / ".history.lock"):
            before = _read(path)
            for (journey, engine), own in by_kind.items():
                key = _key(told, journey, engine, own)
                now = figures(own)
                lines += [f"{journey}, {engine}: {line}" for line in notable(now, _last(before, key))]
                before.append({"at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), "key": key, "figures": now,
                               "commit": os.environ.get("GITHUB_SHA", "")})  # fmt: skip
            path.write_text("".join(json.dumps(entry) + "\n" for entry in before[-KEPT:]), encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror}); another folder with --journey-out") from error
    return lines


def notable(now: Mapping[str, float], before: Sequence[Mapping[str, float]]) -> list[str]:
    """Return a line for each figure beyond all of the last runs, by a tenth or more of their median.

    >>> notable({"p95(pay)": 0.56}, [{"p95(pay)": 0.49}, {"p95(pay)": 0.5}, {"p95(pay)": 0.51}])
    ['p95(pay) 12% above the median of the last 3 runs (560 ms, 500 ms), and beyond all of them']
    """
    lines = []
    for name, value in now.items():
        others = [entry[name] for entry in before if name in entry]
        if len(others) < FEWEST:
            continue
        middle = statistics.median(others)
        change = value / middle - 1 if middle else 0.0
        if abs(change) >= NOTABLE and not min(others) <= value <= max(others):
            side = "above" if change > 0 else "below"
            said, usual = _shown(name, value), _shown(name, middle)
            lines.append(
                f"{name} {abs(change):.0%} {side} the median of the last {len(others)} runs ({said}, {usual}), "
                "and beyond all of them"
            )
    return lines


def _shown(name: str, value: float) -> str:
    if name == "completion":
        return f"{value:.1%}"
    return f"{value * 1000:.3g} ms" if value < 1 else f"{value:.3g} s"


def _key(told: Told, journey: str, engine: str, walks: Sequence[Walked]) -> list[Any]:
    """Return what runs must share to be compared; the port is often another each time."""
    parts = urlsplit(told.target)
    place = "mock" if told.mocked else f"{parts.hostname}{parts.path}"
    return [journey, engine, place, sum(len(one.numbers) for one in walks), told.seed, told.speed]


def _read(path: Path) -> list[dict[str, Any]]:
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        try:
            entries.append(json.loads(line))
        except ValueError:  # cut short when a disk was full
            continue
    return entries


def _last(entries: Sequence[Mapping[str, Any]], key: list[Any]) -> list[Mapping[str, float]]:
    return [entry["figures"] for entry in entries if entry.get("key") == key][-LAST:]
