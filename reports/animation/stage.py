"""Where things are on the stage: lanes, steps, piles and ends, in units of a picture 1280 wide."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from journeys.blueprint import Journey
from reports.animation.scene import Cast, lanes_of

WIDTH = 1280
LEFT, RIGHT = 150, 1060
HEAD, BOX_H, FOOT = 62, 46, 44
DOT = 5.4
MOST_PILE = 150
STAGGER = 0.34
TITLES = {"customer": "Customer", "frontstage": "Frontstage", "backstage": "Backstage", "support": "Support"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One run's panel: its height, lanes as (title, top, height), and steps with their boxes and piles."""

    height: float
    lanes: tuple[tuple[str, float, float], ...]
    steps: tuple[dict[str, Any], ...]
    foot: float


def stage(journey: Journey, casts: Sequence[Cast]) -> Stage:
    """Lay out the steps so that the longest queue of any of the runs has room: all of them have the same stage."""
    names = casts[0].steps
    columns_at = _columns(journey, names)
    unit = min(130.0, (RIGHT - LEFT) / (max(columns_at.values(), default=0.0) + 1))
    width = unit * 0.9
    piles = {name: max(_most(one, place) for one in casts) for place, name in enumerate(names)}
    columns = max(4, int(width / DOT))
    rows = {name: math.ceil(most / columns) for name, most in piles.items()}
    lanes, at = [], float(HEAD)
    tops = {}
    for lane in lanes_of(journey, names):
        own = [name for name in names if journey.step(name).lane == lane]
        pile = min(MOST_PILE, max(DOT * 2, max(rows[name] for name in own) * DOT))
        height = BOX_H + pile + 32
        lanes.append((TITLES[lane], at, height))
        tops[lane] = (at + 18, pile)
        at += height
    steps = []
    for name in names:
        step = journey.step(name)
        top, room = tops[step.lane]
        station = journey.station(step.station) if step.station else None
        people = station is not None and station.kind == "people"
        need = rows[name] * DOT
        spacing = DOT if need <= room else max(1.6, DOT * math.sqrt(room / need))
        x = LEFT + unit * columns_at[name]
        steps.append({
            "name": name, "title": step.label, "lines": _lines(step.label, int(width / 6.3)), "x": round(x, 1),
            "y": top, "w": round(width, 1), "h": BOX_H, "people": people,
            "station": (station.title or station.name) if station and people else "", "pile": top + BOX_H + 5,
            "gap": round(spacing, 2), "columns": max(4, int(width / spacing)),
        })  # fmt: skip
    return Stage(at + FOOT, tuple(lanes), tuple(steps), at)


def _columns(journey: Journey, names: Sequence[str]) -> dict[str, float]:
    """Return where each step begins, in widths: after the one before, and beside it only in another lane."""
    found, free, at = dict[str, float](), dict[str, float](), 0.0
    for name in names:
        lane = journey.step(name).lane
        at = max(at, free.get(lane, 0.0))
        found[name] = at
        free[lane] = at + 1.0
        at += STAGGER
    return found


def _lines(label: str, wide: int) -> list[str]:
    """Return a label on three lines at most."""
    wrapped = textwrap.wrap(label, max(8, wide))
    return wrapped if len(wrapped) <= 3 else [*wrapped[:2], wrapped[2][: max(7, wide - 1)].rstrip() + "…"]


def _most(one: Cast, place: int) -> int:
    """Return how many dots are at a place's pile at once, at most."""
    changes = []
    for _, _, path, at_ms in one.dots:
        for index, (where, begin) in enumerate(zip(path, at_ms, strict=True)):
            if where == 2 * place:
                changes.append((begin, 1))
                if index + 1 < len(at_ms):
                    changes.append((at_ms[index + 1], -1))
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most
