"""Where everything of a blueprint's picture goes: staves of steps, lanes, waits and the arrows between; in inches."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from journeys.blueprint import LANES, Journey, Step
from journeys.routes import ENDS
from reports.blueprints.texts import Tone, notes, ways

MOST_COLUMNS = 8
MARGIN, COLUMN_W, BOX_W, BOX_H = 1.0, 1.66, 1.34, 0.84
NOTE_H, TRACK_H, CHIP_H, HEAD_H = 0.145, 0.17, 0.27, 0.5
BELOW = {"customer": "frontstage", "frontstage": "backstage", "backstage": "support"}

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Band:
    """A wait, over columns `first` to `last` of a stave; `begins` where the wait begins here, not on a stave above."""

    wait: str
    first: int
    last: int
    begins: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """A way from one step to another of the same stave; `back` for one that leads to an earlier step."""

    points: tuple[Point, ...]
    label: str
    label_at: Point
    back: bool


@dataclass(frozen=True, slots=True)
class Stave:
    """Up to eight steps in order, with the four lanes below each other; tops and heights by lane."""

    steps: tuple[Step, ...]
    tops: dict[str, float]
    heights: dict[str, float]
    bands: tuple[Band, ...]
    boxes: dict[str, Point]
    chips: dict[str, Point]
    notes: dict[str, list[tuple[str, Tone]]]


@dataclass(frozen=True, slots=True)
class Layout:
    """The whole picture."""

    width: float
    height: float
    staves: tuple[Stave, ...]
    arrows: tuple[Arrow, ...]
    numbers: dict[str, int]


def column_x(column: int) -> float:
    """Return the left edge of a column's box."""
    return MARGIN + column * COLUMN_W


def lay_out(journey: Journey, most_columns: int = MOST_COLUMNS) -> Layout:
    """Return the layout of a journey: as few staves as hold its steps, of about equal length."""
    count = math.ceil(len(journey.steps) / most_columns)
    long = math.ceil(len(journey.steps) / count)
    groups = [journey.steps[i : i + long] for i in range(0, len(journey.steps), long)]
    numbers = {step.name: index for index, step in enumerate(journey.steps, start=1)}
    staves: list[Stave] = []
    arrows: list[Arrow] = []
    top = HEAD_H
    for group in groups:
        elsewhere = {step.name: f"{numbers[step.name]}" for step in journey.steps if step not in group}
        stave, drawn = _stave(journey, group, elsewhere, top, numbers)
        staves.append(stave)
        arrows += drawn
        top += sum(stave.heights.values()) + 0.3
    return Layout(MARGIN + long * COLUMN_W + 0.05, top - 0.2, tuple(staves), tuple(arrows), numbers)


def _stave(
    journey: Journey, steps: Sequence[Step], elsewhere: dict[str, str], top: float, numbers: dict[str, int]
) -> tuple[Stave, list[Arrow]]:
    column = {step.name: index for index, step in enumerate(steps)}
    below = {step.name: notes(journey, step, elsewhere) for step in steps}
    links = [
        (step, journey.step(place), share)
        for step in steps
        for place, share in ways(journey, step)
        if place not in ENDS and place in column
    ]
    tracks = _tracks(links, column)
    chips = [step for step in steps if _has_chip(journey, step)]
    tops: dict[str, float] = {}
    heights: dict[str, float] = {}
    boxes: dict[str, Point] = {}
    places: dict[str, Point] = {}
    for lane in LANES:
        own = [step for step in steps if step.lane == lane]
        machines = [step for step in chips if BELOW[step.lane] == lane]
        used = 1 + max([track for (where, _, _), track in tracks.items() if where == lane], default=-1)
        box_top = top + 0.14 + used * TRACK_H
        lowest = max([BOX_H + 0.1 + NOTE_H * len(below[step.name]) for step in own], default=0.0)
        height = 0.14 + used * TRACK_H + lowest + 0.14 if own else 0.36
        if machines:
            height = max(height, 0.14 + CHIP_H + 0.26)
        if lane == "customer" and any(step.awaits for step in steps):
            height = max(height, 1.5)
        for step in own:
            boxes[step.name] = (column_x(column[step.name]), box_top)
        for step in machines:
            places[step.name] = (column_x(column[step.name]) + BOX_W * 0.34, top + 0.15)
        tops[lane], heights[lane] = top, height
        top += height
    stave = Stave(tuple(steps), tops, heights, tuple(_bands(journey, steps)), boxes, places, below)
    arrows = [_arrow(link, stave, tracks, numbers) for link in links]
    return stave, arrows


def _has_chip(journey: Journey, step: Step) -> bool:
    return bool(step.station) and journey.station(step.station).kind == "system" and step.lane in BELOW


def _bands(journey: Journey, steps: Sequence[Step]) -> list[Band]:
    """Return the runs of steps that share a wait and leave the customer's lane free."""
    found: list[Band] = []
    first_of = {step.awaits: step.name for step in reversed(journey.steps) if step.awaits and step.lane != "customer"}
    column = 0
    while column < len(steps):
        wait = steps[column].awaits if steps[column].lane != "customer" else ""
        last = column
        while wait and last + 1 < len(steps) and steps[last + 1].awaits == wait and steps[last + 1].lane != "customer":
            last += 1
        if wait:
            names = [step.name for step in steps[column : last + 1]]
            found.append(Band(wait, column, last, first_of[wait] in names))
        column = last + 1
    return found


# Arrows --------------------------------------------------------------------------------------------------------------

Link = tuple[Step, Step, str]
Tracks = dict[tuple[str, str, str], int]


def _tracks(links: Sequence[Link], column: dict[str, int]) -> Tracks:
    """Give each arrow that passes over columns a track above the boxes of its lane, such that none overlap."""
    taken: dict[str, list[list[tuple[int, int]]]] = {}
    tracks: Tracks = {}
    far = [(a, b) for a, b, _ in links if column[b.name] != column[a.name] + 1]
    for source, target in sorted(far, key=lambda link: abs(column[link[0].name] - column[link[1].name])):
        lane = _channel(source, target)
        ends = sorted((column[source.name], column[target.name]))
        rows = taken.setdefault(lane, [])
        free = [i for i, spans in enumerate(rows) if all(ends[1] < low or high < ends[0] for low, high in spans)]
        track = free[0] if free else len(rows)
        if not free:
            rows.append([])
        rows[track].append((ends[0], ends[1]))
        tracks[lane, source.name, target.name] = track
    return tracks


def _channel(source: Step, target: Step) -> str:
    """Return in which lane's upper part an arrow runs: the lower one of the two."""
    return LANES[max(LANES.index(source.lane), LANES.index(target.lane))]


def _arrow(link: Link, stave: Stave, tracks: Tracks, numbers: dict[str, int]) -> Arrow:
    source, target, share = link
    (x, y), (to_x, to_y) = stave.boxes[source.name], stave.boxes[target.name]
    back = numbers[target.name] <= numbers[source.name]
    gap = (COLUMN_W - BOX_W) / 2
    middle, to_middle = y + BOX_H / 2, to_y + BOX_H / 2
    key = (_channel(source, target), source.name, target.name)
    if key not in tracks:
        right = x + BOX_W
        if source.lane == target.lane:
            points: tuple[Point, ...] = ((right, middle), (to_x, to_middle))
        else:
            points = ((right, middle), (right + gap, middle), (right + gap, to_middle), (to_x, to_middle))
        return Arrow(points, share, (right + gap, middle - 0.12), back)
    rise = stave.tops[key[0]] + 0.12 + tracks[key] * TRACK_H
    if LANES.index(source.lane) >= LANES.index(target.lane):
        out = x + BOX_W * (0.3 if back else 0.7)
        start: tuple[Point, ...] = ((out, y), (out, rise))
        label_at = (out - 0.3 if back else out + 0.3, rise)
    else:
        out = x + BOX_W + gap
        start = ((x + BOX_W, middle), (out, middle), (out, rise))
        label_at = (out, middle - 0.12)
    if source.lane == target.lane or LANES.index(target.lane) > LANES.index(source.lane):
        enter = to_x + BOX_W * (0.7 if back else 0.3)
        return Arrow((*start, (enter, rise), (enter, to_y)), share, label_at, back)
    side = to_x + BOX_W + gap if back else to_x - gap
    edge = to_x + BOX_W if back else to_x
    return Arrow((*start, (side, rise), (side, to_middle), (edge, to_middle)), share, label_at, back)
