"""Calibration: a blueprint's numbers fitted to a measured run, with what the run cannot tell, and why."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from journeys.blueprint import Journey
from journeys.checks import check
from journeys.columns import Columns
from journeys.durations import Rate
from journeys.errors import InvalidInput, Problem
from journeys.eventlog import Manifest, Run
from journeys.paths import apply
from reports.calibration.arrivals import ArrivalFit, fit_arrivals
from reports.calibration.diagnosis import Dependence, Load, dependence, load_of
from reports.calibration.evidence import (
    Visits,
    arrival_span_s,
    begins_are_seen,
    duty_share,
    entered,
    late_s,
    obstacles,
    read_rows,
    steps_at,
    visits_of,
)  # fmt: skip
from reports.calibration.laws import rounded
from reports.calibration.patience import PatienceFit, patiences
from reports.calibration.stations import Draw, StationFit, fit_station
from reports.loading.generation import generation
from reports.statistics import Estimate

MOST_LOADED = 0.60


@dataclass(frozen=True, slots=True)
class StationEvidence:
    """A station as the run shows it: its fit, or (as text) why there is none; loads, dependence, visits where it is."""

    fit: StationFit | str
    load: Load | None = None
    dependence: Dependence | None = None
    visits: Visits | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a run tells of a journey's numbers.

    Parameters
    ----------
    journey: as it was believed to be. fitted: with the values that the run tells.
    source: the run, in words. black_box: whether only requests and answers were looked at.
    stations: by name. patience, arrivals: where the journey has them.
    visits: of each step (and contact) by a customer, on average.
    changes: the fitted values by path, and where each comes from.
    capacity_per_s: the most customers a second of the run that every known station keeps up with; NaN where none is.
    bottleneck: the station that sets it.
    load: the share of that capacity at which the run was made.
    speed: human seconds a second of the run. missed: how the load was not made as planned, where it was not.
    late_s: how late customers were sent on average, in seconds of the run; NaN where no generator sent them.
    """

    journey: Journey
    fitted: Journey
    source: str
    black_box: bool
    customers: int
    stations: Mapping[str, StationEvidence]
    patience: tuple[PatienceFit, ...]
    arrivals: ArrivalFit | None
    visits: Mapping[str, float]
    changes: Mapping[str, tuple[Any, str]]
    capacity_per_s: Estimate
    bottleneck: str
    load: float
    speed: float
    missed: tuple[str, ...] = ()
    late_s: float = math.nan

    @property
    def known(self) -> Mapping[str, StationFit]:
        """Stations whose servers and services the run tells, by name."""
        return {
            name: one.fit
            for name, one in self.stations.items()
            if isinstance(one.fit, StationFit) and one.fit.servers_known
        }

    @property
    def saturated(self) -> tuple[str, ...]:
        """Stations that were overloaded when the run was made."""
        return tuple(name for name, one in self.stations.items() if one.load and one.load.saturated)

    @property
    def wrong(self) -> tuple[str, ...]:
        """Stations whose services depend on how busy they are, or contradict their servers: no station here does."""
        return tuple(name for name, one in self.stations.items() if one.dependence and one.dependence.found)

    def draw(self, number: int) -> dict[str, Draw]:
        """Return one set of the values that the evidence allows, by station."""
        return {name: fit.draws[number % len(fit.draws)] for name, fit in self.known.items()}

    def at(self, draws: Mapping[str, Draw]) -> dict[str, Any]:
        """Return the paths and values of a draw."""
        values: dict[str, Any] = {}
        for name, draw in draws.items():
            paths = steps_at(self.journey, self.journey.station(name))
            values |= _server_changes(self.journey, name, draw.servers)
            values |= {paths[step]: law for step, law in draw.services.items()}
        return values

    def service_s(self, name: str) -> float:
        """Return the mean service at a calibrated station over its visits, in seconds of the run."""
        services = self.known[name].services.values()
        scale = self.speed if self.journey.station(name).kind == "people" else 1.0
        return sum(one.n * one.law.mean_s for one in services) / sum(one.n for one in services) / scale

    def capacity_of(self, draws: Mapping[str, Draw]) -> tuple[float, str]:
        """Return the capacity at some values, in customers a second of the run, and the station that sets it."""
        best, where = math.inf, ""
        for name, draw in draws.items():
            station = self.journey.station(name)
            scale = self.speed if station.kind == "people" else 1.0
            work_s = sum(self.visits.get(step, 0.0) * law.mean_s for step, law in draw.services.items())
            if work_s > 0 and (own := draw.servers * duty_share(station) * scale / work_s) < best:
                best, where = own, name
        return (best, where) if where else (math.nan, "")


def calibrate(journey: Journey, run: Run, *, black_box: bool = False, seed: int = 1) -> Calibration:
    """Fit a journey's stations, patience and arrivals to a run.

    Parameters: `journey`, as it is believed to be: its structure stays, its numbers are looked for. `black_box`: use
    only when requests were sent and answered, whatever else the run saw.

    Raises CannotRead where its log is broken, InvalidInput for a run of another journey or without customers.
    """
    rows, manifest = read_rows(run), run.manifest
    customers = entered(rows)
    if manifest.journey != journey.name:
        raise InvalidInput([Problem(str(run.folder), "is a run of another journey", manifest.journey, journey.name)])
    if not customers:
        raise InvalidInput([Problem(str(run.folder), "holds no customers", "", "a run that was let to begin")])
    visits = _visits_each(journey, rows, customers)
    stations = {name: _station(journey, name, rows, manifest, black_box, seed) for name in _worked(journey)}
    source = f"run {run.folder.name} ({manifest.engine}, {customers:,} customers, {manifest.started or 'no date'})"
    patience = tuple(patiences(journey, rows, manifest)) if not black_box else ()
    arrivals = fit_arrivals(journey, rows, manifest)
    changes = dict(_changes(journey, stations, patience, arrivals, source))
    made = generation(run)
    unfinished = Calibration(
        journey, journey, source, black_box, customers, stations, patience, arrivals, visits, changes,
        Estimate(math.nan), "", math.nan, manifest.speed, made.problems if made is not None else (),
        late_s(rows, manifest),
    )  # fmt: skip
    return _with_capacity(unfinished, customers / arrival_span_s(rows, manifest))


def _with_capacity(known: Calibration, rate_per_s: float) -> Calibration:
    fitted = check(apply(known.journey, {path: value for path, (value, _) in known.changes.items()}))
    value, where = known.capacity_of({name: fit.best for name, fit in known.known.items()})
    drawn = [known.capacity_of(known.draw(number))[0] for number in range(200)] if where else []
    capacity = Estimate(value)
    if drawn:
        low, high = np.quantile(drawn, [0.025, 0.975])
        capacity = Estimate(value, min(float(low), value), max(float(high), value), known.customers, "customers",
                            "block bootstrap")  # fmt: skip
    return replace(known, fitted=fitted, capacity_per_s=capacity, bottleneck=where, load=rate_per_s / value)


def _worked(journey: Journey) -> tuple[str, ...]:
    return tuple(station.name for station in journey.stations if any(steps_at(journey, station)))


def _visits_each(journey: Journey, rows: Columns, customers: int) -> dict[str, float]:
    """Return how often a customer comes to each step's station and contact, served there or not."""
    came = ~rows.outcome.among("deflected") & ~(rows.outcome.among("dropped") & (rows.end_s == rows.ready_s))
    names = {name for station in journey.stations for name in steps_at(journey, station)}
    return {name: float(np.count_nonzero(rows.step.among(name) & came)) / customers for name in sorted(names)}


def _station(
    journey: Journey, name: str, rows: Columns, manifest: Manifest, black_box: bool, seed: int
) -> StationEvidence:
    station = journey.station(name)
    seen = begins_are_seen(journey, station, manifest) and not black_box
    for obstacle in obstacles(journey, station, seen):
        return StationEvidence(obstacle)
    visits = visits_of(station, rows, manifest.speed, seen)
    fit = fit_station(visits, seed=seed)
    if isinstance(fit, str) or station.shifts:
        return StationEvidence(fit)
    return StationEvidence(fit, load_of(visits, fit.servers), dependence(fit.best, visits, seed=seed), visits)


def station_visits(known: Calibration, name: str, run: Run) -> Visits:
    """Return the visits to a calibrated station in another run, as much of them seen as in the first."""
    station = known.journey.station(name)
    seen = begins_are_seen(known.journey, station, run.manifest) and not known.black_box
    visits = visits_of(station, read_rows(run), run.manifest.speed, seen)
    return visits if seen else visits.some(visits.whole)


def _server_changes(journey: Journey, name: str, servers: int) -> dict[str, int]:
    """Return how to say that a station has so many servers; the number of its replicas stays."""
    station = journey.station(name)
    if station.replicas is None or station.replicas.count == 1:
        return {f"stations.{name}.servers": servers}
    if servers % station.replicas.count == 0:
        return {f"stations.{name}.servers": servers // station.replicas.count}
    return {f"stations.{name}.servers": servers, f"stations.{name}.replicas.count": 1,
            f"stations.{name}.replicas.needed": 1}  # fmt: skip


def _changes(
    journey: Journey, stations: Mapping[str, StationEvidence], patience: tuple[PatienceFit, ...],
    arrivals: ArrivalFit | None, source: str,
) -> Iterator[tuple[str, tuple[Any, str]]]:  # fmt: skip
    for name, evidence in stations.items():
        fit = evidence.fit
        if isinstance(fit, str):
            continue
        if fit.servers_known:
            words = f"derived from {source}: {fit.n:,} visits, {fit.waited:.0%} of which waited"
            for path, value in _server_changes(journey, name, fit.servers).items():
                yield path, (str(value), words)
        paths = steps_at(journey, journey.station(name))
        for step, service in fit.services.items():
            if step in paths:
                yield paths[step], (str(rounded(service.law)), f"derived from {source}: {service.n:,} services")
    for one in patience:
        if one.law is not None:
            yield one.path, (str(rounded(one.law)), f"derived from {source}: {one.left:,} of {one.n:,} lost patience")
    if arrivals is not None and arrivals.rate_per_s.measured:
        note = f"derived from {source}: {arrivals.rate_per_s.n:,} arrivals"
        if arrivals.profile:
            yield "arrivals.profile", (arrivals.profile, note)
        yield "arrivals.rate", (str(Rate(float(f"{arrivals.rate_per_s.value:.6g}"))), note)
