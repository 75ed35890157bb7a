"""A run keeps nothing of customers who have left but their rows: what waits for a search for cycles costs time, too."""

from __future__ import annotations

import gc

from journeys import Journey
from journeys.catalogue.loan_application import journey as loan
from simulators.simpy_engine import replicate


def unreachable(journey: Journey, customers: int) -> int:
    """Return how many objects of a replication are left over that only a search for cycles finds."""
    gc.collect()
    collects = gc.isenabled()
    gc.disable()
    try:
        rows = replicate(journey, 1, 0, customers)
        left_over = gc.collect()
        assert rows
        return left_over
    finally:
        if collects:
            gc.enable()


def test_customers_leave_no_cycles_behind():
    unreachable(loan, 1)  # imports
    # 300 customers more, with dozens of objects each, against some blocks of draws for visits that only many make
    assert unreachable(loan, 400) - unreachable(loan, 100) < 200
