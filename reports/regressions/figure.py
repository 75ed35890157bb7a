"""The picture of a regression: how much each step's times changed, with intervals and the margin."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from reports.pictures import drawing
from reports.pictures.drawing import BASE, DROP, GOOD, GRID, MUTED
from reports.regressions.judging import Call, Changed, Regression

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS: dict[Call, str] = {"worse": DROP, "better": GOOD}
MARKS: dict[Call, str] = {"worse": "X", "better": "D", "same": "o"}
MOST, WIDEST = 24, math.log(8.0)
TICKS = (0.125, 0.25, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0, 1.05, 1.1, 1.2, 1.4, 2.0, 4.0, 8.0)


def drawable(found: Regression) -> list[Changed]:
    """Return the times that have an interval, at most so many: those that are judged worse or better come first."""
    times = [change for change in found.changes if change.is_time and math.isfinite(change.effect)]
    kept = sorted(times, key=lambda change: change.call not in COLOURS)[:MOST]
    return [change for change in times if change in kept]


@drawing.styled
def changes_figure(found: Regression) -> Figure:
    """Draw each time's ratio with its interval on a logarithmic scale; the band is the margin around no change."""
    shown = drawable(found)
    figure, axes = drawing.canvas(7.2, 0.9 + 0.29 * len(shown))
    margin = math.log1p(found.margins.time_ratio)
    axes.axvspan(-margin, margin, color=BASE, alpha=0.2, lw=0, zorder=1)
    axes.axvline(0, color=MUTED, lw=1, zorder=2)
    ends = [min(max(math.log1p(end), -WIDEST), WIDEST) for one in shown for end in (one.low, one.high)]
    low, high = min(*ends, -2 * margin), max(*ends, 2 * margin)
    for place, one in enumerate(shown):
        colour = COLOURS.get(one.call, MUTED)
        reach = [max(min(math.log1p(end), high), low) for end in (one.low, one.high)]
        axes.plot(reach, [place, place], color=colour, lw=2, solid_capstyle="butt", zorder=3)
        mark = MARKS.get(one.call, "o")
        face = colour if one.call != "inconclusive" else drawing.PAPER
        at = max(min(math.log1p(one.effect), high), low)
        axes.plot([at], [place], mark, ms=7, mfc=face, mec=colour, mew=1.4, zorder=4)
    axes.set_yticks(range(len(shown)), [one.title for one in shown])
    axes.set_ylim(len(shown) - 0.4, -0.6)
    spare = 0.04 * (high - low)
    axes.set_xlim(low - spare, high + spare)
    ticks = _ticks(low, high)
    axes.set_xticks([math.log(tick) for tick in ticks], [_said(tick) for tick in ticks])
    axes.set_xlabel("change of the time, slower to the right")
    axes.grid(axis="x", color=GRID, zorder=0)
    return figure


def _ticks(low: float, high: float) -> list[float]:
    """Return the ticks within the ends that are far enough from each other to be read."""
    kept: list[float] = [1.0]
    apart = (high - low) / 9
    for side in (1, -1):
        last = 0.0
        for tick in sorted(TICKS, key=lambda tick: side * math.log(tick)):
            at = math.log(tick)
            if side * at > 0 and low <= at <= high and abs(at - last) >= apart:
                kept.append(tick)
                last = at
    return sorted(kept)


def _said(tick: float) -> str:
    if tick == 1:
        return "same"
    return f"{tick:g}×" if tick >= 2 else f"{tick - 1:+.0%}".replace("-", "−")
