"""What is told at the end of a session: in the terminal, to GitHub, and as an HTML report."""

from __future__ import annotations

import html
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from journeys.errors import JourneywrightError
from pytest_journeywright import telling
from pytest_journeywright.history import remember
from pytest_journeywright.told import Told, relative
from pytest_journeywright.verdicts import Walked
from pytest_journeywright.walks import all_of

LIMIT_BYTES = 95_000
SPLIT = ("took_ms", "network_ms", "rendering_ms", "acting_ms", "lcp_ms")
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


def in_terminal(reporter: Any, told: Told, trend: Sequence[str]) -> None:
    """Write what pytest's own lines do not tell: who walked, what was found that fails nothing, what is flaky."""
    walks = all_of(told)
    if not walks:
        return
    reporter.section("journeys")
    for one in walks:
        reporter.line(f"{title(one)}: {ends(one)}")
    for line in [*_flaky(walks, told), *_reported(walks, told), *_missing(walks), *trend]:
        reporter.line(line)
    reporter.line(f"runs and failures in {relative(told.out)}")


def write(config: pytest.Config, told: Told) -> list[str]:
    """Write the history, the step summary and, where asked for, the report; return what is notable of the history."""
    walks = all_of(told)
    if not walks:
        return []
    trend: list[str] = []
    try:
        trend += [f"trend: {line}" for line in remember(told, walks)]
        text = markdown(walks, told, trend, _budgets(config))
        (told.out / "summary.md").write_text(text, encoding="utf-8")
        if os.environ.get(STEP_SUMMARY):
            with Path(os.environ[STEP_SUMMARY]).open("a", encoding="utf-8") as file:
                file.write(text)
        if told.report:
            trend += [f"report: {relative(path)}" for path in _report(walks, told)]
    except (JourneywrightError, OSError) as error:
        trend.append(f"not told: {error}")
    return trend


def title(walked: Walked) -> str:
    """Return what was walked, by whom."""
    return f"{walked.journey}, {walked.engine}, {walked.segment}"


def ends(walked: Walked) -> str:
    """Return how many walked, and where they ended."""
    reached = ", ".join(f"{count} {end}" for end, count in sorted(walked.outcomes.items()) if count)
    return f"{len(walked.numbers)} walked ({reached})"


def markdown(walks: Sequence[Walked], told: Told, trend: Sequence[str], budgets: Sequence[str]) -> str:
    """Return the summary as Markdown, of less than 100 kB."""
    lines = ["## Customer journeys", "", "| journey | engine | segment | walked | verdict |", "|---|---|---|---|---|"]
    for one in walks:
        cells = (one.journey, one.engine, one.segment, ends(one), _verdict(one, told))
        lines.append("| " + " | ".join(_safe(cell) for cell in cells) + " |")
    sections = {
        "What fails": [line for one in walks for line in _found(one, told, "fail")],
        "Budgets": list(budgets),
        "Flaky": list(_flaky(walks, told)),
        "Also found": list(_reported(walks, told)),
        "Beside the last runs": list(trend),
        "Not looked for": list(_missing(walks)),
    }
    for heading, said in sections.items():
        if said:
            lines += ["", f"### {heading}", "", *(f"- {_safe(line)}" for line in said)]
    return _within([*lines, *_spent(walks)])


def _spent(walks: Sequence[Walked]) -> list[str]:
    """Return a table of how the time of each step was spent in a browser; none where nobody walked in one."""
    rows = []
    for one in walks:
        for step, split in one.split.items():
            cells = [f"{split[name]:.0f} ms" if name in split else "" for name in SPLIT]
            rows.append("| " + " | ".join((_safe(title(one)), _safe(step), *cells, f"{split['cls']:.3f}")) + " |")
    if not rows:
        return []
    head = "| walked | step | took | network and back end | rendering | acting | LCP | CLS |"
    return ["", "### Where a step's time goes (medians)", "", head, "|---|---|--:|--:|--:|--:|--:|--:|", *rows]


def _within(lines: Iterable[str]) -> str:
    kept, size = [], 0
    for line in lines:
        size += len(line.encode()) + 1
        if size > LIMIT_BYTES:
            kept.append("- and more, in the folder of the results")
            break
        kept.append(line)
    return "\n".join(kept) + "\n"


def _verdict(walked: Walked, told: Told) -> str:
    if walked.fails(told.rulings):
        return "failed"
    return "flaky" if walked.flaky(told.rulings) else "passed"


def _found(walked: Walked, told: Told, ruling: str) -> Iterator[str]:
    for line in telling.named(walked, told, ruling):
        if not line.startswith(" "):
            yield f"{title(walked)}: {line}"


def _flaky(walks: Sequence[Walked], told: Told) -> Iterator[str]:
    for one in walks:
        for customer in sorted(one.flaky(told.rulings)):
            failed, times = one.times(customer, told.rulings)
            what = next(
                f for f in one.attempts[0].findings if f.customer == customer and told.rulings[f.check] == "fail"
            )
            count = len({f.customer for f in one.attempts[0].findings if f.name == what.name})
            yield (
                f"flaky: {title(one)}: customer {customer} failed in {failed} of {times} walks: {what.check} at "
                f"{what.step}: {what.what}: {telling.rate(count, len(one.numbers))}"
            )


def _reported(walks: Sequence[Walked], told: Told) -> Iterator[str]:
    said: dict[str, None] = {}
    for one in walks:
        for line in _found(one, told, "report"):
            said[f"found: {line}"] = None
    yield from said


def _missing(walks: Sequence[Walked]) -> Iterator[str]:
    yield from dict.fromkeys(f"not looked for: {line}" for one in walks for line in one.missing)


def _budgets(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = [report for of in (reporter.stats.values() if reporter else ()) for report in of]
    found = [value for report in reports for name, value in getattr(report, "user_properties", ())
             if name == "journey_budget"]  # fmt: skip
    return list(dict.fromkeys(found))


def _report(walks: Sequence[Walked], told: Told) -> Iterator[Path]:
    """Write an HTML report of each journey, and yield where."""
    from commands.reading import arm_named, find_journey
    from pytest_journeywright.budgets import together
    from reports.study import write_report

    for journey in dict.fromkeys(one.journey for one in walks):
        own = [one for one in walks if one.journey == journey]
        arms = []
        for engine in dict.fromkeys(one.engine for one in own):
            run = together(told, [one for one in own if one.engine == engine])
            arms.append(arm_named(journey, find_journey(own[0].reference, {}), run))
        yield write_report(told.out / "reports" / journey, title=f"{journey}, as tested", measured=arms).html


def _safe(text: str) -> str:
    """Return a text that is only text in a table of Markdown."""
    return html.escape(" ".join(text.split()), quote=False).replace("|", "\\|").replace("`", "'")
