"""Figures of a run that goes on, kept up with its parts: each part is read once, when it has come.

What is kept does not grow with the rows: sums by replication, a histogram of each step's times whose intervals are 1%
wide (so that a percentile is told within 0.5%), one bit for each customer and step, and counts by time in intervals
that double when the run outgrows them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.errors import CannotRead
from journeys.eventlog import ARRIVAL, CONTACT, EXIT

FINE, FIRST_WIDTH_S = 4096, 2.0**-7
GROWTH = 1.01
LEAST_S = 1e-6
SUMS = ("n", "arrived", "completed", "dropped", "ended", "calls", "failed")
_OWN = f"step NOT IN ('{ARRIVAL}', '{EXIT}') AND NOT starts_with(step, '{CONTACT}')"
_PHONED = f"starts_with(step, '{CONTACT}') AND outcome NOT IN ('deflected', 'balked')"
_FAILED = "outcome IN ('failed', 'timed_out')"
_WHOLE = f"""
SELECT replication, count(*) AS n, count(*) FILTER (step = '{ARRIVAL}') AS arrived,
       count(*) FILTER (step = '{EXIT}' AND outcome = 'completed') AS completed,
       count(*) FILTER (step = '{EXIT}' AND outcome = 'dropped') AS dropped,
       count(*) FILTER (step = '{EXIT}') AS ended, count(*) FILTER ({_PHONED}) AS calls,
       count(*) FILTER ({_OWN} AND {_FAILED}) AS failed, coalesce(max(end_s), 0) AS last_s
FROM events GROUP BY 1 ORDER BY 1"""
_STEPS = f"""
SELECT step::VARCHAR AS step, min(ready_s) AS first_s, count(*) FILTER ({_FAILED}) AS failed
FROM events WHERE {_OWN} GROUP BY 1 ORDER BY 1"""
_CAME = f"SELECT DISTINCT step::VARCHAR AS step, replication, customer FROM events WHERE {_OWN} ORDER BY ALL"
_TIMES = f"""
SELECT step, floor(ln(greatest(took_s, {LEAST_S})) / ln({GROWTH}))::INTEGER AS place, count(*) AS n
FROM (SELECT step::VARCHAR AS step,
             end_s - coalesce(CASE WHEN lane = 'customer' AND $measured THEN intended_s END, ready_s) AS took_s
      FROM events WHERE {_OWN} AND outcome = 'served') WHERE took_s IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"""
_COURSE = f"""
SELECT greatest(floor(end_s / $width), 0)::BIGINT AS place, count(*) FILTER (step = '{ARRIVAL}') AS arrived,
       count(*) FILTER (step = '{EXIT}' AND outcome = 'completed') AS completed
FROM events WHERE step IN ('{ARRIVAL}', '{EXIT}') AND end_s IS NOT NULL GROUP BY 1 ORDER BY 1"""


@dataclass(slots=True)
class StepSoFar:
    """One step: when it first began, failed attempts, how many times by interval, and a bit for each who came."""

    first_s: float = math.inf
    failed: int = 0
    times: dict[int, int] = field(default_factory=dict)
    who: dict[int, NDArray[np.uint8]] = field(default_factory=dict)

    def came(self) -> int:
        """Return how many customers came, over all replications."""
        return sum(int(np.bitwise_count(bits).sum()) for bits in self.who.values())

    def let(self, replication: int, customers: NDArray[np.int64]) -> None:
        """Count customers who came; those who had come before stay one."""
        known = self.who.get(replication, np.zeros(0, np.uint8))
        size = int(customers.max()) // 8 + 1
        if size > len(known):
            known = np.concatenate([known, np.zeros(max(size, 2 * len(known)) - len(known), np.uint8)])
        np.bitwise_or.at(known, customers // 8, np.left_shift(1, customers % 8).astype(np.uint8))
        self.who[replication] = known

    def quantile(self, q: float) -> float:
        """Return a quantile of the times in seconds, within 0.5%; NaN where there is none."""
        if not self.times:
            return math.nan
        places = sorted(self.times)
        below = np.cumsum([self.times[place] for place in places])
        at = int(np.searchsorted(below, q * below[-1]))
        return float(GROWTH ** (places[min(at, len(places) - 1)] + 0.5))


@dataclass(slots=True)
class Tally:
    """What the parts of a run come to; `add` reads those that are new.

    `sums` holds, by replication, what `SUMS` names. `course` has (arrived, completed) in `FINE` intervals of `width_s`.
    """

    measured: bool
    sums: dict[int, NDArray[np.int64]] = field(default_factory=dict)
    steps: dict[str, StepSoFar] = field(default_factory=dict)
    course: NDArray[np.int64] = field(default_factory=lambda: np.zeros((FINE, 2), np.int64))
    width_s: float = FIRST_WIDTH_S
    last_s: float = 0.0
    read: dict[str, tuple[int, int]] = field(default_factory=dict)

    def add(self, folder: Path) -> bool:
        """Read the parts in a folder of parts that are new; return False where one that was read is so no longer.

        Raises CannotRead.
        """
        found = _parts(folder)
        if any(found.get(name) != known for name, known in self.read.items()):
            return False
        new = [name for name in found if name not in self.read]
        if new:
            self._take([folder / name for name in new])
            self.read |= {name: found[name] for name in new}
        return True

    def _take(self, parts: Sequence[Path]) -> None:
        import duckdb

        names = ", ".join("'" + str(part).replace("'", "''") + "'" for part in parts)
        try:
            with duckdb.connect() as connection:
                connection.execute(f"CREATE VIEW events AS SELECT * FROM read_parquet([{names}])")
                # all is read before anything is counted: what cannot be read now counts whole the next time
                whole, steps = (_asked(connection, query) for query in (_WHOLE, _STEPS))
                came = _asked(connection, _CAME)
                times = _asked(connection, _TIMES.replace("$measured", str(self.measured).lower()))
                last_s = max(self.last_s, float(whole["last_s"].max(initial=0.0)))
                width_s = self._width(last_s)
                course = _asked(connection, _COURSE.replace("$width", repr(width_s)))
        except duckdb.Error as error:
            raise CannotRead(f"{parts[0].parent}: cannot be read ({str(error).partition(chr(10))[0]})") from error
        self._widen(width_s)
        self.last_s = last_s
        for place, replication in enumerate(whole["replication"].tolist()):
            more = np.array([int(whole[name][place]) for name in SUMS], np.int64)
            self.sums[replication] = self.sums.get(replication, np.zeros(len(SUMS), np.int64)) + more
        for step, first_s, failed in zip(
            *(steps[name].tolist() for name in ("step", "first_s", "failed")), strict=True
        ):
            known = self.steps.setdefault(step, StepSoFar())
            known.first_s, known.failed = min(known.first_s, first_s), known.failed + int(failed)
        for step, place, n in _rows(times, "step", "place", "n"):
            own = self.steps[step].times
            own[place] = own.get(place, 0) + int(n)
        self._let(came)
        places = np.minimum(course["place"].astype(np.int64), FINE - 1)
        for which, name in enumerate(("arrived", "completed")):
            np.add.at(self.course[:, which], places, course[name].astype(np.int64))

    def _let(self, came: Mapping[str, NDArray[Any]]) -> None:
        steps, replications = came["step"].astype(str), came["replication"].astype(np.int64)
        if not len(steps):
            return
        changes = np.flatnonzero((steps[1:] != steps[:-1]) | (np.diff(replications) != 0)) + 1
        for customers in np.split(np.arange(len(steps)), changes):
            at = customers[0]
            who = came["customer"][customers].astype(np.int64)
            self.steps[str(steps[at])].let(int(replications[at]), who)

    def _width(self, last_s: float) -> float:
        width_s = self.width_s
        while last_s >= width_s * FINE:
            width_s *= 2
        return width_s

    def _widen(self, width_s: float) -> None:
        while self.width_s < width_s:
            halved = self.course.reshape(-1, 2, 2).sum(axis=1)
            self.course = np.concatenate([halved, np.zeros_like(halved)])
            self.width_s *= 2

    def by_time(self, bins: int) -> list[tuple[int, int]]:
        """Return (arrived, completed) in equal intervals until the last row; their ends are those of `FINE` ones."""
        middles = (np.arange(FINE) + 0.5) * self.width_s
        places = np.minimum((middles * bins / max(self.last_s, 1e-9)).astype(np.int64), bins - 1)
        found = np.zeros((bins, 2), np.int64)
        np.add.at(found, places, self.course)
        return [(int(arrived), int(completed)) for arrived, completed in found]

    def total(self, name: str) -> NDArray[np.int64]:
        """Return one of `SUMS` by replication, in their order."""
        which = SUMS.index(name)
        return np.array([self.sums[replication][which] for replication in sorted(self.sums)], np.int64)


def _parts(folder: Path) -> dict[str, tuple[int, int]]:
    """Return the parts that are there by name, with what changes when one is written anew; raises CannotRead."""
    try:
        found = {part.name: part.stat() for part in sorted(folder.glob("*.parquet"))}
    except OSError as error:
        raise CannotRead(f"{folder}: cannot be read ({error.strerror})") from error
    return {name: (state.st_size, state.st_mtime_ns) for name, state in found.items()}


def _asked(connection: Any, query: str) -> dict[str, NDArray[Any]]:
    answer: dict[str, NDArray[Any]] = connection.execute(query).fetchnumpy()
    return answer


def _rows(answer: Mapping[str, NDArray[Any]], *names: str) -> Iterator[tuple[Any, ...]]:
    return zip(*(answer[name].tolist() for name in names), strict=True)
