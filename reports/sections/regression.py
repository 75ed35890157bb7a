"""Before against after: which steps got worse, better, or stayed the same within a margin."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.pictures.drawing import Picture
from reports.regressions.figure import changes_figure, drawable, nights_figure, striking
from reports.regressions.judging import Changed, Regression
from reports.regressions.texts import each, rows, said
from reports.sections.section import Section, drawn

if TYPE_CHECKING:
    from reports.study import Study

NAME = "regression"


def _found(study: Study) -> Regression | None:
    found: Regression | None = study.found.get(NAME)
    return found


def _values(study: Study) -> Mapping[str, Any] | None:
    found = _found(study)
    if found is None:
        return None
    return {
        "found": found, "rows": rows(found), "drawn": bool(drawable(found)), "nights": bool(_nights(found)),
        "each": each(found),
    }  # fmt: skip


def _pictures(study: Study) -> Iterator[Picture]:
    found = _found(study)
    if found is not None and drawable(found):
        words = f"Changes of each step's times, with intervals and the margin. {said(found)} The table has the figures."
        yield drawn("changes", "What changed, and how sure that is", words, changes_figure(found))
    if found is not None and (shown := _nights(found)):
        words = "Each run's value in turn, those before and those after. The table of every run has the figures."
        yield drawn("nights", "Run by run", words, nights_figure(shown))


def _nights(found: Regression) -> list[Changed]:
    """Return the times of which every run is drawn: where runs stand for themselves, and not for pairs."""
    return striking(found) if found.unit == "runs" else []


def _machine(study: Study) -> Mapping[str, Any] | None:
    found = _found(study)
    if found is None:
        return None
    return {
        "margins": dataclasses.asdict(found.margins), "runs_before": found.runs[0], "runs_after": found.runs[1],
        "unit": found.unit, "drift": None if found.drift is None else dataclasses.asdict(found.drift),
        "no_drift": found.no_drift, "warnings": list(found.warnings),
        "metrics": [dataclasses.asdict(change) for change in found.changes],
    }  # fmt: skip


SECTION = Section(NAME, "Before and after", _values, _pictures, _machine)
