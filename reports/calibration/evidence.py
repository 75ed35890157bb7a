"""What a run shows of each station: who came when, what began when (where that was seen), and what ended when."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from journeys.arrivals import WEEK_S
from journeys.blueprint import Journey
from journeys.columns import Columns
from journeys.distributions import Never
from journeys.eventlog import ARRIVAL, CONTACT, EXIT, Manifest, Run
from journeys.parts import read_parts
from journeys.stations import Station

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
LOG = "log"
RESTLESS = 0.01
"""The share of a service above which it is told how late customers were sent on average."""
STARTS = ("served", "failed", "timed_out", "dropped", "withdrawn", "censored")
"""Outcomes of visits that may have begun to be served."""


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """Visits to one station, in the order in which they came, on the station's clock; each column has shape (n,).

    Parameters
    ----------
    station: whose. scale: seconds of its clock in one second of the run.
    steps: names of steps and contacts, and `step`, whose visit each is, as places in them.
    ready_s, start_s, end_s: joined the queue, service began (NaN where that was not seen, or never came), ended.
    whole: whether its service ended by itself; the others were cut off in it.
    seen: whether beginnings were seen at all; else only when visits came and ended.
    span_s: from the first that came to the last that ended.
    """

    station: Station
    scale: float
    steps: tuple[str, ...]
    step: NDArray[np.int64]
    ready_s: Floats
    start_s: Floats
    end_s: Floats
    whole: Flags
    seen: bool

    def __len__(self) -> int:
        return len(self.ready_s)

    @property
    def span_s(self) -> float:
        """Seconds between the first that came and the last that ended."""
        return float(self.end_s.max() - self.ready_s.min()) if len(self) else 0.0

    def some(self, chosen: Flags | NDArray[np.intp]) -> Visits:
        """Return some of the visits, in their order."""
        return replace(
            self, step=self.step[chosen], ready_s=self.ready_s[chosen], start_s=self.start_s[chosen],
            end_s=self.end_s[chosen], whole=self.whole[chosen],
        )  # fmt: skip


def read_rows(run: Run, replication: int = 0) -> Columns:
    """Return the rows of one replication; raises CannotRead where they cannot be read."""
    paths = run.parts().get(replication, ())
    return read_parts(replication, paths)


def begins_are_seen(journey: Journey, station: Station, manifest: Manifest) -> bool:
    """Tell whether a run's rows say when a station began each service, without what a request spends elsewhere.

    A request shows itself from outside: when it was sent, and when it was answered. What the organisation wrote down
    itself (in a simulation, behind a mocked back end's counter, in a log from production) is seen.
    """
    if manifest.kind == "simulated" or manifest.engine == LOG:
        return True
    asked = any(step.lane == "customer" and step.station == station.name for step in journey.steps)
    return bool(manifest.settings.get("mocked")) and not asked


def visits_of(station: Station, rows: Columns, speed: float, seen: bool) -> Visits:
    """Return a station's visits in a replication; `seen` False leaves out what was seen of beginnings.

    Parameters: `speed`, human seconds a second of the run.
    """
    scale = speed if station.kind == "people" else 1.0
    here = rows.station.among(station.name) & rows.outcome.among(*STARTS) & ~rows.step.among(ARRIVAL, EXIT)
    if seen:
        here &= ~np.isnan(rows.start_s)  # the others never began, and took no server
    own = rows[here & ~np.isnan(rows.end_s)]
    own = own[np.argsort(own.ready_s, kind="stable")]
    names = tuple(name for name in own.step.texts if own.step.among(name).any())
    place = {name: at for at, name in enumerate(names)}
    step = own.step.mapped(np.array([place.get(text, -1) for text in own.step.texts], dtype=np.int64))
    start_s = own.start_s * scale if seen else np.full(len(own), np.nan)
    whole = own.outcome.among("served")
    return Visits(station, scale, names, step, own.ready_s * scale, start_s, own.end_s * scale, whole, seen)


def on_duty_s(station: Station, begin_s: Floats, end_s: Floats) -> Floats:
    """Return for how much of each time somebody was on duty, shape (n,); all of it where work is finished at closing.

    Closures are not looked at: see `obstacles`.
    """
    if station.at_closing != "pause" or not station.shifts:
        return end_s - begin_s
    roster = [*station.roster(), (WEEK_S, 0)]
    edges = np.array([at for at, _ in roster])
    until = np.concatenate([[0.0], np.cumsum([
        (after - at) * (level > 0) for (at, level), (after, _) in pairwise(roster)
    ])])  # fmt: skip

    def total(at_s: Floats) -> Floats:
        weeks, rest = np.divmod(at_s, WEEK_S)
        found: Floats = weeks * until[-1] + np.interp(rest, edges, until)
        return found

    return total(end_s) - total(begin_s)


def duty_share(station: Station) -> float:
    """Return the share of the week in which the station is on duty, weighed by servers; 1 without shifts."""
    return station.staffed_s(0.0, WEEK_S) / (WEEK_S * station.capacity) if station.capacity else 0.0


def obstacles(journey: Journey, station: Station, seen: bool) -> Iterator[str]:
    """Yield why a station's numbers cannot be told from such a run."""
    if station.preemptive:
        yield "it is pre-emptive: rows do not tell when work was laid down"
    if station.groups:
        yield "its servers differ by skill"
    if station.closures:
        yield "it has closures"
    if station.replicas is not None and not isinstance(station.replicas.between_failures, Never):
        yield "its replicas break down"
    if any(shift.servers is not None for shift in station.shifts):
        yield "its shifts have servers of their own"
    if not seen and station.shifts:
        yield "it has shifts, and beginnings of service were not seen"
    paths = steps_at(journey, station).values()
    for segment in journey.segments:
        if any(changed.startswith(tuple(paths)) for changed in segment.differs):
            yield f"segment {segment.name} is served for other times"
    own = [step for step in journey.steps if step.station == station.name]
    if not seen and len({step.priority for step in own}) > 1:
        yield "its steps have priorities, and beginnings of service were not seen"
    if not seen and any(step.attempts and step.attempts.failure for step in own):
        yield "its attempts fail by chance, and beginnings of service were not seen"


def steps_at(journey: Journey, station: Station) -> Mapping[str, str]:
    """Return the steps and contacts that a station works for, each with the path of its law."""
    found = {step.name: f"steps.{step.name}.service" for step in journey.steps if step.station == station.name}
    found |= {
        CONTACT + contact.name: f"contacts.{contact.name}.handling"
        for contact in journey.contacts
        if contact.station == station.name
    }
    return found


def late_s(rows: Columns, manifest: Manifest) -> float:
    """Return how late customers were sent on average, in seconds of the run; NaN where no generator sent them.

    It tells how restless the machine was: what it measures itself, and serves by its own timers, is as restless.
    """
    came = rows.step.among(ARRIVAL)
    if manifest.engine != "load" or not came.any():
        return math.nan
    return max(0.0, float(np.mean(rows.ready_s[came] - rows.intended_s[came])))


def entered(rows: Columns) -> int:
    """Return how many customers arrived."""
    return int(np.count_nonzero(rows.step.among(ARRIVAL)))


def arrival_span_s(rows: Columns, manifest: Manifest) -> float:
    """Return how long customers arrived, in seconds of the run: as planned where the run says so."""
    told = manifest.settings.get("duration_s")
    arrived_s = rows.intended_s[rows.step.among(ARRIVAL)]
    if told and manifest.engine == "load":
        return float(told)
    n = len(arrived_s)
    return float(arrived_s.max() - arrived_s.min()) * n / max(1, n - 1) if n > 1 else math.nan
