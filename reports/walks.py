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
from reports.decisions import decisions

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

    def __len__(self) -> int:
        return len(self.customer)

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

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True, slots=True, eq=False)
class Walks:
    """A replication's rows, sorted for reading, and what became of each customer who counts.

    Parameters
    ----------
    customers: those of the cohort, by their numbers.
    steps, contacts: the cohort's visits to steps, and its contacts.
    everyone: all rows, also of customers outside the cohort.
    unfinished: customers of the cohort without an exit row, counted as censored.
    """

    customers: Customers
    steps: Visits
    contacts: Visits
    everyone: Columns
    unfinished: int


def read_walks(journey: Journey, rows: Columns, manifest: Manifest, replication: int = 0) -> Walks:
    """Return what became of each customer of the cohort in one replication.

    Raises CannotRead where a customer arrived or left more than once, left without having arrived, left with an
    outcome that is none, or (in a run that finished) never left.
    """
    rows = _in_order(journey, rows)
    arrivals, exits = (np.flatnonzero(rows.step.among(name)) for name in (ARRIVAL, EXIT))
    _check(rows, arrivals, exits, manifest, replication)
    known = rows.customer[arrivals]
    arrived_s = rows.intended_s[arrivals] * manifest.speed
    if manifest.cohort_s is not None:
        begin, end = manifest.cohort_s
        counted = (arrived_s >= begin) & (arrived_s <= end)
        arrivals, known, arrived_s = arrivals[counted], known[counted], arrived_s[counted]
    place = _place(known, rows.customer)
    inside = place >= 0
    exits = exits[inside[exits]]
    left = place[exits]
    codes = _recode(rows.outcome, {name: code for code, name in enumerate(OUTCOMES)})
    outcome = Coded(np.full(len(known), OUTCOMES.index("censored"), dtype=np.int32), OUTCOMES)
    outcome.codes[left] = codes[exits]
    why = np.array([CAUSES.index(_cause(text)) for text in rows.detail.texts], dtype=np.int32)
    cause = Coded(np.zeros(len(known), dtype=np.int32), CAUSES)
    cause.codes[left] = rows.detail.mapped(why)[exits]
    cause.codes[~outcome.among("dropped")] = 0

    is_contact = rows.step.mapped(np.array([text.startswith(CONTACT) for text in rows.step.texts], dtype=bool))
    own = inside & ~is_contact & ~rows.step.among(EXIT)
    at = _last_place(journey, rows, np.flatnonzero(own), place, len(known))
    steps = own & ~rows.step.among(ARRIVAL)
    visits = Visits(rows[steps], place[steps])
    decision_s, approved = decisions(journey, visits.rows, visits.place, len(known), manifest)
    segment = rows.segment.at(arrivals)
    number = np.full(len(known), replication, dtype=np.int32)
    customers = Customers(number, known, segment, arrived_s, outcome, at, cause, decision_s, approved)
    contacts = inside & is_contact
    return Walks(customers, visits, Visits(rows[contacts], place[contacts]), rows, len(known) - len(left))


def _in_order(journey: Journey, rows: Columns) -> Columns:
    """Sort rows by customer and time; at equal times (steps that take none) by the journey's order."""
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
        some = np.flatnonzero(_place(wrong, customer) >= 0)
        order[some] = order[some][np.lexsort((*(key[some] for key in reversed(keys)), customer[some]))]
    return rows[order]


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


def _last_place(journey: Journey, rows: Columns, own: Places, place: Places, customers: int) -> Coded:
    """Return at which step each customer's journey ended; `own` are the rows of steps, arrivals among them.

    Rule: the step that the customer's last row leads `to`; the row's own step where it leads to an end or nowhere.
    """
    names = tuple(step.name for step in journey.steps)
    codes = {name: code for code, name in enumerate(names)}
    to, step = _recode(rows.to, codes)[own], _recode(rows.step, codes)[own]
    at = np.zeros(customers, dtype=np.int32)
    at[place[own]] = np.where(to >= 0, to, np.where(step >= 0, step, 0))  # of a customer's rows, the last one stays
    return Coded(at, names)


def _cause(detail: str) -> str:
    for start, cause in _CAUSES:
        if detail.startswith(start):
            return cause
    return "other"
