"""Replications until a precision is reached: simulate more of them while an interval is too wide, and say how many."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from journeys.budgets import Metric
from journeys.durations import Duration
from reports.statistics import LEVEL, Estimate, Floats, mean_interval, replications_for

LEAST, MOST = 10, 200
"""The fewest replications that a spread is learnt from, and the most that are simulated, unless told otherwise."""

_WORDS = re.compile(r"(?P<metric>.+?)\s*(?:\bwithin\b|\+-|\+/-|±)\s*(?P<width>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Aim:
    """How well a metric is to be known: its interval reaches no further than `width` to either side.

    Parameters: `width`, relative to the value where `relative`, else in the metric's unit (a ratio for shares, seconds
    for durations).
    """

    metric: Metric
    width: float
    relative: bool

    @classmethod
    def parse(cls, text: str) -> Aim:
        """Read ``completion within 2%`` (of its value), ``completion within 1 pp``, ``p95(submit) within 2 s``.

        ``+-`` and ``±`` stand for ``within``. Raises ValueError on anything else.

        >>> Aim.parse("calls per 100 within 1.5").width
        1.5
        """
        found = _WORDS.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"not a precision: {text!r} (write completion within 2%, or p95(submit) within 50 ms)")
        metric, shown = Metric.parse(found["metric"]), found["width"].strip()
        relative = shown.endswith("%")
        try:
            width = float(shown[:-1]) / 100 if relative else width_of(metric, shown)
        except ValueError:
            absolute = "1 pp" if metric.is_share else "50 ms" if metric.is_time else "1.5"
            raise ValueError(f"not a width of {metric}: {shown!r} (write 2% of its value, or {absolute})") from None
        if not 0 < width < math.inf:
            raise ValueError(f"not a width of {metric}: {shown!r} (write one above zero)")
        return cls(metric, width, relative)

    def half(self, value: float) -> float:
        """Return how far an interval around `value` may reach.

        A relative width w allows w/(1 + w) of the *estimate*: whoever is that near to the estimate is within w of the
        *truth*, since |X - t| <= h |X| and |X| <= |X - t| + |t| give |X - t| <= h/(1 - h) |t|.
        """
        return self.width / (1 + self.width) * abs(value) if self.relative else self.width

    def __str__(self) -> str:
        if self.relative:
            return f"{self.metric} within {self.width * 100:g}%"
        shown = f"{self.width * 100:g} pp" if self.metric.is_share else f"{self.width:g}"
        return f"{self.metric} within {Duration(self.width) if self.metric.is_time else shown}"


def width_of(metric: Metric, text: str) -> float:
    """Read a difference in a metric's unit: ``1 pp`` or ``0.01`` of a share, a duration, else a number."""
    if metric.is_time:
        return Duration.parse(text).s
    if metric.is_share and text.endswith("pp"):
        return float(text[:-2]) / 100
    return float(text)


@dataclass(frozen=True, slots=True)
class Reached:
    """One aim, and how far it was reached.

    Parameters: `half`, how far the interval may reach; `needed`, how many replications it would take in all if mean
    and spread stay as they are, None where no number is in sight or the aim is reached.
    """

    aim: Aim
    estimate: Estimate
    half: float
    needed: int | None

    @property
    def met(self) -> bool:
        """Whether the interval is as narrow as it was to be."""
        return self.estimate.bounded and self.estimate.high - self.estimate.value <= self.half


@dataclass(frozen=True, slots=True)
class Precision:
    """What it took: how many replications, and each aim."""

    replications: int
    aims: tuple[Reached, ...]

    @property
    def met(self) -> bool:
        """Whether every aim is reached."""
        return all(reached.met for reached in self.aims)

    @property
    def needed(self) -> int | None:
        """How many replications all aims would take; None where they are reached, or no number is in sight."""
        missing = [reached.needed for reached in self.aims if not reached.met]
        known = [number for number in missing if number is not None]
        return max(known) if known and len(known) == len(missing) else None


def replicate_until(
    observe: Callable[[int], Floats],
    aims: Sequence[Aim],
    *,
    least: int = LEAST,
    most: int = MOST,
    level: float = LEVEL,
) -> Precision:
    """Replicate until every aim is reached, or `most` replications are; return what it took.

    Parameters
    ----------
    observe: given n, returns the aimed-at metrics of replications 0 to n - 1, shape (n, n_aims), NaN where one had
        nothing to measure; n never falls, so it simulates only what is new.
    least: how many before the first look; 2 or more, and 10 or more where the spread must be learnt well.

    Each look predicts from the spread so far how many are needed, and goes there, but never further than twice as many
    at once: an early spread may be far off. All aims hold together with confidence `level`: of m aims, each has an
    interval of 1 - (1 - level)/m. Stopping when the interval happens to be narrow costs a little of that; see the
    tests for how little with ten replications or more.
    """
    own = 1 - (1 - level) / len(aims)
    least = max(2, min(least, most))
    n = least
    while True:
        values = observe(n)
        found = Precision(n, tuple(_reached(aim, values[:, at], own) for at, aim in enumerate(aims)))
        if found.met or n >= most:
            return found
        n = min(most, 2 * n, max(n + 1, found.needed or 2 * n))


def _reached(aim: Aim, values: Floats, level: float) -> Reached:
    estimate = mean_interval(values, level=level)
    reached = Reached(aim, estimate, aim.half(estimate.value), None)
    if reached.met or estimate.n < 2:
        return reached
    measured = values[~np.isnan(values)]
    needed = replications_for(float(measured.std(ddof=1)), reached.half, level)
    # replications in which there was nothing to measure come again in the same share
    return replace(reached, needed=needed and math.ceil(needed * len(values) / len(measured)))
