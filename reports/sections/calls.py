"""Why they call: support calls by reason, and what becomes of each question."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from reports.drawing import Picture
from reports.figures import calls_figure
from reports.sections.section import Section, drawn, in_words

if TYPE_CHECKING:
    from reports.study import Study


def _values(study: Study) -> Mapping[str, Any] | None:
    return {} if study.journey.contacts else None


def _pictures(study: Study) -> Iterator[Picture]:
    if study.journey.contacts:
        words = in_words(study, "calls", "Calls per 100")
        yield drawn("calls", "Calls by reason", words, calls_figure(study.pictured))


SECTION = Section("calls", "Why they call", _values, _pictures, half=True)
