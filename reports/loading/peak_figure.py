"""The picture of what a person feels at peak: each step in the browser, alone and under load."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.loading.peak import Felt
from reports.pictures import drawing
from reports.pictures.drawing import BASE, GRID, LOADED
from reports.wording import duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, ROW_IN, MORE_IN = 6.2, 0.42, 0.9


@drawing.styled
def peak_figure(steps: Sequence[Felt]) -> Figure:
    """Draw for each step a line from its time alone to its time at peak: medians solid, 95th percentiles hollow."""
    figure, axes = drawing.canvas(WIDTH, ROW_IN * len(steps) + MORE_IN)
    for row, felt in enumerate(steps):
        for q, away, hollow in ((0.5, -0.14, False), (0.95, 0.14, True)):
            before, after = felt.alone[q].value, felt.peak[q].value
            axes.plot([before, after], [row + away] * 2, color=LOADED, lw=2.2, alpha=0.5, zorder=2)
            for at, colour in ((before, BASE), (after, LOADED)):
                face = "white" if hollow else colour
                axes.plot(at, row + away, "o", color=colour, mfc=face, ms=6, zorder=3)
    ends = [one[q].value for felt in steps for one in (felt.alone, felt.peak) for q in (0.5, 0.95)]
    low, high = max(min(ends), 1e-4) * 0.7, max(ends) * 1.4
    axes.set_xscale("log")
    axes.set_xlim(low, high)
    marks = (1, 2, 5) if high < 100 * low else (1,)
    ticks = [by * 10.0**power for power in range(-4, 6) for by in marks if low <= by * 10.0**power <= high]
    axes.set_xticks(ticks, [duration(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(steps)), [textwrap.shorten(felt.title, 30, placeholder="…") for felt in steps])
    axes.set_ylim(len(steps) - 0.5, -0.6)
    axes.grid(axis="x", color=GRID, zorder=0)
    for place, (word, colour) in enumerate((("● alone", BASE), ("● at peak", LOADED))):
        axes.text(
            place * 0.2, 1.02, word, transform=axes.transAxes, fontsize=9.5, fontweight="bold", color=colour,
        )  # fmt: skip
    axes.text(1.0, 1.02, "solid: median, hollow: p95", transform=axes.transAxes, fontsize=8.5, ha="right")
    return figure
