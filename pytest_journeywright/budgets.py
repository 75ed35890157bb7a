"""A journey's budgets, judged over the customers of all of its segments, and how many more would settle them."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from journeys.errors import CannotRead
from pytest_journeywright.locking import locked
from pytest_journeywright.told import Told
from pytest_journeywright.verdicts import Walked

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.budgets import Budget
    from journeys.eventlog import Run
    from reports.judging import Judgement

MOST_CUSTOMERS = 100_000


@dataclass(frozen=True, slots=True)
class Said:
    """One budget judged: its status, and a line that says on what grounds."""

    status: str
    text: str


def together(told: Told, walks: Sequence[Walked]) -> Run:
    """Return a run of the first walks of several segments, as one; written once a session."""
    from journeys.eventlog import Run

    folder = told.out / "walks" / f"{walks[0].journey}-{walks[0].engine}"
    settings = {"session": told.session, "segments": [one.segment for one in walks]}
    with locked(folder.with_suffix(".lock")):
        with contextlib.suppress(CannotRead):
            found = Run.open(folder)
            if found.manifest.settings == settings and found.manifest.finished:
                return found
        _join(told, walks, folder, settings)
    return Run.open(folder)


def _join(told: Told, walks: Sequence[Walked], folder: Path, settings: Mapping[str, object]) -> None:
    from journeys.eventlog import Run, RunWriter
    from journeys.rows import Row

    parts = [Run.open(told.out / "walks" / one.folder / one.attempts[0].folder) for one in walks]
    manifest = replace(
        parts[0].manifest, customers=sum(part.manifest.customers for part in parts), settings=settings, started="",
        ended="", finished=False,
    )  # fmt: skip
    with RunWriter(folder, manifest) as writer:
        for part in parts:
            writer.extend(Row(*row) for row in part.frame()[list(Row._fields)].itertuples(index=False))
        writer.close()


def judged(journey: Journey, run: Run, budget: Budget) -> Said:
    """Judge one budget of a journey on a run."""
    from reports.judging import judge
    from reports.measuring.metrics import measure
    from reports.wording import count, number, span

    found = next(one for one in judge(journey.name, measure(journey, run)) if one.budget == budget.text)
    if not found.estimate.measured:
        return Said("not measured", f"{budget}: not measured: such a target does not tell, or nobody came that far")
    value, between = number(found.estimate.value, found.unit), span(found.estimate, found.unit)
    grounds = f"{value} ({between}), n {count(found.estimate.n, found.estimate.of.rstrip('s'))}" if between else value
    text = f"{budget}: {found.status}, {grounds}"
    if found.status == "inconclusive":
        needed = needed_for(found, budget)
        text += f"; about {needed:,} would settle it" if needed else "; more of them would settle it"
    return Said(found.status, text)


def needed_for(found: Judgement, budget: Budget) -> int | None:
    """Return how many customers would settle a budget if things stay as they are; None where that cannot be told.

    For a share: where Wilson's interval around the same share lies on one side of the limit. For a quantile: the least
    number with which an order statistic can bound it.
    """
    from reports.statistics import LEVEL, wilson

    share, n = found.estimate.value, max(1, found.estimate.n)
    if budget.of.is_share:
        while n < MOST_CUSTOMERS:
            n = math.ceil(n * 1.1) + 1
            interval = wilson(round(share * n), n)
            if len({budget.holds(end) for end in (interval.low, interval.high)}) == 1:
                return n
        return None
    name = {"median": "p50"}.get(budget.of.name, budget.of.name)
    if budget.step and name.startswith("p") and math.isinf(found.estimate.high):
        return math.ceil(math.log((1 - LEVEL) / 2) / math.log(float(name[1:]) / 100))
    return None
