"""The service: its story, and the blueprint before and after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reports.blueprints.figure import alt_text, blueprint_figure
from reports.pictures.drawing import Picture
from reports.sections.section import Section, always, drawn

if TYPE_CHECKING:
    from reports.study import Study


def _pictures(study: Study) -> Iterator[Picture]:
    journey = study.journey
    yield drawn("blueprint", "Service blueprint", alt_text(journey), blueprint_figure(journey))
    if study.combined:
        after = study.simulated[study.combined].journey
        title = f"{journey.title or journey.name}: {study.titles[study.combined]}"
        yield drawn("blueprint-after", title, alt_text(after), blueprint_figure(after, title))


SECTION = Section("service", "The service", always, _pictures)
