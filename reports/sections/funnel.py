"""Where customers drop off: the funnel, step by step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from reports.pictures.drawing import Picture
from reports.pictures.flows import losses, losses_figures
from reports.pictures.scenarios import funnel_figure
from reports.sections.section import Section, always, drawn, in_words

if TYPE_CHECKING:
    from reports.study import Study


def _pictures(study: Study) -> Iterator[Picture]:
    words = in_words(study, "completion", "Completed")
    yield drawn("funnel", "Who comes to each step", words, funnel_figure(study.pictured))
    if any(losses(results) for _, results in study.pictured):
        for place, (figure, (title, results)) in enumerate(
            zip(losses_figures(study.pictured), study.pictured, strict=True)
        ):
            lost = sum(losses(results).values())
            words = f"{title}: {lost:.1f} of 100 lost; where, and why. The table step by step holds the same numbers."
            yield drawn(f"losses-{place}", f"Where they are lost, and why: {title}", words, figure)


SECTION = Section("funnel", "Where customers drop off", always, _pictures)
