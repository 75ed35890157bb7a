"""What went in: every parameter with its source."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports.sections.section import Section
from reports.tables import parameter_groups

if TYPE_CHECKING:
    from reports.study import Study


def _values(study: Study) -> Mapping[str, Any]:
    return {"groups": parameter_groups(study.parameters)}


SECTION = Section("parameters", "What went in", _values)
