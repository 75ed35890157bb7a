"""One row of the event log: what happened on one visit of one customer to one step."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Literal, NamedTuple

Outcome = Literal[
    "served", "completed", "denied", "reneged", "balked", "rejected", "timed_out", "failed", "deflected", "dropped",
    "censored", "withdrawn",
]  # fmt: skip
ARRIVAL, EXIT, CONTACT = "arrival", "exit", "contact:"
NAN = float("nan")


class Row(NamedTuple):
    """One visit of one customer to one step (or their arrival, exit, or one contact).

    `visit` counts from 0. Times are seconds since the run's zero, on the clock of the wall in measured runs: when it
    was planned, when it joined the queue, when service began, when it ended; NaN for what never came. `server` is -1
    where there is none. `to` is the step or end that follows, or empty.
    """

    customer: int
    segment: str
    step: str
    visit: int
    lane: str
    station: str
    server: int
    intended_s: float
    ready_s: float
    start_s: float
    end_s: float
    outcome: str
    to: str
    detail: str


row_of: Callable[[tuple[int, str, str, int, str, str, int, float, float, float, float, str, str, str]], Row] = (
    functools.partial(tuple.__new__, Row)
)
"""Makes a row of a tuple of its fields, twice as fast as `Row` does: a simulation makes many."""


def exit_row(customer: int, segment: str, at_s: float, outcome: str, detail: str) -> Row:
    """Return the row of a customer's exit at a time, seconds since the run's zero."""
    return row_of((customer, segment, EXIT, 0, "customer", "", -1, at_s, at_s, at_s, at_s, outcome, "", detail))


COLUMNS = ("scenario", "replication", *Row._fields)
