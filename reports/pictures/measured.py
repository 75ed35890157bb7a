"""Pictures of measured runs beside their forecasts: shares with intervals, and latency by step and engine."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from journeys.blueprint import Journey
from reports.pictures import drawing
from reports.pictures.drawing import ENGINE_COLOUR, GRID, MUTED, SIMULATED
from reports.side_by_side import Pair, SideBySide
from reports.statistics import Estimate
from reports.wording import duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 5.3
ROW_IN = 0.36


@drawing.styled
def shares_figure(side: SideBySide) -> Figure:
    """Draw shares of customers, measured and simulated, as dots with their intervals."""
    pairs = [pair for pair in side.pairs if pair.unit == "share"]
    figure, axes = drawing.canvas(WIDTH, ROW_IN * len(pairs) + 0.7)
    colour = ENGINE_COLOUR.get(side.word, MUTED)
    for row, pair in enumerate(pairs):
        if pair.forecast is not None:
            _dot(axes, pair.forecast, row - 0.15, SIMULATED, hollow=True)
        _dot(axes, pair.measured, row + 0.15, colour)
    _rows(axes, pairs)
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks([0, 0.25, 0.5, 0.75, 1], ["0", "25%", "50%", "75%", "100%"])
    _key(axes, side, colour)
    return figure


@drawing.styled
def latency_figure(journey: Journey, sides: Sequence[SideBySide], stat: str = "p95") -> Figure:
    """Draw a percentile of each customer step's latency (queue and service), by engine, on a logarithmic axis."""
    rows = [
        (step.label, found)
        for step in journey.steps
        if step.lane == "customer" and (found := _by_engine(sides, f"latency.{step.name}.sojourn.{stat}"))
    ]
    most = max([len(found) for _, found in rows], default=1)
    figure, axes = drawing.canvas(WIDTH, (0.22 + 0.19 * most) * max(len(rows), 1) + 0.8)
    smallest, largest = np.inf, 0.001
    for row, (_, found) in enumerate(rows):
        for rank, (word, estimate) in enumerate(found):
            y = row + (rank - (len(found) - 1) / 2) * 0.27
            _dot(axes, estimate, y, ENGINE_COLOUR.get(word, MUTED), hollow=word == "simulated")
            tone, end = ENGINE_COLOUR.get(word, MUTED), max(estimate.value, estimate.high if estimate.bounded else 0)
            axes.annotate(
                duration(estimate.value), (end, y), xytext=(7, 0), textcoords="offset points", fontsize=8.5, color=tone,
                va="center",
            )  # fmt: skip
            smallest = min(smallest, max(estimate.value, 1e-4))
            largest = max(largest, estimate.high if estimate.bounded else estimate.value)
    axes.set_xscale("log")
    axes.set_xlim(smallest * 0.5 if np.isfinite(smallest) else 0.001, largest * 2.6)
    low, high = axes.get_xlim()
    steps = (1, 2, 5) if high < 200 * low else (1,)
    ticks = [by * 10.0**power for power in range(-4, 7) for by in steps if low <= by * 10.0**power <= high]
    axes.set_xticks(ticks, [duration(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_yticks(range(len(rows)), [textwrap.shorten(name, 30, placeholder="…") for name, _ in rows])
    axes.set_ylim(len(rows) - 0.4, -0.95)
    _frame(axes)
    words = ["simulated"] * any(word == "simulated" for _, found in rows for word, _ in found)
    words += [side.word for side in sides]
    for index, word in enumerate(dict.fromkeys(words)):
        mark = "○" if word == "simulated" else "●"
        axes.text(
            0.0 + index * 0.24, 1.0, f"{mark} {word}", transform=axes.transAxes, fontsize=9.5, fontweight="bold",
            color=ENGINE_COLOUR.get(word, MUTED), va="top",
        )  # fmt: skip
    return figure


def _by_engine(sides: Sequence[SideBySide], key: str) -> list[tuple[str, Estimate]]:
    """Return (how it came about, estimate) of one metric: the simulation's once, then each measured run's."""
    pairs = [(side.word, pair) for side in sides for pair in side.pairs if pair.key == key]
    forecasts = [pair.forecast for _, pair in pairs if pair.forecast is not None and pair.forecast.measured]
    found = [("simulated", forecast) for forecast in forecasts[-1:]]
    return found + [(word, pair.measured) for word, pair in pairs if pair.measured.measured]


def _dot(axes: Axes, estimate: Estimate, y: float, colour: str, hollow: bool = False) -> None:
    if not estimate.measured:
        return
    if not np.isnan(estimate.low):
        low = estimate.low if np.isfinite(estimate.low) else estimate.value
        high = estimate.high if np.isfinite(estimate.high) else estimate.value
        axes.plot([low, high], [y, y], color=colour, lw=2, alpha=0.55, zorder=2)
    face = "none" if hollow else colour
    axes.plot([estimate.value], [y], "o", ms=6.5, mec=colour, mew=1.6, mfc=face, zorder=3)


def _rows(axes: Axes, pairs: Sequence[Pair]) -> None:
    axes.set_yticks(range(len(pairs)), [textwrap.shorten(pair.title, 34, placeholder="…") for pair in pairs])
    axes.set_ylim(len(pairs) - 0.4, -1.0)
    _frame(axes)


def _frame(axes: Axes) -> None:
    axes.grid(True, axis="x", zorder=0, color=GRID)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", colors=drawing.INK)


def _key(axes: Axes, side: SideBySide, colour: str) -> None:
    entries = [(f"● {side.word}, n = {side.n}", colour)]
    if side.n_forecast:
        entries.insert(0, (f"○ simulated, n = {side.n_forecast}", SIMULATED))
    for index, (text, tone) in enumerate(entries):
        axes.text(0.0 + index * 0.42, -0.75, text, fontsize=9.5, fontweight="bold", color=tone, va="center")
