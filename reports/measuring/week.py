"""The week: who is on duty in each of its hours, how busy they are, what work comes in, and when the phone rings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.arrivals import WEEK_S
from journeys.blueprint import Journey
from journeys.eventlog import Manifest
from journeys.stations import Station
from reports.measuring.quantities import Floats
from reports.measuring.walks import Walks
from reports.measuring.workload import on_duty_s, staffed_s, window_of

HOUR_S = 3600.0
HOURS = round(WEEK_S / HOUR_S)
ANSWERED_WITHIN_S = 20.0


@dataclass(frozen=True, slots=True, eq=False)
class Hours:
    """One station of people by the hour of the week, Monday 00:00 first; each of shape (n_replications, 168).

    In server-hours an hour: `staffed` on duty, `busy` with any customer, `offered` in work that came in (whenever it
    was done). NaN where the run did not see that hour.
    """

    staffed: Floats
    busy: Floats
    offered: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Week:
    """What a run's hours of the week look like.

    Parameters
    ----------
    stations: of people, by name; without pre-emptive ones, whose rows do not tell when work was in hand.
    calls, answered: by hour of the day, shape (n_replications, 24): calls of the cohort that reached the phone, and
        those of them answered within ANSWERED_WITHIN_S.
    """

    stations: Mapping[str, Hours]
    calls: NDArray[np.int64]
    answered: NDArray[np.int64]

    @classmethod
    def joined(cls, parts: Sequence[Week]) -> Week:
        """Return the weeks of one or more replications, one after the other."""
        return cls(
            {
                name: Hours(*(
                    np.concatenate([getattr(part.stations[name], field) for part in parts])
                    for field in Hours.__slots__
                ))
                for name in parts[0].stations
            },
            np.concatenate([part.calls for part in parts]),
            np.concatenate([part.answered for part in parts]),
        )  # fmt: skip


def week(journey: Journey, walks: Walks, manifest: Manifest) -> Week:
    """Return the week of one replication; stations are left out where the log's clock is scaled."""
    window = window_of(walks, manifest)
    people = [one for one in journey.stations if one.kind == "people" and not one.preemptive and manifest.speed == 1]
    rows = walks.contacts.rows
    # as in the metric of calls: all but those that were deflected or found it closed
    phone = ~rows.outcome.among("deflected", "balked")
    quick = rows.outcome.among("served") & (rows.start_s - rows.ready_s <= ANSWERED_WITHIN_S / manifest.speed)
    hour = np.nan_to_num(rows.ready_s * manifest.speed // HOUR_S % 24).astype(np.int64)
    calls, answered = (np.bincount(hour[own], minlength=24)[None] for own in (phone, phone & quick))
    return Week({one.name: _hours(one, walks, window) for one in people}, calls, answered)


def _hours(station: Station, walks: Walks, window: tuple[float, float]) -> Hours:
    begin, end = window
    edges = np.unique(np.clip(np.arange(begin // HOUR_S, end // HOUR_S + 2) * HOUR_S, begin, end))
    if len(edges) < 2:
        nothing = np.full((1, HOURS), np.nan)
        return Hours(nothing, nothing, nothing)
    hour = (edges[:-1] // HOUR_S).astype(np.int64) % HOURS
    seen_h = np.bincount(hour, weights=np.diff(edges), minlength=HOURS) / HOUR_S
    rows = walks.everyone
    own = rows.station.among(station.name)
    ready, start, done = rows.ready_s[own], rows.start_s[own], rows.end_s[own]
    served = done > start  # none where a time is lacking
    clock = on_duty_s(station, edges)
    begun, ended = (np.sort(on_duty_s(station, at[served])) for at in (start, done))
    reached = _passed(begun, clock) - _passed(ended, clock)
    spent_s = np.where(served, on_duty_s(station, done) - on_duty_s(station, start), 0.0)
    came = (ready >= begin) & (ready < end)
    offered_s = np.bincount(
        (ready[came] // HOUR_S).astype(np.int64) % HOURS, weights=spent_s[came], minlength=HOURS
    )  # fmt: skip
    on_duty = np.diff(staffed_s(station, edges))
    with np.errstate(invalid="ignore", divide="ignore"):
        staffed, busy = (
            np.bincount(hour, weights=total, minlength=HOURS) / HOUR_S / seen_h for total in (on_duty, np.diff(reached))
        )
        return Hours(staffed[None], busy[None], (offered_s / HOUR_S / seen_h)[None])


def _passed(moments: Floats, times: Floats) -> Floats:
    """Return for each time the sum of (time - moment) over the moments before it; both rise."""
    before = np.searchsorted(moments, times)
    return np.asarray(before * times - np.concatenate([[0.0], np.cumsum(moments)])[before], dtype=np.float64)
