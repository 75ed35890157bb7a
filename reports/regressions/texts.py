"""A regression in words: for a terminal, and for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from reports.regressions.judging import SOUGHT, Call, Changed, Regression
from reports.regressions.planning import MORE, Plan
from reports.regressions.spreads import SUPPOSED
from reports.tables import Cell
from reports.wording import count, number, points

NAMED = 3
"""So many metrics are named in a sentence."""
ORDER: tuple[Call, ...] = ("worse", "inconclusive", "not measured", "better", "same")


class Told(NamedTuple):
    """One metric in words."""

    title: str
    before: str
    after: str
    effect: str
    call: Call
    note: str


def said(found: Regression) -> str:
    """Return the answer in a sentence."""
    worse, better = found.called("worse"), found.called("better")
    same, open_ = found.called("same"), found.called("inconclusive")
    if worse:
        first = f"Worse: {_listed(worse)}."
    elif open_:
        first = f"Nothing is shown to be worse; {count(len(open_), 'metric')} cannot be told yet."
    else:
        first = "Nothing got worse."
    more = []
    if better:
        more.append(f"Better: {_listed(better)}.")
    if same:
        share = 100 * found.margins.share
        margin = f"{found.margins.time_ratio:.0%} of a time, {share:g} point{'s' if share != 1 else ''} of a share"
        more.append(f"{count(len(same), 'metric')} stayed the same within {margin}.")
    return " ".join([first, *more])


def _listed(changes: Sequence[Changed]) -> str:
    """Return metrics with their changes, the largest first; more than `NAMED` are counted."""
    largest = sorted(changes, key=lambda change: -abs(change.effect) if math.isfinite(change.effect) else 0.0)
    named = [f"{change.title} {effect_text(change)}" for change in largest[:NAMED]]
    more = len(largest) - len(named)
    return ", ".join(named) + (f", and {more} more" if more else "")


def effect_text(change: Changed) -> str:
    """Return a change with its interval; nothing where it is not known."""
    if math.isnan(change.effect):
        return ""
    ends = [_size(end, change) for end in (change.effect, change.low, change.high)]
    return f"{ends[0]}{'' if change.is_time else ' points'} ({ends[1]} to {ends[2]})"


def basis(found: Regression) -> str:
    """Return what the answer rests on."""
    before, after = found.runs
    runs = f"{count(before, 'run')} before, {count(after, 'run')} after"
    if found.unit == "pairs":
        runs = f"{count(min(before, after), 'pair')} of runs, taken in turn"
    together = (
        f"{count(len(found.changes), 'metric')} are judged together (Bonferroni): two sides of the same thing call any "
        "of them worse at most 5 times in 100."
    )
    terms = "p50: half of the times are shorter; p95: 95 of 100 are."
    return f"Measured: {runs}; intervals over {found.unit}. {together} {terms}"


def drifting(found: Regression) -> str:
    """Return what is known of the drift of runs: that they do, or that they are too few to tell; else empty."""
    if found.unit == "runs" and found.drifts:
        return (
            f"The runs before drift (in {number(found.no_drift, 'share')} of cases chance alone puts them into such an "
            "order): what is after is judged by where they were heading, and by how far one run lies from the last. "
            "Pairs in turn see more."
        )
    if found.unit != "customers":
        return ""
    if found.drift is not None:
        return (
            f"Runs of the same thing are taken to differ by {found.drift.time_ratio:.0%} of a time and "
            f"{100 * found.drift.share:g} points of a share, as told by --drift."
        )
    few = "one run a side" if max(found.runs) == 1 else f"{found.runs[0]} and {found.runs[1]} runs"
    text = (
        f"{few.capitalize()} cannot tell a machine's drift from a change, so nothing is called; intervals cover what "
        "differs between customers alone."
    )
    needed = [change.pairs for change in found.changes if change.pairs is not None]
    if needed:
        pairs = f"{min(needed)} to {max(needed)}" if min(needed) < max(needed) else f"{min(needed)}"
        text += (
            f" A slowdown of {SOUGHT:.0%} would take {pairs} pairs of such runs in turn, if runs differ by "
            f"{SUPPOSED:.0%}; --drift judges what there is, if you know what they differ by."
        )
    return text


def blindness(found: Regression, slowdown: float) -> list[str]:
    """Return a line for each step of which a slowdown would not have been found."""
    told = []
    for change in found.blind_to(slowdown):
        why = "nothing could be" if math.isnan(change.visible) else f"{_ratio(change.visible)} could be"
        told.append(f"{change.title}: {slowdown:.0%} could not be seen; {why}")
    return told


def rows(found: Regression) -> list[Told]:
    """Return a row for each metric, the worst first."""
    ordered = sorted(found.changes, key=lambda change: ORDER.index(change.call))
    return [_told(change, found) for change in ordered]


def lines(found: Regression) -> list[str]:
    """Return the lines to print after the answer."""
    table = [Told("", "before", "after", "change", "same", ""), *rows(found)]
    texts = [(told.title, told.before, told.after, told.effect, told.call if at else "", told.note)
             for at, told in enumerate(table)]  # fmt: skip
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    drawn = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in texts]
    return [*drawn, *(f"note: {warning}" for warning in found.warnings)]


def _told(change: Changed, found: Regression) -> Told:
    before, after = (number(value, "s" if change.is_time else "share") for value in (change.before, change.after))
    if math.isnan(change.effect):
        why = f"too few, or too much alike: {change.n_before:,} and {change.n_after:,} observed"
        return Told(change.title, before, after, "", change.call, why)
    return Told(change.title, before, after, effect_text(change), change.call, _note(change, found))


def _size(value: float, change: Changed) -> str:
    if not change.is_time:
        return points(value, 1)
    return _ratio(value)


def _ratio(value: float) -> str:
    """Return a ratio less one: in per cent, or as so many times where it more than doubles.

    >>> _ratio(0.132), _ratio(-0.05), _ratio(4.966)
    ('+13.2%', '−5.0%', '×6')
    """
    if value >= 1:
        return f"×{1 + value:.{0 if value >= 9 else 1}f}".removesuffix(".0")
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):.1%}"


def _note(change: Changed, found: Regression) -> str:
    if math.isnan(change.visible):
        return "more than customers differ by; runs may differ so" if change.low > 0 or change.high < 0 else ""
    visible = f"{100 * change.visible:.1f} points"
    if change.is_time:
        visible = f"{change.visible:.0%}" if change.visible < 1 else _ratio(change.visible)
    if change.needed is None:
        drift = "; runs drift: pairs in turn would settle it" if change.drift != "still" else ""
        return f"could see {visible}{drift if change.call == 'inconclusive' else ''}"
    if found.unit == "runs":
        what = (
            f"{count(change.needed, 'run')} after it" if change.needed <= found.runs[0] else f"{change.needed} a side"
        )
    else:
        what = f"{change.needed} pairs"
    return f"could see {visible}; about {what} would settle it"


def plan_lines(plan: Plan) -> list[str]:
    """Return what it takes to see a slowdown, as lines to print."""
    if plan.drift is not None:
        learnt = (
            f"{count(plan.runs, 'run')}; runs are taken to differ by {plan.drift.time_ratio:.0%} (--drift tells "
            "better, and so do three runs of the same thing)"
        )
    else:
        learnt = f"{count(plan.runs, 'pair')} of runs in turn" if plan.paired else f"{count(plan.runs, 'run')}"
    head = ("", "observed", "customers leave", "runs differ by", "pairs", f"of {MORE}x", "alone")
    table = [head] + [
        (one.title, f"{one.n:,.0f}", *(f"±{part:.1%}" if math.isfinite(part) else "?" for part in
         (one.customers_part, one.runs_part)), *(f"{n:,}" if n is not None else "no" for n in
         (one.pairs, one.pairs_of_more, one.alone)))
        for one in plan.needed
    ]  # fmt: skip
    widths = [max(len(row[column]) for row in table) for column in range(len(head))]
    drawn = [
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in table
    ]
    learnt = f"Learnt from {learnt}. {plan.family} metrics are judged together."
    legend = (
        f"pairs: of runs as large as these; of {MORE}x: of runs of {MORE} times as many customers; alone: observed a "
        "side, in one pair of runs on a machine that does not drift at all."
    )
    return ["", plan_said(plan), learnt, "", *drawn, "", legend]


def plan_said(plan: Plan) -> str:
    """Return the plan in a sentence."""
    what = f"a slowdown of {plan.slowdown:.0%} in any one step, found 8 times in 10"
    if plan.pairs is None:
        return f"No number of such runs is in sight for {what}: take runs of more customers."
    return f"For {what}: {plan.pairs} pairs of such runs, taken in turn."


def striking_rows(found: Regression) -> list[Told]:
    """Return the rows of what has an interval, the worst first, times before shares and the largest change first."""
    shown = sorted(
        (change for change in found.changes if not math.isnan(change.effect)),
        key=lambda change: (ORDER.index(change.call), not change.is_time, -abs(change.effect)),
    )
    return [_told(change, found) for change in shown]


class Each(NamedTuple):
    """Every run's values, as a table: titles of runs, and a row of cells for each metric."""

    columns: list[str]
    rows: list[tuple[str, list[Cell]]]


def each(found: Regression) -> Each:
    """Return the value of each run; pairs side by side."""
    before, after = found.runs
    if found.unit == "pairs":
        order = [(side, run) for run in range(min(before, after)) for side in (0, 1)]
    else:
        order = [(0, run) for run in range(before)] + [(1, run) for run in range(after)]
    columns = [f"{('before', 'after')[side]} {run + 1}" for side, run in order]
    rows = []
    for change in found.changes:
        sides = (change.runs_before, change.runs_after)
        values = [sides[side][run] if run < len(sides[side]) else math.nan for side, run in order]
        rows.append((change.title, [Cell(number(value, "s" if change.is_time else "share")) for value in values]))
    return Each(columns, rows)
