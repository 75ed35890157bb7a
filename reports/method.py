"""The method in the order of STRESS-DES, the field's checklist for reports of discrete-event simulations.

Monks, Currie, Onggo, Robinson, Kunc and Taylor (2019), *Strengthening the reporting of empirical simulation studies:
introducing the STRESS guidelines*, J. Simulation 13(1), 55-67. Each item is filled in from the blueprint and the runs.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeys.arrivals import Poisson
from journeys.blueprint import LANES, Journey
from journeys.eventlog import Manifest
from journeys.stations import Station
from reports.tables import parameter_groups
from reports.wording import count, duration

if TYPE_CHECKING:
    from reports.study import Study


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the checklist: its number and title there, what is said of it, and commands, if they say it."""

    number: str
    title: str
    texts: tuple[str, ...]
    commands: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """One of the checklist's six chapters."""

    title: str
    items: tuple[Item, ...]


def method(study: Study) -> tuple[Chapter, ...]:
    """Return the method of a study's simulated runs; empty where nothing was simulated."""
    if not study.simulated:
        return ()
    manifest = study.simulated[study.baseline].manifest
    return (
        Chapter("Objectives", tuple(_objectives(study))),
        Chapter("Logic", tuple(_logic(study.journey, study))),
        Chapter("Data", tuple(_data(study))),
        Chapter("Experimentation", tuple(_experimentation(study, manifest))),
        Chapter("Implementation", tuple(_implementation(manifest))),
        Chapter("Code access", (_access(study),)),
    )


def command_of(manifest: Manifest, replications: int) -> str:
    """Return the command that makes a simulated run again."""
    words = ["journeywright", "simulate", manifest.reference or manifest.journey]
    for path, value in manifest.changes.items():
        words += ["--set", f"{path}={value}"]
    words += ["--replications", f"{replications}", "--customers", f"{manifest.customers}", "--seed", f"{manifest.seed}",
              "--engine", manifest.engine]  # fmt: skip
    return shlex.join(words)


def _objectives(study: Study) -> Iterator[Item]:
    journey = study.journey
    asked = f"What becomes of customers of “{journey.title or journey.name}”"
    if study.comparison is not None:
        names = ", ".join(f"“{study.titles[name]}”" for name in study.comparison.scenarios)
        asked += f", and what would {names} change about that?"
    else:
        asked += "?"
    yield Item("1.1", "Purpose", (asked, *([journey.story] if journey.story else [])))
    outputs = [
        "Shares of the customers who entered: completed, denied, dropped off, turned away.",
        "Time waited, hours of work and money per customer or per 100 of them; percentiles of times, over visits.",
    ]
    if journey.contacts:
        outputs.append("Calls per 100 customers: contacts that reach the phone, each further attempt counted.")
    if journey.decision:
        first, last = (journey.step(name).label for name in journey.decision)
        outputs.append(f"Time to decision: from the end of “{first}” to the end of “{last}” that decides.")
    yield Item("1.2", "Outputs", tuple(outputs))
    if study.comparison is not None:
        yield Item("1.3", "Aims", (
            (f"{count(len(study.comparison.scenarios), 'scenario')} against “{study.titles[study.baseline]}”, each "
            "metric by its paired difference."),
        ))  # fmt: skip


def _logic(journey: Journey, study: Study) -> Iterator[Item]:
    lanes = [f"{sum(step.lane == lane for step in journey.steps)} in lane {lane}" for lane in LANES
             if any(step.lane == lane for step in journey.steps)]  # fmt: skip
    yield Item("2.1", "Model", (f"The blueprint above: {count(len(journey.steps), 'step')}, {', '.join(lanes)}.",))
    if study.comparison is not None and study.combined:
        changed = sum(bool(row.changed) for row in study.parameters)
        yield Item("2.2", "Scenarios", (
            f"“{study.titles[study.combined]}” changes {count(changed, 'value')} of the blueprint, and nothing else.",
        ))  # fmt: skip
    yield Item("2.3", "Algorithms", (
        ("Queues: lowest priority number first, then first come, first served. At equal times: in the order in which "
        "things were asked for."),
        *(["Contacts arise by their hazard while a customer waits, or by chance at a step; see contacts.py."]
          if journey.contacts else []),
    ))  # fmt: skip
    segments = ", ".join(f"{one.name} {one.share:.0%}" for one in journey.segments)
    yield Item("2.4", "Components", (
        f"Entities: customers ({segments}).",
        f"Resources: {'; '.join(map(_station, journey.stations)) or 'none'}.",
        "Entry: " + _arrivals(journey) + ". Exit: completed, denied, dropped off, turned away.",
        *([f"Waits with patience: {', '.join(wait.title or wait.name for wait in journey.waits)}."]
          if journey.waits else []),
    ))  # fmt: skip


def _station(station: Station) -> str:
    hours = ", ".join(f"{shift.days} {shift.start} to {shift.end}" for shift in station.shifts) or "always on duty"
    return f"{station.title or station.name}, {station.capacity} ({hours})"


def _arrivals(journey: Journey) -> str:
    law = journey.arrivals
    if not isinstance(law, Poisson):
        return "at the times of a schedule"
    by = ", by the hour of the week" if law.profile else ""
    return f"a Poisson process of {law.rate.per_s * 86400:.3g} a day{by}"


def _data(study: Study) -> Iterator[Item]:
    told = ", ".join(f"{n} {kind}" for kind, n in parameter_groups(study.parameters))
    notes = sorted({row.note for row in study.parameters if row.kind in ("derived", "cited") and row.note})
    yield Item("3.1", "Sources", (f"Of {len(study.parameters)} parameters: {told}.", *notes[:6]))
    yield Item("3.2", "Inputs", ("Every number with its source, below: “What went in”.",))
    yield Item("3.3", "Assumptions", (
        "What is assumed is marked so. Results are conditional on it"
        + ("; “What would overturn it” tells how much." if study.found.get("doubts") else "."),
    ))  # fmt: skip


def _experimentation(study: Study, manifest: Manifest) -> Iterator[Item]:
    journey = study.journey
    start = "Each replication starts empty, on a Monday at 00:00"
    if journey.warm_up.s:
        start += f"; customers who arrive in the first {duration(journey.warm_up.s)} are simulated and not counted"
    yield Item("4.1", "Initialisation", (start + ".",))
    length = f"{count(manifest.customers, 'customer')} a replication, until the last of them has left"
    if journey.cool_down.s:
        length += f"; those of the last {duration(journey.cool_down.s)} are not counted"
    yield Item("4.2", "Run length", (length + ".",))
    n = len(study.simulated[study.baseline].replications)
    yield Item("4.3", "Estimation", (
        (
            f"{count(n, 'independent replication')}. Intervals of 95% by Student’s t over replications; of relative "
            "changes by Fieller’s theorem. Scenarios share their customers; replications are compared in pairs."
        ),
    ))  # fmt: skip


def _implementation(manifest: Manifest) -> Iterator[Item]:
    versions = ", ".join(f"{name} {version}" for name, version in sorted(manifest.versions.items()))
    yield Item("5.1", "Software", (f"{versions}; engine “{manifest.engine}”.",))
    yield Item("5.2", "Random sampling", (
        (f"Philox, counter-based; seed {manifest.seed}. A draw is addressed by seed, replication, customer, step, "
        "purpose and visit, so that a change to one part draws nothing new elsewhere."),
    ))  # fmt: skip
    yield Item("5.3", "Execution", (
        "One process a replication; simultaneous events have one specified order, the same in every engine.",
    ))  # fmt: skip
    host = ", ".join(f"{name} {value}" for name, value in sorted(manifest.host.items()))
    yield Item("5.4", "System", (f"{host}; from {manifest.started} to {manifest.ended}.",))


def _access(study: Study) -> Item:
    runs: Mapping[str, str] = {
        study.titles[name]: command_of(results.manifest, len(results.replications))
        for name, results in study.simulated.items()
    }
    return Item(
        "6.1", "Reproduction",
        ("With the versions above these commands make the same rows, bit for bit:",), tuple(runs.values()),
    )  # fmt: skip
