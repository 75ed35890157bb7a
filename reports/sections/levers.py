"""What each change does: every scenario against the baseline, metric by metric."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports import tables
from reports.comparison import ComparedMetric
from reports.drawing import Picture
from reports.figures import lever_figure
from reports.sections.section import Section, drawn

if TYPE_CHECKING:
    from reports.study import Study

KEYS = ("completion", "calls", "decision.median", "work")


def _values(study: Study) -> Mapping[str, Any] | None:
    if study.comparison is None:
        return None
    return {"levers": [f"lever-{key}" for key in KEYS], "changed": [row for row in study.parameters if row.changed]}


def _pictures(study: Study) -> Iterator[Picture]:
    if study.comparison is None:
        return
    for key in KEYS:
        metric = study.comparison.metrics.get(key)
        if metric is not None:
            figure = lever_figure(study.comparison, study.titles, key)
            yield drawn(f"lever-{key}", metric.title, _in_words(study, metric), figure)


def _in_words(study: Study, metric: ComparedMetric) -> str:
    changes = (f"{study.titles[found.scenario]} {tables.change_text(found)}" for found in metric.changes)
    return f"{metric.title}, change against {study.titles[study.baseline]}: {', '.join(changes)}"


SECTION = Section("levers", "What each change does", _values, _pictures)
