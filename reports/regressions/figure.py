"""The picture of a regression: how much each step's times changed, with intervals and the margin."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.pictures import drawing
from reports.pictures.drawing import BASE, DROP, GOOD, GRID, MUTED
from reports.regressions.judging import Call, Changed, Regression
from reports.wording import duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS: dict[Call, str] = {"worse": DROP, "better": GOOD}
MARKS: dict[Call, str] = {"worse": "X", "better": "D", "same": "o"}
MOST, WIDEST, PANELS = 24, math.log(8.0), 6
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
    if found.unit == "pairs":
        _pairs(axes, shown, low, high)
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


def _pairs(axes: Axes, shown: Sequence[Changed], low: float, high: float) -> None:
    """Draw the change of each pair of runs as a small dot under its metric's line."""
    for place, one in enumerate(shown):
        pairs = zip(one.runs_before, one.runs_after, strict=False)
        at = [min(max(math.log(after / before), low), high) for before, after in pairs if before > 0 and after > 0]
        axes.scatter(at, [place + 0.28] * len(at), s=7, color=MUTED, alpha=0.7, lw=0, zorder=3)


def striking(found: Regression) -> list[Changed]:
    """Return the times whose runs are drawn one by one: those that changed most, for the worse first; at most six."""
    times = [change for change in found.changes if change.is_time and math.isfinite(change.effect)]
    first = sorted(times, key=lambda change: (change.call != "worse", -abs(change.effect)))[:PANELS]
    return [change for change in times if change in first]


@drawing.styled
def nights_figure(shown: Sequence[Changed]) -> Figure:
    """Draw each run's value in its order, a panel a metric: before in grey, after in colour."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    columns = min(3, len(shown))
    lines = -(-len(shown) // columns)
    figure = Figure(figsize=(3.5 * columns, 2.1 * lines))
    FigureCanvasAgg(figure)
    for place, one in enumerate(shown):
        axes = figure.add_subplot(lines, columns, place + 1)
        before, after = len(one.runs_before), len(one.runs_after)
        axes.plot(range(1, before + 1), one.runs_before, "o-", color=BASE, ms=4.5, lw=1.2, zorder=3)
        colour = COLOURS.get(one.call, MUTED)
        mark = MARKS.get(one.call, "o")
        axes.plot(range(before + 1, before + after + 1), one.runs_after, mark, color=colour, ms=7, zorder=4)
        axes.axhline(one.before, color=BASE, lw=1, ls=(0, (4, 3)), zorder=2)
        axes.axvline(before + 0.5, color=GRID, lw=1, zorder=1)
        axes.set_ylim(0, max(*one.runs_before, *one.runs_after) * 1.12)
        axes.yaxis.set_major_locator(MaxNLocator(4))
        axes.yaxis.set_major_formatter(lambda value, _: duration(value) if value else "0")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.grid(axis="y", color=GRID, zorder=0)
        axes.set_title(f"{one.title}: {one.call}", fontsize=9.5)
    figure.tight_layout()
    return figure
