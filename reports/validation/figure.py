"""The picture of a validation: how long each step took, measured and simulated, as the share that took longer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports.pictures import drawing
from reports.pictures.drawing import GRID, LOADED, SIMULATED
from reports.validation.agreement import Distributions
from reports.wording import duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

QUANTILES = np.concatenate([np.linspace(0, 0.9, 91), np.linspace(0.905, 0.995, 19), np.linspace(0.996, 0.999, 4)])
MOST = 6


@drawing.styled
def distributions_figure(found: Sequence[Distributions]) -> Figure:
    """Draw the share of visits that took longer than each time, on logarithmic axes, one panel a step and duration."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import LogLocator

    shown = list(found)[:MOST]
    columns = min(3, len(shown))
    rows = -(-len(shown) // columns)
    figure = Figure(figsize=(3.6 * columns, 2.7 * rows))
    FigureCanvasAgg(figure)
    for place, one in enumerate(shown):
        axes = figure.add_subplot(rows, columns, place + 1)
        for values, colour, style in ((one.simulated, SIMULATED, "--"), (one.measured, LOADED, "-")):
            axes.plot(np.maximum(np.quantile(values, QUANTILES), 1e-4), 1 - QUANTILES, style, color=colour, lw=1.8)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_yticks([1, 0.5, 0.1, 0.05, 0.01], ["all", "half", "10%", "5%", "1%"])
        axes.yaxis.set_minor_formatter(lambda value, _: "")
        axes.xaxis.set_major_locator(LogLocator(subs=(1,) if _decades(one) > 1.5 else (1, 2, 5), numticks=9))
        axes.xaxis.set_major_formatter(lambda value, _: duration(value))
        axes.xaxis.set_minor_formatter(lambda value, _: "")
        axes.set_ylim(0.004, 1.1)
        axes.grid(color=GRID)
        axes.set_title(f"{one.title}\n{one.of}", fontsize=9.5)
    figure.tight_layout()
    return figure


def _decades(one: Distributions) -> float:
    """Return over how many powers of ten durations range."""
    ends = [np.maximum(np.quantile(values, QUANTILES[[0, -1]]), 1e-4) for values in (one.measured, one.simulated)]
    return float(np.log10(max(end[1] for end in ends) / min(end[0] for end in ends)))
