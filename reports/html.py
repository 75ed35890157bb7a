"""The report's page: one HTML file that opens offline, whole without scripts, its pictures and style inside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports import tables
from reports.headline import headline
from reports.pictures.drawing import Picture, collected_later, inline
from reports.sections import sections_of
from reports.wording import only_text

if TYPE_CHECKING:
    from reports.pictures.apart import Illustrator
    from reports.sections.section import Section
    from reports.study import Study


def draw_pictures(study: Study) -> dict[str, Picture]:
    """Draw every figure for which the study has something to show, by name."""
    return {picture.name: picture for _, pictures in illustrated(study) for picture in pictures}


def illustrated(study: Study, illustrator: Illustrator | None = None) -> Iterator[tuple[Section, tuple[Picture, ...]]]:
    """Yield each section with its pictures: those of an illustrator who was given the study, else drawn here."""
    with collected_later():
        for section in sections_of(study):
            drawn = illustrator.drawn(section.name) if illustrator is not None else None
            yield section, tuple(section.pictures(study)) if drawn is None else drawn


def page(study: Study, sections: Iterable[tuple[Section, Sequence[Picture]]]) -> str:
    """Return the report as HTML, made of sections as they come; a section shows no other one's pictures."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    common: dict[str, Any] = {
        "study": study,
        "tables": tables,
        "kind": "simulated" if study.simulated else "measured",
        "before": study.titles[study.baseline] if study.simulated else "",
        "after": study.titles[study.combined] if study.combined else "",
    }
    shown = []
    for section, pictures in sections:
        values = section.values(study)
        if values is not None:
            inside = {picture.name: Markup(inline(picture)) for picture in pictures}
            template = environment.get_template(f"sections/{section.name}.html.j2")
            shown_as = values.get("title", section.title)
            shown.append((section, shown_as, Markup(template.render({**common, "pictures": inside, **values}))))
    text = environment.get_template("report.html.j2").render(common, headline=headline(study), sections=shown)
    return only_text(text)
