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
    rows = walks.steps
    names, outcome = np.asarray(rows["step"].astype(str)), np.asarray(rows["outcome"].astype(str))
    began = ~np.isnan(np.asarray(rows["start_s"], dtype=np.float64))
    index, n = np.asarray(rows["index"], dtype=np.int64), len(walks.replications)
    for step in journey.steps:
        if not step.station:
            continue
        here = names == step.name
        left = here & (outcome == "reneged")
        if step.lane != "customer":
            left |= here & (outcome == "dropped") & ~began
        yield share(
            f"abandoned.{step.name}", f"Left the queue of {step.label}", np.bincount(index[left], minlength=n),
            np.bincount(index[(here & began) | left], minlength=n), better=-1, of="visits",
        )  # fmt: skip
