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
from journeys.measures import names_for

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from journeys.columns import Columns
    from journeys.eventlog import Manifest
    from reports.measuring.results import Measured

    Floats = NDArray[np.float64]

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Task:
    """One cell, fit to be sent to another process; `wanted` is what to send home.

    `cohort_s`: between which arrivals customers count; None where the cell's own warm-up and cool-down tell.
    """

    journey: bytes
    engine: str
    seed: int
    replication: int
    customers: int
    wanted: Any
    cohort_s: tuple[float, float] | None = None


@dataclass(slots=True)
class Cells:
    """Simulates cells, and counts them.

    Parameters
    ----------
    seed, customers: whose customers; `customers` None for the journey's own number.
    engine: which one; empty for the fastest that can. jobs: processes of this machine; None for one a core. A cell's
        numbers depend on neither.
    run_of: how many replications the run has, to which cells belong that are compared with it: then those customers
        count who count there. 0 where they belong to none.
    progress: told (cells done, cells asked for so far) over the whole experiment. tell: told, once and on one line,
        what a person should know.
    """

    seed: int
    customers: int | None = None
    engine: str = ""
    jobs: int | None = None
    progress: Callable[[int, int], None] = lambda done, of: None
    tell: Callable[[str], None] = lambda text: None
    run_of: int = 0
    _done: int = field(default=0, init=False)
    _told: set[str] = field(default_factory=set, init=False)
    _cohorts: dict[str, tuple[float, float] | None] = field(default_factory=dict, init=False)

    def values(self, cells: Sequence[tuple[Journey, int]], metrics: Sequence[Metric]) -> Floats:
        """Return the metrics of cells (journey, replication), shape (n_cells, n_metrics); NaN for nothing measured."""
        import numpy as np

        found = self._worked_off(_measured, cells, tuple(metrics))
        return np.array(found, dtype=np.float64).reshape(len(cells), len(metrics))

    def quantities(self, cells: Sequence[tuple[Journey, int]], keys: Sequence[str]) -> Floats:
        """Return quantities by their keys, such as ``drop-off``, of cells (journey, replication); as `values` does.

        Those of segments and of single steps' times are not among them.
        """
        import numpy as np

        found = self._worked_off(_of_the_whole, cells, tuple(keys))
        return np.array(found, dtype=np.float64).reshape(len(cells), len(keys))

    def observations(self, journey: Journey, replications: int, step: str) -> list[tuple[Floats, Floats]]:
        """Return (times, values) of what customers of each replication met; see `warmup.observed`."""
        return self._worked_off(_observed, [(journey, number) for number in range(replications)], step)

    def _worked_off(self, function: Callable[[Task], R], cells: Sequence[tuple[Journey, int]], wanted: Any) -> list[R]:
        from simulators.pools import here

        tasks, asked = self._tasks(cells, wanted), self._done + len(cells)
        found: dict[int, R] = {}

        def done(place: int, result: R) -> None:
            found[place] = result
            self._done += 1
            self.progress(self._done, asked)

        self.progress(self._done, asked)
        here(self.jobs)(function, tasks, done)
        return [found[place] for place in range(len(tasks))]

    def _tasks(self, cells: Sequence[tuple[Journey, int]], wanted: Any) -> list[Task]:
        """Return what processes are given; a journey of several cells is looked at once."""
        from journeys.packing import packed
        from simulators.engines import choose

        journeys = {id(journey): journey for journey, _ in cells}
        ready = {
            at: (packed(one), choose(self.engine, one, self._tell_once), self._cohort(one))
            for at, one in journeys.items()
        }
        return [
            Task(blob, engine, self.seed, replication, self.customers or journey.customers, wanted, cohort_s)
            for journey, replication in cells
            for blob, engine, cohort_s in (ready[id(journey)],)
        ]

    def _cohort(self, journey: Journey) -> tuple[float, float] | None:
        from simulators.simulation import cohort

        if not self.run_of:
            return None
        key = repr((journey.arrivals, journey.warm_up, journey.cool_down, self.customers or journey.customers))
        if key not in self._cohorts:
            customers = self.customers or journey.customers
            self._cohorts[key] = cohort(journey, self.seed, customers, self.run_of)
        return self._cohorts[key]

    def _tell_once(self, text: str) -> None:
        if text not in self._told:
            self._told.add(text)
            self.tell(text)


def expect_metrics(journey: Journey, metrics: Sequence[Metric], option: str) -> None:
    """Raise InvalidInput for a metric of a step, or a time to decision, that the journey does not have."""
    steps, wrong = [step.name for step in journey.steps], list[Problem]()
    stations = [station.name for station in journey.stations]
    for metric in metrics:
        known = names_for(metric, journey.measures, steps, stations)
        if metric.step and metric.step not in known:
            what = "station" if metric.name == "utilisation" else "step"
            wrong.append(Problem(option, f"there is no {what} {metric.step!r}", "", did_you_mean(metric.step, known)))
        elif metric.name in ("abandonment", "within") and not journey.step(metric.step).station:
            wrong.append(Problem(option, f"{metric.step} has no station, and so no queue to leave"))
        elif metric.name in ("returned", "referred") and journey.loyalty is None:
            wrong.append(Problem(option, f"nobody comes again to {journey.name}", str(metric), "set Journey.loyalty"))
        elif metric.name in ("value per completion", "earned per 100") and not _is_worth_something(journey):
            wrong.append(Problem(option, f"{journey.name} names no value", str(metric), "set Money.completion_value"))
        elif metric.name == "time to decision" and not journey.decision:
            wrong.append(Problem(option, f"{journey.name} names no decision", str(metric), "set Journey.decision"))
    if wrong:
        raise InvalidInput(wrong)


def _is_worth_something(journey: Journey) -> bool:
    return bool(journey.money.completion_value) or any(step.value for step in journey.steps)


def _simulated(task: Task) -> tuple[Journey, Columns]:
    from journeys.columns import Columns
    from simulators.cells import unpacked
    from simulators.engines import ENGINES

    engine, journey, parts = ENGINES[task.engine], unpacked(task.journey), list[Columns]()
    engine.prepare(lambda text: None)
    engine.replicate(journey, task.seed, task.replication, task.customers, None, None, 1.0, parts.append)
    return journey, Columns.joined(parts or [Columns.of([])])


def _measured(task: Task) -> list[float]:
    from reports.judging import quantity_of

    results = _results(task)
    found = [quantity_of(metric, results) for metric in task.wanted]
    return [math.nan if quantity is None else float(quantity.values[0]) for quantity in found]


def _of_the_whole(task: Task) -> list[float]:
    from reports.measuring.metrics import measure_quantities

    journey, rows = _simulated(task)
    found = measure_quantities(journey, _manifest(task, journey), task.replication, rows, task.wanted)
    return [found.get(key, math.nan) for key in task.wanted]


def _results(task: Task) -> Measured:
    from reports.measuring.metrics import measure_replication

    journey, rows = _simulated(task)
    return measure_replication(journey, _manifest(task, journey), task.replication, rows)


def _manifest(task: Task, journey: Journey) -> Manifest:
    from journeys.eventlog import Manifest
    from journeys.population import Population

    cohort_s = task.cohort_s
    if cohort_s is None and (journey.warm_up.s or journey.cool_down.s):
        last_s = float(Population(journey, task.seed, task.replication).arrivals_s(task.customers)[-1])
        cohort_s = journey.warm_up.s, last_s - journey.cool_down.s
    return Manifest(
        journey=journey.name, journey_digest="", scenario="", engine=task.engine, kind="simulated", seed=task.seed,
        replications=1, customers=task.customers, cohort_s=cohort_s, finished=True,
        human_steps=tuple(step.name for step in journey.steps if journey.clock(step.name) == "human"),
    )  # fmt: skip


def _observed(task: Task) -> tuple[Floats, Floats]:
    from reports.experiments.warmup import observed

    return observed(_simulated(task)[1], task.wanted)
