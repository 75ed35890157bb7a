"""Simulated against measured: each measured run beside the simulation of the same customers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.pictures.drawing import Picture
from reports.pictures.measured import latency_figure, shares_figure
from reports.sections.section import Section, drawn

if TYPE_CHECKING:
    from reports.study import Study


def _values(study: Study) -> Mapping[str, Any] | None:
    if not study.sides:
        return None
    foreseen = any(side.n_forecast for side in study.sides)
    return {"foreseen": foreseen} if foreseen else {"foreseen": foreseen, "title": "As it was measured"}


def _pictures(study: Study) -> Iterator[Picture]:
    for side in study.sides:
        words = f"{side.title}, {side.word}, against the simulation: the table beside holds the same numbers."
        yield drawn(f"side-{side.name}", f"{side.title}: {side.word}", words, shares_figure(side))
    if study.sides:
        words = "95th percentile of each step's latency by engine: the tables hold the same numbers."
        yield drawn("latency", "Latency by step", words, latency_figure(study.journey, study.sides))


SECTION = Section("measured", "Simulated against measured", _values, _pictures)
