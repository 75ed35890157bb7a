"""The report's page: one HTML file without scripts that opens offline, its pictures and its style inside it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from reports import tables
from reports.blueprint_figure import alt_text, blueprint_figure
from reports.comparison import ComparedMetric
from reports.drawing import Picture, inline, svg_text
from reports.figures import calls_figure, decision_figure, funnel_figure, lever_figure, utilisation_figure
from reports.headline import headline
from reports.measured_figures import latency_figure, shares_figure
from reports.metrics import Results
from reports.wording import number

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from reports.study import Study

LEVERS = ("completion", "calls", "decision.median", "work")


def draw_pictures(study: Study) -> dict[str, Picture]:
    """Draw every figure for which the study has something to show, by name."""
    return {picture.name: picture for picture in _pictures(study)}


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
    shown = {name: Markup(inline(picture)) for name, picture in pictures.items()}
    return environment.get_template("report.html.j2").render(
        study=study,
        headline=headline(study),
        pictures=shown,
        tables=tables,
        levers=[f"lever-{key}" for key in LEVERS],
        groups=tables.parameter_groups(study.parameters),
        changed=[row for row in study.parameters if row.changed],
        before=study.titles[study.baseline] if study.simulated else "",
        after=study.titles[study.combined] if study.combined else "",
    )


def _pictures(study: Study) -> Iterator[Picture]:
    arms, journey = study.pictured, study.journey
    yield _picture("blueprint", "Service blueprint", alt_text(journey), blueprint_figure(journey))
    if study.combined:
        after = study.simulated[study.combined].journey
        title = f"{journey.title or journey.name}: {study.titles[study.combined]}"
        yield _picture("blueprint-after", title, alt_text(after), blueprint_figure(after, title))
    if study.comparison is not None:
        for key in LEVERS:
            metric = study.comparison.metrics.get(key)
            if metric is not None:
                drawn = lever_figure(study.comparison, study.titles, key)
                yield _picture(f"lever-{key}", metric.title, _changes_in_words(study, metric), drawn)
    yield _picture("funnel", "Who comes to each step", _in_words(arms, "completion", "Completed"), funnel_figure(arms))
    if any(_measured(results, "decision.median") for _, results in arms):
        words = _in_words(arms, "decision.median", "Median time to decision")
        yield _picture("decision", "Time to decision", words, decision_figure(arms))
    if journey.contacts:
        yield _picture("calls", "Calls by reason", _in_words(arms, "calls", "Calls per 100"), calls_figure(arms))
    if study.simulated and any(station.kind == "people" for station in journey.stations):
        people = [station for station in journey.stations if station.kind == "people"]
        words = "; ".join(
            _in_words(arms, f"utilisation.{station.name}", f"{station.title or station.name} busy")
            for station in people
        )
        yield _picture("utilisation", "How busy people are", words, utilisation_figure(arms))
    for side in study.sides:
        words = f"{side.title}, {side.word}, against the simulation: the table beside holds the same numbers."
        yield _picture(f"side-{side.name}", f"{side.title}: {side.word}", words, shares_figure(side))
    if study.sides:
        words = "95th percentile of each step's latency by engine: the tables hold the same numbers."
        yield _picture("latency", "Latency by step", words, latency_figure(journey, study.sides))


def _picture(name: str, title: str, alt: str, figure: Figure) -> Picture:
    return Picture(name, title, alt, svg_text(figure))


def _measured(results: Results, key: str) -> bool:
    return key in results.quantities and results.quantities[key].estimate().measured


def _in_words(arms: Any, key: str, what: str) -> str:
    parts = []
    for title, results in arms:
        if (quantity := results.quantities.get(key)) is not None:
            parts.append(f"{number(quantity.estimate().value, quantity.unit)} in {title}")
    return f"{what}: {', '.join(parts)}"


def _changes_in_words(study: Study, metric: ComparedMetric) -> str:
    changes = (f"{study.titles[found.scenario]} {tables.change_text(found)}" for found in metric.changes)
    return f"{metric.title}, change against {study.titles[study.baseline]}: {', '.join(changes)}"
