"""The radar plot of the scorecard: eight axes from 0 in the middle to 100 at the rim."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from journeys.evidence import QUALITIES
from reports.pictures.drawing import BASE, BEST, GRID, MUTED, styled
from reports.scorecard.qualities import DEFINITIONS
from reports.scorecard.texts import Card, shown

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_LOOKS = ((BASE, "s", "--"), (BEST, "o", "-"))


@styled
def radar_figure(cards: Sequence[Card]) -> Figure:
    """Return the plot. A quality that was not measured breaks the line, and its axis says so."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6, 5.0))
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.2, 0.15, 0.6, 0.68), projection="polar")
    angles = [math.pi / 2 - 2 * math.pi * place / len(QUALITIES) for place in range(len(QUALITIES))]
    axes.set_ylim(0, 100)
    axes.set_yticks([25, 50, 75, 100], ["", "50", "", "100"])
    axes.set_rlabel_position(90 - 180 / len(QUALITIES))  # type: ignore[attr-defined]
    axes.set_xticks([])
    axes.grid(color=GRID)
    axes.spines["polar"].set_color(GRID)
    for angle, quality in zip(angles, QUALITIES, strict=True):
        axes.plot([angle, angle], [0, 100], color=GRID, linewidth=0.7)
        numbers = " → ".join(shown(card.scores[quality]) for card in cards)
        unknown = all(card.scores[quality].value is None for card in cards)
        across = math.cos(angle)
        side = "left" if across > 0.2 else "right" if across < -0.2 else "center"
        text = f"{DEFINITIONS[quality].title}\n" + ("not measured" if unknown else numbers)
        axes.text(angle, 108 if abs(across) > 0.2 else 117, text, ha=side, va="center", fontsize=9.5, linespacing=1.35,
                  color=MUTED if unknown else None)  # fmt: skip
    looks = _LOOKS if len(cards) > 1 else _LOOKS[1:]
    for card, (colour, marker, dashes) in zip(cards, looks, strict=False):
        heights = [card.scores[quality].value for quality in QUALITIES]
        around = [math.nan if height is None else 100 * height for height in heights]
        axes.plot([*angles, angles[0]], [*around, around[0]], color=colour, linestyle=dashes, linewidth=1.8,
                  marker=marker, markersize=5, label=card.title, clip_on=False)  # fmt: skip
        if all(height is not None for height in heights):
            axes.fill(angles, around, color=colour, alpha=0.10, linewidth=0)
    figure.legend(loc="lower center", ncols=len(cards), frameon=False, fontsize=10)
    return figure
