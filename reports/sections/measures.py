"""What the journey itself is judged by: its own measures, in every scenario or run, and who comes again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from reports import tables
from reports.comparison import own_keys
from reports.sections.section import Section
from reports.wording import DASH

if TYPE_CHECKING:
    from reports.study import Study


def _values(study: Study) -> Mapping[str, Any] | None:
    """Give the template rows of all scenarios, or where there is one run alone, its values."""
    if study.comparison is not None:
        keys = own_keys(study.simulated[study.baseline])
        rows = [(metric.title, cells) for metric, cells in tables.lever_rows(study, keys)]
        titles = [study.titles[name] for name in (study.baseline, *study.comparison.scenarios)]
    else:
        arms = study.everything
        titles = [study.titles[name] for name in arms]
        known = {key: results.quantities[key] for results in arms.values() for key in own_keys(results)}
        rows = [
            (
                quantity.title,
                [
                    tables.cell_of(results.quantities[key]) if key in results.quantities else tables.Cell(DASH)
                    for results in arms.values()
                ],
            )
            for key, quantity in known.items()
        ]
    return {"titles": titles, "rows": rows} if rows else None


SECTION = Section("measures", "What this journey is about", _values)
