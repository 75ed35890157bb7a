"""The picture of memory over a load run: each process by name, the time in which it fills, and who was on their way."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from reports.loading.memory import GENERATOR, Memory, Samples
from reports.pictures import drawing
from reports.pictures.drawing import BAND, BASE, GRID, INK, LOADED, MUTED, REASONS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, LINE_IN = 6.2, 4.0, 0.22
HOUR_S, MINUTE_S = 3600.0, 60.0


@drawing.styled
def memory_figure(samples: Samples, courses: Mapping[str, Memory]) -> Figure:
    """Draw what each process held, with its course in words, over how many customers were on their way."""
    shown = [name for name in courses if name != GENERATOR]
    figure, above = drawing.canvas(WIDTH, HEIGHT + LINE_IN * len(shown))
    above.remove()
    above, below = figure.subplots(2, 1, sharex=True, gridspec_kw={"hspace": 0.28, "height_ratios": (3, 1)})
    unit_s, unit = (MINUTE_S, "minutes") if samples.at_s[-1] > 5 * MINUTE_S else (1.0, "seconds")
    unit_s, unit = (HOUR_S, "hours") if samples.at_s[-1] > 5 * HOUR_S else (unit_s, unit)
    at = samples.at_s / unit_s
    for axes in (above, below):
        axes.axvspan(0, samples.warm_s / unit_s, color=BAND, zorder=0)
        axes.grid(axis="y", zorder=1, color=GRID)
    above.text(samples.warm_s / unit_s, 0.02, "fills ", transform=above.get_xaxis_transform(), ha="right",
               fontsize=9, color=MUTED)  # fmt: skip
    for place, name in enumerate(shown):
        above.plot(at, samples.mb[name], color=_colour(place), lw=1.8, zorder=3)
    most = max(float(np.nanmax(samples.mb[name])) for name in shown)
    above.set_ylim(0, most * 1.08)
    above.set_xlim(0, at[-1])
    inch = 1 / (figure.get_figheight() * above.get_position().height)
    _legend(above, [(name, courses[name]) for name in shown], inch)
    below.fill_between(at, samples.in_flight, color=BASE, alpha=0.6, lw=0, zorder=2)
    below.set_ylim(0, max(float(samples.in_flight.max()) * 1.15, 1.0))
    below.set_title("Customers on their way")
    below.set_xlabel(f"{unit} of the run")
    return figure


def _legend(axes: Axes, entries: list[tuple[str, Memory]], inch: float) -> None:
    """Say above the axes which colour is which process, and how it grew; `inch` is one in heights of the axes."""
    axes.text(0, 1 + (LINE_IN * len(entries) + 0.12) * inch, "Memory, MB", transform=axes.transAxes, fontsize=11,
              fontweight="bold", color=INK)  # fmt: skip
    for place, (name, found) in enumerate(entries):
        height = 1 + (LINE_IN * (len(entries) - 1 - place) + 0.1) * inch
        words = textwrap.shorten(f"{name}: {found.last_mb:.0f} MB, {found.words}", 80, placeholder="…")
        axes.text(0, height, words, transform=axes.transAxes, fontsize=9, fontweight="bold", color=_colour(place))


def _colour(place: int) -> str:
    return LOADED if place == 0 else REASONS[(place - 1) % len(REASONS)]
