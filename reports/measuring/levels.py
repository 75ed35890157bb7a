"""Service levels: of those who joined a queue, the share whose service began within a time (80/20 and the like)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from journeys.blueprint import Journey
from journeys.durations import Duration
from journeys.eventlog import Manifest
from reports.measuring.abandonment import joined_and_left
from reports.measuring.quantities import Quantity, share
from reports.measuring.walks import Walks

STANDARD = Duration(20.0)
"""The time of the trade's usual level: 80% of calls answered within 20 seconds."""


def levels(journey: Journey, walks: Walks, manifest: Manifest) -> Iterator[Quantity]:
    """Yield the level within `STANDARD` of each step whose queue customers may leave.

    Who left the queue unserved counts as not answered. `samples` holds the waiting time of each who joined, in seconds
    on the journey's clock, infinite for who left; `answered_within` gives the level of another time.
    """
    rows = walks.steps.rows
    for step in journey.steps:
        if not step.station or step.patience is None:
            continue
        own, joined, left = joined_and_left(walks, step)
        speed = manifest.speed if step.name in manifest.human_steps else 1.0
        waited_s = np.where(left, np.inf, (rows.start_s[own] - rows.ready_s[own]) * speed)[joined]
        nothing = share(f"level.{step.name}", step.label, [0], [len(waited_s)], better=1, of="visits")
        yield answered_within(replace(nothing, samples=(waited_s,)), STANDARD)


def answered_within(level: Quantity, time: Duration) -> Quantity:
    """Return the level within another time, of the same visits."""
    hits = [np.count_nonzero(waited_s <= time.s) for waited_s in level.samples]
    values = [hit / len(own) if len(own) else np.nan for hit, own in zip(hits, level.samples, strict=True)]
    title = f"{level.title.partition(': ')[0]}: answered within {time}"
    kept = sum(map(len, level.samples))  # fewer than the visits, where there were very many
    successes = round(sum(hits) / kept * level.units) if kept else 0
    return replace(level, title=title, values=np.array(values, dtype=np.float64), successes=successes)
