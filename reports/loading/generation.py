"""Whether a load run made the load that it was told to make: arrivals late, dropped or lost, against their own budget.

A generator that falls behind its plan loads the target less than it says, and what it then measures looks better than
it is. So its lag and the arrivals that it did not make are rows like all others, and judged like all others. Arrivals
see time averages (Wolff 1982, PASTA), so with Poisson arrivals the lag of customers is also the delay that the
generator adds to any other moment.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

import numpy as np

from journeys.eventlog import ARRIVAL, Run
from reports.loading.course import Course, course
from reports.loading.memory import Memory, Samples, samples
from reports.loading.met import Experience, experience
from reports.statistics import sample_quantiles
from reports.wording import count, duration, number

Made = Literal["kept", "missed", "not judged"]
NAME = "generation"  # of the section that tells it
LOST = "lost arrival"  # how the detail of an arrival begins whose worker died
TAIL = 0.99
LAGS = (0.5, TAIL, 1.0)
BUSY = 0.9


@dataclass(frozen=True, slots=True)
class Generation:
    """The load of one run, as it was made.

    Parameters
    ----------
    workload: ``open`` or ``closed``. plan: in words, such as ``20 / s``. duration_s: how long customers arrived.
    planned: how many arrivals; of these `dropped` at the cap of journeys in flight, and `lost` with a worker.
    lag_s: how late those who arrived were started, by quantile (0.5, 0.99, 1), in seconds.
    busiest_ratio: CPU time over elapsed time of the busiest worker while customers arrived; NaN where not known.
    most_lag_s, most_dropped: the budget; NaN where the run had none.
    workers_lost: one line for each worker that died. held: what each process held in memory; None where nothing was
        noted. memory: the course of that by process, the generator's first; empty where the run was too short to tell.
    """

    workload: str
    plan: str
    duration_s: float
    planned: int
    dropped: int
    lost: int
    lag_s: Mapping[float, float]
    busiest_ratio: float
    most_lag_s: float
    most_dropped: float
    requests_per_s: float
    workers_lost: tuple[str, ...] = ()
    held: Samples | None = None
    memory: Mapping[str, Memory] = field(default_factory=dict)

    @property
    def made(self) -> int:
        """How many customers were started."""
        return self.planned - self.dropped - self.lost

    @property
    def problems(self) -> tuple[str, ...]:
        """Why the load was not what it should have been; nothing where it was, or where no budget was set."""
        return tuple(self._problems())

    @property
    def status(self) -> Made:
        """Whether the generator kept its budget."""
        if math.isnan(self.most_lag_s):
            return "not judged"
        return "missed" if self.problems else "kept"

    def _problems(self) -> list[str]:
        if math.isnan(self.most_lag_s):
            return []
        found = [f"{count(self.lost, 'arrival')} lost with their worker"] if self.lost else []
        found += self.workers_lost
        if self.dropped > self.most_dropped * self.planned:
            share = f"{number(self.dropped / self.planned, 'share')}, {number(self.most_dropped, 'share')} allowed"
            found.append(f"{count(self.dropped, 'arrival')} of {self.planned:,} dropped at the cap in flight ({share})")
        if self.lag_s[TAIL] > self.most_lag_s:
            late = f"99% of customers started up to {duration(self.lag_s[TAIL])} late"
            found.append(f"{late} ({duration(self.most_lag_s)} allowed){self._why()}")
        return found

    def _why(self) -> str:
        if self.busiest_ratio >= BUSY:
            return f"; a worker used {number(self.busiest_ratio, 'share')} of a core: add --workers, or machines"
        return "; this machine was too busy"


def generation(run: Run) -> Generation | None:
    """Return how a run's load was made; None for a run of another engine. Raises CannotRead for broken logs."""
    if run.manifest.engine != "load":
        return None
    rows = run.sql(f"SELECT ready_s - intended_s AS lag_s, outcome, detail FROM events WHERE step = '{ARRIVAL}'")
    served = np.asarray(rows["outcome"] == "served")
    lost = int(rows["detail"].astype(str).str.startswith(LOST).sum())
    lag_s = np.maximum(np.asarray(rows["lag_s"], dtype=np.float64)[served], 0.0)
    told = run.manifest.settings
    held = samples(told)
    return Generation(
        workload=run.manifest.workload,
        plan=str(told.get("rate", "")),
        duration_s=float(told.get("duration_s", math.nan)),
        planned=len(rows),
        dropped=len(rows) - len(lag_s) - lost,
        lost=lost,
        lag_s=dict(zip(LAGS, sample_quantiles(lag_s, LAGS), strict=True)),
        busiest_ratio=max(told.get("worker_busy_ratio", (math.nan,))),
        most_lag_s=float(told.get("most_lag_s", math.nan)),
        most_dropped=float(told.get("most_dropped", math.nan)),
        requests_per_s=float(told.get("requests_per_s", math.nan)),
        workers_lost=tuple(told.get("lost_workers", ())),
        held=held,
        memory=held.courses() if held is not None else {},
    )


def generations(runs: Mapping[str, Run]) -> dict[str, tuple[Generation, Course, Experience]]:
    """Return by name how the load of each run of the load engine was made, its course, and what its customers met."""
    return {
        name: (made, course(run), experience(run))
        for name, run in runs.items()
        if (made := generation(run)) is not None
    }


def values(found: Generation) -> dict[str, Any]:
    """Return the numbers for machines."""
    return {
        "workload": found.workload, "plan": found.plan, "duration_s": found.duration_s, "planned": found.planned,
        "started": found.made, "dropped": found.dropped, "lost": found.lost,
        "lag_s": {"p50": found.lag_s[0.5], "p99": found.lag_s[TAIL], "max": found.lag_s[1.0]},
        "requests_per_s": found.requests_per_s, "busiest_worker_cpu_ratio": found.busiest_ratio,
        "budget": {"lag_p99_s": found.most_lag_s, "dropped_ratio": found.most_dropped}, "status": found.status,
        "problems": list(found.problems),
        "memory": [{"process": name, **asdict(one), "course": one.course} for name, one in found.memory.items()],
    }  # fmt: skip
