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

WIDTH, ROW, HEAD = 8.8, 0.62, 1.1
APART = 0.24
MARKS = ((DROP, "o"), (LEVER, "s"), (BEST, "D"), (GOOD, "^"), (WARN, "v"))
PANELS = (
    ("failed.during", "Failed, per 100 steps", 0.1),
    ("p95.during", "Slowest 5%, seconds", 1.0),
    ("recovery", "Until over, seconds", 1.0),
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
        panel.set_title(title, fontsize=9.5, loc="left")
        panel.grid(axis="x", color=GRID, zorder=0)
    marks = [MARKS[nth % len(MARKS)] for nth in range(len(counts))]
    shown = [axes[0].plot([], [], mark, color=colour)[0] for colour, mark in marks]
    shown += axes[0].plot([], [], color=MUTED, lw=4, alpha=0.35)
    words = [f"{count} replica" + ("s" if count > 1 else "") for count in counts]
    figure.legend(shown, [*words, "the model's repeats"], loc="lower left", ncols=len(shown), frameon=False, fontsize=9,
                  bbox_to_anchor=(0.12, 0.0), columnspacing=1.4, handletextpad=0.5)  # fmt: skip
    figure.subplots_adjust(bottom=(HEAD - 0.35) / (HEAD + ROW * len(faults)), top=0.94)
    return figure


def _mark(axes: Axes, trial: Trial, key: str, times: float, y: float, look: tuple[str, str]) -> None:
    values = np.array([one[key] for one in trial.twin if not math.isnan(one[key])])
    if len(values):
        axes.plot([times * values.min(), times * values.max()], [y, y], color=MUTED, lw=4, alpha=0.35, zorder=2)
    if not math.isnan(trial.measured[key]):
        axes.plot([times * trial.measured[key]], [y], look[1], color=look[0], ms=5.5, zorder=4)
