"""The animation's page: one file that opens offline, with its script, its style and a text for who doesn't watch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from journeys.blueprint import Journey
from journeys.eventlog import Manifest
from reports.animation.scene import PLAYS_MS, SAMPLES, Cast, Window
from reports.animation.stage import DOT, RIGHT, WIDTH, Stage
from reports.wording import count, duration

TOLD = 8
"""At so many moments the text tells how things stand."""
DAY_S = 86_400.0


def page(
    title: str, journey: Journey, casts: Sequence[Cast], manifests: Sequence[Manifest], stage: Stage, window: Window
) -> str:
    """Return the page of one run, or of two one above the other, as HTML."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parents[1] / "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    speed = manifests[0].speed
    known = _saved(casts) if _are_paired(manifests) else [frozenset[int]() for _ in casts]
    data = {
        "plays": PLAYS_MS, "samples": SAMPLES, "dot": DOT, "width": WIDTH, "right": RIGHT,
        "from": window.from_s * speed, "until": window.until_s * speed,
        "days": (window.until_s - window.from_s) * speed > DAY_S,
        "panels": [_panel(one, stage, saved) for one, saved in zip(casts, known, strict=True)],
    }  # fmt: skip
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return environment.get_template("animate.html.j2").render(
        title=title, journey=journey.title or journey.name, casts=casts, stage=stage, width=WIDTH, right=RIGHT,
        height=stage.height * len(casts), data=Markup(text), told=[_told(one, window, speed) for one in casts],
        every=casts[0].every, saved=[len(one) * casts[0].every for one in known], alt=alt(casts, window, speed),
        kinds=[one.kind for one in manifests],
    )  # fmt: skip


def alt(casts: Sequence[Cast], window: Window, speed: float = 1.0) -> str:
    """Return in words what the animation shows."""
    lasts = duration((window.until_s - window.from_s) * speed)
    parts = []
    for one in casts:
        longest = max(one.steps, key=lambda step: int(one.queues[step].max()), default="")
        queue = f"; the longest queue, at {longest}, reaches {count(int(one.queues[longest].max()), 'customer')}"
        ends = {name: int(one.counts[name][-1]) for name in ("arrived", "completed", "denied", "dropped", "calls")}
        parts.append(
            f"{one.title}: of {count(ends['arrived'], 'customer')} who arrive, {ends['completed']:,} complete, "
            f"{ends['denied']:,} are denied and {ends['dropped']:,} are lost meanwhile; {count(ends['calls'], 'call')}"
            + (queue if longest and one.queues[longest].max() else "")
        )
    return f"In {lasts}. " + ". ".join(parts) + "."


def _panel(one: Cast, stage: Stage, saved: frozenset[int]) -> dict[str, Any]:
    return {
        "steps": stage.steps, "foot": stage.foot, "height": stage.height,
        "dots": [[fate, int(who in saved), path, at] for who, fate, path, at in one.dots],
        "counts": {name: _changes(values) for name, values in one.counts.items()},
        "queues": [_changes(one.queues[step]) for step in one.steps],
        "lost": [_changes(one.lost[step]) for step in one.steps], "calls": one.calls,
    }  # fmt: skip


def _changes(values: Any) -> list[int]:
    """Return the samples, as plain numbers."""
    return [int(value) for value in values]


def _are_paired(manifests: Sequence[Manifest]) -> bool:
    first = manifests[0]
    return len(manifests) > 1 and all(
        one.kind == "simulated" and (one.journey, one.seed) == (first.journey, first.seed) for one in manifests
    )


def _saved(casts: Sequence[Cast]) -> list[frozenset[int]]:
    """Return of each run the customers who complete in it and are lost in the first one."""
    lost = {who for who, fate, *_ in casts[0].dots if fate == 2}
    return [frozenset(who for who, fate, *_ in one.dots if fate == 0 and who in lost) for one in casts]


def _told(one: Cast, window: Window, speed: float) -> list[tuple[str, Mapping[str, int], str, int]]:
    """Return how things stand at some moments: when, the counts, and the longest queue."""
    rows: list[tuple[str, Mapping[str, int], str, int]] = []
    for place in range(1, TOLD + 1):
        sample = SAMPLES * place // TOLD
        at = duration((window.until_s - window.from_s) * speed * place / TOLD)
        longest = max(one.steps, key=lambda step: int(one.queues[step][sample]), default="")
        counts = {name: int(values[sample]) for name, values in one.counts.items()}
        rows.append((at, counts, longest, int(one.queues[longest][sample]) if longest else 0))
    return rows
