"""Failover: what customers notice of a fault, and whether the model foresaw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.failover import NAME, Trial
from reports.failover_texts import budget_rows, noticed, overall, redundancy, rows, sums, title, values
from reports.pictures.drawing import Picture
from reports.sections.section import Section, drawn

if TYPE_CHECKING:
    from reports.study import Study


def _trials(study: Study) -> Sequence[Trial]:
    found: Sequence[Trial] = study.found.get(NAME, ())
    return found


def _values(study: Study) -> Mapping[str, Any] | None:
    trials = _trials(study)
    if not trials:
        return None
    columns, by_fault = redundancy(trials) if len(trials) > 1 else ([], [])
    return {
        "trials": [
            (title(trial), noticed(trial), sums(trial), rows(trial), budget_rows(trial), len(trial.twin))
            for trial in trials
        ],
        "overall": overall(trials) if len(trials) > 1 else [],
        "columns": columns,
        "by_fault": by_fault,
    }


def _machine(study: Study) -> Mapping[str, Any] | None:
    trials = _trials(study)
    return {"trials": [values(trial) for trial in trials]} if trials else None


def _pictures(study: Study) -> Iterator[Picture]:
    trials = _trials(study)
    if len(trials) > 1:
        from reports.pictures.redundancy import redundancy_figure

        yield drawn("redundancy", "Redundancy", " ".join(overall(trials)), redundancy_figure(trials))


SECTION = Section(NAME, "When something breaks", _values, _pictures, machine=_machine)
