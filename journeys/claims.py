"""Claims: what somebody says that a change does, in words that replications can support or refute.

against = "as-is"          # the baseline, unless told
scenario = "redesigned"    # the combined or last scenario, unless told

[[claims]]
says = "completion up at least 40%"

[[claims]]
says = "p95 wait(assessment) < 2 d"
scenario = "automated-verification"
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from journeys.budgets import Budget, Metric
from journeys.durations import Duration
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.toml_files import read_toml, unknown_keys

Scale = Literal["relative", "absolute"]

_TOP = ("against", "scenario", "claims")
_OWN = ("says", "scenario", "against", "note")
_ALIAS = {"calls": "calls per 100"}
_WAYS = "up at least A, up at most A, up A to B, the same with down, unchanged within A, or a limit as in budgets"
_MOVED = re.compile(
    r"(?P<metric>.+?)\s+(?P<way>up|down)\s+(?:by\s+)?"
    r"(?:at\s+least\s+(?P<least>.+)|at\s+most\s+(?P<most>.+)|(?P<low>.+?)\s+to\s+(?P<high>.+))",
    re.DOTALL,
)
_SAME = re.compile(r"(?P<metric>.+?)\s+unchanged\s+within\s+(?P<margin>.+)", re.DOTALL)
_POINTS = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?:points?|pp)")


@dataclass(frozen=True, slots=True)
class Band:
    """What a change must be between, both ends included.

    Parameters
    ----------
    scale: *relative*, a ratio of the baseline (0.4 for 40% more); *absolute*, a difference in the metric's own unit.
    low, high: infinite where there is no limit.
    """

    scale: Scale
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim about a scenario: how a metric changes against another scenario, or a limit that it keeps.

    ``METRIC up at least A``, ``up at most A``, ``up A to B``, the same with ``down``, ``unchanged within A``, where A
    is a percentage of the baseline's value, or a difference: ``16 points`` of a share, a duration of a time, a number
    of anything else; or a limit as in a `Budget`, such as ``completion >= 55%``. "At most" and "to" are limits from
    above and within: "up at most 10%" holds for a fall, too. See `Metric` for what can be claimed of; "calls" is short
    for "calls per 100".

    Parameters: `says`, the words; `scenario`, whose value, empty for the study's combined or last one; `against`,
    whose it is compared with, empty for the baseline; `note`, where the claim comes from.

    >>> Claim("calls down at least 35%").band
    Band(scale='relative', low=-inf, high=-0.35)
    """

    says: str
    scenario: str = ""
    against: str = ""
    note: str = ""

    @property
    def metric(self) -> Metric:
        """What is claimed of."""
        return self._parts()[0]

    @property
    def band(self) -> Band | None:
        """What the change must be between; None where the claim is a limit of its own."""
        return self._parts()[1]

    @property
    def limit(self) -> Budget | None:
        """The limit; None where the claim is of a change."""
        return self._parts()[2]

    def problem(self) -> str:
        """Return what is wrong with the words, or nothing."""
        try:
            self._parts()
        except ValueError as error:
            return str(error)
        return ""

    def _parts(self) -> tuple[Metric, Band | None, Budget | None]:
        words = " ".join(self.says.split())
        if found := _SAME.fullmatch(words):
            metric = _metric(found["metric"])
            margin, scale = _size(found["margin"], metric)
            return metric, Band(scale, -margin, margin), None
        if found := _MOVED.fullmatch(words):
            metric = _metric(found["metric"])
            return metric, _moved(found, metric), None
        if re.search("[<>]", words):
            budget = Budget(_aliased(words))
            if budget.problem():
                raise ValueError(budget.problem())
            return budget.of, None, budget
        raise ValueError(f"not a claim: {self.says.strip()!r} (METRIC {_WAYS})")


def _moved(found: re.Match[str], metric: Metric) -> Band:
    """Return what a change upward or downward must be between."""
    up = found["way"] == "up"
    if found["low"]:
        text, other = found["low"], found["high"]
        if re.fullmatch(r"\d+(?:\.\d+)?", text) and (unit := re.search(r"[^\d.\s].*", other)):
            text += unit[0]  # "35 to 45%", "14 to 18 points"
        (low, scale), (high, also) = _size(text, metric), _size(other, metric)
        if scale != also or low > high:
            raise ValueError(f"not a range: {found['low']} to {found['high']} (write 35% to 45%, or 14 to 18 points)")
        return Band(scale, low, high) if up else Band(scale, -high, -low)
    size, scale = _size(found["least"] or found["most"], metric)
    if found["least"]:
        return Band(scale, size, float("inf")) if up else Band(scale, float("-inf"), -size)
    return Band(scale, float("-inf"), size) if up else Band(scale, -size, float("inf"))


def _size(text: str, metric: Metric) -> tuple[float, Scale]:
    """Return how large a change is, and of what."""
    words = text.strip()
    if re.fullmatch(r"\d+(?:\.\d+)?\s*%", words):
        return float(words[:-1]) / 100, "relative"
    if (points := _POINTS.fullmatch(words)) and metric.is_share:
        return float(points["number"]) / 100, "absolute"
    if metric.is_time:
        try:
            return Duration.parse(words).s, "absolute"
        except ValueError:
            pass
    elif not metric.is_share and re.fullmatch(r"\d+(?:\.\d+)?", words):
        return float(words), "absolute"
    own = "2 h" if metric.is_time else "16 points" if metric.is_share else "12"
    raise ValueError(f"not a change of {metric}: {words!r} (write 40%, or {own})")


def _metric(text: str) -> Metric:
    return Metric.parse(_ALIAS.get(text.strip(), text))


def _aliased(words: str) -> str:
    return re.sub(r"^calls(?=\s*[<>])", "calls per 100", words)


def read_claims(path: str | Path) -> tuple[Claim, ...]:
    """Read a file of claims; raises InvalidInput with all of its problems.

    Whether its scenarios exist is checked where they are known.
    """
    where = str(path)
    raw = read_toml(path)
    wrong = unknown_keys(f"{where}: ", raw, _TOP)
    wrong += [
        Problem(f"{where}: {key}", "must be a scenario's name", repr(raw[key]))
        for key in ("against", "scenario")
        if not isinstance(raw.get(key, ""), str)
    ]
    listed = raw.get("claims")
    if not isinstance(listed, list) or not listed:
        example = 'says = "completion up at least 40%"'
        wrong.append(Problem(f"{where}: claims", "there are none", "", f"one [[claims]] each, with {example}"))
        listed = []
    claims = []
    for number, one in enumerate(listed, start=1):
        at, own = f"{where}: claim {number}", {"says": one} if isinstance(one, str) else one
        found = _problems_of(at, own)
        wrong += found
        if not found:
            claims.append(Claim(**{key: raw[key] for key in ("scenario", "against") if key in raw} | own))
    if wrong:
        raise InvalidInput(wrong)
    return tuple(claims)


def _problems_of(at: str, own: Any) -> list[Problem]:
    if not isinstance(own, Mapping):
        return [Problem(at, "is not a claim", repr(own), 'says = "completion up at least 40%"')]
    wrong = [Problem(f"{at}.{key}", "is not known", "", did_you_mean(key, _OWN)) for key in own if key not in _OWN]
    wrong += [
        Problem(f"{at}.{key}", "must be a text", repr(value))
        for key, value in own.items()
        if key in _OWN and not isinstance(value, str)
    ]
    if not isinstance(own.get("says"), str):
        return [*wrong, Problem(f"{at}.says", "is missing", "", "such as completion up at least 40%")]
    if problem := Claim(own["says"]).problem():
        wrong.append(Problem(f"{at}.says", problem))
    return wrong
