"""Which engine walks which journey, as the engines declare it: a table, and an index of the journeys' pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from journeys.blueprint import Journey


@dataclass(frozen=True, slots=True)
class Support:
    """What each engine says of a journey, by its name: empty where it walks it, else why it does not."""

    journey: Journey
    refusals: Mapping[str, str]


def support_lines(found: Sequence[Support]) -> list[str]:
    """Return the table in columns for a terminal, and below it each reason once."""
    engines = list(found[0].refusals) if found else []
    width = max((len(one.journey.name) for one in found), default=0)
    lines = [" " * width + "  " + "  ".join(engines)]
    for one in found:
        marks = ("no" if one.refusals[name] else "yes" for name in engines)
        cells = (mark.ljust(len(name)) for mark, name in zip(marks, engines, strict=True))
        lines.append(f"{one.journey.name:{width}}  {'  '.join(cells)}".rstrip())
    reasons = _reasons(found)
    return [*lines, *([""] if reasons else []), *(f"{name}: not {journeys}: {why}" for name, journeys, why in reasons)]


def support_page(found: Sequence[Support], pages: Mapping[str, str]) -> str:
    """Return the index of the journeys as Markdown, with the table; `pages` are the files of those that have one."""
    engines = list(found[0].refusals) if found else []
    lines = [
        "# The journeys, and the engines that walk them",
        "",
        "*Made by `journeywright docs`, of what each engine declares. Each journey is a model to copy from.*",
        "",
        "Their back ends are measured by `journeywright scorecard JOURNEY`: [eight qualities](../scorecard.md).",
        "",
        "| journey | " + " | ".join(engines) + " |",
        "|" + " --- |" * (len(engines) + 1),
    ]
    for one in found:
        name = one.journey.name
        linked = f"[{name}]({pages[name]})" if name in pages else name
        marks = ("no" if one.refusals[engine] else "yes" for engine in engines)
        lines.append(f"| {linked} | " + " | ".join(marks) + " |")
    return "\n".join(
        [*lines, "", *(f"- {name}: not {journeys}: {why}." for name, journeys, why in _reasons(found)), ""]
    )


def _reasons(found: Sequence[Support]) -> list[tuple[str, str, str]]:
    """Return each engine's reasons, each once, with the journeys that it keeps from it."""
    kept: dict[tuple[str, str], list[str]] = {}
    for one in found:
        for name, why in one.refusals.items():
            if why:
                kept.setdefault((name, why), []).append(one.journey.name)
    return sorted((name, ", ".join(journeys), why) for (name, why), journeys in kept.items())
