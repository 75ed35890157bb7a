"""What became of each customer of a replication, read from its rows, with the check that nobody got lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.columns import Coded, Columns
from journeys.errors import CannotRead
from journeys.eventlog import ARRIVAL, CONTACT, EXIT, Manifest
from reports.measuring.decisions import decisions

Places = NDArray[np.intp]

OUTCOMES = ("completed", "denied", "dropped", "rejected", "censored")
_CAUSES = (
    ("gave up waiting", "gave up waiting"),
    ("gave up at", "gave up while acting"),
    ("no patience for", "answer took too long"),
    ("nobody answered", "calls went unanswered"),
    ("failed at", "technical failure"),
    ("reneged at", "left the queue"),
    ("balked at", "queue too long"),
    ("rejected at", "turned away"),
)
CAUSES = ("", *(cause for _, cause in _CAUSES), "other")


@dataclass(frozen=True, slots=True, eq=False)
class Customers:
    """What became of customers, by column; each has shape (n_customers,).

    Parameters
    ----------
    replication, customer: which one. segment: theirs. arrived_s: when they planned to, on the journey's clock.
    outcome: one of OUTCOMES. at: the step at which the journey ended. cause: of dropping off, one of CAUSES; else
        empty.
    decision_s: time to decision, on the journey's clock; NaN where none was reached. approved: whether it was that.
    stay_s: from arrival to the end of the journey, on the journey's clock; NaN of those still on their way.
    """

    replication: NDArray[np.int32]
    customer: NDArray[np.int64]
    segment: Coded
    arrived_s: NDArray[np.float64]
    outcome: Coded
    at: Coded
    cause: Coded
    decision_s: NDArray[np.float64]
    approved: NDArray[np.bool_]
    stay_s: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.customer)

    def between(self, first: int, last: int) -> Customers:
        """Return those from one place up to, but not at, another: a view of the same memory."""
        columns = (getattr(self, name) for name in self.__slots__)
        own = slice(first, last)
        return Customers(*(Coded(one.codes[own], one.texts) if isinstance(one, Coded) else one[own] for one in columns))  # type: ignore[arg-type]

    @classmethod
    def joined(cls, parts: Sequence[Customers]) -> Customers:
        """Return the customers of one or more parts, one part after the other."""
        if len(parts) == 1:
            return parts[0]
        columns = ([getattr(part, name) for part in parts] for name in cls.__slots__)
        return cls(*(Coded.joined(one) if isinstance(one[0], Coded) else np.concatenate(one) for one in columns))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """Rows of the cohort, sorted by customer, then time; `place`, shape (n,), is whose, in `Walks.customers`."""

    rows: Columns
    place: Places
    by_step: Mapping[str, Places]

    def to(self, step: str) -> Places:
        """Return which of the rows are of a step, in their order."""
        return self.by_step.get(step, np.zeros(0, dtype=np.intp))


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """A replication's rows, sorted for reading, and what became of each customer who counts.

    Parameters
    ----------
    customers: those of the cohort, by their numbers.
    steps, contacts: the cohort's visits to steps, and its contacts.
    everyone: all rows, also of customers outside the cohort, as they were written.
    unfinished: customers of the cohort without an exit row, counted as censored.
    until_s: the replication's last moment, in seconds of the log.
    counts_staff: whether what there is but once in a replication (staff, stock) is counted here; see `Part`.
    """

    customers: Customers
    steps: Visits
    contacts: Visits
    everyone: Columns
    unfinished: int
    until_s: float
    counts_staff: bool


@dataclass(frozen=True, slots=True)
class Part:
    """What some customers of a replication cannot tell of it as a whole.

    `until_s`: its last moment, in seconds of the log. `first`: whether they are the first of its parts, the one in
    which staff and stock are counted, so that sums over all parts are right.
    """

    until_s: float
    first: bool


def read_walks(
    journey: Journey, rows: Columns, manifest: Manifest, replication: int = 0, part: Part | None = None
) -> Walks:
    """Return what became of each customer of the cohort in one replication, or in a `part` of one.

    Raises CannotRead where a customer arrived or left more than once, left without having arrived, left with an
    outcome that is none, or (in a run that finished) never left.
    """
    order = _order(journey, rows)
    customer, step = rows.customer[order], rows.step.at(order)
    arrivals, exits = (order[step.among(name)] for name in (ARRIVAL, EXIT))
    _check(rows, arrivals, exits, manifest, replication)
    arrived_s = rows.intended_s[arrivals] * manifest.speed
    if manifest.cohort_s is not None:
        begin, end = manifest.cohort_s
        counted = (arrived_s >= begin) & (arrived_s <= end)
        arrivals, arrived_s = arrivals[counted], arrived_s[counted]
    known = rows.customer[arrivals]
    place = _place(known, customer)
    inside = place >= 0
    is_contact = step.mapped(np.array([text.startswith(CONTACT) for text in step.texts], dtype=bool))
    own = inside & ~is_contact & ~step.among(ARRIVAL, EXIT)
    steps = led = _visits(rows, order, place, own)
    if steps.rows.outcome.among("withdrawn").any():  # which says nothing of where the other branches led
        led = _visits(rows, order, place, own & ~rows.outcome.at(order).among("withdrawn"))
    contacts = _visits(rows, order, place, inside & is_contact)

    left = _place(known, rows.customer[exits])
    exits, left = exits[left >= 0], left[left >= 0]
    outcome = Coded(np.full(len(known), OUTCOMES.index("censored"), dtype=np.int32), OUTCOMES)
    outcome.codes[left] = _recode(rows.outcome.at(exits), {name: code for code, name in enumerate(OUTCOMES)})
    cause = Coded(np.zeros(len(known), dtype=np.int32), CAUSES)
    causes = {text: CAUSES.index(_cause(text)) for text in rows.detail.texts}
    cause.codes[left] = _recode(rows.detail.at(exits), causes)
    cause.codes[~outcome.among("dropped")] = 0
    at = _last_place(journey, rows.to.at(arrivals), led)
    decision_s, approved = decisions(journey, led.rows, led.place, len(known), manifest)
    stay_s = np.full(len(known), np.nan)
    stay_s[left] = rows.end_s[exits] * manifest.speed - arrived_s[left]
    stay_s[outcome.among("censored")] = np.nan
    number = np.full(len(known), replication, dtype=np.int32)
    segment = rows.segment.at(arrivals)
    customers = Customers(number, known, segment, arrived_s, outcome, at, cause, decision_s, approved, stay_s)
    until_s = part.until_s if part else float(np.fmax.reduce(rows.end_s, initial=0.0))
    return Walks(
        customers, steps, contacts, rows, len(known) - len(left), until_s, part is None or part.first
    )  # fmt: skip


def _order(journey: Journey, rows: Columns) -> Places:
    """Return the order by customer and time; at equal times (steps that take none) the journey's."""
    ranks = {ARRIVAL: -1, EXIT: len(journey.steps) + 1, **{step.name: at for at, step in enumerate(journey.steps)}}
    rank = rows.step.mapped(np.array([ranks.get(text, len(journey.steps)) for text in rows.step.texts], dtype=np.int32))
    if len(rows) and rows.customer.min() >= 0 and rows.customer.max() < 1 << 16:
        order = np.argsort(rows.customer.astype(np.uint16), kind="stable")  # a radix sort: three times as fast
    else:
        order = np.argsort(rows.customer, kind="stable")
    # engines write as time goes, so that few customers are left to be sorted
    customer, keys = rows.customer[order], [key[order] for key in (rows.end_s, rows.ready_s, rank)]
    sorted_here = np.ones(max(0, len(rows) - 1), dtype=bool)
    for key in reversed(keys):
        sorted_here = (key[:-1] < key[1:]) | ((key[:-1] == key[1:]) & sorted_here)
    wrong = np.unique(customer[1:][(customer[1:] == customer[:-1]) & ~sorted_here])
    if len(wrong):
        edges = np.zeros(len(rows) + 1, dtype=np.int8)  # 1 where the rows of such a customer begin, -1 after them
        edges[np.searchsorted(customer, wrong, "left")] += 1
        edges[np.searchsorted(customer, wrong, "right")] -= 1
        some = np.flatnonzero(np.cumsum(edges[:-1], dtype=np.int8))
        order[some] = order[some][np.lexsort((*(key[some] for key in reversed(keys)), customer[some]))]
    return order


def _visits(rows: Columns, order: Places, place: Places, chosen: NDArray[np.bool_]) -> Visits:
    """Return the rows chosen, in their order; `place` and `chosen` are in that order too."""
    own = rows[order[chosen]]
    by_step = np.argsort(own.step.codes.astype(np.min_scalar_type(len(own.step.texts))), kind="stable")
    ends = np.cumsum(np.bincount(own.step.codes, minlength=len(own.step.texts)))
    return Visits(own, place[chosen], dict(zip(own.step.texts, np.split(by_step, ends), strict=False)))


def _place(known: NDArray[np.int64], customers: NDArray[np.int64]) -> Places:
    """Return where each customer stands among those known, which rise; -1 for those who do not."""
    if not len(known):
        return np.full(len(customers), -1)
    if known[-1] - known[0] == len(known) - 1:  # all numbers between the ends: no need to search
        inside = (customers >= known[0]) & (customers <= known[-1])
        return np.where(inside, customers - known[0], -1)
    found = np.minimum(np.searchsorted(known, customers), len(known) - 1)
    return np.where(known[found] == customers, found, -1)


def _recode(column: Coded, codes: Mapping[str, int]) -> NDArray[np.int32]:
    """Return the codes that texts have elsewhere, -1 for those that have none there."""
    return column.mapped(np.array([codes.get(text, -1) for text in column.texts], dtype=np.int32))


def _check(rows: Columns, arrivals: Places, exits: Places, manifest: Manifest, replication: int) -> None:
    def expect(fine: NDArray[np.bool_], customers: NDArray[Any], problem: str) -> None:
        if fine.all():
            return
        some = ", ".join(f"{number} of replication {replication}" for number in customers[~fine][:3].tolist())
        run = f"{manifest.journey} ({manifest.engine}, {manifest.scenario or 'no scenario'})"
        raise CannotRead(f"{run}: {problem} (customer {some}); the log does not conserve its customers; run it again")

    arrived, left = rows.customer[arrivals], rows.customer[exits]
    expect(arrived[1:] != arrived[:-1], arrived[1:], "customers arrive more than once")
    expect(left[1:] != left[:-1], left[1:], "customers leave more than once")
    expect(_place(arrived, left) >= 0, left, "customers leave without having arrived")
    expect(rows.outcome.among(*OUTCOMES)[exits], left, "customers leave with an outcome that is none")
    if manifest.finished:
        expect(_place(left, arrived) >= 0, arrived, "customers arrive and never leave, in a run that says it finished")


def _last_place(journey: Journey, first: Coded, steps: Visits) -> Coded:
    """Return at which step each customer's journey ended; `first` is where their arrivals lead.

    Rule: the step that the customer's last row leads `to`; the row's own step where it leads to an end or nowhere.
    """
    names = tuple(step.name for step in journey.steps)
    codes = {name: code for code, name in enumerate(names)}
    to, own = _recode(steps.rows.to, codes), _recode(steps.rows.step, codes)
    at = np.maximum(_recode(first, codes), 0)
    at[steps.place] = np.where(to >= 0, to, np.maximum(own, 0))  # of a customer's rows, the last one stays
    return Coded(at, names)


def _cause(detail: str) -> str:
    for start, cause in _CAUSES:
        if detail.startswith(start):
            return cause
    return "other"
