"""How fast an arm's people work and its customers come, so that whole journeys fit into seconds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.evidence import Evidence, Quality

WALK_S = 3.0
"""How long nine journeys of ten may take, in real seconds."""

SLOWEST, FASTEST = 20.0, 150_000.0
LEAST_PER_S, MOST_PER_S = 4.0, 8.0
PACED = 200


@dataclass(frozen=True, slots=True)
class Pace:
    """`speed`: human seconds a real second. `rate_per_s`: arrivals."""

    speed: float
    rate_per_s: float


def at_work(journey: Journey) -> Journey:
    """Return a journey whose people are always there, and which has no faults and budgets of its own.

    Whoever comes in a few seconds of a Monday night would meet closed doors; it is the systems that are measured.
    """
    stations = tuple(replace(station, shifts=(), closures=()) for station in journey.stations)
    return replace(journey, stations=stations, faults=(), budgets=())


def pace_of(journey: Journey, seed: int, folder: Path) -> Pace:
    """Return the pace at which nine of ten journeys take WALK_S, found by simulating some customers."""
    from journeys.arrivals import Poisson
    from journeys.eventlog import Run
    from simulators.simulation import Settings, Simulation, simulate_all

    simulate_all([Simulation(journey, folder)], Settings(seed=seed, customers=PACED, jobs=1))
    lasted = Run.open(folder).sql(
        "SELECT quantile_cont(o.end_s - a.ready_s, 0.9) AS s FROM events a JOIN events o USING (replication, customer)"
        " WHERE a.step = 'arrival' AND o.step = 'exit'"
    )
    speed = min(FASTEST, max(SLOWEST, float(lasted["s"].iloc[0]) / WALK_S))
    law = journey.arrivals
    own_per_s = law.rate.per_s * speed if isinstance(law, Poisson) else MOST_PER_S
    return Pace(speed, min(MOST_PER_S, max(LEAST_PER_S, own_per_s)))


def missing(quality: Quality, why: str) -> Evidence:
    """Return the row of a quality that cannot be measured, and why."""
    from journeys.evidence import Evidence

    return Evidence(quality, "quality", verdict="not measured", detail=why)


def note(quality: Quality, text: str) -> Evidence:
    """Return a row that says how a quality was measured, or what limits it."""
    from journeys.evidence import Evidence

    return Evidence(quality, "note", detail=text)
