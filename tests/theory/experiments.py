"""Small queueing models as journeys, simulated in replications, and held against a truth by their own interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from scipy import stats

from journeys import Journey, Poisson, Station, Step, per_hour
from journeys.distributions import Distribution
from journeys.eventlog import Row
from simulators.simpy_engine import replicate

CONFIDENCE = 0.999
WARM_UP = 0.2


def queue(lam_per_h: float, service: Distribution, servers: int, **step: object) -> Journey:
    """Return a single station with Poisson arrivals; `step` and `queue_limit` are those of the step and station."""
    limit = step.pop("queue_limit", None)
    segments = step.pop("segments", None)
    return Journey(
        name="queue",
        arrivals=Poisson(per_hour(lam_per_h)),
        steps=(Step(name="serve", lane="backstage", station="desk", service=service, **step),),  # type: ignore[arg-type]
        stations=(Station(name="desk", servers=servers, queue_limit=limit),),  # type: ignore[arg-type]
        **({"segments": segments} if segments else {}),  # type: ignore[arg-type]
    )


def served_after_warm_up(rows: Sequence[Row], customers: int, step: str = "serve") -> list[Row]:
    """Return the rows of a step of the customers after warm-up and before the system runs empty."""
    return [row for row in rows if row.step == step and WARM_UP * customers <= row.customer < 0.95 * customers]


def replicated(
    journey: Journey, measure: Callable[[list[Row]], float], *, replications: int = 20, customers: int = 3000,
    seed: int = 11,
) -> list[float]:  # fmt: skip
    """Return one measurement a replication."""
    return [measure(replicate(journey, seed, number, customers)) for number in range(replications)]


def assert_within_interval(values: Sequence[float], truth: float) -> None:
    """Assert that the truth lies in the interval of the replications, at 99.9%."""
    mean, error = float(np.mean(values)), float(np.std(values, ddof=1) / np.sqrt(len(values)))
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1)) * error
    assert abs(mean - truth) <= reach, f"simulated {mean:.6g} +- {reach:.3g}, theory {truth:.6g}"
    assert reach < 0.25 * abs(truth), f"the interval +- {reach:.3g} around {mean:.6g} is too wide to say anything"


def mean_wait_h(customers: int = 3000) -> Callable[[list[Row]], float]:
    """Return the measure: mean wait in queue, in hours, of those served."""

    def measure(rows: list[Row]) -> float:
        waits = [row.start_s - row.ready_s for row in served_after_warm_up(rows, customers) if row.outcome == "served"]
        return float(np.mean(waits)) / 3600

    return measure
