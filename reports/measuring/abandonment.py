"""Abandonment: of those who joined a step's queue, the share that left it unserved."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey, Step
from reports.measuring.quantities import Quantity, share
from reports.measuring.walks import Places, Walks

Bools = NDArray[np.bool_]


def abandonment(journey: Journey, walks: Walks) -> Iterator[Quantity]:
    """Yield the share of each step at a station that has a queue to leave."""
    for step in journey.steps:
        if not step.station:
            continue
        _, joined, left = joined_and_left(walks, step)
        yield share(
            f"abandoned.{step.name}", f"Left the queue of {step.label}", [left.sum()], [joined.sum()], better=-1,
            of="visits",
        )  # fmt: skip


def joined_and_left(walks: Walks, step: Step) -> tuple[Places, Bools, Bools]:
    """Return a step's rows, and which of them joined its queue, and left it.

    Joined the queue: visits whose service began, and those that left before it did. Left: reneged; and, in a step
    behind the counter, dropped off while the work lay in the queue (the patience of a wait ended).
    """
    own, rows = walks.steps.to(step.name), walks.steps.rows
    began, left = ~np.isnan(rows.start_s[own]), rows.outcome.among("reneged")[own]
    if step.lane != "customer":
        left |= rows.outcome.among("dropped")[own] & ~began
    return own, began | left, left
