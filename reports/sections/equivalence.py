"""Validation: a measured run and a simulation side by side, each number judged by a margin."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.pictures.drawing import Picture
from reports.sections.section import Section, drawn
from reports.tables import Cell
from reports.validation.agreement import Judged, Validation
from reports.validation.figure import distributions_figure
from reports.validation.texts import ANSWERS, figures, validation_values, verdict_text

if TYPE_CHECKING:
    from reports.study import Study

NAME = "equivalence"
TONES = {"equivalent": "agrees", "different": "missed"}


def _found(study: Study) -> Validation | None:
    found: Validation | None = study.found.get(NAME)
    return found


def _values(study: Study) -> Mapping[str, Any] | None:
    found = _found(study)
    if found is None:
        return None
    groups: dict[str, list[tuple[str, list[Cell]]]] = {}
    for one in found.judged:
        groups.setdefault(one.group, []).append((one.title, _cells(one)))
    return {"found": found, "answer": ANSWERS[found.verdict], "groups": groups}


def _cells(one: Judged) -> list[Cell]:
    measured, simulated, difference, margin = figures(one)
    verdict, _, why = verdict_text(one).partition(": ")
    return [
        Cell(measured), Cell(simulated), Cell(difference), Cell(margin),
        Cell(verdict, why, TONES.get(one.found.verdict, "")),
    ]  # fmt: skip


def _pictures(study: Study) -> Iterator[Picture]:
    found = _found(study)
    if found is not None and found.distributions:
        words = "Times of steps, measured and simulated: the table has their percentiles."
        yield drawn("distributions", "How long steps took", words, distributions_figure(found.distributions))


def _machine(study: Study) -> Mapping[str, Any] | None:
    found = _found(study)
    return validation_values(found) if found is not None else None


SECTION = Section(NAME, "Does the model predict what was measured?", _values, _pictures, _machine)
