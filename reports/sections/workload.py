"""The workload: how busy people are, and how much work a hundred customers cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from reports.pictures.drawing import Picture
from reports.pictures.scenarios import utilisation_figure
from reports.pictures.week import week_figure
from reports.sections.section import Section, drawn, in_words
from reports.tables import Cell

if TYPE_CHECKING:
    from journeys.stations import Station
    from reports.study import Study


def _people(study: Study) -> list[Station]:
    return [station for station in study.journey.stations if station.kind == "people"] if study.simulated else []


def _weeks(study: Study) -> list[tuple[str, str]]:
    """Return (name, title) of the stations of people whose week is known."""
    return [
        (station.name, station.title or station.name)
        for station in _people(study)
        if any(results.week is not None and station.name in results.week.stations for _, results in study.pictured)
    ]


def _days(study: Study, station: str) -> list[tuple[str, list[Cell]]]:
    """Return for each day how many hours are staffed, busy, and of work coming in, in each run."""
    weeks = [results.week.stations[station] for _, results in study.pictured if results.week is not None]
    rows = []
    for day, title in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")):
        cells = []
        for hours in weeks:
            for part in (hours.staffed, hours.busy, hours.offered):
                cells.append(Cell(f"{np.nan_to_num(part[:, day * 24 : day * 24 + 24]).sum(axis=1).mean():.1f}"))
        rows.append((title, cells))
    return rows


def _values(study: Study) -> Mapping[str, Any] | None:
    if not _people(study):
        return None
    return {
        "titles": [title for title, _ in study.pictured],
        "weeks": [(name, title, _days(study, name)) for name, title in _weeks(study)],
    }


def _pictures(study: Study) -> Iterator[Picture]:
    people = _people(study)
    if people:
        words = "; ".join(
            in_words(study, f"utilisation.{station.name}", f"{station.title or station.name} busy")
            for station in people
        )
        yield drawn("utilisation", "How busy people are", words, utilisation_figure(study.pictured))
    for name, title in _weeks(study):
        rows = [
            (f"{title}: {arm}", results.week.stations[name])
            for arm, results in study.pictured
            if results.week is not None and name in results.week.stations
        ]
        words = f"{title}: people on duty, busy, and work coming in, by hour of the week. The table has the totals."
        yield drawn(f"week-{name}", f"The week at {title}", words, week_figure(rows))


SECTION = Section("workload", "The workload", _values, _pictures)
