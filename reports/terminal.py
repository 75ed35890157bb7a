"""The report in a terminal: the answer, a line for each run, and the budgets that were missed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from reports.headline import headline
from reports.judging import Judgement
from reports.side_by_side import engine_word
from reports.wording import count, number, span

if TYPE_CHECKING:
    from reports.measuring.metrics import Results
    from reports.measuring.quantities import Quantity
    from reports.study import Study

COLUMNS = (("completion", "completed"), ("drop-off", "dropped off"), ("calls", "calls / 100"),
           ("decision.median", "decision"))  # fmt: skip


IF_ANY = (("denied", "denied"), ("rejected", "turned away"))
"""Other ends, which have a column where some customer came to them: shares of all need not sum to 1 without."""


def lines(study: Study, also: Sequence[str] = (), width: int = 0) -> list[str]:
    """Return the lines to print: the headline, what it rests on, `also`, a table of the runs, and warnings.

    A table that is wider than `width`, where that is told, is a few lines for each run instead.
    """
    said, told = headline(study), table(study)
    widths = [max(len(row[column]) for row in told) for column in range(len(told[0]))]
    drawn = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in told]
    if 0 < width < max(map(len, drawn)):
        drawn = [line for row in told[1:] for line in _one_below_the_other(told[0], row)]
    warnings = [f"note: {warning}" for warning in study.warnings]
    more = [sentence.text for sentence in said.told]
    found = ["", said.answer, *more, said.basis]
    # before and after are several runs a side: one of each by itself answers nothing
    single = [] if study.found.get("regression") else drawn
    for part in (also, single, said.checks, warnings):
        found += ["", *part] if part else []
    return found


def _one_below_the_other(head: Sequence[str], row: Sequence[str]) -> list[str]:
    wide = max(map(len, head))
    figures = [f"  {title.ljust(wide)}  {value}" for title, value in zip(head[2:], row[2:], strict=True)]
    return [f"{row[0]} ({row[1]})", *figures]


def table(study: Study) -> list[list[str]]:
    """Return a row of headings, and one for each run: what it is, who entered, and the four figures."""
    ends = [end for end in IF_ANY if any(int(results.outcomes[end[0]].sum()) for results in study.everything.values())]
    columns = (*COLUMNS[:2], *ends, *COLUMNS[2:])
    head = ["", "", "entered", *(title for _, title in columns)]
    return [head, *(_row(study.titles[name], results, columns) for name, results in study.everything.items())]


def missed(study: Study, arm: str = "") -> list[str]:
    """Return a line for each budget that a run (or only `arm`) missed beyond its interval's doubt."""
    return [
        _missed(study, judged) for judged in study.judgements if judged.status == "missed" and arm in ("", judged.arm)
    ]


def _row(title: str, results: Results, columns: Sequence[tuple[str, str]]) -> list[str]:
    cells = [estimate_text(results.quantities.get(key)) for key, _ in columns]
    manifest = results.manifest
    return [title, engine_word(manifest.engine, manifest.kind), f"{results.entered:,}", *cells]


def estimate_text(quantity: Quantity | None) -> str:
    """Return a value with its interval; a dash for what was not measured."""
    estimate = quantity.estimate() if quantity is not None else None
    if quantity is None or estimate is None or not estimate.measured:
        return "-"
    between = span(estimate, quantity.unit)
    return number(estimate.value, quantity.unit) + (f" ({between})" if between else "")


def _missed(study: Study, judged: Judgement) -> str:
    value, between = number(judged.estimate.value, judged.unit), span(judged.estimate, judged.unit)
    over = f" ({between}), n {count(judged.estimate.n, judged.estimate.of.rstrip('s'))}" if between else ""
    return f"{study.titles[judged.arm]}, {judged.kind}: {judged.budget}: missed, {value}{over}"
