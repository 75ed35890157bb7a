"""Budgets: kept, missed or undecided on every run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.sections.section import Section

if TYPE_CHECKING:
    from reports.study import Study


def _values(study: Study) -> Mapping[str, Any] | None:
    return {} if study.judgements else None


SECTION = Section("budgets", "Budgets", _values)
