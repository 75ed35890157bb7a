"""A regression in words: for a terminal, and for the page."""

from __future__ import annotations

import math
from typing import NamedTuple

from reports.regression import Call, Changed, Regression
from reports.wording import count, number, points

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
        first = f"Worse: {', '.join(change.title for change in worse)}."
    elif open_:
        first = f"Nothing is shown to be worse; {count(len(open_), 'metric')} cannot be told yet."
    else:
        first = "Nothing got worse."
    more = []
    if better:
        more.append(f"Better: {', '.join(change.title for change in better)}.")
    if same:
        margin = f"{found.margins.time_ratio:.0%} of a time, {100 * found.margins.share:g} points of a share"
        more.append(f"{count(len(same), 'metric')} stayed the same within {margin}.")
    return " ".join([first, *more])


def basis(found: Regression) -> str:
    """Return what the answer rests on."""
    before, after = found.runs
    return (
        f"Measured: {count(before, 'run')} before, {count(after, 'run')} after; intervals over {found.unit}. "
        f"{count(len(found.changes), 'metric')} are judged together: two runs of the same thing call any of them worse "
        "at most 5 times in 100."
    )


def rows(found: Regression) -> list[Told]:
    """Return a row for each metric, the worst first."""
    ordered = sorted(found.changes, key=lambda change: ORDER.index(change.call))
    return [_told(change) for change in ordered]


def lines(found: Regression) -> list[str]:
    """Return the lines to print."""
    table = [Told("", "before", "after", "change", "same", ""), *rows(found)]
    texts = [(told.title, told.before, told.after, told.effect, told.call if at else "", told.note)
             for at, told in enumerate(table)]  # fmt: skip
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    drawn = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in texts]
    return ["", said(found), basis(found), "", *drawn, *(f"note: {warning}" for warning in found.warnings)]


def _told(change: Changed) -> Told:
    before, after = (number(value, "s" if change.is_time else "share") for value in (change.before, change.after))
    if math.isnan(change.effect):
        why = f"too few, or too much alike: {change.n_before:,} and {change.n_after:,} observed"
        return Told(change.title, before, after, "", change.call, why)
    ends = [_size(end, change) for end in (change.effect, change.low, change.high)]
    unit = "" if change.is_time else " points"
    return Told(change.title, before, after, f"{ends[0]}{unit} ({ends[1]} to {ends[2]})", change.call, _note(change))


def _size(value: float, change: Changed) -> str:
    if not change.is_time:
        return points(value, 1)
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{abs(value):.1%}"


def _note(change: Changed) -> str:
    visible = f"{change.visible:.0%}" if change.is_time else f"{100 * change.visible:.1f} points"
    if change.call != "inconclusive":
        return f"could see {visible}"
    if math.isfinite(change.needed) and 1 < change.needed < 1000:
        most = max(change.n_before, change.n_after)
        return f"could see {visible}; about {change.needed * most:,.0f} a side would settle it"
    return f"could see {visible}"
