"""What the page of a journey tells: the `page.toml` beside it, with its texts, and which figures to make for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from journeys.budgets import Metric
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.toml_files import read_toml

PLACEHOLDER = re.compile(r"\{([^{}@]+) @ ([^{}@]+)\}")
"""In a text: ``{title of a figure @ scenario}``, for which its value stands in the page."""
_KEYS = (
    "title", "story", "learnt", "limits", "figures", "sweeps", "questions", "measured", "replications", "seed", "try",
)  # fmt: skip
_SAYS = ("what", "command", "metric")


@dataclass(frozen=True, slots=True)
class Sweep:
    """One path, set to each of some values in a scenario, and the figures that are looked at."""

    title: str
    path: str
    values: tuple[str, ...]
    scenario: str
    figures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """A question that SQL answers over the rows of one scenario's run."""

    title: str
    scenario: str
    sql: str


@dataclass(frozen=True, slots=True)
class Measurable:
    """Something that the journey must let one measure: by which command, and as which metric, None for none."""

    what: str
    command: str
    metric: Metric | None


@dataclass(frozen=True, slots=True)
class PageWanted:
    """A page, as its journey's author wants it.

    Parameters
    ----------
    title, story, learnt, limits: its texts; `learnt` and `limits` are points, and any may hold placeholders.
    figures: metrics by the titles under which they are shown. sweeps, questions: what else is shown.
    measured: what must be measurable, and how it is. replications, seed: of its runs. commands: to try.
    """

    title: str
    story: str
    learnt: tuple[str, ...]
    limits: tuple[str, ...]
    figures: Mapping[str, Metric]
    sweeps: tuple[Sweep, ...]
    questions: tuple[Question, ...]
    measured: tuple[Measurable, ...]
    replications: int
    seed: int
    commands: tuple[str, ...]


def read_page(path: str | Path, scenarios: list[str]) -> PageWanted:
    """Read a page; raises InvalidInput with all of its problems.

    Parameters: `scenarios`, of the journey's what-if, which sweeps, questions and placeholders may name.
    """
    raw = read_toml(path)
    found = list(_problems(raw, scenarios))
    if found:
        raise InvalidInput(replace(problem, path=f"{path}: {problem.path}") for problem in found)
    base = scenarios[0]
    return PageWanted(
        title=raw["title"],
        story=raw["story"].strip(),
        learnt=tuple(raw["learnt"]),
        limits=tuple(raw["limits"]),
        figures={title: Metric.parse(text) for title, text in raw["figures"].items()},
        sweeps=tuple(
            Sweep(one["title"], one["path"], tuple(map(str, one["values"])), one.get("scenario", base),
                  tuple(one["figures"]))
            for one in raw.get("sweeps", ())
        ),
        questions=tuple(
            Question(one["title"], one.get("scenario", base), one["sql"].strip()) for one in raw.get("questions", ())
        ),
        measured=tuple(
            Measurable(one["what"], one["command"], Metric.parse(one["metric"]) if one.get("metric") else None)
            for one in raw.get("measured", ())
        ),
        replications=raw.get("replications", 8),
        seed=raw.get("seed", 1),
        commands=tuple(raw.get("try", ())),
    )  # fmt: skip


def _problems(raw: Mapping[str, Any], scenarios: list[str]) -> Iterator[Problem]:
    for key in raw:
        if key not in _KEYS:
            yield Problem(key, "is not known", "", did_you_mean(key, _KEYS))
    for key in ("title", "story", "learnt", "limits", "figures"):
        if not raw.get(key):
            yield Problem(key, "is missing", "", "a page needs it")
    figures = raw.get("figures", {})
    for title, text in figures.items():
        try:
            Metric.parse(text)
        except ValueError as error:
            yield Problem(f"figures.{title}", str(error))
    for number, one in enumerate(raw.get("measured", ())):
        for key in one:
            if key not in _SAYS:
                yield Problem(f"measured.{number}.{key}", "is not known", "", did_you_mean(key, _SAYS))
        for key in _SAYS[:2]:
            if not one.get(key):
                yield Problem(f"measured.{number}.{key}", "is missing")
        try:
            Metric.parse(one.get("metric") or "completion")
        except ValueError as error:
            yield Problem(f"measured.{number}.metric", str(error))
    for kind in ("sweeps", "questions"):
        for number, one in enumerate(raw.get(kind, ())):
            if one.get("scenario", scenarios[0]) not in scenarios:
                named = one["scenario"]
                yield Problem(f"{kind}.{number}.scenario", f"there is no {named!r}", "", did_you_mean(named, scenarios))
            for title in one.get("figures", ()):
                if title not in figures:
                    yield Problem(
                        f"{kind}.{number}.figures", f"there is no {title!r}", "", did_you_mean(title, figures)
                    )
    for text in (raw.get("story", ""), *raw.get("learnt", ()), *raw.get("limits", ())):
        for title, scenario in PLACEHOLDER.findall(text):
            if title not in figures or scenario not in scenarios:
                allowed = "a figure's title @ a scenario's name"
                yield Problem("texts", "there is nothing of that name", f"{{{title} @ {scenario}}}", allowed)
