"""How long a decision takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.drawing import Picture
from reports.figures import decision_figure
from reports.sections.section import Section, drawn, in_words

if TYPE_CHECKING:
    from reports.study import Study

KEY = "decision.median"


def _values(study: Study) -> Mapping[str, Any] | None:
    return {} if _decided(study) else None


def _pictures(study: Study) -> Iterator[Picture]:
    if _decided(study):
        words = in_words(study, KEY, "Median time to decision")
        yield drawn("decision", "Time to decision", words, decision_figure(study.pictured))


def _decided(study: Study) -> bool:
    return any(
        KEY in results.quantities and results.quantities[KEY].estimate().measured for _, results in study.pictured
    )


SECTION = Section("decision", "How long a decision takes", _values, _pictures, half=True)
