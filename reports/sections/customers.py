"""Who they are and when they come: each segment, each hour of arrival, each day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.measuring.breakdown import Part, by_day, by_hour, by_segment
from reports.pictures.drawing import Picture
from reports.pictures.week import FEW, hours_figure
from reports.sections.section import Section, drawn, in_words
from reports.tables import Cell, cell, combined_rows
from reports.wording import DASH

if TYPE_CHECKING:
    from reports.study import Study

BY = {"segment": by_segment, "day": by_day, "hour": by_hour}


def _values(study: Study) -> Mapping[str, Any] | None:
    parts = {name: [of(results) for _, results in study.pictured] for name, of in BY.items()}
    return {
        "titles": [title for title, _ in study.pictured],
        "segments": combined_rows(study, "segment."),
        "by_segment": _rows(parts["segment"]) if len(study.journey.segments) > 1 else [],
        "by_day": _rows(parts["day"]),
        "by_hour": _rows(parts["hour"]),
    }


def _pictures(study: Study) -> Iterator[Picture]:
    arms = [(title, by_hour(results)) for title, results in study.pictured]
    if not any(sum(part.customers >= FEW for part in parts) > 1 for _, parts in arms):
        return  # a line takes two hours
    words = in_words(study, "completion", "Completed by hour of arrival; over all hours")
    yield drawn("hours", "Completed by hour of arrival", words, hours_figure(arms))


def _machine(study: Study) -> Mapping[str, Any] | None:
    return {
        name: {
            by: [
                {"part": part.name, "customers": part.customers, "completed": part.completed.value,
                 "low": part.completed.low, "high": part.completed.high, "lost": part.lost.value}
                for part in of(results)
            ]
            for by, of in BY.items()
        }
        for name, results in study.simulated.items()
    } or None  # fmt: skip


def _rows(arms: Sequence[Sequence[Part]]) -> list[tuple[str, list[Cell]]]:
    """Return for each part that anybody belongs to the share completed and the share lost, in each run."""
    names = list(dict.fromkeys(part.name for parts in arms for part in parts))
    by_name = [{part.name: part for part in parts} for parts in arms]
    rows = []
    for name in names:
        own = [parts.get(name) for parts in by_name]
        if any(part is not None and part.customers for part in own):
            rows.append((name.replace("_", " "), [_cell(part) for part in own]))
    return rows


def _cell(part: Part | None) -> Cell:
    if part is None or not part.customers:
        return Cell(DASH)
    shown = cell(part.completed, "share")
    return Cell(shown.text, f"{shown.small.partition(';')[0]}; of {part.customers:,}")


SECTION = Section("customers", "Who they are, and when they come", _values, _pictures, _machine)
