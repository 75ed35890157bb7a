"""What was wrong with a target that customers walked through: what, at which step, who met it, and how to see it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.sections.section import Section
from reports.wrong import NAME, Walked, values

if TYPE_CHECKING:
    from reports.study import Study

MEANINGS = {
    "step": "a step that could not be done", "server-error": "an answer of 500 or more",
    "page-error": "an error in a page’s script", "accessibility": "a serious barrier, by axe’s rules",
    "link": "a link that leads nowhere", "status": "the page tells another status than the back end holds",
    "double-submit": "a form sent twice did it twice", "console": "a page wrote an error",
    "request": "a request that failed or was refused", "accessibility-minor": "a lesser barrier, by axe’s rules",
    "attempt": "an attempt that failed before one that did not", "asked-again": "asked though it was known",
    "flaky": "failed, and then did not", "inconclusive": "a budget that too few customers decide",
}  # fmt: skip


def _found(study: Study) -> Mapping[str, Walked]:
    found: Mapping[str, Walked] = study.found.get(NAME, {})
    return found


def _values(study: Study) -> Mapping[str, Any] | None:
    found = _found(study)
    if not found:
        return None
    return {"walks": [(study.titles[name], own) for name, own in found.items()], "meanings": MEANINGS}


def _machine(study: Study) -> Mapping[str, Any] | None:
    found = _found(study)
    return values(found) if found else None


SECTION = Section(NAME, "What is wrong", _values, machine=_machine)
