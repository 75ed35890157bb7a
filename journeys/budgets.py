"""Budgets: what a journey must hold, in words that a metric can be judged by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from journeys.durations import Duration

SHAPE = re.compile(
    r"\s*(?P<metric>completion|drop-off|denied|calls per 100|time to decision|failed steps per 1000"
    r"|(?P<quantile>p\d{1,2}(?:\.\d+)?|mean|median)\s*\(\s*(?P<step>[\w-]+)\s*\))"
    r"\s*(?P<relation><=|>=|<|>)\s*(?P<limit>.+?)\s*"
)

SHARES = ("completion", "drop-off", "denied")


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit, such as ``completion >= 55%``, ``p95(submit) < 800 ms`` or ``calls per 100 <= 30``.

    Metrics: completion, drop-off, denied (shares of those who entered), calls per 100 (customers who entered), time
    to decision (median), failed steps per 1000, and pNN(step), mean(step), median(step): from joining the step's
    queue to its end. Limits: a percentage, a number or a duration.

    >>> Budget("p95(submit) < 800 ms").limit
    0.8
    """

    text: str

    @property
    def metric(self) -> str:
        """The metric's name; for a step's metric the quantile, such as ``p95``."""
        found = self._match()
        return found["quantile"] or found["metric"]

    @property
    def step(self) -> str:
        """The step that the metric is of, or empty."""
        return self._match()["step"] or ""

    @property
    def relation(self) -> str:
        """One of <, <=, >, >=."""
        return self._match()["relation"]

    @property
    def limit(self) -> float:
        """The limit: a ratio for percentages, seconds for durations, else the number itself."""
        found = self._match()
        text = found["limit"]
        if found["quantile"] or found["metric"] == "time to decision":
            return Duration.parse(text).s
        share = found["metric"] in SHARES and text.endswith("%")
        try:
            return float(text[:-1]) / 100 if share else float(text)
        except ValueError:
            allowed = "55% or 0.55" if found["metric"] in SHARES else "30"
            raise ValueError(f"not a limit of {found['metric']}: {text!r} (write {allowed})") from None

    def holds(self, value: float) -> bool:
        """Tell whether `value`, in the limit's unit, keeps the budget."""
        limit = self.limit
        return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[self.relation]

    def problem(self) -> str:
        """Return what is wrong with the text, or nothing."""
        try:
            _ = self.limit
        except ValueError as error:
            return str(error)
        return ""

    def _match(self) -> re.Match[str]:
        found = SHAPE.fullmatch(self.text)
        if found is None:
            raise ValueError(
                f"not a budget: {self.text!r} (write completion >= 55%, p95(submit) < 800 ms, calls per 100 <= 30)"
            )
        return found

    def __str__(self) -> str:
        return self.text
