"""Pictures of time: how many have completed by when, and how long customers would go on waiting."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports.measuring.results import Results
from reports.measuring.survival import Curve
from reports.measuring.time_curves import converted, last_known_s, staying
from reports.pictures import drawing
from reports.pictures.drawing import BASE, BEST, MUTED
from reports.pictures.scenarios import TICKS_S, WIDTH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS = 300


@drawing.styled
def converted_figure(arms: Sequence[tuple[str, Results]]) -> Figure:
    """Draw the share of all who entered that have completed, by time since arrival, one line a run."""
    return _curves(arms, converted, lambda results: float(np.nanmax(results.customers.stay_s, initial=0.0)),
                   "completed within this time", True)  # fmt: skip


@drawing.styled
def staying_figure(arms: Sequence[tuple[str, Results]], wait: str) -> Figure:
    """Draw Kaplan and Meier's curve of one wait: the share with the patience to outlast a time, one line a run."""
    return _curves(arms, lambda results: staying(results.spells[wait]), lambda results: last_known_s(results, wait),
                   "have not given up by then", False)  # fmt: skip


def _curves(
    arms: Sequence[tuple[str, Results]], curve_of: Callable[[Results], Curve], last_of: Callable[[Results], float],
    label: str, from_top: bool,
) -> Figure:  # fmt: skip
    """Draw curves; `from_top`: they rise, and what is written of them stands at the top left, where nothing else is."""
    from matplotlib.ticker import MaxNLocator

    figure, axes = drawing.canvas(WIDTH, 3.5)
    colours = [BASE, BEST] if len(arms) > 1 else [BEST]
    low, high = np.inf, 0.0
    values = list[float]()
    for place, (title, results) in enumerate(arms):
        curve, last_s = curve_of(results), last_of(results)
        known = curve.at_s[curve.at_s > 0]
        if not len(known) or last_s <= 0:
            continue
        first_s = max(1.0, float(known[0]))
        grid = np.geomspace(first_s, max(last_s, first_s * 2), POINTS)
        drawn = curve.at(grid)
        axes.plot(grid, drawn, color=colours[place], lw=2.4, zorder=3)
        axes.text(
            0.03, (0.97 if from_top else 0.03) + (-place if from_top else len(arms) - 1 - place) * 0.075,
            f"{textwrap.shorten(title, 30, placeholder='…')}: {drawn[-1]:.1%}", transform=axes.transAxes,
            va="top" if from_top else "bottom", fontsize=9.5, fontweight="bold",
            color=MUTED if colours[place] == BASE else colours[place], zorder=4,
        )  # fmt: skip
        values += [float(drawn.min()), float(drawn.max())]
        low = min(low, float(grid[np.argmax(np.abs(drawn - drawn[0]) > 0.01 * np.ptp(drawn))]))
        high = max(high, float(grid[-1]))
    axes.set_xscale("log")
    low, high = (max(low * 0.5, 1.0), high * 1.15) if np.isfinite(low) else (1.0, 10.0)
    axes.set_xlim(low, high)
    ticks = [(at, name) for at, name in TICKS_S if low <= at <= high]
    axes.set_xticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.minorticks_off()
    top = max([*values, 0.01]) if from_top else 1.0
    bottom = 0.0 if from_top else min([*values, 0.99])
    reach = max(top - bottom, 0.02)
    axes.set_ylim(max(0.0, bottom - 0.1 * reach), min(1.02, top + 0.05 * reach))
    axes.yaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value * 100:.3g}%")
    axes.grid(True, zorder=0)
    axes.set_ylabel(label)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    return figure
