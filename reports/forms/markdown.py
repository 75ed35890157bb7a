"""A study in Markdown, short enough for a pull request, a wiki or the summary of a CI step."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from reports import tables
from reports.headline import headline
from reports.method import command_of
from reports.sections.claims import judged_in
from reports.terminal import table
from reports.wording import number, only_text, span

if TYPE_CHECKING:
    from reports.measuring.metrics import Results
    from reports.study import Study

MOST_BYTES = 60_000
"""GitHub takes 65,536 characters in a comment; a summary of a step may be larger."""
MOST_NOTES, MOST_ROWS = 12, 60
CHANGED = ("completion", "drop-off", "calls", "decision.median", "decision.p90", "reasked", "work", "cost", "net")
SIGNS = {
    "kept": "✅ kept", "missed": "❌ missed", "supported": "✅ supported", "refuted": "❌ refuted",
    "better": "✅ better", "worse": "❌ worse", "same": "= same",
}  # fmt: skip


def markdown(study: Study, report: str = "") -> str:
    """Return the study as Markdown of less than `MOST_BYTES`; `report` is where its whole report is, if anywhere."""
    parts = [part for part in _parts(study, report) if part]
    size, kept = 0, list[str]()
    for part in parts:
        size += len(part.encode()) + 2
        if size > MOST_BYTES - 200:
            kept.append("_There is more in the report._")
            break
        kept.append(part)
    return "\n\n".join(kept) + "\n"


def _parts(study: Study, report: str) -> Iterator[str]:
    said = headline(study)
    yield f"## {_safe(study.title)}"
    yield " ".join([f"**{_safe(said.answer)}**", *(_safe(one.text) for one in (*said.decides, *said.sentences))])
    if said.findings:
        yield "\n".join(f"- {_safe(one.text)}" for one in said.findings)
    trust = [f"**{said.trust.status.capitalize()}.** {_safe(said.trust.sentence)}"] if said.trust else []
    yield "\n>\n".join(f"> {line}" for line in [_safe(said.basis), *trust, *map(_safe, said.checks)])
    if study.found.get("regression") is not None:
        yield _regression(study)
    else:
        yield from _of_runs(study)
    if study.warnings:
        more = len(study.warnings) - MOST_NOTES
        notes = [f"- {_safe(note)}" for note in study.warnings[:MOST_NOTES]]
        yield "\n".join(["### Notes", "", *notes, *([f"- and {more} more in the report"] if more > 0 else [])])
    yield _again(study)
    if report:
        yield f"The whole report: `{_safe(report)}`"


def _of_runs(study: Study) -> Iterator[str]:
    """Yield what single runs show."""
    yield _runs(study)
    yield _claims(study)
    yield _changes(study)
    yield _blame(study)
    yield _doubts(study)
    yield _budgets(study)
    yield _funnel(study)


def _runs(study: Study) -> str:
    head, *rows = table(study)
    return _table("", ["Run", *(text.capitalize() for text in head[1:])], rows)


def _changes(study: Study) -> str:
    if study.comparison is None:
        return ""
    head = ["", study.titles[study.baseline], *(study.titles[name] for name in study.comparison.scenarios)]
    rows = (
        [metric.title, *(_cell(cell, base=not place) for place, cell in enumerate(cells))]
        for metric, cells in tables.lever_rows(study, CHANGED)
    )
    return _table("What each change does, with 95% intervals", head, rows)


def _blame(study: Study) -> str:
    if not study.found.get("blame"):
        return ""
    from reports.sections.blame import drop_off_rows

    head, rows = drop_off_rows(study)
    lines = [[title, *(_cell(cell, base=True) for cell in cells)] for title, cells in rows]
    return _table("Who is to blame for the drop-off, with 95% intervals", ["", *head], lines)


def _doubts(study: Study) -> str:
    if not study.found.get("doubts"):
        return ""
    from reports.sections.doubts import break_even_rows

    head = ["Overturned", "Assumption", "Assumed", "Break-even", "95% interval", "Range"]
    return _table("What would overturn it", head, break_even_rows(study))


def _cell(cell: tables.Cell, base: bool) -> str:
    """Return a cell on one line; what a scenario changed is in its own brackets already."""
    return f"{cell.text} ({cell.small})" if base and cell.small else f"{cell.text}, {cell.small}".rstrip(", ")


def _funnel(study: Study) -> str:
    pictured = study.pictured
    head = ["Step", *(f"{title}: {what}" for title, _ in pictured for what in ("came", "dropped off"))]
    rows = []
    for step in pictured[0][1].funnel:
        cells = [step.title]
        for _, results in pictured:
            came, lost = (_value(results, f"{what}.{step.step}") for what in ("entered", "dropped"))
            cells += [number(came, "share"), number(lost, "share")]
        if any(_value(results, f"entered.{step.step}") > 0 for _, results in pictured):
            rows.append(cells)
    return _folded("Where customers drop off", _table("", head, rows))


def _budgets(study: Study) -> str:
    rows = [
        [one.budget, study.titles[one.arm], one.kind, number(one.estimate.value, one.unit),
         span(one.estimate, one.unit), SIGNS.get(one.status, one.status)]
        for one in study.judgements
    ]  # fmt: skip
    return _table("Budgets", ["Budget", "Run", "", "Value", "95% interval", ""], rows)


def _claims(study: Study) -> str:
    rows = [
        [one.claim.says, study.titles[one.claim.scenario], one.figure, SIGNS.get(one.status, one.status)]
        for one in judged_in(study)
    ]
    return _table("Claims", ["Claim", "Of", "What the runs show", ""], rows)


def _regression(study: Study) -> str:
    from reports.regressions.texts import rows

    found = study.found["regression"]
    told = [
        [row.title, row.before, row.after, row.effect, SIGNS.get(row.call, row.call), row.note] for row in rows(found)
    ]
    notes = "".join(f"\n\n_{_safe(warning)}_" for warning in found.warnings)
    return _table("Before and after", ["", "Before", "After", "Change", "", ""], told) + notes


def _again(study: Study) -> str:
    if not study.simulated:
        return ""
    commands = [command_of(results.manifest, len(results.replications)) for results in study.simulated.values()]
    return _folded("Make these runs again", "```console\n" + "\n".join(commands).replace("```", "") + "\n```")


def _value(results: Results, key: str) -> float:
    quantity = results.quantities.get(key)
    return quantity.estimate().value if quantity is not None else math.nan


def _table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table under its heading; empty where it has no rows."""
    rows = list(rows)
    if not rows:
        return ""
    lines = [f"| {' | '.join(map(_safe, row))} |" for row in (head, *rows[:MOST_ROWS])]
    lines.insert(1, "|" + " --- |" * len(head))
    more = [f"\n_{len(rows) - MOST_ROWS} more rows are in the report._"] if len(rows) > MOST_ROWS else []
    return "\n".join([*([f"### {title}", ""] if title else []), *lines, *more])


def _folded(title: str, inside: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{inside}\n\n</details>" if inside else ""


def _safe(text: str) -> str:
    """Return a text that is only text in Markdown, also within a table."""
    plain = html.escape(only_text(" ".join(text.split())), quote=False)
    for mark in ("\\", "|", "`", "*", "_", "[", "]"):
        plain = plain.replace(mark, f"\\{mark}")
    return plain
