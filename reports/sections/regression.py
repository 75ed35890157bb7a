"""Before against after: which steps got worse, better, or stayed the same within a margin."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.regression import Regression
from reports.regression_texts import rows, said
from reports.sections.section import Section

if TYPE_CHECKING:
    from reports.study import Study

NAME = "regression"


def _values(study: Study) -> Mapping[str, Any] | None:
    found: Regression | None = study.found.get(NAME)
    return None if found is None else {"found": found, "said": said(found), "rows": rows(found)}


def _machine(study: Study) -> Mapping[str, Any] | None:
    found: Regression | None = study.found.get(NAME)
    if found is None:
        return None
    return {
        "margins": dataclasses.asdict(found.margins), "runs_before": found.runs[0], "runs_after": found.runs[1],
        "unit": found.unit, "warnings": list(found.warnings),
        "metrics": [dataclasses.asdict(change) for change in found.changes],
    }  # fmt: skip


SECTION = Section(NAME, "Before and after", _values, machine=_machine)
