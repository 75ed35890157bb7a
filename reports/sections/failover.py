"""Failover: what customers notice of a fault, and whether the model foresaw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from reports.failover import NAME, Trial
from reports.failover_texts import redundancy, rows, sums, title, values
from reports.sections.section import Section

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
        "trials": [(title(trial), sums(trial), rows(trial), len(trial.twin)) for trial in trials],
        "columns": columns,
        "by_fault": by_fault,
    }


def _machine(study: Study) -> Mapping[str, Any] | None:
    trials = _trials(study)
    return {"trials": [values(trial) for trial in trials]} if trials else None


SECTION = Section(NAME, "When something breaks", _values, machine=_machine)
