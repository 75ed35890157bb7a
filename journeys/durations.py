"""Durations and rates: numbers that carry their unit."""

from __future__ import annotations

import re
from dataclasses import dataclass

_SECONDS = {
    "ms": 0.001,
    "s": 1.0,
    "sec": 1.0,
    "min": 60.0,
    "h": 3600.0,
    "d": 86400.0,
    "w": 604800.0,
}
_TERM = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?(?:e[+-]?[0-9]+)?)\s*([a-z]+)\s*", re.IGNORECASE)
_ALIASES = {
    "millisecond": "ms",
    "second": "s",
    "minute": "min",
    "hour": "h",
    "day": "d",
    "week": "w",
    "m": "min",
}


@dataclass(frozen=True, slots=True, order=True)
class Duration:
    """A length of time.

    Parameters: `s`, seconds. Use the constructors `milliseconds`, `seconds`, `minutes`, `hours`, `days`, `weeks`,
    or `Duration.parse`.

    >>> hours(1.5) + minutes(30)
    Duration('2 h')
    >>> Duration.parse("1 h 30 min").s
    5400.0
    """

    s: float

    @classmethod
    def parse(cls, text: str) -> Duration:
        """Read ``"3 d"``, ``"1h 30min"`` or ``"250 ms"``; raises ValueError on anything else, also on bare numbers."""
        rest = text.strip()
        sign = -1.0 if rest.startswith("-") else 1.0
        rest = rest[1:] if rest[:1] in ("+", "-") else rest
        total, position = 0.0, 0
        while position < len(rest):
            term = _TERM.match(rest, position)
            if term is None:
                raise ValueError(f"not a duration: {text!r} (write a number with its unit: 250 ms, 3 min, 1 h, 2 d)")
            unit = term.group(2).lower()
            singular = unit[:-1] if unit.endswith("s") and unit not in _SECONDS else unit
            unit = _ALIASES.get(singular, singular)
            if unit not in _SECONDS:
                raise ValueError(f"unknown unit {term.group(2)!r} in {text!r} (ms, s, min, h, d, w)")
            total += _in_seconds(float(term.group(1)), unit)
            position = term.end()
        if not rest:
            raise ValueError("not a duration: empty (write a number with its unit: 250 ms, 3 min, 1 h, 2 d)")
        return cls(sign * total)

    def __str__(self) -> str:
        """Return a short text, in the largest unit that fits, from which `parse` reads exactly this duration."""
        if self.s == 0:
            return "0 s"
        size = abs(self.s)
        units = [unit for unit in ("d", "h", "min", "s") if size >= _SECONDS[unit]] or ["ms"]
        if size % _SECONDS["w"] == 0:
            units.insert(0, "w")
        larger = [unit for unit in ("s", "min", "h", "d", "w") if unit not in units]
        tries = [(unit, 6) for unit in units + larger] + [(units[0], digits) for digits in range(7, 18)]
        for unit, digits in tries:
            number = f"{self.s * 1000 if unit == 'ms' else self.s / _SECONDS[unit]:.{digits}g}"
            if _in_seconds(float(number), unit) == self.s:
                return f"{number} {unit}"
        return f"{self.s!r} s"

    def __repr__(self) -> str:
        return f"Duration('{self}')"

    def __add__(self, other: Duration) -> Duration:
        return Duration(self.s + other.s)

    def __mul__(self, factor: float) -> Duration:
        return Duration(self.s * factor)

    __rmul__ = __mul__


def _in_seconds(number: float, unit: str) -> float:
    return number / 1000.0 if unit == "ms" else number * _SECONDS[unit]


def milliseconds(number: float) -> Duration:
    """Return `number` milliseconds."""
    return Duration(number / 1000.0)


def seconds(number: float) -> Duration:
    """Return `number` seconds."""
    return Duration(float(number))


def minutes(number: float) -> Duration:
    """Return `number` minutes."""
    return Duration(number * 60.0)


def hours(number: float) -> Duration:
    """Return `number` hours."""
    return Duration(number * 3600.0)


def days(number: float) -> Duration:
    """Return `number` days of 24 hours."""
    return Duration(number * 86400.0)


def weeks(number: float) -> Duration:
    """Return `number` weeks of 7 days."""
    return Duration(number * 604800.0)


@dataclass(frozen=True, slots=True, order=True)
class Rate:
    """Events per time.

    Parameters: `per_s`, events per second. Use `per_second`, `per_minute`, `per_hour`, `per_day` or `Rate.parse`.

    >>> Rate.parse("120 / d") == per_day(120)
    True
    """

    per_s: float

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Read ``"12 / h"`` or ``"0.5 per s"``; raises ValueError on anything else."""
        number, slash, unit = text.replace(" per ", "/").partition("/")
        singular = unit.strip().lower()
        singular = singular[:-1] if singular.endswith("s") and singular not in _SECONDS else singular
        unit = _ALIASES.get(singular, singular)
        try:
            if not slash or unit not in _SECONDS:
                raise ValueError
            return cls(float(number) / _SECONDS[unit])
        except ValueError:
            raise ValueError(f"not a rate: {text!r} (write events per time: 5 / s, 12 / h, 120 / d)") from None

    def __str__(self) -> str:
        """Return a short text, in the smallest unit that fits, from which `parse` reads exactly this rate."""
        units = [unit for unit in ("s", "min", "h", "d") if abs(self.per_s) * _SECONDS[unit] >= 1] or ["d"]
        smaller = [unit for unit in ("h", "min", "s") if unit not in units]
        tries = [(unit, 6) for unit in units + smaller] + [(units[0], digits) for digits in range(7, 18)]
        for unit, digits in tries:
            number = f"{self.per_s * _SECONDS[unit]:.{digits}g}"
            if float(number) / _SECONDS[unit] == self.per_s:
                return f"{number} / {unit}"
        return f"{self.per_s!r} / s"

    def __repr__(self) -> str:
        return f"Rate('{self}')"


def per_second(number: float) -> Rate:
    """Return `number` events per second."""
    return Rate(float(number))


def per_minute(number: float) -> Rate:
    """Return `number` events per minute."""
    return Rate(number / 60.0)


def per_hour(number: float) -> Rate:
    """Return `number` events per hour."""
    return Rate(number / 3600.0)


def per_day(number: float) -> Rate:
    """Return `number` events per day of 24 hours."""
    return Rate(number / 86400.0)
