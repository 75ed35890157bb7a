"""Numbers as people read them: shares, durations, changes and intervals in as few characters as are honest."""

from __future__ import annotations

import math
import re
from typing import Literal

from reports.statistics import Estimate

Unit = Literal["share", "per_100", "per_1000", "s", "hours", "money", "count"]
MINUS, DASH = "−", "–"


_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def only_text(text: str) -> str:
    """Return a text without characters that neither XML nor a page may hold, such as those that move a cursor."""
    return _NOT_IN_XML.sub("�", text)


def number(value: float, unit: Unit, currency: str = "") -> str:
    """Return a value in its unit, such as ``43.1%``, ``2.9 d`` or ``USD 1,204``; a dash for what was not measured.

    >>> number(0.4312, "share"), number(250000.0, "s"), number(0.0312, "s")
    ('43.1%', '2.9 d', '31 ms')
    """
    if math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    sign = MINUS if value < 0 else ""
    size = abs(value)
    if unit == "share":
        return f"{sign}{_digits(size * 100)}%"
    if unit == "s":
        return sign + duration(size)
    if unit == "hours":
        return f"{sign}{_digits(size)} h"
    if unit == "money":
        return f"{sign}{currency} {size:,.0f}" if size >= 100 else f"{sign}{currency} {size:,.2f}"
    return sign + (f"{size:,.0f}" if unit == "count" else _digits(size))


def _digits(size: float) -> str:
    if size >= 1000:
        return f"{size:,.0f}"
    return f"{size:.0f}" if size >= 100 or size == int(size) else f"{size:.1f}" if size >= 1 else f"{size:.2g}"


def duration(seconds: float) -> str:
    """Return a duration in the unit in which it has one to three digits before its point."""
    for limit, size, name in ((1, 0.001, "ms"), (90, 1, "s"), (5400, 60, "min"), (129_600, 3600, "h")):
        if seconds < limit:
            shown = seconds / size
            return f"{shown:.0f} {name}" if shown >= 20 or shown == int(shown) else f"{shown:.2g} {name}"
    return f"{seconds / 86400:.1f} d" if seconds < 100 * 86400 else f"{seconds / 86400:.0f} d"


def span(estimate: Estimate, unit: Unit, currency: str = "") -> str:
    """Return the interval alone, such as ``41.0% to 45.2%``; empty where there is none."""
    if math.isnan(estimate.low) or math.isnan(estimate.high):
        return ""
    low = "below" if math.isinf(estimate.low) else number(estimate.low, unit, currency)
    high = "above" if math.isinf(estimate.high) else number(estimate.high, unit, currency)
    if math.isinf(estimate.low) and math.isinf(estimate.high):
        return "no bounds"
    if math.isinf(estimate.high):
        return f"{low} or more"
    if math.isinf(estimate.low):
        return f"{high} or less"
    return f"{low} to {high}"


def signed(value: float, unit: Unit, currency: str = "") -> str:
    """Return a difference with its sign; differences of shares are in percentage points."""
    if math.isnan(value) or math.isinf(value):
        return number(value, unit, currency)
    sign = "+" if value > 0 else ""
    if unit == "share":
        return f"{sign}{number(value * 100, 'per_100')} pp"
    return sign + number(value, unit, currency)


def change(value: float, digits: int = 0) -> str:
    """Return a relative change, such as ``+41%``; a dash where it is not defined."""
    if math.isnan(value):
        return DASH
    if math.isinf(value):
        return "∞" if value > 0 else MINUS + "∞"
    shown = round(value * 100, digits)
    return f"{'+' if shown > 0 else MINUS if shown < 0 else ''}{abs(shown):,.{digits}f}%"


def change_span(estimate: Estimate, digits: int = 0) -> str:
    """Return a relative change's interval in per cent, such as ``+36 to +46``; empty where there is none."""
    if not estimate.bounded:
        return "" if math.isnan(estimate.low) else "no bounds"
    return f"{change(estimate.low, digits)[:-1]} to {change(estimate.high, digits)[:-1]}"


def change_digits(estimate: Estimate) -> int:
    """Return how many decimals a change's interval is worth: none for a large one, two for the smallest.

    A fall by nearly all has as many as it takes to tell it from a fall to nothing, two at most.
    """
    if -1 < estimate.value <= -0.995:
        return 1 if estimate.value > -0.9995 else 2
    wide = estimate.high - estimate.low if estimate.bounded else 1.0
    if wide >= 0.03 or abs(estimate.value) >= 0.1:
        return 0
    return 1 if wide >= 0.003 else 2


def points(value: float, digits: int = 0) -> str:
    """Return a difference of shares in percentage points, without the word, such as ``+18.4``."""
    if not math.isfinite(value):
        return number(value, "share")
    shown = round(value * 100, digits)
    return f"{'+' if shown > 0 else MINUS if shown < 0 else ''}{abs(shown):.{digits}f}"


def points_digits(estimate: Estimate) -> int:
    """Return how many decimals a difference of shares is worth: none where its interval is three points or wider."""
    return 0 if not estimate.bounded or estimate.high - estimate.low >= 0.03 else 1


def points_span(estimate: Estimate, digits: int = 0) -> str:
    """Return the interval of a difference of shares, such as ``+17.2 to +19.6``; empty where there is none."""
    return f"{points(estimate.low, digits)} to {points(estimate.high, digits)}" if estimate.bounded else ""


def count(n: int, singular: str, plural: str = "") -> str:
    """Return a number with its noun.

    >>> count(1, "customer"), count(1200, "customer")
    ('1 customer', '1,200 customers')
    """
    return f"{n:,} {singular if n == 1 else plural or singular + 's'}"
