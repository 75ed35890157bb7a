"""Measuring large runs: replications side by side, and large ones a group of customers at a time, in bounded memory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from journeys.blueprint import Journey
from journeys.eventlog import Manifest, Run
from journeys.parts import groups_of, last_moment_s, read_parts, rows_in
from reports.measuring.pooling import Pool
from reports.measuring.results import Measured
from reports.measuring.room import BYTES_A_ROW, free_bytes
from reports.measuring.walks import Part

WHOLE_ROWS = 1_000_000
"""A replication of more rows is measured in groups of customers of about GROUP_ROWS each."""
GROUP_ROWS = 500_000
ROWS_A_PROCESS = 1_500_000
"""Rows that one process measures in the time in which starting another one pays."""

Measure = Callable[..., Measured]
"""`reports.measuring.metrics.measure_replication`."""


class _Task(NamedTuple):
    """Rows to be measured by themselves: all of a replication, or those of a group of its customers."""

    replication: int
    paths: tuple[Path, ...]
    customers: tuple[int, int] | None = None
    part: Part | None = None


def measured_parts(
    journey: Journey, run: Run, measure: Measure, tell: Callable[[int, int], None] = lambda done, total: None
) -> list[Measured]:
    """Return the metrics of each replication of a run; `tell` how much is done, of how much. Raises CannotRead."""
    tasks = [task for number, paths in run.parts().items() for task in _tasks(journey, number, paths)]
    rows = sum(map(rows_in, run.parts().values()))
    return list(_pooled(tasks, _measured(journey, run.manifest, tasks, measure, rows), tell))


def takes_a_while(run: Run) -> bool:
    """Tell whether a run has more rows than one process measures while somebody looks on."""
    return sum(map(rows_in, run.parts().values())) > ROWS_A_PROCESS


def goes_in_parts(journey: Journey) -> bool:
    """Tell whether customers can be measured apart: not where work pre-empts other work, which only all rows tell."""
    return not any(station.preemptive for station in journey.stations)


def _tasks(journey: Journey, replication: int, paths: tuple[Path, ...]) -> Iterator[_Task]:
    if rows_in(paths) <= WHOLE_ROWS or not goes_in_parts(journey):
        yield _Task(replication, paths)
        return
    until_s = last_moment_s(replication, paths)
    for place, group in enumerate(groups_of(replication, paths, GROUP_ROWS)):
        yield _Task(replication, group.paths, (group.first, group.last), Part(until_s, place == 0))


def _measured(
    journey: Journey, manifest: Manifest, tasks: Sequence[_Task], measure: Measure, rows: int
) -> Iterable[Measured]:
    """Yield the metrics of each task in their order, from as many processes as pay and have room."""
    room = free_bytes() // (2 * WHOLE_ROWS * BYTES_A_ROW)
    jobs = min(os.cpu_count() or 1, len(tasks), 1 + rows // ROWS_A_PROCESS, max(1, room))
    if jobs <= 1:  # none: a run that ended before its first row
        return (_measure(journey, manifest, task, measure) for task in tasks)
    from joblib import Parallel, delayed

    pool = Parallel(n_jobs=jobs, return_as="generator", pre_dispatch=2 * jobs)
    found: Iterable[Measured] = pool(delayed(_measure)(journey, manifest, task, measure) for task in tasks)
    return found


def _measure(journey: Journey, manifest: Manifest, task: _Task, measure: Measure) -> Measured:
    rows = read_parts(task.replication, task.paths, task.customers)
    return measure(journey, manifest, task.replication, rows, part=task.part)


def _pooled(tasks: Sequence[_Task], found: Iterable[Measured], tell: Callable[[int, int], None]) -> Iterator[Measured]:
    """Yield the metrics of each replication from those of its groups, as they come."""
    pool: Pool | None = None
    for place, (task, measured) in enumerate(zip(tasks, found, strict=True)):
        tell(place + 1, len(tasks))
        if task.part is None:
            yield measured
            continue
        pool = pool or Pool()
        pool.add(measured)
        if place + 1 == len(tasks) or tasks[place + 1].replication != task.replication:
            yield pool.measured()
            pool = None
