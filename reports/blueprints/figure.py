"""The service blueprint as a picture: swimlanes with their lines, steps, stations, routes, waits and calls."""

from __future__ import annotations

import math
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeys.blueprint import LANES, Journey, Step
from journeys.contacts import During
from reports.blueprints.layout import (
    BOX_H,
    BOX_W,
    CHIP_H,
    COLUMN_W,
    NOTE_H,
    Arrow,
    Layout,
    Point,
    Stave,
    column_x,
    lay_out,
)
from reports.blueprints.texts import call_lines, how, patience
from reports.pictures import drawing
from reports.pictures.drawing import BAND, BEST, BOX, DENIED, DROP, GOOD, INK, MACHINE, MUTED, PAPER, PEOPLE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

TITLES = {"customer": "Customer\nactions", "frontstage": "Frontstage", "backstage": "Backstage", "support": "Support"}
LINES = {
    "customer": "line of interaction",
    "frontstage": "line of visibility",
    "backstage": "line of internal interaction",
}
TONES = {
    "completed": GOOD, "denied": DENIED, "dropped": DROP, "rejected": DROP, "call": BEST, "elsewhere": MUTED,
}  # fmt: skip
LABEL, SMALL, TINY = 8.6, 8.0, 7.3
DASHES = (0, (3.0, 2.4))


def draw_blueprint(journey: Journey, path: Path) -> Path:
    """Draw the blueprint into a file, SVG or PNG by its suffix; return the path.

    Raises InvalidInput for another suffix, CannotWrite where the file cannot be written.
    """
    return drawing.save(blueprint_figure(journey), path)


@drawing.styled
def blueprint_figure(journey: Journey, title: str = "") -> Figure:
    """Return the blueprint's figure: staves of up to eight steps in order, each with the four lanes.

    A step that every visit passes over (`skip` of 1) is drawn in dashes: it exists, and is not in use.
    """
    layout = lay_out(journey)
    figure, axes = drawing.canvas(layout.width, layout.height)
    axes.set_position((0.0, 0.0, 1.0, 1.0))
    axes.set_xlim(0, layout.width)
    axes.set_ylim(layout.height, 0)
    axes.axis("off")
    axes.text(0.08, 0.2, title or journey.title or journey.name, fontsize=12.5, fontweight="bold", va="center")
    for stave in layout.staves:
        _lanes(axes, layout, stave)
        _waits(axes, journey, stave)
        for step in stave.steps:
            _step(axes, journey, layout, stave, step)
    for arrow in layout.arrows:
        _arrow(axes, arrow)
    return figure


def alt_text(journey: Journey) -> str:
    """Return the blueprint in words, for those who don't see the picture."""
    lanes = [
        f"{lane}: " + ", ".join(step.label for step in journey.steps if step.lane == lane)
        for lane in LANES
        if any(step.lane == lane for step in journey.steps)
    ]
    reasons = ", ".join(contact.reason or contact.name for contact in journey.contacts)
    return f"Service blueprint of {journey.title or journey.name}. {'. '.join(lanes)}" + (
        f". Calls: {reasons}" if reasons else ""
    )


def _lanes(axes: Axes, layout: Layout, stave: Stave) -> None:
    for lane in LANES:
        top, height = stave.tops[lane], stave.heights[lane]
        axes.text(0.08, top + height / 2, TITLES[lane], fontsize=9, color=MUTED, va="center", fontweight="bold")
        if lane in LINES:
            visible = lane == "frontstage"
            axes.plot(
                [0.05, layout.width - 0.05], [top + height] * 2, color=INK if visible else MUTED,
                lw=1.3 if visible else 0.8, ls="-" if visible else (0, (6, 3)), zorder=1,
            )  # fmt: skip
            axes.text(
                0.08, top + height - 0.04, LINES[lane], fontsize=6.6, color=MUTED, va="bottom", style="italic",
            )  # fmt: skip
    bottom = stave.tops["support"] + stave.heights["support"]
    if stave is not layout.staves[-1]:
        axes.plot([0.05, layout.width - 0.05], [bottom + 0.15] * 2, color=drawing.GRID, lw=4, zorder=0)


def _waits(axes: Axes, journey: Journey, stave: Stave) -> None:
    for band in stave.bands:
        wait = journey.wait(band.wait)
        x, width = column_x(band.first) - 0.06, (band.last - band.first) * COLUMN_W + BOX_W + 0.12
        top, height = stave.tops["customer"] + 0.14, stave.heights["customer"] - 0.3
        _rounded(axes, x, top, width, height, 0.12, fc=BAND, ec="none", zorder=2)
        wide = max(16, int(width * 12))
        head = textwrap.wrap(wait.title or f"Waits: {wait.name}", wide)
        if not band.begins:
            head = textwrap.wrap(f"… {wait.title or wait.name}", wide)
        elif wait.visible:
            head += textwrap.wrap(f"{wait.visible:.0%} of customers see a live status", wide)
        if band.begins:
            head += textwrap.wrap(patience(wait), wide)
        _lines(axes, x + 0.12, top + 0.1, head, INK, SMALL)
        calls = [
            line
            for contact in journey.contacts
            if isinstance(contact.arises, During) and contact.arises.wait == wait.name and band.begins
            for line in call_lines(contact, wide)
        ]
        _lines(axes, x + 0.12, top + 0.18 + 0.16 * len(head), calls, BEST, TINY + 0.3)


def _step(axes: Axes, journey: Journey, layout: Layout, stave: Stave, step: Step) -> None:
    x, y = stave.boxes[step.name]
    station = journey.station(step.station) if step.station else None
    unused, chip = step.skip >= 1, stave.chips.get(step.name)
    people = station is not None and station.kind == "people"
    if chip is not None and station is not None:
        middle = chip[0] + BOX_W * 0.33
        axes.plot([x + BOX_W * 0.93] * 2, [y + BOX_H, chip[1] + 0.1], color=MUTED, lw=0.8, zorder=2)
        _rounded(axes, *chip, BOX_W * 0.66, CHIP_H, 0.13, fc=MACHINE, ec="none", zorder=4)
        name = textwrap.shorten(station.title or station.name, 16, placeholder="…")
        axes.text(middle, chip[1] + CHIP_H / 2, name, fontsize=TINY, ha="center", va="center", color=MUTED, zorder=5)
    _rounded(
        axes, x, y, BOX_W, BOX_H, 0.07, fc=PAPER if unused else PEOPLE if people else BOX, ec=MUTED if unused else INK,
        lw=0.9, ls=DASHES if unused else "-", zorder=4,
    )  # fmt: skip
    number = layout.numbers[step.name]
    label = textwrap.wrap(f"{number} {step.label}", 19)
    label = label if len(label) <= 3 else [*label[:2], textwrap.shorten(" ".join(label[2:]), 18, placeholder="…")]
    _lines(axes, x + BOX_W / 2, y + 0.09, label, MUTED if unused else INK, LABEL, ha="center")
    below = how(step, station, machine_inside=chip is None)[: 5 - len(label)]
    foot = y + BOX_H - 0.06
    axes.text(
        x + BOX_W / 2, foot, "\n".join(below), fontsize=TINY, ha="center", va="bottom", zorder=5, color=MUTED,
        linespacing=1.15,
    )  # fmt: skip
    for index, (text, tone) in enumerate(stave.notes[step.name]):
        axes.text(
            x + 0.02, y + BOX_H + 0.09 + NOTE_H * index, text, fontsize=TINY, color=TONES[tone], va="top", zorder=6,
            bbox={"fc": PAPER, "ec": "none", "pad": 0.5},
        )  # fmt: skip


def _lines(axes: Axes, x: float, y: float, lines: list[str], colour: str, size: float, ha: str = "left") -> None:
    axes.text(x, y, "\n".join(lines), fontsize=size, va="top", ha=ha, color=colour, zorder=5, linespacing=1.2)


def _rounded(axes: Axes, x: float, y: float, width: float, height: float, radius: float, **look: Any) -> None:
    from matplotlib.patches import FancyBboxPatch

    shape = f"round,pad=0,rounding_size={radius}"
    axes.add_artist(FancyBboxPatch((x, y), width, height, boxstyle=shape, **look))


def _arrow(axes: Axes, arrow: Arrow) -> None:
    from matplotlib.patches import FancyArrowPatch, PathPatch
    from matplotlib.path import Path as Outline

    points, colour = arrow.points, DENIED if arrow.back else INK
    if len(points) > 2:
        vertices: list[Point] = [points[0]]
        codes = [Outline.MOVETO]
        for before, corner, after in zip(points, points[1:-1], points[2:], strict=False):
            vertices += [_towards(corner, before), corner, _towards(corner, after)]
            codes += [Outline.LINETO, Outline.CURVE3, Outline.CURVE3]
        vertices.append(_towards(points[-1], points[-2], 0.06))
        codes.append(Outline.LINETO)
        line = PathPatch(
            Outline(vertices, codes), fc="none", ec=colour, lw=1.0, ls=DASHES if arrow.back else "-", zorder=3
        )
        axes.add_artist(line)
    start = points[0] if len(points) == 2 else _towards(points[-1], points[-2], 0.13)
    head = FancyArrowPatch(
        start, points[-1], arrowstyle="-|>", mutation_scale=9, color=colour, lw=1.0, shrinkA=0, shrinkB=0, zorder=5
    )
    axes.add_artist(head)
    if arrow.label:
        axes.text(
            *arrow.label_at, arrow.label, fontsize=TINY, color=colour, ha="center", va="center", zorder=6,
            bbox={"fc": PAPER, "ec": "none", "pad": 0.6},
        )  # fmt: skip


def _towards(point: Point, other: Point, by: float = 0.09) -> Point:
    gone = math.dist(point, other)
    part = min(0.5, by / gone) if gone else 0.0
    return point[0] + (other[0] - point[0]) * part, point[1] + (other[1] - point[1]) * part
