"""Figures so far of a run that goes on, for a person who looks on: of replications as they end, or of rows on disk."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from commands.progress import Teller
from journeys.errors import CannotRead

if TYPE_CHECKING:
    from reports.measuring.results import Measured

EVERY_S, LOOK_EVERY_S, MOST_PART = 0.5, 3.0, 0.05
LATE = "decision.p90"


def seen_by(
    tell: Teller, titles: Sequence[str], clock: Callable[[], float] = time.monotonic
) -> Callable[[int, int, Measured], None]:
    """Return what is told each replication that has ended, (scenario's place, number, its metrics), and shows them.

    Each scenario has a line: how many replications, and completion, drop-off, calls and the slow decisions, with
    intervals over them.
    """
    from reports.measuring.quantities import merged
    from reports.terminal import estimate_text

    parts: list[dict[int, Measured]] = [{} for _ in titles]
    shown_s = float("-inf")

    def row(place: int) -> list[str]:
        own = [parts[place][number] for number in sorted(parts[place])]
        cells = []
        for key in ("completion", "drop-off", "calls", LATE):
            known = [part.quantities[key] for part in own if key in part.quantities]
            quantity = merged(known) if known and len(known) == len(own) else None
            cells.append(estimate_text(quantity))
        return [titles[place], str(len(own)), *cells]

    def seen(place: int, replication: int, measured: Measured) -> None:
        nonlocal shown_s
        if not tell.looked_at:
            return
        parts[place][replication] = measured
        if clock() - shown_s < EVERY_S:
            return
        head = ["so far", "replications", "completed", "dropped off", "calls / 100", "decision, p90"]
        tell.show([head, *(row(at) for at in range(len(titles)) if parts[at])])
        shown_s = clock()

    return seen


def shown_to(tell: Teller, folder: Path, clock: Callable[[], float] = time.monotonic) -> Callable[[int, int], None]:
    """Return what is told how far a measured run has come, and shows the figures of the rows that are in its folder.

    It looks every few seconds, and never for more than a twentieth of the time.
    """
    from reports.watching import Reader, figures

    reader = Reader(folder)
    next_s = clock() + LOOK_EVERY_S

    def told(done: int, total: int) -> None:
        nonlocal next_s
        tell(done, total)
        if not tell.looked_at or clock() < next_s:
            return
        began_s = clock()
        try:
            found = reader.look()
        except CannotRead:
            next_s = began_s + LOOK_EVERY_S
            return
        if found.rows:
            tell.show(figures(found))
        next_s = clock() + max(LOOK_EVERY_S, (clock() - began_s) / MOST_PART)

    return told
