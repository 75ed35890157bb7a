"""Batches: work that is taken up only at windows, such as a bank's nightly run."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator
from dataclasses import dataclass

from journeys.durations import Duration
from journeys.errors import Problem
from journeys.stations import days_of

DAY_S = 86400.0
_NEAR = 1e-9
_LOOKED_AT = 7 * 24 * 60


@dataclass(frozen=True, slots=True)
class Batch:
    """Work is taken up only at windows: `first` after the run's zero, and `every` after that.

    Rule: who is ready at the very moment of a window goes with it.

    Parameters
    ----------
    every, first: on the human clock. days: on which days of the week there are windows, such as ``"mon-fri"``; empty
        for all of them. What is ready later than the last window before a weekend waits for the first after it.

    >>> from journeys.durations import days, hours
    >>> nightly = Batch(every=days(1), first=hours(22), days="mon-fri")
    >>> [nightly.opens_s(day * DAY_S + 79200 + late) / DAY_S for day, late in ((0, 0), (0, 1), (4, 1))]
    [0.9166666666666666, 1.9166666666666667, 7.916666666666667]
    """

    every: Duration
    first: Duration = Duration(0.0)
    days: str = ""

    def opens_s(self, ready_s: float) -> float:
        """Return the time of the window with which work goes that is ready at `ready_s`; both in seconds of the run."""
        # who is ready less than a billionth of a period late was ready at the very moment, but for rounding
        windows = max(0, math.ceil((ready_s - self.first.s) / self.every.s - _NEAR))
        on = weekdays(self.days)
        while on and not on >> self._weekday(windows) & 1:
            windows += 1
        return self.first.s + windows * self.every.s

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the times and the days."""
        if not self.every.s > 0 or self.first.s < 0:
            yield Problem(f"{path}.every", "must be > 0", str(self.every), "a duration above zero")
            return
        try:
            on = weekdays(self.days)
        except ValueError as error:
            yield Problem(f"{path}.days", str(error))
            return
        if on and not any(on >> self._weekday(window) & 1 for window in range(_LOOKED_AT)):
            yield Problem(f"{path}.days", "there is no window on these days", self.days, "days on which one falls")

    def _weekday(self, window: int) -> int:
        return math.floor((self.first.s + window * self.every.s) / DAY_S + _NEAR) % 7


@functools.cache
def weekdays(text: str) -> int:
    """Return the days of the week as bits, Monday the lowest; 0 for an empty text; raises ValueError."""
    return sum(1 << day for day in days_of(text)) if text else 0
