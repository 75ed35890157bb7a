"""Shapes of load: how the rate of open arrivals moves while a run lasts, as values, and as the words people write.

A shape is a sequence of phases. Within one the rate moves in a straight line, so the expected number of arrivals is a
known function of time, and each customer's unit exponential can be turned into a time by inverting it. The same
customers arrive in the same order under every shape; only when they do differs.
"""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.arrivals import HOURS_A_WEEK
from journeys.durations import Duration, Rate

Floats = NDArray[np.float64]
EXAMPLE = "ramp 1 / s to 20 / s for 2 min, hold 20 / s for 5 min, spike 60 / s for 10 s"
_RATE, _FOR = r"(?P<{}>[^,]+?)", r"\s+for\s+(?P<lasting>[^,]+)"
_PHASES = (
    re.compile(rf"ramp\s+{_RATE.format('low')}\s+to\s+{_RATE.format('high')}{_FOR}"),
    re.compile(rf"(?P<word>hold|constant|spike|soak|week)\s+{_RATE.format('low')}{_FOR}"),
)


@dataclass(frozen=True, slots=True)
class Phase:
    """For `lasting`, the rate of arrivals moves from `start` to `end` in a straight line."""

    start: Rate
    end: Rate
    lasting: Duration


@dataclass(frozen=True, slots=True)
class Shape:
    """Phases, one after the other; `words` is how the user put it.

    >>> shape = Shape.parse("ramp 0 / s to 10 / s for 10 s, hold 10 / s for 5 s")
    >>> shape.duration_s, shape.peak, shape.expected
    (15.0, Rate('10 / s'), 100.0)
    """

    phases: tuple[Phase, ...]
    words: str = ""

    @classmethod
    def parse(cls, text: str, profile: Sequence[float] = ()) -> Shape:
        """Read phases separated by commas; raises ValueError on anything else.

        ``hold RATE for DURATION`` (also called constant, spike or soak), ``ramp RATE to RATE for DURATION``, and
        ``week RATE for DURATION``: the 168 hours of `profile`, compressed, at that mean rate.
        """
        phases: list[Phase] = []
        for part in filter(None, (part.strip() for part in text.split(","))):
            found = next((match for pattern in _PHASES if (match := pattern.fullmatch(part))), None)
            if found is None:
                raise ValueError(f"not a phase of load: {part!r} (write {EXAMPLE}, or week 5 / s for 10 min)")
            given = found.groupdict()
            low, lasting = Rate.parse(given["low"]), Duration.parse(given["lasting"])
            if given.get("word") == "week":
                phases += _week(low, lasting, profile)
            else:
                phases.append(Phase(low, Rate.parse(given["high"]) if "high" in given else low, lasting))
        wrong = [phase for phase in phases if not _usable(phase)]
        if wrong or not phases:
            raise ValueError(f"not a shape of load: {text!r} (rates of zero or more, durations above zero)")
        return cls(tuple(phases), " ".join(text.split()))

    @property
    def duration_s(self) -> float:
        """How long arrivals last, in seconds."""
        return math.fsum(phase.lasting.s for phase in self.phases)

    @property
    def peak(self) -> Rate:
        """The highest rate that the shape reaches."""
        return max(max(phase.start, phase.end) for phase in self.phases)

    @property
    def expected(self) -> float:
        """The expected number of arrivals."""
        return self._counts()[-1]

    @property
    def mean(self) -> Rate:
        """The mean rate over the whole of it."""
        return Rate(self.expected / self.duration_s)

    def rate_per_s(self, times_s: Floats) -> Floats:
        """Return the rate at times of the run, arrivals per second, shape (n_times,); 0 after the end."""
        ends = np.cumsum([phase.lasting.s for phase in self.phases])
        index = np.minimum(np.searchsorted(ends, times_s, side="right"), len(ends) - 1)
        low = np.array([phase.start.per_s for phase in self.phases])[index]
        high = np.array([phase.end.per_s for phase in self.phases])[index]
        lasting = np.array([phase.lasting.s for phase in self.phases])[index]
        along = (times_s - (ends[index] - lasting)) / lasting
        return np.where(times_s < ends[-1], low + (high - low) * along, 0.0)

    def times_s(self, cumulative: Floats) -> Floats:
        """Return the arrival times, in seconds, for rising sums of unit exponentials, shape (n_customers,).

        Infinity for those who would come after the end. Within a phase that begins at rate r with slope k, the time
        x expected arrivals after its beginning is 2x / (r + sqrt(r^2 + 2kx)), the root that stays exact as k -> 0.
        """
        edges = np.array(self._counts())
        starts = np.array(list(itertools.accumulate((phase.lasting.s for phase in self.phases), initial=0.0)))
        index = np.minimum(np.searchsorted(edges, cumulative, side="right") - 1, len(self.phases) - 1)
        rate = np.array([phase.start.per_s for phase in self.phases])[index]
        slope = np.array([(phase.end.per_s - phase.start.per_s) / phase.lasting.s for phase in self.phases])[index]
        within = cumulative - edges[index]
        root = np.sqrt(np.maximum(rate**2 + 2 * slope * within, 0.0))
        with np.errstate(divide="ignore", invalid="ignore"):
            after = np.where(within > 0, 2 * within / (rate + root), 0.0)
        return np.where(cumulative < edges[-1], starts[index] + after, np.inf)

    def _counts(self) -> list[float]:
        """Return how many arrivals are expected by the beginning of each phase, and by the end."""
        counts = ((phase.start.per_s + phase.end.per_s) / 2 * phase.lasting.s for phase in self.phases)
        return list(itertools.accumulate(counts, initial=0.0))

    def __str__(self) -> str:
        return self.words or ", ".join(
            f"hold {phase.start} for {phase.lasting}"
            if phase.start == phase.end
            else f"ramp {phase.start} to {phase.end} for {phase.lasting}"
            for phase in self.phases
        )


def _usable(phase: Phase) -> bool:
    rates_are = all(0 <= rate.per_s < math.inf for rate in (phase.start, phase.end))
    return rates_are and 0 < phase.lasting.s < math.inf


def _week(mean: Rate, lasting: Duration, profile: Sequence[float]) -> list[Phase]:
    if len(profile) != HOURS_A_WEEK or min(profile) < 0 or not 0 < sum(profile) < math.inf:
        raise ValueError(f"a week needs the weights of its {HOURS_A_WEEK} hours, zero or more (got {len(profile)})")
    scale, hour = mean.per_s * HOURS_A_WEEK / sum(profile), Duration(lasting.s / HOURS_A_WEEK)
    return [Phase(Rate(weight * scale), Rate(weight * scale), hour) for weight in profile]
