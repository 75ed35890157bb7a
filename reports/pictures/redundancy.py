"""The picture of redundancy: what each fault did to customers, by the number of replicas, beside the model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from reports.failover import Trial
from reports.pictures import drawing
from reports.pictures.drawing import BEST, DROP, GOOD, GRID, LEVER, MUTED, WARN

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, ROW, HEAD = 8.4, 0.62, 1.0
APART = 0.24
MARKS = ((DROP, "o"), (LEVER, "s"), (BEST, "D"), (GOOD, "^"), (WARN, "v"))
PANELS = (
    ("conversion.during", "Completed, of 100 who came during it", 100.0),
    ("failed.during", "Attempts that failed, per 100 steps", 0.1),
    ("recovery", "Seconds until nothing failed or dragged", 1.0),
)


@drawing.styled
def redundancy_figure(trials: Sequence[Trial]) -> Figure:
    """Draw a row a fault, and in it a mark for each number of replicas; a bar is the range of the model's repeats."""
    faults = list(dict.fromkeys(trial.fault for trial in trials))
    counts = sorted({trial.replicas for trial in trials})
    figure, whole = drawing.canvas(WIDTH, HEAD + ROW * len(faults))
    whole.remove()
    axes = figure.subplots(1, len(PANELS))
    figure.subplots_adjust(wspace=0.16)
    for panel, (key, title, times) in zip(axes, PANELS, strict=True):
        for trial in trials:
            nth = counts.index(trial.replicas)
            y = len(faults) - 1 - faults.index(trial.fault) + APART * ((len(counts) - 1) / 2 - nth)
            _mark(panel, trial, key, times, y, MARKS[nth % len(MARKS)])
        panel.set_yticks(range(len(faults)), reversed(faults) if panel is axes[0] else [""] * len(faults))
        panel.set_ylim(-0.6, len(faults) - 0.4)
        panel.set_xlim(left=-0.02 * panel.get_xlim()[1])
        panel.set_title(title, fontsize=9, loc="left")
        panel.grid(axis="x", color=GRID, zorder=0)
    for nth, count in enumerate(counts):
        colour, mark = MARKS[nth % len(MARKS)]
        axes[0].plot([], [], mark, color=colour, label=f"{count} replica" + ("s" if count > 1 else ""))
    axes[0].plot([], [], color=MUTED, lw=4, alpha=0.35, label="range of the model's repeats")
    figure.legend(loc="lower center", ncols=len(counts) + 1, frameon=False, fontsize=9, bbox_to_anchor=(0.5, -0.09))
    return figure


def _mark(axes: Axes, trial: Trial, key: str, times: float, y: float, look: tuple[str, str]) -> None:
    values = np.array([one[key] for one in trial.twin if not math.isnan(one[key])])
    if len(values):
        axes.plot([times * values.min(), times * values.max()], [y, y], color=MUTED, lw=4, alpha=0.35, zorder=2)
    if not math.isnan(trial.measured[key]):
        axes.plot([times * trial.measured[key]], [y], look[1], color=look[0], ms=5.5, zorder=4)
