"""Work that was interrupted: how long servers of a pre-emptive station had each piece of it in their hands."""

from __future__ import annotations

import bisect
import math

import numpy as np
from numpy.typing import NDArray

from journeys.arrivals import WEEK_S
from journeys.blueprint import Journey
from journeys.columns import Columns
from journeys.eventlog import CONTACT
from journeys.paths import apply
from journeys.stations import Station

Floats = NDArray[np.float64]
_ENDS, _CHANGES, _BEGINS = range(3)


def in_hand_s(
    journey: Journey, station: Station, rows: Columns, scale: float = 1.0, begin: float = -math.inf,
    end: float = math.inf,
) -> Floats:  # fmt: skip
    """Return how long each row of a pre-emptive station was in somebody's hands between two times, shape (n,).

    A row tells when its work began and ended, not when it was laid down. But the servers on duty have the first in the
    queue's order (priority, then coming) of the work that has begun, so that can be told from all rows together. It is
    not quite so where servers broke, paused, lacked a skill, or stayed on when others of a shift had left.

    Parameters
    ----------
    rows: all of the station in one replication. scale: seconds of the station's clock in one of the log.
    begin, end: on the station's clock, like what comes back.
    """
    start_s, end_s = rows.start_s * scale, rows.end_s * scale
    rank = np.lexsort((rows.ready_s, _priorities(journey, rows))).argsort()
    row_of = rank.argsort()
    begun = np.flatnonzero(end_s > start_s)
    events = [(float(start_s[row]), _BEGINS, int(rank[row])) for row in begun]
    events += [(float(end_s[row]), _ENDS, int(rank[row])) for row in begun]
    last_s = max((at for at, _, _ in events), default=0.0)
    events += [(at, _CHANGES, level) for at, level in _levels(station, last_s)]
    present: list[int] = []
    held: list[int] = []
    level, before = 0, 0.0
    total = np.zeros(len(rows))
    for at, kind, what in sorted(events):
        lasted = min(at, end) - max(before, begin)
        if lasted > 0:
            total[row_of[held]] += lasted
        before = at
        if kind == _CHANGES:
            level = what
        elif kind == _BEGINS:
            bisect.insort(present, what)
        else:
            present.remove(what)
        if level or station.at_closing == "pause":
            held = present[:level]
        else:
            held = [one for one in held if one in present]
    return total


def _priorities(journey: Journey, rows: Columns) -> NDArray[np.int64]:
    """Return the priority of each row in its station's queue."""
    priorities = np.zeros((len(rows.segment.texts), len(rows.step.texts)), dtype=np.int64)
    for segment in journey.segments:
        if segment.name in rows.segment.texts:
            view = apply(journey, segment.differs)
            own = {step.name: step.priority for step in view.steps}
            own |= {CONTACT + contact.name: contact.priority for contact in view.contacts}
            priorities[rows.segment.texts.index(segment.name)] = [own.get(text, 0) for text in rows.step.texts]
    return priorities[rows.segment.codes, rows.step.codes]


def _levels(station: Station, until_s: float) -> list[tuple[float, int]]:
    """Return (time, servers on duty from then on) from the run's zero on, in any order."""
    copies = station.replicas.count if station.replicas else 1
    roster, closed = station.roster(), station.closed_s()
    times = [week * WEEK_S + at for week in range(int(until_s // WEEK_S) + 1) for at, _ in roster]
    times += [edge for closure in closed for edge in closure]
    levels = []
    for time_s in times:
        on_duty = [level for at, level in roster if at <= time_s % WEEK_S][-1]
        shut = any(begin <= time_s < end for begin, end in closed)
        levels.append((time_s, 0 if shut else on_duty * copies))
    return levels
