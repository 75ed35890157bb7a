"""The report's page: one HTML file that opens offline, whole without scripts, its pictures and style inside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports import tables
from reports.headline import headline
from reports.pictures.drawing import Picture, inline
from reports.sections import sections_of
from reports.wording import only_text

if TYPE_CHECKING:
    from reports.study import Study


def draw_pictures(study: Study) -> dict[str, Picture]:
    """Draw every figure for which the study has something to show, by name."""
    return {picture.name: picture for section in sections_of(study) for picture in section.pictures(study)}


def page(study: Study, pictures: Mapping[str, Picture]) -> str:
    """Return the report as HTML."""
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
        "pictures": {name: Markup(inline(picture)) for name, picture in pictures.items()},
        "tables": tables,
        "kind": "simulated" if study.simulated else "measured",
        "before": study.titles[study.baseline] if study.simulated else "",
        "after": study.titles[study.combined] if study.combined else "",
    }
    shown = []
    for section in sections_of(study):
        values = section.values(study)
        if values is not None:
            template = environment.get_template(f"sections/{section.name}.html.j2")
            shown.append((section, values.get("title", section.title), Markup(template.render({**common, **values}))))
    text = environment.get_template("report.html.j2").render(common, headline=headline(study), sections=shown)
    return only_text(text)
