"""Stock taken of what was on offer: from rows made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from journeys import Stock, days
from journeys.columns import Columns
from reports.measuring.metrics import measure_replication
from reports.measuring.sold import on_offer
from tests.reports.synthetic import DAY, LOAN, arrival, leaving, manifest, row

ROOMS = Stock(name="rooms", title="Rooms", initial=4, up_to=4, every=days(7))
STEPS = tuple(replace(step, takes="rooms") if step.name == "submit" else step for step in LOAN.steps)


@pytest.mark.parametrize(
    ("stock", "begin_d", "end_d", "units"),
    [
        (ROOMS, 0, 6, 4),
        (ROOMS, 0, 7, 8),
        (ROOMS, 8, 15, 8),
        (replace(ROOMS, initial=1), 0, 13, 5),
        (replace(ROOMS, up_to=None, replenish=3), 0, 14, 10),
        (replace(ROOMS, up_to=None), 0, 100, 4),
        (replace(ROOMS, up_to=None), 1, 100, 0),
    ],
)
def test_what_comes_on_offer(stock: Stock, begin_d: int, end_d: int, units: int) -> None:
    assert on_offer(stock, begin_d * DAY, end_d * DAY) == units


def test_units_are_taken_by_who_was_served_and_found_one() -> None:
    journey = replace(LOAN, steps=STEPS, stock=(ROOMS,))
    rows = []
    for customer, detail in enumerate(("", "", "out of stock: rooms", "attempt 2; out of stock: rooms")):
        rows += [arrival(customer, 0), row(customer, "submit", 5, detail=detail), leaving(customer, 6, "completed")]
    rows += [arrival(9, 0), row(9, "submit", 5, "failed"), leaving(9, 6, "dropped")]

    found = measure_replication(journey, manifest(customers=5), 0, Columns.of(rows)).quantities["sold.rooms"]

    assert (found.successes, found.units, found.title) == (2, 4, "Rooms, taken of those on offer")
