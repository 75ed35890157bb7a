"""Calendars: the date on which a run's clock starts, and closures given as dates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np

from journeys.durations import Duration
from journeys.errors import Problem

if TYPE_CHECKING:
    from journeys.blueprint import Journey

_DAY_S = 86400.0
FOLLOW_UP = Duration(400 * _DAY_S)
"""How long after the last arrival a simulation ends at the latest, unless it is told when."""


def days_between(zero: str, day: str) -> int:
    """Return how many days a date comes after another, both as ``2026-12-25``; raises ValueError."""
    return (date.fromisoformat(day) - date.fromisoformat(zero)).days


def is_date(text: str) -> bool:
    """Tell whether a text is a date, such as ``2026-12-25``."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def calendar_problems(journey: Journey) -> Iterator[Problem]:
    """Yield what is wrong with the date of a journey's start, and with dates that no run of it comes to."""
    starts = journey.starts
    if starts and not is_date(starts):
        yield Problem("starts", "is no date", repr(starts), "such as 2026-11-30")
        return
    if starts and (weekday := date.fromisoformat(starts).weekday()):
        monday = date.fromisoformat(starts) - timedelta(days=weekday)
        yield Problem("starts", "is no Monday, as which every run begins", _shown(starts), f"such as {monday}")
        return
    dated = [
        (f"stations.{station.name}.closures.{closure.name}.date", closure)
        for station in journey.stations
        for closure in station.closures
        if closure.date and is_date(closure.date)
    ]
    if dated and not starts:
        path, closure = dated[0]
        yield Problem(path, "needs the date on which the clock starts", closure.date, "give the journey's `starts`")
        return
    last = None
    for path, closure in dated:
        after = days_between(starts, closure.date)
        if after < 0:
            yield Problem(path, f"is before the run starts, {_shown(starts)}", _shown(closure.date), "a day of the run")
            continue
        last = _last_day(journey) if last is None else last
        if after > last:
            end = date.fromisoformat(starts) + timedelta(days=last)
            said = f"is after any run of {journey.customers:,} customers has ended, {_shown(str(end))} at the latest"
            yield Problem(path, said, _shown(closure.date), "a day of the run, or more `customers`")


def _shown(day: str) -> str:
    return f"{date.fromisoformat(day):%a} {day}"


def _last_day(journey: Journey) -> int:
    """Return the last day of the run that the journey's own number of customers can be expected to come to."""
    law = journey.arrivals
    n = max(1, journey.customers if law.limit is None else min(journey.customers, law.limit))
    return int((float(law.times_s(np.arange(1.0, n + 1.0))[-1]) + FOLLOW_UP.s) // _DAY_S)
