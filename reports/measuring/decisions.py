"""Time to decision: when each customer was told yes or no, counted from when they had done their part."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.columns import Columns
from journeys.eventlog import Manifest
from reports.measuring.quantities import Floats, summed

Places = NDArray[np.intp]


def decision_steps(journey: Journey) -> tuple[str, ...]:
    """Return the steps whose last end stops the clock of the time to decision: those in the stop step's wait."""
    if len(journey.decision) != 2:
        return ()
    stop = journey.step(journey.decision[1])
    if not stop.awaits:
        return (stop.name,)
    return tuple(step.name for step in journey.steps if step.awaits == stop.awaits)


def leads_only_to(journey: Journey, place: str, end: str) -> bool:
    """Tell whether everybody at `place` who is not lost on the way arrives at `end`."""
    return _reachable(journey, place) & {"completed", "denied"} == {end}


def _reachable(journey: Journey, place: str) -> set[str]:
    """Return the steps and ends that can come after arriving at `place`, itself included."""
    known = {step.name for step in journey.steps}
    todo, seen = [place], set[str]()
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            if name in known:
                todo += journey.leads_to(name)
    return seen


def decisions(
    journey: Journey, rows: Columns, place: Places, customers: int, manifest: Manifest
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the time to decision, in seconds on the journey's clock, and whether it was an approval, by customer.

    Rule: from the end of the first served visit of `decision[0]` to the end of the last row of any step in the same
    wait as `decision[1]`, if that row was served and leads to `completed`, to `denied` or to a step from which nobody
    comes back into the wait (so papers asked for are no decision). It is a denial when everybody who goes there is
    denied. Where the log's clock is scaled, the time that machines served is on the real clock and the rest is
    multiplied by the run's speed.

    Parameters: `rows` of steps, sorted by customer, then time; `place`, shape (n_rows,), whose each is, from 0 to
    `customers` - 1.
    """
    began, ended = np.full(customers, np.nan), np.full(customers, np.nan)
    approved = np.zeros(customers, dtype=bool)
    group = decision_steps(journey)
    if not group:
        return began, approved
    served = rows.outcome.among("served")
    started = np.flatnonzero(rows.step.among(journey.decision[0]) & served)[::-1]
    began[place[started]] = rows.end_s[started]  # from the last to the first: the first stays
    inside = np.flatnonzero(rows.step.among(*group))
    last = inside[np.diff(place[inside], append=-1) != 0]
    places = {"completed", "denied", *(step.name for step in journey.steps)}
    beyond = {place for place in places if not _reachable(journey, place) & {*group, journey.decision[0]}}
    denials = {place for place in beyond if leads_only_to(journey, place, "denied")}
    decided = last[(rows.to.among(*beyond) & served)[last]]
    ended[place[decided]] = rows.end_s[decided]
    approved[place[decided]] = ~rows.to.among(*denials)[decided]

    span_s = ended - began
    span_s[span_s < 0] = np.nan
    if manifest.speed != 1:
        machine_s = _machine_time(journey, rows, manifest.human_steps, began, ended, place)
        span_s = (span_s - machine_s) * manifest.speed + machine_s
    return span_s, approved & ~np.isnan(span_s)


def _machine_time(
    journey: Journey, rows: Columns, human: Sequence[str], began: Floats, ended: Floats, place: Places
) -> Floats:
    """Return the seconds that each customer spent at machines between two times, each second once.

    Steps overlap only on parallel branches: of each, what counts is what lies beyond the end of all that began before.
    """
    machines = [step.name for step in journey.steps if step.name not in human and journey.clock(step.name) == "system"]
    own = rows.step.among(*machines)
    whose = place[own]
    low = np.maximum(rows.ready_s[own], began[whose])
    high = np.minimum(rows.end_s[own], ended[whose])
    spent = np.fmax(0.0, high - low)
    if any(step.fork is not None for step in journey.steps):
        reached = np.full(len(began), -np.inf)
        for row in np.lexsort((low, whose)):
            spent[row] = np.fmax(0.0, high[row] - np.fmax(low[row], reached[whose[row]]))
            reached[whose[row]] = np.fmax(high[row], reached[whose[row]])
    return summed(whose, spent, len(began))
