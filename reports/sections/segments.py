"""Kinds of customers: how each segment fares before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.sections.section import Section
from reports.tables import combined_rows

if TYPE_CHECKING:
    from reports.study import Study


def _values(study: Study) -> Mapping[str, Any] | None:
    rows = combined_rows(study, "segment.")
    return {"segments": rows} if rows else None


SECTION = Section("segments", "Kinds of customers", _values, half=True)
