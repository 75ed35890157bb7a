"""The picture of a load run over time: arrivals planned and started, and the latency that they met."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.loading.course import Course
from reports.pictures import drawing
from reports.pictures.drawing import BASE, DROP, GRID, LOADED, MUTED
from reports.wording import duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 6.2, 6.6


@drawing.styled
def course_figure(course: Course) -> Figure:
    """Draw a load run: arrivals a second, customers at once, steps a second with those that failed, latencies."""
    figure, above = drawing.canvas(WIDTH, HEIGHT)
    above.remove()
    ratios = {"hspace": 0.65, "height_ratios": (1, 1, 1, 1.3)}
    above, crowd, steps, below = figure.subplots(4, 1, sharex=True, gridspec_kw=ratios)
    widths = np.diff(course.edges_s)
    above.stairs(course.started / widths, course.edges_s, fill=True, color=LOADED, alpha=0.4, zorder=2)
    above.stairs(course.planned / widths, course.edges_s, color=MUTED, lw=1.2, zorder=3)
    above.set_ylim(0, max(float((course.planned / widths).max(initial=0.0)) * 1.15, 0.1))
    _title(above, "Arrivals a second", (("planned", MUTED), ("started", LOADED)))
    crowd.stairs(course.at_once, course.edges_s, fill=True, color=BASE, zorder=3)
    crowd.set_ylim(0, max(float(course.at_once.max(initial=0.0)) * 1.15, 1.0))
    _title(crowd, "Customers at once", ())
    steps.stairs((course.answered + course.failed) / widths, course.edges_s, fill=True, color=DROP, alpha=0.8, zorder=2)
    steps.stairs(course.answered / widths, course.edges_s, fill=True, color=BASE, zorder=3)
    steps.set_ylim(0, max(float(((course.answered + course.failed) / widths).max(initial=0.0)) * 1.15, 0.1))
    _title(steps, "Steps a second", (("answered", BASE), ("failed", DROP)))
    middles = (course.edges_s[1:] + course.edges_s[:-1]) / 2
    for values, colour, width in ((course.p50_s, BASE, 1.4), (course.p95_s, LOADED, 2.0)):
        below.plot(middles, values, color=colour, lw=width, marker=".", ms=4, zorder=3)
    below.set_yscale("log")
    _ticks(below, course)
    _title(below, "Latency", (("median", BASE), ("95th percentile", LOADED)))
    below.set_xlabel("seconds of the run")
    below.set_xlim(0, course.edges_s[-1])
    for axes in (above, crowd, steps, below):
        axes.grid(axis="y", zorder=0, color=GRID)
    return figure


def _ticks(axes: Axes, course: Course) -> None:
    known = course.p95_s[np.isfinite(course.p95_s)]
    least = course.p50_s[np.isfinite(course.p50_s)]
    low = max(float(least.min(initial=1.0)), 1e-4) * 0.6
    high = max(float(known.max(initial=low)), low * 4) * 1.6
    steps = (1, 2, 5) if high < 60 * low else (1,)
    ticks = [by * 10.0**power for power in range(-4, 6) for by in steps if low <= by * 10.0**power <= high]
    axes.set_ylim(low, high)
    axes.set_yticks(ticks, [duration(tick) for tick in ticks])
    axes.minorticks_off()


def _title(axes: Axes, title: str, entries: tuple[tuple[str, str], ...]) -> None:
    axes.set_title(title)
    place = 1.0
    for text, colour in reversed(entries):
        axes.text(
            place, 1.04, text, transform=axes.transAxes, fontsize=9.5, fontweight="bold", color=colour, ha="right"
        )
        place -= 0.021 * len(text) + 0.03
