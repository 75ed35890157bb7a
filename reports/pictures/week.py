"""Pictures by the hour: staffing against demand over the week, and how customers fare by the hour they come."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports.measuring.breakdown import Part
from reports.measuring.week import HOURS, Hours
from reports.pictures import drawing
from reports.pictures.drawing import BASE, BEST, DROP, GRID, INK, MUTED
from reports.statistics import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HALF, GAP_IN = 11.0, 5.3, 0.45
FEW = 30
"""Hours in which fewer customers came are not drawn."""
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@drawing.styled
def week_figure(rows: Sequence[tuple[str, Hours]]) -> Figure:
    """Draw each hour of the week: who is on duty (grey), busy (blue), and the work that comes in (line).

    Parameters: `rows` as (title, hours of one station in one run), one below the other on one scale.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, 1.55 * len(rows) + 0.3))
    FigureCanvasAgg(figure)
    hour = np.arange(HOURS + 1)
    for place, (title, hours) in enumerate(rows):
        axes = figure.add_subplot(len(rows), 1, place + 1)
        staffed, busy, offered = (_mean(part) for part in (hours.staffed, hours.busy, hours.offered))
        axes.stairs(staffed, hour, fill=True, color=GRID, zorder=1)
        axes.stairs(busy, hour, fill=True, color=BEST, alpha=0.75, zorder=2)
        axes.stairs(offered, hour, color=DROP, lw=1.3, zorder=3, baseline=None)
        axes.set_title(textwrap.shorten(title, 70, placeholder="…"), fontsize=10)
        axes.set_xlim(0, HOURS)
        axes.set_ylim(0, max(1.0, float(np.nanmax([staffed, busy, offered], initial=0.0))) * 1.08)
        axes.set_xticks(range(0, HOURS, 24), DAYS if place == len(rows) - 1 else [""] * 7, ha="left")
        axes.grid(True, axis="x", zorder=0)
        _plain(axes)
        if place == 0:
            axes.set_title("■ on duty", loc="right", fontsize=9, color=MUTED)
            for x, words, tone in ((0.79, "■ busy", BEST), (0.87, "— work coming in", DROP)):
                axes.text(x - 0.13, 1.07, words, transform=axes.transAxes, fontsize=9, color=tone)
    height = figure.get_figheight()
    figure.subplots_adjust(0.03, 0.3 / height, 0.99, 1 - 0.3 / height, hspace=GAP_IN / ((height - 0.6) / len(rows)))
    return figure


@drawing.styled
def hours_figure(arms: Sequence[tuple[str, Sequence[Part]]]) -> Figure:
    """Draw the share completed by hour of arrival, one line a run, with bands of the intervals."""
    figure, axes = drawing.canvas(HALF, 3.2)
    colours = [BASE, BEST] if len(arms) > 1 else [BEST]
    for place, (title, parts) in enumerate(arms):
        known = [(at, part.completed) for at, part in enumerate(parts) if part.customers >= FEW]
        at = np.array([hour for hour, _ in known]) + 0.5
        axes.plot(at, [share.value for _, share in known], color=colours[place], lw=2.2, zorder=3)
        low = np.array([share.low if share.bounded else share.value for _, share in known])
        high = np.array([share.high if share.bounded else share.value for _, share in known])
        axes.fill_between(at, np.maximum(low, 0), np.minimum(high, 1), color=colours[place], alpha=0.18, lw=0, zorder=2)
        axes.text(
            0.02, 0.14 - 0.09 * place, textwrap.shorten(title, 34, placeholder="…"), transform=axes.transAxes,
            fontsize=9.5, fontweight="bold", color=MUTED if colours[place] == BASE else BEST,
        )  # fmt: skip
    axes.set_xlim(0, 24)
    axes.set_ylim(0, 1)
    axes.set_xticks(range(0, 25, 6), [f"{hour:02d}:00" for hour in range(0, 25, 6)])
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    axes.set_ylabel("completed")
    axes.grid(True, zorder=0)
    _plain(axes)
    return figure


@drawing.styled
def phone_figure(arms: Sequence[tuple[str, Floats]]) -> Figure:
    """Draw calls by hour of the day, per 100 customers, one line a run; `arms` as (title, calls of each hour)."""
    figure, axes = drawing.canvas(HALF, 2.5)
    colours = [BASE, BEST] if len(arms) > 1 else [BEST]
    highest = max([float(calls.max()) for _, calls in arms] + [1e-9])
    for place, (title, calls) in enumerate(arms):
        axes.stairs(calls, np.arange(25), color=colours[place], lw=2.0, zorder=3, baseline=None)
        axes.text(
            0.02, 0.9 - 0.11 * place, textwrap.shorten(title, 34, placeholder="…"), transform=axes.transAxes,
            fontsize=9.5, fontweight="bold", color=MUTED if colours[place] == BASE else BEST,
        )  # fmt: skip
    axes.set_xlim(0, 24)
    axes.set_ylim(0, highest * 1.15)
    axes.set_xticks(range(0, 25, 6), [f"{hour:02d}:00" for hour in range(0, 25, 6)])
    axes.set_ylabel("calls per 100 customers", color=MUTED)
    axes.grid(True, zorder=0)
    _plain(axes)
    return figure


def _mean(values: Floats) -> Floats:
    known = ~np.isnan(values)
    counted = known.sum(axis=0)
    return np.asarray(np.where(known, values, 0.0).sum(axis=0) / np.maximum(counted, 1), dtype=np.float64)


def _plain(axes: Axes) -> None:
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="x", colors=INK)
