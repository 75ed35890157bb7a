"""Cells of an experiment: one replication of one variant of a journey each, simulated and measured where it ran.

Experiments want a few numbers of many short simulations. Nothing of them is written: a process simulates a cell,
measures it, and sends home what was asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from journeys.blueprint import Journey
from journeys.budgets import Metric
from journeys.errors import InvalidInput, Problem, did_you_mean

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from journeys.columns import Columns

    Floats = NDArray[np.float64]

R = TypeVar("R")


@dataclass(slots=True)
class Cells:
    """Simulates cells, and counts them.

    Parameters
    ----------
    seed, customers: whose customers; `customers` None for the journey's own number.
    jobs: processes of this machine; None for one a core. A cell's numbers do not depend on it.
    progress: told (cells done, cells asked for so far) over the whole experiment.
    """

    seed: int
    customers: int | None = None
    jobs: int | None = None
    progress: Callable[[int, int], None] = lambda done, of: None
    done: int = field(default=0, init=False)

    def values(self, cells: Sequence[tuple[Journey, int]], metrics: Sequence[Metric]) -> Floats:
        """Return the metrics of cells (journey, replication), shape (n_cells, n_metrics); NaN for nothing measured."""
        import numpy as np

        found = self._worked_off(_measured, [self._task(*cell, tuple(metrics)) for cell in cells])
        return np.array(found, dtype=np.float64).reshape(len(cells), len(metrics))

    def observations(self, journey: Journey, replications: int, step: str) -> list[tuple[Floats, Floats]]:
        """Return (times, values) of what customers of each replication met; see `reports.warmup.observed`."""
        return self._worked_off(_observed, [self._task(journey, number, step) for number in range(replications)])

    def _task(self, journey: Journey, replication: int, wanted: Any) -> tuple[Journey, int, int, int, Any]:
        return journey, self.seed, replication, self.customers or journey.customers, wanted

    def _worked_off(self, function: Callable[[Any], R], tasks: Sequence[Any]) -> list[R]:
        from joblib import Parallel, delayed

        from simulators.shielding import children_leave_ctrl_c_to_us

        asked, found = self.done + len(tasks), list[R]()
        jobs = min(self.jobs or -1, len(tasks))
        self.progress(self.done, asked)
        parallel = Parallel(n_jobs=jobs, return_as="generator")
        with children_leave_ctrl_c_to_us():
            results = parallel(delayed(function)(task) for task in tasks)
        for result in results:
            found.append(result)
            self.done += 1
            self.progress(self.done, asked)
        return found


def expect_metrics(journey: Journey, metrics: Sequence[Metric], option: str) -> None:
    """Raise InvalidInput for a metric of a step, or a time to decision, that the journey does not have."""
    steps, wrong = [step.name for step in journey.steps], list[Problem]()
    for metric in metrics:
        if metric.step and metric.step not in steps:
            wrong.append(Problem(option, f"there is no step {metric.step!r}", "", did_you_mean(metric.step, steps)))
        elif metric.name == "abandonment" and not journey.step(metric.step).station:
            wrong.append(Problem(option, f"{metric.step} has no station, and so no queue to leave"))
        elif metric.name == "time to decision" and not journey.decision:
            wrong.append(Problem(option, f"{journey.name} names no decision", str(metric), "set Journey.decision"))
    if wrong:
        raise InvalidInput(wrong)


def _simulated(task: tuple[Journey, int, int, int, Any]) -> Columns:
    from journeys.columns import Columns
    from simulators.simpy_engine import replicate

    journey, seed, replication, customers, _ = task
    return Columns.of(replicate(journey, seed, replication, customers))


def _measured(task: tuple[Journey, int, int, int, tuple[Metric, ...]]) -> list[float]:
    from journeys.eventlog import Manifest
    from journeys.population import Population
    from reports.judging import quantity_of
    from reports.metrics import measure_replication

    journey, seed, replication, customers, metrics = task
    cohort_s = None
    if journey.warm_up.s or journey.cool_down.s:
        last_s = float(Population(journey, seed, replication).arrivals_s(customers)[-1])
        cohort_s = journey.warm_up.s, last_s - journey.cool_down.s
    manifest = Manifest(
        journey=journey.name, journey_digest="", scenario="", engine="simpy", kind="simulated", seed=seed,
        replications=1, customers=customers, cohort_s=cohort_s, finished=True,
        human_steps=tuple(step.name for step in journey.steps if journey.clock(step.name) == "human"),
    )  # fmt: skip
    results = measure_replication(journey, manifest, replication, _simulated(task))
    found = [quantity_of(metric, results) for metric in metrics]
    return [math.nan if quantity is None else float(quantity.values[0]) for quantity in found]


def _observed(task: tuple[Journey, int, int, int, str]) -> tuple[Floats, Floats]:
    from reports.warmup import observed

    return observed(_simulated(task), task[-1])
