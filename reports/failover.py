"""Failover: what customers notice of a fault, before, during and after it, and whether the model foresaw it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.budgets import Budget
from journeys.columns import Columns
from journeys.eventlog import ARRIVAL, CONTACT, EXIT, Manifest
from reports.wording import Unit

NAME = "failover"
PHASES = ("before", "during", "after")
REPLICATIONS = 39
"""Of the twin: the range of so many contains one more of the same kind with probability 38 / 40, whatever their law
(Wilks 1941, for one more observation)."""

ATTEMPTS = ("served", "failed", "timed_out", "rejected")
SLOW = 2.0
"""An act has not recovered that takes so many times as long as the slowest one before the fault."""


@dataclass(frozen=True, slots=True)
class Measure:
    """A figure: its key, title and unit, and which way is better (-1: less)."""

    key: str
    title: str
    unit: Unit
    better: int


_BY_PHASE: tuple[tuple[str, str, Unit, int], ...] = (
    ("conversion", "Completed, of those who came", "share", 1),
    ("p95", "Slowest 5% of steps take longer than", "s", -1),
    ("failed", "Attempts that failed, per 1,000 steps", "per_1000", -1),
)
MEASURES = (
    *(
        Measure(f"{key}.{phase}", f"{title}, {phase}", unit, better)
        for key, title, unit, better in _BY_PHASE
        for phase in PHASES
    ),
    Measure("recovery", "Until nothing failed or dragged any more", "s", -1),
    Measure("attempts", "Attempts per 100 steps of customers", "per_100", -1),
    Measure("calls", "Support calls per 100 customers", "per_100", -1),
)


@dataclass(frozen=True, slots=True)
class Window:
    """When the fault was, in seconds of the run: from `begin_s` to `end_s`; arrivals ended at `lasts_s`."""

    begin_s: float
    end_s: float
    lasts_s: float

    def phases(self, at_s: NDArray[np.float64]) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Yield each phase, and which of the moments are in it."""
        yield "before", at_s < self.begin_s
        yield "during", (at_s >= self.begin_s) & (at_s < self.end_s)
        yield "after", at_s >= self.end_s


@dataclass(frozen=True, slots=True)
class Watching:
    """Measures the replications of a twin where they are simulated; parameters as of `figures`."""

    window: Window
    steps: frozenset[str]

    def __call__(self, journey: Journey, manifest: Manifest, replication: int, rows: Columns) -> dict[str, float]:
        """Return the figures of one replication."""
        return figures(rows, self.window, self.steps)


def figures(rows: Columns, window: Window, steps: frozenset[str]) -> dict[str, float]:
    """Return the figures of one run by key; NaN where nobody was there to be measured.

    Conversion is that of the customers who arrived in a phase and are not on their way any more; latency and failures
    are those of the customers' own `steps` that were intended in it. A step's latency runs from its intended start to
    the end of its last attempt.
    """
    found: dict[str, float] = {}
    arrived, left = rows.step.among(ARRIVAL), rows.step.among(EXIT)
    outcome_of = dict(zip(rows.customer[left].tolist(), rows.outcome.at(np.flatnonzero(left)).values(), strict=True))
    ends = np.array([outcome_of.get(customer, "censored") for customer in rows.customer[arrived].tolist()])
    for phase, inside in window.phases(rows.intended_s[arrived]):
        over = inside & (ends != "censored")
        found[f"conversion.{phase}"] = _mean(ends[over] == "completed")
    first_s, last_s, served, failures = _acts(rows, steps)
    latency_s = last_s - first_s
    slowest_s = float(latency_s[first_s < window.begin_s].max(initial=0.0))
    for phase, inside in window.phases(first_s):
        taken_s = latency_s[inside & served]
        found[f"p95.{phase}"] = float(np.quantile(taken_s, 0.95)) if len(taken_s) else math.nan
        found[f"failed.{phase}"] = 1000.0 * _mean(failures[inside])
    hurt = (first_s < window.lasts_s) & (last_s > window.begin_s) & ((failures > 0) | (latency_s > SLOW * slowest_s))
    found["recovery"] = float((last_s[hurt] - window.begin_s).max(initial=0.0))
    found["attempts"] = 100.0 * (_mean(failures) + _mean(served)) if len(first_s) else math.nan
    calls = sum(text.startswith(CONTACT) for text in rows.step.values())
    found["calls"] = 100.0 * calls / int(arrived.sum()) if arrived.any() else math.nan
    return found


def _acts(rows: Columns, steps: frozenset[str]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_],
                                                         NDArray[np.int64]]:  # fmt: skip
    """Return of each act: its intended start, its end, whether it was served, and how many of its attempts failed."""
    own = np.flatnonzero(rows.step.among(*steps) & rows.lane.among("customer") & rows.outcome.among(*ATTEMPTS))
    order = own[np.lexsort((rows.end_s[own], rows.visit[own], rows.step.codes[own], rows.customer[own]))]
    keys = np.column_stack((rows.customer[order], rows.step.codes[order], rows.visit[order]))
    begins = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)]) if len(order) else np.zeros(0, np.intp)
    ends = np.r_[begins[1:], len(order)] - 1 if len(order) else begins
    served = rows.outcome.at(order[ends]).among("served") if len(order) else np.zeros(0, dtype=bool)
    failed = ~rows.outcome.at(order).among("served")
    failures = np.add.reduceat(failed.astype(np.int64), begins) if len(order) else np.zeros(0, np.int64)
    return rows.intended_s[order[begins]], rows.end_s[order[ends]], served, failures


def _mean(values: NDArray[np.bool_] | NDArray[np.int64]) -> float:
    return float(np.mean(values)) if len(values) else math.nan


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A measured figure beside the same one of the twin's replications: their median, and their whole range."""

    measure: Measure
    measured: float
    median: float
    low: float
    high: float

    @property
    def verdict(self) -> str:
        """Whether the measured figure is within the range."""
        if math.isnan(self.measured):
            return "not measured"
        if math.isnan(self.median):
            return "not modelled"
        return "foreseen" if self.low <= self.measured <= self.high else "not foreseen"


@dataclass(frozen=True, slots=True)
class Kept:
    """A budget of a failover, and what was measured of it; NaN for nothing."""

    budget: Budget
    measured: float

    @property
    def status(self) -> Literal["kept", "missed", "not measured"]:
        """Whether it was kept."""
        if math.isnan(self.measured):
            return "not measured"
        return "kept" if self.budget.holds(self.measured) else "missed"

    @property
    def unit(self) -> Unit:
        """The unit of what was measured."""
        metric = self.budget.of
        if metric.is_share or metric.is_time:
            return "share" if metric.is_share else "s"
        return (
            "per_1000"
            if metric.name.startswith("failed")
            else "per_100"
            if metric.name.startswith("calls")
            else "count"
        )


_KEYS = {
    **{
        f"{name} {phase} failover": f"{key}.{phase}"
        for name, key in (("conversion", "conversion"), ("p95", "p95"), ("failed steps per 1000", "failed"))
        for phase in PHASES
    },
    "calls per 100 in failover": "calls",
    "recovered": "recovery",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """One fault, let happen to so many replicas, under load.

    Parameters
    ----------
    replicas: how many; 0 for an application of the user's own. fault: its name. window: when it was.
    measured: its figures. twin: those of the twin's replications. quiet, quiet_twin: the same without the fault; empty
        where that was not measured.
    acknowledged, lost, doubled: acts that customers were told of, and what of them the database does not hold, or
        holds twice; None where the database is not ours to look into.
    requests, tries: of customers, and what the balancer made of them.
    detected_s: until the balancer took the replica out, None for never. expected_s: what the model was told of that,
        NaN for nothing.
    steady: what was not as it should be before or after; empty where nothing.
    office_restarts: how often the office had to begin anew, of which the model knows nothing.
    budgets: those of a failover, which this must keep.
    """

    replicas: int
    fault: str
    window: Window
    measured: Mapping[str, float]
    twin: Sequence[Mapping[str, float]]
    acknowledged: int | None
    lost: int
    doubled: int
    requests: int
    tries: int
    detected_s: float | None
    expected_s: float
    steady: tuple[str, ...] = ()
    quiet: Mapping[str, float] = field(default_factory=dict)
    quiet_twin: Sequence[Mapping[str, float]] = ()
    office_restarts: int = 0
    budgets: tuple[Budget, ...] = ()

    def foreseen(self) -> list[Foreseen]:
        """Return each figure beside the twin's."""
        return [
            _beside(measure, self.measured.get(measure.key, math.nan), [one[measure.key] for one in self.twin])
            for measure in MEASURES
        ]

    def extra_calls(self) -> Foreseen | None:
        """Return the calls per 100 customers that the fault caused: those with it less those of the same without."""
        if not self.quiet:
            return None
        measure = Measure("calls.extra", "Extra support calls per 100 customers", "per_100", -1)
        pairs = zip(self.twin, self.quiet_twin, strict=False)  # no repeats where it cannot be foreseen
        more = self.measured["calls"] - self.quiet["calls"]
        return _beside(measure, more, [one["calls"] - other["calls"] for one, other in pairs])

    def judged(self) -> list[Kept]:
        """Return its budgets, each judged by what was measured: there is one fault, and no interval."""
        return [Kept(budget, self._value(budget.of.name)) for budget in self.budgets]

    def _value(self, name: str) -> float:
        counted = {"lost submissions": self.lost, "doubled submissions": self.doubled}
        if name in counted:
            return math.nan if self.acknowledged is None else float(counted[name])
        if name == "detected":
            return math.nan if self.detected_s is None else self.detected_s
        if name == "conversion kept during failover":
            usual = self.quiet.get("conversion.during", math.nan)
            return self.measured["conversion.during"] / usual if usual else math.nan
        return float(self.measured.get(_KEYS[name], math.nan))

    @property
    def amplification(self) -> float:
        """How many requests replicas were sent for one of a customer."""
        return self.tries / self.requests if self.requests else math.nan


def _beside(measure: Measure, measured: float, simulated: Sequence[float]) -> Foreseen:
    known = np.array([value for value in simulated if not math.isnan(value)])
    if not len(known):
        return Foreseen(measure, measured, math.nan, math.nan, math.nan)
    return Foreseen(measure, measured, float(np.median(known)), float(known.min()), float(known.max()))
