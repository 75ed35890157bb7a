"""Memory over a load run, process by process: whether it stays, or grows as the run goes on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from reports.measuring.quantities import Floats

SETTLED = 0.2
BLOCKS = 10
LEAST = 3 * BLOCKS
LEVEL = 0.95
FLAT, LEAST_MB = 0.05, 0.1
SHORTEST_S = 180.0
GENERATOR, WORKER = "all workers", "worker "

Course = Literal["flat", "grows", "not known"]


@dataclass(frozen=True, slots=True)
class Memory:
    """What processes held in memory, in megabytes, after the first fifth of a run, in which they fill.

    Parameters
    ----------
    first_mb, last_mb: the means of the first and of the last tenth. slope, low, high: growth by the hour, with its 95%
        interval. lasted_s: over how long that was seen.
    """

    first_mb: float
    last_mb: float
    slope: float
    low: float
    high: float
    lasted_s: float

    @property
    def course(self) -> Course:
        """Whether it is flat: the interval rules out that it grew by more than a twentieth over the time seen.

        It grows where the interval rules out that it did not grow by so much. Of less than SHORTEST_S nothing is known:
        an hour is too far from there.
        """
        if self.lasted_s < SHORTEST_S:
            return "not known"
        allowed = FLAT * self.first_mb / (self.lasted_s / 3600)
        return "flat" if self.high <= allowed else "grows" if self.low > allowed else "not known"

    @property
    def words(self) -> str:
        """How that is said, such as ``flat, within 12 MB an hour``: the end of the interval that is further away."""
        if self.lasted_s < SHORTEST_S:
            return "of so short a run no course is told"
        if self.course == "flat":
            return f"flat, within {_digits(max(abs(self.low), abs(self.high), LEAST_MB))} MB an hour"
        slope, low, high = (_digits(value, "+") for value in (self.slope, self.low, self.high))
        grown = f"{slope} MB an hour ({low} to {high})"
        return f"grows, {grown}" if self.course == "grows" else f"{grown}: too short or too restless a run to tell"


@dataclass(frozen=True, slots=True)
class Samples:
    """What each process of a run held at some moments.

    Parameters
    ----------
    at_s: seconds of the run, shape (n,), while customers arrived. in_flight: customers on their way then, shape (n,).
    mb: megabytes by process, each of shape (n,), NaN where it was not there; `GENERATOR` is all workers together, where
        there are several.
    """

    at_s: Floats
    in_flight: Floats
    mb: Mapping[str, Floats]

    @property
    def warm_s(self) -> float:
        """Until when processes fill: what they hold is judged from then on."""
        return SETTLED * float(self.at_s[-1])

    @property
    def generator(self) -> str:
        """The name of the workers together, or of the only one; empty where there is none."""
        return GENERATOR if GENERATOR in self.mb else next((name for name in self.mb if name.startswith(WORKER)), "")

    def courses(self) -> dict[str, Memory]:
        """Return the course of each process, where there are samples enough to tell: the generator's first."""
        found = {name: memory(np.column_stack((self.at_s, mb))[np.isfinite(mb)]) for name, mb in self.mb.items()}
        first = sorted(found, key=lambda name: (name != self.generator, not name.startswith(WORKER)))
        return {name: course for name in first if (course := found[name]) is not None}


def samples(settings: Mapping[str, Any]) -> Samples | None:
    """Return what a load run's manifest tells of memory; None where it tells nothing."""
    told = settings.get("memory") or {}
    at_s = np.asarray(told.get("at_s", ()), dtype=np.float64)
    while_they_come = at_s <= float(settings.get("duration_s", math.inf))
    if not while_they_come.any() or not told.get("mb"):
        return None
    mb = {name: np.asarray(values, dtype=np.float64)[while_they_come] for name, values in told["mb"].items()}
    workers = [values for name, values in mb.items() if name.startswith(WORKER)]
    if len(workers) > 1:
        mb = {GENERATOR: np.sum(workers, axis=0)} | mb
    in_flight = np.asarray(told["in_flight"], dtype=np.float64)
    return Samples(at_s[while_they_come], in_flight[while_they_come], mb)


def _digits(value: float, sign: str = "") -> str:
    """Return a number with one digit behind its point, or from ten on without; `sign` + where both are shown."""
    return f"{value:{sign},.{1 if abs(value) < 10 else 0}f}"


def memory(samples: Sequence[Sequence[float]] | Floats) -> Memory | None:
    """Return the course of samples (second of the run, megabytes); None where there are too few to tell.

    Samples that follow each other resemble each other, so means of ten blocks are fitted by least squares, with
    Student's interval of eight degrees of freedom.
    """
    told = np.asarray(samples, dtype=np.float64).reshape(-1, 2)
    if len(told):
        told = told[told[:, 0] >= SETTLED * told[-1, 0]]
    if len(told) < LEAST:
        return None
    from scipy.special import stdtrit

    blocks = np.array([block.mean(axis=0) for block in np.array_split(told, BLOCKS)])
    at_h, held = blocks[:, 0] / 3600, blocks[:, 1]
    away = at_h - at_h.mean()
    slope = float(away @ held / (away @ away))
    rest = held - held.mean() - slope * away
    error = math.sqrt(float(rest @ rest) / (BLOCKS - 2) / float(away @ away))
    half = float(stdtrit(BLOCKS - 2, (1 + LEVEL) / 2)) * error
    lasted_s = float(told[-1, 0] - told[0, 0])
    return Memory(float(held[0]), float(held[-1]), slope, slope - half, slope + half, lasted_s)
