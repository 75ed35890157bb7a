"""The tornado: how far each assumption, moved over its range, moves what a scenario does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.pictures import drawing
from reports.pictures.drawing import BASE, DROP, INK, LEVER, MUTED

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 8.2


@drawing.styled
def tornado_figure(
    title: str, rows: Sequence[tuple[str, tuple[float, str], tuple[float, str]]], centre: float, unit: str
) -> Figure:
    """Draw a bar for each assumption, from what the low end of its range does to what the high end does.

    Parameters
    ----------
    rows: (path, (difference at the low end, the value there in words), the same at the high end); NaN where an end is
        no sound journey. centre: the difference as assumed. unit: what differences are written in: points or "".
    """
    figure, axes = drawing.canvas(WIDTH, 0.4 * len(rows) + 0.7)
    ends = [value for _, low, high in rows for value, _ in (low, high) if math.isfinite(value)]
    lowest, highest = min([0.0, centre, *ends]), max([0.0, centre, *ends])
    reach = max(highest - lowest, 1e-9)
    for place, (_, low, high) in enumerate(rows):
        for (value, words), colour in ((low, LEVER), (high, BASE)):
            if not math.isfinite(value):
                continue
            axes.barh(place, value - centre, left=centre, height=0.5, color=colour, zorder=2)
            right = value > centre or (value == centre and colour == BASE)
            axes.annotate(
                words, (value, place), xytext=(4 if right else -4, 0), textcoords="offset points", va="center",
                ha="left" if right else "right", fontsize=8.5, color=MUTED,
            )  # fmt: skip
    axes.axvline(centre, color=INK, lw=1.0, zorder=3)
    axes.axvline(0, color=DROP, lw=1.2, ls="--", zorder=1)
    axes.annotate("overturned here", (0, -0.75), xytext=(4, 0), textcoords="offset points", fontsize=8.5, color=DROP,
                  va="center")  # fmt: skip
    axes.annotate(f"as assumed: {unit}", (centre, -0.75), xytext=(4, 0), textcoords="offset points", fontsize=9,
                  color=INK, va="center", fontweight="bold")  # fmt: skip
    axes.set_title(title)
    axes.set_yticks(range(len(rows)), [path for path, _, _ in rows])
    axes.set_ylim(len(rows) - 0.5, -1.1)
    axes.set_xlim(lowest - 0.1 * reach, highest + 0.16 * reach)
    axes.set_xticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", colors=INK, labelsize=9)
    return figure
