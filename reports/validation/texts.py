"""A validation in words, for a terminal and for machines."""

from __future__ import annotations

import math
from typing import Any

from reports.validation.agreement import Judged, Validation
from reports.wording import count, number, signed

ANSWERS = {
    "equivalent": "The model predicts what was measured, within the margins.",
    "different": "The model does not predict what was measured.",
    "inconclusive": "Too little evidence to say whether the model predicts what was measured.",
    "not measured": "Nothing was measured that the model says anything of.",
}
ORDER = ("different", "inconclusive", "equivalent", "not measured")
"""Of verdicts: what to look at first."""


def answer(found: Validation) -> str:
    """Return whether the model predicts what was measured, and how many numbers say so; what more would settle."""
    verdicts = [one.found.verdict for one in found.judged]
    tally = ", ".join(f"{verdicts.count(name)} {name}" for name in ORDER if name in verdicts)
    said = f"{ANSWERS[found.verdict].rstrip('.')}: of {count(len(verdicts), 'number')} {tally}." if tally else (
        ANSWERS[found.verdict]
    )  # fmt: skip
    needed = sorted(
        one.found.needed for one in found.judged if one.found.verdict == "inconclusive" and one.found.needed
    )
    if needed and found.verdict == "inconclusive":
        said += f" A run {needed[len(needed) // 2]:.1f} times as long would settle half of those that more can settle."
    return said


def apart(found: Validation) -> list[Judged]:
    """Return the numbers that the model does not predict."""
    return [one for one in found.judged if one.found.verdict == "different"]


def told_apart(one: Judged) -> str:
    """Return one number of both runs, how they differ, and the margin, in words."""
    measured, simulated, difference, margin = figures(one)
    return f"{measured} measured, {simulated} simulated; difference {difference}, margin {margin}"


def validation_lines(found: Validation) -> list[str]:
    """Return the lines to print: the answer, and a table of every number with its verdict, what differs first."""
    who = "the same customers" if found.paired else "customers of their own"
    rows = [["", "measured", "simulated", "difference (90%)", "margin", "verdict"]]
    judged = sorted(found.judged, key=lambda one: ORDER.index(one.found.verdict))
    rows += [[one.name, *figures(one), verdict_text(one)] for one in judged]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    table = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    status = "validated" if found.verdict == "equivalent" else "not validated"
    stamp = f"model: {status}; {found.simulated} held against {found.measured}, {who}"
    return ["", answer(found), stamp, "", *table]


def figures(one: Judged) -> list[str]:
    """Return measured, simulated, their difference with its interval, and the margin, in words."""
    found, unit = one.found, one.unit
    difference = found.difference
    between = ""
    if difference.bounded:
        between = f" ({signed(difference.low, unit)} to {signed(difference.high, unit)})"
    shown = "" if math.isnan(difference.value) else signed(difference.value, unit) + between
    margin = "" if math.isnan(found.margin) else "±" + signed(found.margin, unit).lstrip("+")
    return [number(found.measured, unit), number(found.simulated, unit), shown, margin]


def verdict_text(one: Judged) -> str:
    """Return the verdict; of an inconclusive one also why, or how much more would settle it."""
    found = one.found
    if found.verdict != "inconclusive":
        return found.verdict
    if found.why:
        return f"inconclusive: {found.why}"
    return f"inconclusive; {found.needed:.1f} times as much would settle it" if found.needed else "inconclusive"


def validation_values(found: Validation) -> dict[str, Any]:
    """Return a validation as plain values."""
    return {
        "measured": found.measured, "simulated": found.simulated, "same_customers": found.paired,
        "verdict": found.verdict,
        "numbers": {
            one.name: {
                "title": one.title, "unit": one.unit, "measured": one.found.measured, "simulated": one.found.simulated,
                "difference": one.found.difference.value, "low": one.found.difference.low,
                "high": one.found.difference.high, "n": one.found.difference.n, "of": one.found.difference.of,
                "margin": one.found.margin, "verdict": one.found.verdict, "needed": one.found.needed,
                "why": one.found.why,
            }
            for one in found.judged
        },
    }  # fmt: skip
