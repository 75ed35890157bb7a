"""The numbers by which a model is held against a measurement, and the units that each is made of, read from rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.eventlog import Manifest, Run
from journeys.parts import read_parts
from reports.calibration.evidence import begins_are_seen
from reports.measuring.metrics import FATE_NAMES, REACHED_PHONE, fates_of
from reports.measuring.walks import Walks, read_walks
from reports.validation.equivalence import Sample
from reports.wording import Unit

Floats = NDArray[np.float64]
OUTCOMES = {
    "completion": ("completed", "Completed"), "drop-off": ("dropped", "Dropped off"), "denied": ("denied", "Denied"),
    "rejected": ("rejected", "Turned away"), "censored": ("censored", "Still on their way"),
}  # fmt: skip
SPANS = {"wait": ("ready_s", "start_s"), "sojourn": ("ready_s", "end_s")}


@dataclass(frozen=True, slots=True)
class Shown:
    """What a measured run shows of its journey: outcomes, calls, and which steps; of which, when service began."""

    outcomes: bool
    calls: bool
    steps: frozenset[str]
    begins: frozenset[str]


def shown(journey: Journey, run: Run) -> Shown:
    """Return what a measured run shows: an application of one's own tells nothing of waits, calls and back rooms."""
    hidden = run.manifest.not_measured
    steps = frozenset(step.name for step in journey.steps if f"steps.{step.name}" not in hidden)
    begins = frozenset(
        step.name
        for step in journey.steps
        if step.name in steps and step.station and begins_are_seen(journey, journey.station(step.station), run.manifest)
    )
    calls = bool(journey.contacts) and not any(path.startswith("contacts.") for path in hidden)
    return Shown(not any(path.startswith("waits.") for path in hidden), calls, steps, begins)


def everything(journey: Journey) -> Shown:
    """Return that all of a journey is shown."""
    steps = frozenset(step.name for step in journey.steps)
    return Shown(True, bool(journey.contacts), steps, steps)


@dataclass(frozen=True)
class Side:
    """One run, read: the walks of each replication, with each customer's place in the order of arrival."""

    manifest: Manifest
    walks: tuple[Walks, ...]
    ranks: tuple[NDArray[np.intp], ...] = field(repr=False, default=())

    @property
    def replications(self) -> int:
        """How many there are."""
        return len(self.walks)

    @cached_property
    def customers(self) -> NDArray[np.int64]:
        """The customers' numbers, in the order of arrival, of all replications."""
        return np.concatenate(
            [walks.customers.customer[np.argsort(rank)] for walks, rank in zip(self.walks, self.ranks, strict=True)]
        )

    def sample(
        self, pick: Callable[[Walks], tuple[NDArray[np.intp], Floats]], q: float = math.nan, per_customer: bool = False
    ) -> Sample:
        """Return the sample that `pick` finds in each replication: whose each unit is, and its value."""
        values, places, replications, before = [], [], [], 0
        for number, (walks, rank) in enumerate(zip(self.walks, self.ranks, strict=True)):
            whose, found = pick(walks)
            values.append(found)
            places.append(rank[whose] + before)
            replications.append(np.full(len(found), number, dtype=np.intp))
            before += len(rank)
        return Sample(
            np.concatenate(values), np.concatenate(places), np.concatenate(replications), before, len(self.walks), q,
            per_customer,
        )  # fmt: skip

    def times(self, step: str, of: str, q: float = math.nan) -> Sample:
        """Return the durations of a step's visits that were served, in seconds of the journey's clock."""
        scale = self.manifest.speed if step in self.manifest.human_steps else 1.0
        begin, end = SPANS[of]

        def pick(walks: Walks) -> tuple[NDArray[np.intp], Floats]:
            own = walks.steps.to(step)
            rows = walks.steps.rows
            lasted_s = (getattr(rows, end)[own] - getattr(rows, begin)[own]) * scale
            fine = rows.outcome.among("served")[own] & ~np.isnan(lasted_s)
            return walks.steps.place[own][fine], lasted_s[fine]

        return self.sample(pick, q)


def side_of(journey: Journey, run: Run) -> Side:
    """Return a run, read; raises CannotRead where its log is broken."""
    walks, ranks = [], []
    for number, paths in run.parts().items():
        own = read_walks(journey, read_parts(number, paths), run.manifest, number)
        order = np.lexsort((own.customers.customer, own.customers.arrived_s))
        walks.append(own)
        ranks.append(order.argsort())
    return Side(run.manifest, tuple(walks), tuple(ranks))


@dataclass(frozen=True, slots=True)
class Number:
    """One number: what `--margin` calls it, its kind, title, group and unit, and how a side gives its sample.

    `human` tells whether it is a time on the clock of people.
    """

    name: str
    kind: str
    title: str
    group: str
    unit: Unit
    human: bool
    of: Callable[[Side], Sample]


def numbers_of(journey: Journey, seen: Shown) -> Iterator[Number]:
    """Yield the numbers of a journey that a measured run shows."""
    if seen.outcomes:
        for name, (outcome, title) in OUTCOMES.items():
            yield Number(name, "share", title, "Outcomes", "share", False, _ended(outcome))
        if journey.decision:
            for name, q, kind in (("time to decision", 0.5, "p50"), ("p90 time to decision", 0.9, "p90")):
                title = "Time to decision, " + ("median" if q == 0.5 else "90th percentile")
                yield Number(name, kind, title, "Outcomes", "s", True, _decided(q))
        for step in journey.steps:
            if step.name in seen.steps:
                yield Number(f"came to {step.name}", "share", step.label, "Came to each step", "share", False,
                             _came(step.name))  # fmt: skip
    if seen.calls:
        yield Number("calls per 100", "calls", "Calls per 100", "Calls", "per_100", False, _called)
    for step in journey.steps:
        if step.name not in seen.steps or not step.station:
            continue
        human = journey.clock(step.name) == "human"
        spans: Mapping[str, str] = {"sojourn": ""} | ({"wait": " wait"} if step.name in seen.begins else {})
        for of, word in spans.items():
            for kind, q in (("mean", math.nan), ("p50", 0.5), ("p95", 0.95)):
                if of == "wait" and kind == "p50":
                    continue  # often nobody waits, and half of them at most
                what = "waiting" if of == "wait" else "waiting and served"
                yield Number(f"{kind}{word}({step.name})", kind, f"{step.label}: {what}, {kind}", "Times", "s", human,
                             _timed(step.name, of, q))  # fmt: skip


def _ended(outcome: str) -> Callable[[Side], Sample]:
    def pick(walks: Walks) -> tuple[NDArray[np.intp], Floats]:
        whose = np.flatnonzero(walks.customers.outcome.among(outcome))
        return whose, np.ones(len(whose))

    return lambda side: side.sample(pick, per_customer=True)


def _came(step: str) -> Callable[[Side], Sample]:
    def pick(walks: Walks) -> tuple[NDArray[np.intp], Floats]:
        came = walks.customers.at.among(step).copy()
        came[walks.steps.place[walks.steps.to(step)]] = True
        whose = np.flatnonzero(came)
        return whose, np.ones(len(whose))

    return lambda side: side.sample(pick, per_customer=True)


def _decided(q: float) -> Callable[[Side], Sample]:
    def pick(walks: Walks) -> tuple[NDArray[np.intp], Floats]:
        whose = np.flatnonzero(~np.isnan(walks.customers.decision_s))
        return whose, walks.customers.decision_s[whose]

    return lambda side: side.sample(pick, q)


def _called(side: Side) -> Sample:
    phone = [FATE_NAMES.index(fate) for fate in REACHED_PHONE]

    def pick(walks: Walks) -> tuple[NDArray[np.intp], Floats]:
        whose = walks.contacts.place[np.isin(fates_of(walks.contacts.rows), phone)]
        return whose, np.full(len(whose), 100.0)

    return side.sample(pick, per_customer=True)


def _timed(step: str, of: str, q: float) -> Callable[[Side], Sample]:
    return lambda side: side.times(step, of, q)
