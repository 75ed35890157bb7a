"""The page of a journey as Markdown: its story, its blueprint, its scenarios, figures from its own runs, its limits."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from journeys.blueprint import Journey
from journeys.budgets import Metric
from journeys.scenarios import WhatIf
from reports.blueprints.page_wanted import PLACEHOLDER, PageWanted
from reports.experiments.texts import unit_of
from reports.measuring.quantities import Floats
from reports.statistics import mean_interval
from reports.wording import number, span

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = {"given": "given by the case", "derived": "derived from data", "cited": "read", "assumed": "assumed"}


@dataclass(frozen=True, slots=True)
class Made:
    """The figures of a page, made.

    Parameters
    ----------
    figures: by scenario, shape (n_replications, n_figures), in the order of the page's figures.
    sweeps: for each sweep by value, shape (n_replications, n_figures of that sweep).
    answers: to each question. customers: in a replication.
    """

    figures: Mapping[str, Floats]
    sweeps: Sequence[Mapping[str, Floats]]
    answers: Sequence[pd.DataFrame]
    customers: int


def journey_page(journey: Journey, what_if: WhatIf, wanted: PageWanted, made: Made) -> str:
    """Return the page; the blueprint's picture is ``NAME.svg`` beside it."""
    made_by = (
        f"*Made by `journeywright docs {journey.name}`. All figures are simulated, with 95% intervals: "
        f"{wanted.replications} replications of {made.customers:,} customers in each scenario, seed {wanted.seed}.*"
    )
    lines = [
        f"# {wanted.title}",
        "",
        made_by,
        "",
        _filled(wanted.story, journey, wanted, made),
        "",
        f"![The service blueprint: {len(journey.steps)} steps in their lanes]({journey.name}.svg)",
        "",
        "## What is changed",
        "",
        *_scenarios(what_if),
        "## What comes of it",
        "",
        *_figures(journey, what_if, wanted, made),
        *_sweeps(journey, wanted, made),
        *_answers(wanted, made),
        "## What was learnt",
        "",
        *(f"- {_filled(text, journey, wanted, made)}" for text in wanted.learnt),
        "",
        *_measured(wanted),
        "## Limits",
        "",
        *(f"- {_filled(text, journey, wanted, made)}" for text in wanted.limits),
        "",
        "## Where its numbers come from",
        "",
        *_table(
            ["what", "from", "note"],
            [[f"`{source.path}`", _SHOWN[source.kind], source.note] for source in journey.sources],
        ),
        "## Try it",
        "",
        "```",
        *(f"journeywright {command}" for command in (*_usual(journey), *wanted.commands)),
        "```",
        "",
    ]  # fmt: skip
    return "\n".join(lines)


def _scenarios(what_if: WhatIf) -> list[str]:
    rows, levers = [], what_if.levers()
    others = len(what_if.scenarios) - 2  # but for the baseline, and the combined one
    together = "all of them" if len(levers) == others else ", ".join(lever.title or lever.name for lever in levers)
    for one in what_if.scenarios:
        is_all = bool(levers) and one is what_if.scenarios[-1]
        rows.append([one.title or one.name, together if is_all else _changes(one.changes)])
    return _table(["scenario", "what it changes"], rows)


def _usual(journey: Journey) -> Iterator[str]:
    name = journey.name
    yield f"compare {name} --out out/{name}"
    yield f"serve {name} --speed 600"
    yield f"browse {name} --customers 5 --speed 600 --out out/{name}-browsed"
    yield f'load {name} --rate "5 / s" --duration "5 s" --speed 600 --out out/{name}-loaded'


def _changes(changes: Mapping[str, Any]) -> str:
    said = {True: "yes", False: "no", "": "none"}
    told = (
        f"`{path}` = {said[value] if isinstance(value, bool) or value == '' else value}"
        for path, value in changes.items()
    )
    return "<br>".join(told) or "nothing"


def _figures(journey: Journey, what_if: WhatIf, wanted: PageWanted, made: Made) -> list[str]:
    names = [one.title or one.name for one in what_if.scenarios]
    rows = []
    for place, (title, metric) in enumerate(wanted.figures.items()):
        rows.append([title, *(_cell(journey, metric, made.figures[one.name][:, place]) for one in what_if.scenarios)])
    return _table(["", *names], rows)


def _sweeps(journey: Journey, wanted: PageWanted, made: Made) -> Iterator[str]:
    for sweep, values in zip(wanted.sweeps, made.sweeps, strict=True):
        yield from (f"### {sweep.title}", "", f"`{sweep.path}`, in the scenario *{sweep.scenario}*:", "")
        metrics = [wanted.figures[title] for title in sweep.figures]
        rows = [
            [value, *(_cell(journey, metric, values[value][:, place]) for place, metric in enumerate(metrics))]
            for value in sweep.values
        ]
        yield from _table(["", *sweep.figures], rows)


def _answers(wanted: PageWanted, made: Made) -> Iterator[str]:
    for question, answer in zip(wanted.questions, made.answers, strict=True):
        yield from (
            f"### {question.title}",
            "",
            f"Asked of the rows in SQL, in the scenario *{question.scenario}*:",
            "",
        )
        rows = [[_plain(item) for item in row] for row in answer.to_numpy(dtype=object)]
        yield from _table([str(name) for name in answer.columns], rows)


def _measured(wanted: PageWanted) -> list[str]:
    """Return what must be measurable, with the metric that budgets and experiments know it by, and a command."""
    if not wanted.measured:
        return []
    rows = [
        [one.what, f"`{one.metric}`" if one.metric else "", f"`journeywright {one.command}`"] for one in wanted.measured
    ]
    return ["## What must be measurable, and how it is", "", *_table(["what", "metric", "command"], rows)]


def _plain(item: Any) -> str:
    return f"{item:,.10g}" if isinstance(item, int | float) and not isinstance(item, bool) else str(item)


def _cell(journey: Journey, metric: Metric, values: Floats) -> str:
    estimate, unit, currency = mean_interval(values), unit_of(metric), journey.money.currency
    shown = number(estimate.value, unit, currency)
    if unit not in ("s", "money") and estimate.value >= 0:  # what is counted is never below nothing
        estimate = replace(estimate, low=max(0.0, estimate.low))
    between = span(estimate, unit, currency) if np.ptp(values) > 0 else ""
    return f"**{shown}**<br>{between}" if between else f"**{shown}**"


def _filled(text: str, journey: Journey, wanted: PageWanted, made: Made) -> str:
    """Return a text with each placeholder's value."""
    places = {title: place for place, title in enumerate(wanted.figures)}

    def value(found: re.Match[str]) -> str:
        title, scenario = found.groups()
        mean = mean_interval(made.figures[scenario][:, places[title]]).value
        return number(mean, unit_of(wanted.figures[title]), journey.money.currency)

    return PLACEHOLDER.sub(value, text)


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return [*("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines), ""]
