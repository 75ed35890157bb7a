"""Variants of the kernel: which journeys have nothing of what the plain one leaves out (RARE in kernel/kernel.h)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from journeys.blueprint import Journey


def is_plain(views: Sequence[Journey], stations: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether the plain kernel expresses a journey, on a clock of speed 1.

    `views` is the journey as each segment lives it, `stations` the rows of the kernel's table of them.
    """
    rare = (
        item
        for view in views
        for item in (
            view.loyalty,
            *(step.fork or step.batch for step in view.steps),
            *(contact.callback for contact in view.contacts),
        )
    )
    common = (station["steady"] and station["n_groups"] == station["n_skills"] == 1 for station in stations)
    return all(common) and not any(rare)
