"""What the stories of the catalogue are held to: sources, levers, and claims on a seed that nobody looked at before."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from journeys.blueprint import Journey
from journeys.columns import Columns
from journeys.eventlog import Manifest
from journeys.loading import load, what_if_of
from journeys.paths import parameters, source_of
from journeys.population import Population
from journeys.scenarios import WhatIf, read_what_if
from reports.measuring.metrics import measure_replication
from reports.measuring.results import Results, merged
from reports.statistics import Paired, paired
from simulators.engines import ENGINES, choose

FRESH_SEED = 61_803


@dataclass(frozen=True, slots=True)
class Claim:
    """A metric changes, in a scenario against another, by a factor (or with `by` difference, an amount) in a range.

    The whole 95% interval of the paired change must lie on the claimed side of no change, and its value in the range.
    """

    key: str
    low: float
    high: float
    scenario: str = "redesigned"
    against: str = "as-is"


def what_if(name: str, what: str = "redesign") -> WhatIf:
    """Return a what-if that comes with a journey."""
    return read_what_if(Path(what_if_of(name)).with_name(f"{what}.toml"))


def expect_sources(journey: Journey) -> None:
    """Assert that every parameter has a source or says assumed, and that each source fits some parameter."""
    assert not [path for path, _ in parameters(journey) if not source_of(journey, path).note]
    paths = [path.split(".") for path, _ in parameters(journey)]
    for source in journey.sources:
        pattern = source.path.split(".")
        fitting = [path for path in paths if all(a in ("*", b) for a, b in zip(pattern, path, strict=False))]
        assert any(len(pattern) <= len(path) for path in fitting), source.path


def expect_levers(name: str, combined: str = "redesigned") -> None:
    """Assert that the combined scenario is its levers, each alone a scenario too, and that no two change one path."""
    found = what_if(name)
    raw = tomllib.loads(Path(what_if_of(name)).read_text(encoding="utf-8"))["scenarios"]
    assert len(found.scenarios) >= 4
    together: dict[str, object] = {}
    for lever in raw[combined]["includes"]:
        changes = found.scenario(lever).changes
        assert changes
        assert not set(changes) & set(together), lever
        together |= changes
    assert found.scenario(combined).changes == together
    assert not found.scenario(found.baseline).changes


@cache
def measured(
    name: str, scenario: str, replications: int, customers: int, seed: int = FRESH_SEED, what: str = "redesign"
) -> Results:
    """Return the metrics of a scenario of one of the journey's what-if files, by the first engine that can."""
    journey = what_if(name, what).scenario(scenario).of(load(name))
    engine = ENGINES[choose("", journey, lambda text: None)]
    parts = []
    for number in range(replications):
        rows: list[Columns] = []
        engine.replicate(journey, seed, number, customers, None, None, 1.0, rows.append)
        manifest = manifest_of(journey, scenario, seed, number, customers)
        parts.append(measure_replication(journey, manifest, number, Columns.joined(rows)))
    return merged(journey, manifest, parts)


def manifest_of(journey: Journey, scenario: str, seed: int, replication: int, customers: int) -> Manifest:
    last_s = float(Population(journey, seed, replication).arrivals_s(customers)[-1])
    counted = (journey.warm_up.s, last_s - journey.cool_down.s) if journey.warm_up.s or journey.cool_down.s else None
    return Manifest(
        journey=journey.name, journey_digest="", scenario=scenario, engine="simpy", kind="simulated", seed=seed,
        replications=1, customers=customers, cohort_s=counted, finished=True,
        human_steps=tuple(step.name for step in journey.steps if journey.clock(step.name) == "human"),
    )  # fmt: skip


def changes(name: str, claim: Claim, replications: int, customers: int) -> tuple[Paired, float]:
    """Return the paired difference of a claim's metric, and its value as a factor of the one before."""
    before, after = (
        measured(name, scenario, replications, customers).quantities[claim.key].values
        for scenario in (claim.against, claim.scenario)
    )
    return paired(before, after), float(np.mean(after) / np.mean(before))


def expect(name: str, claim: Claim, replications: int, customers: int) -> None:
    """Assert a claim: the interval on its side of no change, and the factor in its range."""
    difference, factor = changes(name, claim, replications, customers)
    between = difference.difference
    told = f"{name}, {claim.scenario} against {claim.against}: {claim.key} times {factor:.3f}"
    told += f", difference {between.value:.4g} ({between.low:.4g} to {between.high:.4g})"
    assert between.low > 0 if claim.low >= 1 else between.high < 0 if claim.high <= 1 else True, told
    assert claim.low <= factor <= claim.high, told


def values(results: Results) -> Mapping[str, float]:
    """Return each metric's mean over the replications."""
    return {key: quantity.estimate().value for key, quantity in results.quantities.items()}
