"""What the model says of a capacity: the same search, in simulations, before anything is loaded."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from journeys.errors import Missing, Unsupported

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.budgets import Budget
    from journeys.columns import Columns
    from reports.capacity.finding import Foreseen
    from reports.capacity.search import Trial

MOST_S, MOST_TRIALS, WITHIN = 20.0, 80, 0.04
WARM_UP = 0.2
LUCK = 2_000_003  # other customers than those who are let to come


def foreseen(
    journey: Journey, budget: Budget, what_if: Path | None, *, replicas: int, speed: float, low_per_s: float,
    high_per_s: float, lasts_s: Callable[[float], float],
) -> Foreseen | None:  # fmt: skip
    """Return the capacity that the model predicts; None where it cannot tell, or not within seconds.

    Parameters
    ----------
    what_if: the file with the model's numbers, beside which its tests are recorded. replicas: processes, each of which
        has all servers of the stations of machines; 0 for as it is. lasts_s: how long a trial at a rate lasts.
    """
    from reports.calibration.record import beside, read_record, trust_of
    from reports.capacity.finding import Foreseen
    from reports.capacity.search import Search, Trial, search
    from reports.capacity.trials import foreseen_value, is_foreseen

    if not is_foreseen(budget.of):
        return None
    clock = speed if journey.clock(budget.step) == "human" else 1.0
    found, began_s = Search(low_per_s, high_per_s, WITHIN), time.monotonic()

    def trial(rate_per_s: float, number: int) -> Trial:
        lasting_s = lasts_s(rate_per_s)
        rows = simulate(rate_per_s, lasting_s, number)
        value = foreseen_value(budget.of, rows, clock, WARM_UP * lasting_s, lasting_s)
        return Trial(rate_per_s, budget.holds(value), value, void="nobody came" if math.isnan(value) else "")

    def enough(trials: object) -> str:
        made = len(found.trials)
        return "enough" if made >= MOST_TRIALS or time.monotonic() - began_s > MOST_S else ""

    try:
        simulate = _simulator(journey, replicas, speed)
        why = search(found, trial, enough)
    except (Missing, Unsupported):
        return None  # no engine here can simulate it: that takes nothing from what is measured
    if found.beyond or (why and len(found.telling) < MOST_TRIALS // 2):
        return None
    record = read_record(beside(what_if)) if what_if is not None else None
    return Foreseen(found.belief.estimate(len(found.telling)).value, trust_of(record) if record else None)


def _simulator(journey: Journey, replicas: int, speed: float) -> Callable[[float, float, int], Columns]:
    """Return what simulates customers arriving at a rate, for so many seconds of a run, given the trial's number."""
    from journeys.arrivals import Poisson, Schedule
    from journeys.columns import Columns
    from journeys.durations import Rate
    from journeys.paths import apply
    from journeys.population import Population
    from simulators.engines import ENGINES, choose

    more = {
        f"stations.{one.name}.servers": one.servers * replicas
        for one in journey.stations
        if one.kind == "system" and replicas > 1
    }
    own = apply(journey, more)
    engine = ENGINES[choose("", own, lambda text: None)]

    def simulate(rate_per_s: float, lasts_s: float, number: int) -> Columns:
        seed, wanted = LUCK + number, rate_per_s * lasts_s
        most = math.ceil(wanted + 6 * math.sqrt(wanted) + 10)
        at_s = Population(own, seed).arrivals_s(most, Poisson(Rate(rate_per_s)))
        at_s, parts = at_s[at_s <= lasts_s], list[Columns]()
        engine.replicate(own, seed, 0, len(at_s), Schedule.from_seconds(at_s.tolist()), None, speed, parts.append)
        return Columns.joined(parts)

    return simulate
