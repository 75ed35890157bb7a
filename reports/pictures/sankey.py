"""Flows between two columns: ribbons as wide as what flows, drawn on Matplotlib."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.pictures import drawing
from reports.pictures.drawing import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Flows = Mapping[tuple[str, str], float]

GAP_IN, LINE_IN, TITLE_IN = 0.06, 0.17, 0.34
"""Between two nodes, for a line of text, and for the titles, in inches."""
CHARACTER_IN = 0.078
BAR = 0.03
"""Width of a node, as a share of the picture's between the columns."""


@dataclass(frozen=True, slots=True)
class Node:
    """One end of flows: its key, the words beside it, and its colour."""

    key: str
    label: str
    colour: str


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a node is drawn, in inches from the top: its own room may be larger than its size."""

    node: Node
    top: float
    size: float


def flows_figure(
    left: Sequence[Node],
    right: Sequence[Node],
    flows: Flows,
    *,
    inches_per_unit: float,
    width_in: float,
    titles: tuple[str, str],
    longest: tuple[int, int] = (0, 0),
) -> Figure:
    """Draw flows from the nodes of the left column to those of the right.

    Parameters
    ----------
    flows: by (key on the left, key on the right), in any unit, of which one is `inches_per_unit` wide: pictures with
        the same one can be compared. width_in: between the columns. titles: above the columns.
    longest: for how many characters there is room beside the columns, so that several pictures are equally wide.

    Nodes without flows are left out; ribbons have the right node's colour.
    """
    columns = [_column(nodes, flows, end, inches_per_unit) for end, nodes in enumerate((left, right))]
    height = max((place.top + max(place.size, LINE_IN) for column in columns for place in column), default=LINE_IN)
    figure, axes = drawing.canvas(width_in, height + TITLE_IN)
    for end, column in enumerate(columns):
        x = end * (1 - BAR)
        for place in column:
            y0, y1 = place.top, place.top + place.size
            axes.fill([x, x + BAR, x + BAR, x], [y0, y0, y1, y1], color=place.node.colour, lw=0, zorder=3)
            axes.text(
                1.02 if end else -0.02, (y0 + y1) / 2, place.node.label, fontsize=9.5, color=INK, va="center",
                ha="left" if end else "right",
            )  # fmt: skip
        axes.text(
            float(end), -0.14, titles[end], ha="right" if end else "left", va="bottom", fontsize=9.5, fontweight="bold",
            color=drawing.BEST if end else drawing.MUTED,
        )  # fmt: skip
    room = [characters * CHARACTER_IN / width_in for characters in longest]
    axes.plot([-room[0], 1 + room[1]], [0, 0], lw=0, clip_on=False)
    tops = [{place.node.key: place.top for place in column} for column in columns]
    for one in columns[0]:
        for other in columns[1]:
            size = flows.get((one.node.key, other.node.key), 0.0) * inches_per_unit
            if size > 0:
                _ribbon(axes, tops[0][one.node.key], tops[1][other.node.key], size, other.node.colour)
                tops[0][one.node.key] += size
                tops[1][other.node.key] += size
    axes.set_position((0.0, 0.0, 1.0, height / (height + TITLE_IN)))
    axes.set_xlim(0, 1)
    axes.set_ylim(height, 0)
    axes.set_axis_off()
    return figure


def total(flows: Flows, end: int, key: str) -> float:
    """Return what flows from (end 0) or to (end 1) a node."""
    return sum(size for ends, size in flows.items() if ends[end] == key)


def _column(nodes: Sequence[Node], flows: Flows, end: int, inches_per_unit: float) -> list[_Place]:
    places, top = list[_Place](), 0.0
    for node in nodes:
        size = total(flows, end, node.key) * inches_per_unit
        if size > 0:
            room = max(size + GAP_IN, LINE_IN)
            places.append(_Place(node, top + (room - GAP_IN - size) / 2 if size < LINE_IN - GAP_IN else top, size))
            top += room
    return places


def _ribbon(axes: Axes, y0: float, y1: float, size: float, colour: str) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    x0, x1, middle = BAR, 1 - BAR, 0.5
    points = [(x0, y0), (middle, y0), (middle, y1), (x1, y1), (x1, y1 + size), (middle, y1 + size),
              (middle, y0 + size), (x0, y0 + size), (x0, y0)]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_artist(PathPatch(Path(points, codes), facecolor=colour, alpha=0.38, lw=0, zorder=2))
