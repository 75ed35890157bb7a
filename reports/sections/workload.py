"""The workload: how busy people are, and how much work a hundred customers cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.drawing import Picture
from reports.figures import utilisation_figure
from reports.sections.section import Section, drawn, in_words

if TYPE_CHECKING:
    from journeys.stations import Station
    from reports.study import Study


def _people(study: Study) -> list[Station]:
    return [station for station in study.journey.stations if station.kind == "people"] if study.simulated else []


def _values(study: Study) -> Mapping[str, Any] | None:
    return {} if _people(study) else None


def _pictures(study: Study) -> Iterator[Picture]:
    people = _people(study)
    if people:
        words = "; ".join(
            in_words(study, f"utilisation.{station.name}", f"{station.title or station.name} busy")
            for station in people
        )
        yield drawn("utilisation", "How busy people are", words, utilisation_figure(study.pictured))


SECTION = Section("workload", "The workload", _values, _pictures, half=True)
