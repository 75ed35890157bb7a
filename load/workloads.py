"""Workloads: what decides when customers start. Open ones follow a plan; a closed one waits for answers."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from journeys.arrivals import HOURS_A_WEEK
from journeys.durations import Duration
from journeys.errors import CannotRead, InvalidInput, Problem
from journeys.eventlog import ARRIVAL, Run
from load.shapes import Shape

ALLOWED = "a run's folder, or a CSV file with a header and a column of seconds or of ISO 8601 times"


@dataclass(frozen=True, slots=True)
class Closed:
    """So many customers at once; where one has left, the next one comes after a pause (exponential, with that mean).

    A slow target is asked less, so its latencies are not those that customers who come of themselves would meet.
    """

    users: int
    pause: Duration = Duration(0.0)

    def __str__(self) -> str:
        return f"{self.users} at once" + (f", the next after {self.pause} on average" if self.pause.s else "")


@dataclass(frozen=True, slots=True)
class Replay:
    """Arrivals as they were: `times_s` from the log's beginning, rising, on the journey's clock; `words` names it."""

    times_s: tuple[float, ...]
    words: str = ""

    def __str__(self) -> str:
        return f"replay of {self.words or 'a log'}"


Workload = Shape | Replay | Closed


def read_replay(path: Path, column: str = "") -> Replay:
    """Return the arrivals of a run's folder (its first replication), or of a CSV file's column.

    A column of times begins at its first one, a column of seconds at zero. Raises InvalidInput where there are none.
    """
    times_s = _of_run(path) if path.is_dir() else _of_csv(path, column)
    if not times_s or not all(0 <= time_s < math.inf for time_s in times_s):
        raise InvalidInput([Problem("--replay", "holds no arrivals at zero seconds or later", str(path), ALLOWED)])
    return Replay(tuple(sorted(times_s)), str(path))


def read_profile(path: Path) -> tuple[float, ...]:
    """Return the weights of the week's 168 hours, Monday 00:00 first, from a file of numbers; raises InvalidInput."""
    try:
        weights = tuple(float(word) for word in path.read_text(encoding="utf-8").replace(",", " ").split())
    except (OSError, ValueError) as error:
        raise InvalidInput(
            [Problem("--profile", f"cannot be read ({error})", str(path), "a file of numbers")]
        ) from None
    if len(weights) != HOURS_A_WEEK:
        what, allowed = f"holds {len(weights)} numbers", f"one weight an hour of the week, {HOURS_A_WEEK} in all"
        raise InvalidInput([Problem("--profile", what, str(path), allowed)])
    return weights


def _of_run(folder: Path) -> list[float]:
    try:
        run = Run.open(folder)
        found = run.sql(f"SELECT intended_s FROM events WHERE step = '{ARRIVAL}' AND replication = 0 ORDER BY 1")
    except CannotRead as error:
        raise InvalidInput([Problem("--replay", str(error), "", ALLOWED)]) from None
    # where a mocked back end's people were on a faster clock, so were the arrivals
    return [float(time_s) for time_s in np.asarray(found["intended_s"]) * run.manifest.speed]


def _of_csv(path: Path, column: str) -> list[float]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = csv.DictReader(file)
            names = list(rows.fieldnames or ())
            chosen = column or (names[0] if len(names) == 1 else "")
            if chosen not in names:
                known = ", ".join(names) or "none"
                raise InvalidInput([Problem("--column", "names no column", chosen or "none", f"one of {known}")])
            return _seconds([row[chosen] or "" for row in rows])
    except (OSError, csv.Error, TypeError, ValueError) as error:
        raise InvalidInput([Problem("--replay", f"cannot be read ({error})", str(path), ALLOWED)]) from None


def _seconds(texts: Sequence[str]) -> list[float]:
    """Return times in seconds: numbers as they are, moments from the first one on; raises ValueError."""
    try:
        return [float(text) for text in texts]
    except ValueError:
        moments = [datetime.fromisoformat(text.strip()) for text in texts]
        first = min(moments)
        return [(moment - first).total_seconds() for moment in moments]
