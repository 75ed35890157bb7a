"""How long it takes: to complete, to be decided upon, and how long customers would go on waiting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.measuring.time_curves import converted_by, staying_at
from reports.pictures.drawing import Picture
from reports.pictures.scenarios import decision_figure
from reports.pictures.times import converted_figure, staying_figure
from reports.sections.section import Section, drawn, in_words
from reports.statistics import Estimate
from reports.tables import Cell, cell
from reports.wording import DASH, duration, number

if TYPE_CHECKING:
    from reports.measuring.results import Results
    from reports.study import Study

DECISION = "decision.median"


def _values(study: Study) -> Mapping[str, Any] | None:
    return {
        "decided": _decided(study),
        "titles": [title for title, _ in study.pictured],
        "converted": _rows([dict(converted_by(results)) for results in _simulated(study)]),
        "waits": [
            (name, title, _rows([dict(staying_at(results, name)) for results in _simulated(study)]))
            for name, title in _waits(study)
        ],
    }


def _pictures(study: Study) -> Iterator[Picture]:
    if _decided(study):
        words = in_words(study, DECISION, "Median time to decision")
        yield drawn("decision", "Time to decision", words, decision_figure(study.pictured))
    if not study.simulated:
        return
    words = in_words(study, "completion", "Completed in the end")
    yield drawn("converted", "Completed by time since arrival", words, converted_figure(study.pictured))
    for name, title in _waits(study):
        told = [
            f"{arm}: {number(known[-1][1].value, 'share')} after {duration(known[-1][0])}"
            for arm, results in study.pictured
            if (known := list(staying_at(results, name)))
        ]
        words = f"{title}: customers who would not have given up. {'; '.join(told)}"
        yield drawn(f"staying-{name}", title, words, staying_figure(study.pictured, name))


def _machine(study: Study) -> Mapping[str, Any] | None:
    if not study.simulated:
        return None
    arms = {name: study.simulated[name] for name in (study.baseline, study.combined) if name}
    return {
        "completed_within": {name: _told(dict(converted_by(results))) for name, results in arms.items()},
        "patience": {
            wait: {name: _told(dict(staying_at(results, wait))) for name, results in arms.items()}
            for wait, _ in _waits(study)
        },
    }


def _simulated(study: Study) -> list[Results]:
    return [results for _, results in study.pictured] if study.simulated else []


def _decided(study: Study) -> bool:
    return any(
        DECISION in results.quantities and results.quantities[DECISION].estimate().measured
        for _, results in study.pictured
    )


def _waits(study: Study) -> list[tuple[str, str]]:
    """Return (name, title) of the waits in which somebody gave up."""
    if not study.simulated:
        return []
    return [
        (wait.name, wait.title or wait.name.replace("_", " ").capitalize())
        for wait in study.journey.waits
        if any(wait.name in one.spells and one.spells[wait.name].gave_up.any() for one in _simulated(study))
    ]


def _rows(columns: list[dict[float, Estimate]]) -> list[tuple[str, list[Cell]]]:
    times = sorted({at for column in columns for at in column})
    return [
        (duration(at), [cell(column[at], "share") if at in column else Cell(DASH) for column in columns])
        for at in times
    ]


def _told(column: dict[float, Estimate]) -> list[dict[str, float]]:
    return [
        {"seconds": at, "value": found.value, "low": found.low, "high": found.high, "n": found.n}
        for at, found in column.items()
    ]


SECTION = Section("times", "How long it takes", _values, _pictures, _machine)
