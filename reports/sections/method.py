"""Method: the checklist STRESS-DES, filled in from the runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.method import method
from reports.sections.section import Section

if TYPE_CHECKING:
    from reports.study import Study


def _values(study: Study) -> Mapping[str, Any] | None:
    chapters = method(study)
    return {"chapters": chapters} if chapters else None


def _machine(study: Study) -> Mapping[str, Any] | None:
    if not study.simulated:
        return None
    return {
        chapter.title: {item.title: [*item.texts, *item.commands] for item in chapter.items}
        for chapter in method(study)
        if chapter.title != "Implementation"  # which tells of this machine and this hour
    }


SECTION = Section("method", "Method", _values, machine=_machine)
