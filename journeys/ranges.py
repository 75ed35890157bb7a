"""Ranges: paths of a blueprint that an experiment varies, each between two values of the path's own type."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from journeys.blueprint import Journey
from journeys.checks import problems
from journeys.durations import Duration, Rate
from journeys.errors import InvalidInput, Problem
from journeys.paths import apply, get

Value = int | float | Duration | Rate


@dataclass(frozen=True, slots=True)
class Range:
    """A path, and the values between which it is varied, both included.

    Parameters: `low`, `high`, of the path's type: a whole number, a number, a duration or a rate.
    """

    path: str
    low: Value
    high: Value

    @property
    def whole(self) -> bool:
        """Whether it has whole numbers only, such as servers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def values(self) -> tuple[int, ...]:
        """Its whole numbers, rising; raises ValueError where it has others in between."""
        if not isinstance(self.low, int) or not isinstance(self.high, int):
            raise ValueError(f"{self.path} has more than whole numbers")
        return tuple(range(self.low, self.high + 1))

    def at(self, u: float) -> Value:
        """Return the value at a share 0 <= u < 1 of the range: equally likely, where u is uniform.

        >>> Range("stations.desk.servers", 2, 4).at(0.99)
        4
        """
        low, high = self.low, self.high
        if isinstance(low, int) and isinstance(high, int):
            return low + math.floor(u * (high - low + 1))
        if isinstance(low, Duration) and isinstance(high, Duration):
            return Duration(low.s + u * (high.s - low.s))
        if isinstance(low, Rate) and isinstance(high, Rate):
            return Rate(low.per_s + u * (high.per_s - low.per_s))
        assert isinstance(low, (int, float))
        assert isinstance(high, (int, float))
        return low + u * (high - low)

    def __str__(self) -> str:
        return f"{self.path}={self.low}..{self.high}"


def read_ranges(journey: Journey, texts: Sequence[str], option: str = "--vary") -> list[Range]:
    """Read ranges such as ``stations.clerks.servers=2..6`` or ``steps.check.service.mean=4 min..12 min``.

    Raises InvalidInput with all problems: of the texts, of the paths and their types, and of the journey at the ends
    of each range.
    """
    found: list[Range] = []
    wrong: list[Problem] = []
    for text in texts:
        path, equals, ends = (part.strip() for part in text.partition("="))
        low, dots, high = (part.strip() for part in ends.partition(".."))
        if not (path and equals and low and dots and high):
            wrong.append(
                Problem(option, "is not PATH=LOW..HIGH", text, f"such as {option} stations.clerks.servers=2..6")
            )
            continue
        try:
            changed = [apply(journey, {path: end}) for end in (low, high)]
            found.append(_range(path, get(changed[0], path), get(changed[1], path), option))
            wrong += [problem for one in changed for problem in problems(one) if problem not in wrong]
        except InvalidInput as error:
            wrong += [problem for problem in error.problems if problem not in wrong]
    twice = sorted({one.path for one in found if [other.path for other in found].count(one.path) > 1})
    wrong += [Problem(f"{option} {path}", "is varied twice") for path in twice]
    if not texts:
        wrong.append(Problem(option, "is missing", "", f"such as {option} stations.clerks.servers=2..6"))
    if wrong:
        raise InvalidInput(wrong)
    return found


def _range(path: str, low: object, high: object, option: str) -> Range:
    given = f"{low}..{high}"
    for kind in (int, float, Duration, Rate):
        if isinstance(low, bool) or not (isinstance(low, kind) and isinstance(high, kind)):
            continue
        if not low < high:  # type: ignore[operator]
            raise InvalidInput([Problem(f"{option} {path}", "does not rise", given, "LOW..HIGH")])
        return Range(path, low, high)
    allowed = "a path to a whole number, a number, a duration or a rate"
    raise InvalidInput([Problem(f"{option} {path}", "has no values in between", given, allowed)])
