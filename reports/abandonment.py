"""Abandonment: of those who joined a step's queue, the share that left it unserved."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from journeys.blueprint import Journey
from reports.quantities import Quantity, share
from reports.walks import Walks


def abandonment(journey: Journey, walks: Walks) -> Iterator[Quantity]:
    """Yield the share of each step at a station that has a queue to leave.

    Joined the queue: visits whose service began, and those that left before it did. Left: reneged; and, in a step
    behind the counter, dropped off while the work lay in the queue (the patience of a wait ended).
    """
    rows = walks.steps.rows
    reneged, dropped = rows.outcome.among("reneged"), rows.outcome.among("dropped")
    started = ~np.isnan(rows.start_s)
    for step in journey.steps:
        if not step.station:
            continue
        own = walks.steps.to(step.name)
        began, left = started[own], reneged[own]
        if step.lane != "customer":
            left |= dropped[own] & ~began
        joined = began | left
        yield share(
            f"abandoned.{step.name}", f"Left the queue of {step.label}", [left.sum()], [joined.sum()], better=-1,
            of="visits",
        )  # fmt: skip
