"""A section of the page: what it is called, the template that shows it, and what that template is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reports.pictures.drawing import Picture, svg_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from reports.study import Study


def _nothing(study: Study) -> tuple[()]:
    return ()


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the page; a module of its own in `reports/sections`, listed there in the page's order.

    Parameters
    ----------
    name: its anchor, and its template: ``templates/sections/NAME.html.j2``.
    title: its heading, and its line in the contents.
    values: given the study, what its template is given; None where the study has nothing of the kind, and the page
        has no such section. A ``title`` among them stands in place of the heading. Every template also has `study`,
        `pictures`, `tables`, `kind`, `before` and `after`.
    pictures: its figures; a template shows one by ``picture(NAME, CAPTION, KIND)``.
    machine: what it says, in plain values for ``sections.NAME`` of ``summary.json``; None for nothing.
    half: whether it may stand beside another half one.
    """

    name: str
    title: str
    values: Callable[[Study], Mapping[str, Any] | None]
    pictures: Callable[[Study], Iterable[Picture]] = _nothing
    machine: Callable[[Study], Mapping[str, Any] | None] | None = None
    half: bool = False


def always(study: Study) -> Mapping[str, Any]:
    """Give a template nothing but what every template has."""
    return {}


def drawn(name: str, title: str, alt: str, figure: Figure) -> Picture:
    """Return a figure as a picture; `alt` says in words what it shows."""
    return Picture(name, title, alt, svg_text(figure), figure)


def in_words(study: Study, key: str, what: str) -> str:
    """Return a metric of the runs that the study's pictures show, in words."""
    from reports.wording import number

    parts = []
    for title, results in study.pictured:
        if (quantity := results.quantities.get(key)) is not None:
            parts.append(f"{number(quantity.estimate().value, quantity.unit)} in {title}")
    return f"{what}: {', '.join(parts)}"
