"""Where customers drop off: the funnel, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reports.drawing import Picture
from reports.figures import funnel_figure
from reports.sections.section import Section, always, drawn, in_words

if TYPE_CHECKING:
    from reports.study import Study


def _pictures(study: Study) -> Iterator[Picture]:
    words = in_words(study, "completion", "Completed")
    yield drawn("funnel", "Who comes to each step", words, funnel_figure(study.pictured))


SECTION = Section("funnel", "Where customers drop off", always, _pictures)
