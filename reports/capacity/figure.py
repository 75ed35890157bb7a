"""Pictures of a capacity: trials at the edge with what is believed of it, and throughput against replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from reports.capacity.curve import HIGH, LOW
from reports.capacity.finding import Capacity
from reports.capacity.scaling import Scaling
from reports.pictures import drawing
from reports.pictures.drawing import BASE, DROP, GOOD, GRID, LOADED, MUTED
from reports.wording import duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT = 5.6, 3.2
CURVE = 120  # points of the curve
TOP = 20.0  # times the limit: what is slower is drawn there


@drawing.styled
def trials_figure(found: Capacity, limit: float, is_time: bool) -> Figure:
    """Draw each trial by its rate and what the budget limits; the band is the capacity's 95% interval."""
    figure, axes = drawing.canvas(WIDTH, HEIGHT)
    axes.axvspan(found.estimate.low, found.estimate.high, color=LOADED, alpha=0.22, lw=0, zorder=1)
    axes.axvline(found.estimate.value, color=LOADED, lw=1.4, zorder=2)
    axes.axhline(limit, color=MUTED, lw=1.2, ls=(0, (4, 3)), zorder=2)
    for words, colour, mark, chosen in (
        ("kept", GOOD, "o", [trial for trial in found.trials if trial.kept and not trial.void]),
        ("missed", DROP, "X", [trial for trial in found.trials if not trial.kept and not trial.void]),
        ("void", BASE, "s", [trial for trial in found.trials if trial.void]),
    ):
        if not chosen:
            continue
        values = [min(trial.value, TOP * limit) if trial.value == trial.value else limit for trial in chosen]
        axes.scatter([trial.rate_per_s for trial in chosen], values, c=colour, marker=mark, s=34, zorder=4, label=words)
    axes.set_xscale("log")
    rates = [trial.rate_per_s for trial in found.trials]
    if found.times is not None:
        at = np.exp(np.linspace(np.log(min(rates)), np.log(max(rates)), CURVE))
        times = found.times(at)
        shown = (times < limit / LOW) & (times > limit / HIGH)  # beyond, it is fitted to no more than fast or slow
        axes.plot(at[shown], times[shown], color=LOADED, lw=1.2, zorder=3)
    axes.set_xlim(min(rates) * 0.85, max(rates) * 1.18)
    _rates(axes)
    if is_time:
        axes.set_yscale("log")
        low, high = axes.get_ylim()
        ticks = [by * 10.0**power for power in range(-4, 6) for by in (1, 2, 5) if low <= by * 10.0**power <= high]
        axes.set_yticks(ticks, [duration(tick) for tick in ticks])
    axes.minorticks_off()
    axes.set_xlabel("customers a second")
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    axes.grid(axis="y", color=GRID, zorder=0)
    return figure


@drawing.styled
def scaling_figure(capacities: tuple[Capacity, ...], scaling: Scaling) -> Figure:
    """Draw capacities with their intervals by replicas, and the law with its band; dashed: in proportion to one."""
    figure, axes = drawing.canvas(WIDTH, HEIGHT)
    axes.fill_between(scaling.replicas, scaling.low_per_s, scaling.high_per_s, color=LOADED, alpha=0.18, lw=0, zorder=1)
    axes.plot(scaling.replicas, scaling.curve_per_s, color=LOADED, lw=2, zorder=3)
    axes.plot(
        scaling.replicas, scaling.gamma_per_s.value * scaling.replicas, color=MUTED, lw=1, ls=(0, (4, 3)), zorder=2
    )
    for found in capacities:
        low, high = found.estimate.low, found.estimate.high
        axes.plot([found.replicas] * 2, [low, high], color=LOADED, lw=2.2, zorder=4)
        axes.plot([found.replicas], [found.estimate.value], "o", color=LOADED, ms=6.5, zorder=5)
    top = max(float(np.max(scaling.high_per_s)), max(found.estimate.high for found in capacities))
    axes.set_ylim(0, min(top, 3 * max(found.estimate.value for found in capacities)) * 1.1)
    axes.set_xlim(0.6, float(scaling.replicas[-1]) + 0.4)
    axes.set_xticks(scaling.replicas, [f"{n:.0f}" for n in scaling.replicas])
    axes.set_xlabel("replicas")
    axes.set_title("Customers a second within the budget")
    axes.grid(axis="y", color=GRID, zorder=0)
    return figure


def _rates(axes: Axes) -> None:
    low, high = axes.get_xlim()
    steps = (1, 2, 5) if high > 4 * low else (1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 9)
    ticks = [by * 10.0**power for power in range(-5, 6) for by in steps if low <= by * 10.0**power <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
