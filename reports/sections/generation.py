"""The load as it was made: arrivals planned, started, late, dropped and lost, and whether the generator kept up."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.loading.course import Course
from reports.loading.figure import course_figure
from reports.loading.generation import NAME, TAIL, Generation, values
from reports.loading.memory_figure import memory_figure
from reports.loading.met import Experience, per_second
from reports.loading.met import values as met_values
from reports.pictures.drawing import Picture
from reports.sections.section import Section, drawn
from reports.tables import Cell
from reports.wording import DASH, duration, number

if TYPE_CHECKING:
    from reports.study import Study

CLOSED = (
    "A closed workload: so many customers at once, and the next one comes when another has left. A slow target is then "
    "asked less, so these latencies are not those that customers who come of themselves would meet."
)


def _loads(study: Study) -> Mapping[str, tuple[Generation, Course, Experience]]:
    found: Mapping[str, tuple[Generation, Course, Experience]] = study.found.get(NAME, {})
    return found


def _values(study: Study) -> Mapping[str, Any] | None:
    loads = _loads(study)
    if not loads:
        return None
    rows = [(study.titles[name], _cells(made), made) for name, (made, *_) in loads.items()]
    return {
        "rows": rows,
        "names": list(loads),
        "held": [name for name, (made, *_) in loads.items() if made.memory],
        "met": [
            (study.titles[name], found.rows(study.journey), [wrong.said(study.journey) for wrong in found.errors])
            for name, (_, _, found) in loads.items()
            if found.steps
        ],
        "closed": CLOSED if any(row[2].workload == "closed" for row in rows) else "",
    }


def _cells(made: Generation) -> list[Cell]:
    tone = {"kept": "agrees", "missed": "missed"}.get(made.status, "")
    not_made = [f"{n:,} {word}" for n, word in ((made.dropped, "dropped"), (made.lost, "lost")) if n]
    said = "not judged" if made.status == "not judged" else "as planned" if made.status == "kept" else "missed"
    return [
        Cell(made.workload, made.plan),
        Cell(f"{made.planned:,}", _planned(made)),
        Cell(f"{made.made:,}", ", ".join(not_made)),
        Cell(_late(made.lag_s[0.5])),
        Cell(_late(made.lag_s[TAIL])),
        Cell(_late(made.lag_s[1.0])),
        Cell(number(made.busiest_ratio, "share")),
        _memory(made),
        Cell(said, "; ".join(made.problems), tone),
    ]  # fmt: skip


def _planned(made: Generation) -> str:
    if math.isnan(made.duration_s):
        return ""
    return f"{per_second(made.planned / made.duration_s)} / s for {duration(made.duration_s)}"


def _memory(made: Generation) -> Cell:
    """Return what the workers held at last, and how that grew."""
    held = made.memory.get(made.held.generator) if made.held is not None else None
    if held is None:
        return Cell(DASH)
    return Cell(f"{held.last_mb:.0f} MB", held.words, "missed" if held.course == "grows" else "")


def _late(seconds: float) -> str:
    return DASH if seconds != seconds else duration(seconds)


def _pictures(study: Study) -> Iterator[Picture]:
    for name, (made, course, _) in _loads(study).items():
        words = (
            f"{study.titles[name]}: {made.made:,} of {made.planned:,} planned arrivals started in "
            f"{duration(made.duration_s)}, and the latency of the customers' steps while they did."
        )
        yield drawn(
            f"course-{name}", f"{study.titles[name]}: the load and the latency over time", words, course_figure(course)
        )
        if made.held is not None and made.memory:
            words = "; ".join(f"{who} {one.last_mb:.0f} MB at last, {one.words}" for who, one in made.memory.items())
            yield drawn(
                f"memory-{name}", f"{study.titles[name]}: memory over time, process by process",
                f"{study.titles[name]}: {words}.", memory_figure(made.held, made.memory),
            )  # fmt: skip


def _machine(study: Study) -> Mapping[str, Any] | None:
    loads = _loads(study)
    return {name: values(made) | met_values(met) for name, (made, _, met) in loads.items()} if loads else None


SECTION = Section(NAME, "The load, as it was made", _values, _pictures, _machine)
