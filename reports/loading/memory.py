"""The generator's memory over a run: whether it stays, or grows as the run goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

SETTLED = 0.2
BLOCKS = 10
LEAST = 3 * BLOCKS
LEVEL = 0.95
FLAT = 0.05

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

        It grows where the interval rules out that it did not grow by so much.
        """
        allowed = FLAT * self.first_mb / (self.lasted_s / 3600)
        return "flat" if self.high <= allowed else "grows" if self.low > allowed else "not known"


def memory(samples: Sequence[Sequence[float]]) -> Memory | None:
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
