"""The picture of a warm-up: the averaged series, Welch's moving average, and what MSER-5 would leave out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.experiments.warmup import WarmUp
from reports.pictures import drawing
from reports.pictures.drawing import BASE, BEST, GRID, MUTED, WARN
from reports.wording import count, duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 7.2, 3.6
SCALES = (("weeks", 604800.0), ("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0), ("seconds", 1.0))


@drawing.styled
def warm_up_figure(found: WarmUp, title: str, replications: int) -> Figure:
    """Draw a warm-up; `title` says what was observed, `replications` how many the series is the mean of."""
    from matplotlib.ticker import MaxNLocator

    figure, axes = drawing.canvas(WIDTH, HEIGHT)
    clock, clock_s = _scale(float(found.times_s[-1]))
    highest = _top(found)
    unit, unit_s = _scale(highest)
    times, top, edge = found.times_s / clock_s, highest / unit_s, found.cut_s / clock_s
    axes.plot(times, found.series / unit_s, color=BASE, lw=0.6, alpha=0.75, zorder=2)
    axes.plot(times, found.smooth / unit_s, color=BEST, lw=2.2, zorder=4)
    if found.cut:
        axes.axvspan(0, edge, color=GRID, alpha=0.55, lw=0, zorder=1)
    axes.axvline(edge, color=WARN, lw=1.2, ls=(0, (4, 3)), zorder=3)
    axes.plot([edge, times[-1]], [found.rest.value / unit_s] * 2, color=WARN, lw=1.2, zorder=3)
    said = f"MSER-5: leave out {duration(found.cut_s)}" if found.cut else "MSER-5: nothing to leave out"
    axes.annotate(
        said if found.settled else "MSER-5: not settled; simulate longer", (edge, top), xytext=(6, -4),
        textcoords="offset points", color=WARN, va="top", fontsize=9.5, fontweight="bold",
    )  # fmt: skip
    axes.set_title(f"{title}, {unit}", pad=22)
    axes.text(
        0, 1.03, f"mean of {count(replications, 'replication')}", transform=axes.transAxes, color=MUTED, fontsize=9.5,
    )  # fmt: skip
    axes.text(
        1, 1.03, f"moving average, ± {found.window} observations", transform=axes.transAxes, color=BEST, fontsize=9.5,
        ha="right", fontweight="bold",
    )  # fmt: skip
    axes.set_xlim(0, times[-1])
    axes.set_ylim(0, top)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_xlabel(f"Simulated time, {clock}")
    axes.grid(axis="y", zorder=0)
    return figure


def _top(found: WarmUp) -> float:
    """Return the axis' end: room for all but the wildest of the series, and always for the moving average."""
    return 1.12 * max(float(np.quantile(found.series, 0.995)), float(found.smooth.max()), 1e-9)


def _scale(seconds: float) -> tuple[str, float]:
    """Return the unit of time, and its seconds, in which an axis that ends there is read best."""
    return next((scale for scale in SCALES if seconds >= 4 * scale[1]), SCALES[-1])
