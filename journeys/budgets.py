"""Budgets: what a journey must hold, in words that a metric can be judged by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from journeys.durations import Duration

METRICS = (
    "completion", "drop-off", "denied", "calls per 100", "re-asks per 100", "time to decision", "value per completion",
    "cost per completion", "earned per 100", "returned", "referred", "failed steps per 1000",
)  # fmt: skip
OF_FAILOVER = (
    *(f"conversion {phase} failover" for phase in ("before", "during", "after")),
    *(f"p95 {phase} failover" for phase in ("before", "during", "after")),
    *(f"failed steps per 1000 {phase} failover" for phase in ("before", "during", "after")),
    "conversion kept during failover", "calls per 100 in failover", "lost submissions", "doubled submissions",
    "recovered", "detected",
)  # fmt: skip
"""What `journeywright failover` alone measures; ``recovered within 10 s`` is short for ``recovered <= 10 s``."""

SHARES = (
    "completion", "drop-off", "denied", "abandonment", "reach", "through", "within", "share", "returned", "referred",
    "utilisation",
)  # fmt: skip
MONEY = ("value per completion", "cost per completion", "earned per 100")
_STEP = r"\s*\(\s*(?P<step>[\w-]+)\s*\)"
_OF_A_STEP = (
    re.compile(r"(?P<statistic>p\d{1,2}(?:\.\d+)?|mean|median)(?:\s+(?P<span>wait|service))?" + _STEP),
    re.compile(r"(?P<statistic>abandonment|reach|through|share|utilisation|tally)(?P<span>)" + _STEP),
    re.compile(r"(?P<statistic>within)\s+(?P<span>[\d.]+ ?[a-z]+)" + _STEP),
)
_LIMITED = re.compile(r"(?P<metric>.+?)(?P<relation><=|>=|<|>|=(?!=))(?P<limit>.+)", re.DOTALL)


_WITHIN = re.compile(r"\s*(recovered|detected)\s+within\s+(.+)", re.DOTALL)
_BETTER = {
    "completion": 1, "within": 1, "value per completion": 1, "earned per 100": 1, "returned": 1, "referred": 1,
    "denied": 0, "reach": 0, "share": 0, "tally": 0, "through": 0, "utilisation": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metric:
    """What a budget limits, or an experiment aims at.

    Of the journey: completion, drop-off, denied (shares of those who entered), calls per 100 and re-asks per 100 (facts
    asked again; of customers who entered), time to decision (median), value per completion, cost per completion (of all
    that was spent), earned per 100 (after costs; of customers who entered), returned and referred (further journeys
    that began, of those who entered), failed steps per 1000. Of a step: ``pNN(step)``, ``mean(step)``,
    ``median(step)``, from joining the step's queue to its end; ``p95 wait(step)`` and ``p95 service(step)``, the queue
    or the service alone, of those who were served; ``abandonment(step)``, the share that left its queue unserved;
    ``within 20 s(step)``, the service level: of those who joined its queue, the share whose service began in that time;
    ``reach(step)``, of those who entered, the share that came to it; ``through(step)``, of those who completed, the
    share that it served. Of a measure that the journey names: ``share(NAME)``, ``tally(NAME)`` (for each 100 who
    entered), and ``p90(NAME)``, ``mean(NAME)`` or ``median(NAME)`` of a span. Of a station: ``utilisation(NAME)``, the
    share of its staffed time in which it was busy.

    Parameters: `name`, the journey's metric, or the statistic of a step's; `step`, empty for the journey's; `span`,
    ``wait``, ``service``, or empty for both; of a service level, the time.

    >>> Metric.parse("p95 wait(submit)")
    Metric(name='p95', step='submit', span='wait')
    """

    name: str
    step: str = ""
    span: str = ""

    @classmethod
    def parse(cls, text: str) -> Metric:
        """Read a metric; raises ValueError on anything else."""
        words = " ".join(text.split())
        if words in METRICS or words in OF_FAILOVER:
            return cls(words)
        found = next((match for pattern in _OF_A_STEP if (match := pattern.fullmatch(words))), None)
        if found is None:
            raise ValueError(
                f"not a metric: {text.strip()!r} (one of {', '.join(METRICS)}; or of a step: p95(submit), "
                "mean wait(submit), abandonment(submit), within 20 s(submit), reach(submit), through(submit))"
            )
        if found["statistic"] == "within":
            Duration.parse(found["span"])
        return cls(found["statistic"], found["step"], found["span"] or "")

    @property
    def is_share(self) -> bool:
        """Whether its values are shares, which limits may give in per cent."""
        return self.name in SHARES or self.name.startswith("conversion ")

    @property
    def is_time(self) -> bool:
        """Whether its values are durations, in seconds."""
        of_failover = self.name.startswith("p95 ") or self.name in ("recovered", "detected")
        of_a_step = bool(self.step and not self.is_share and self.name != "tally")
        return self.name == "time to decision" or of_failover or of_a_step

    @property
    def is_of_failover(self) -> bool:
        """Whether only a fault on purpose shows it."""
        return self.name in OF_FAILOVER

    @property
    def is_money(self) -> bool:
        """Whether its values are amounts, in the journey's currency."""
        return self.name in MONEY

    @property
    def better(self) -> int:
        """1 where more is better, -1 where less is, 0 where neither."""
        return 1 if self.name.startswith("conversion ") else _BETTER.get(self.name, -1)

    def __str__(self) -> str:
        statistic = f"{self.name} {self.span}".rstrip()
        return f"{statistic}({self.step})" if self.step else statistic


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit, such as ``completion >= 55%``, ``p95(submit) < 800 ms`` or ``calls per 100 <= 30``.

    See `Metric` for what can be limited. Limits: a percentage, a number or a duration.

    >>> Budget("p95(submit) < 800 ms").limit
    0.8
    """

    text: str

    @property
    def of(self) -> Metric:
        """What is limited."""
        return self._parts()[0]

    @property
    def metric(self) -> str:
        """The metric's name; for a step's metric the statistic, such as ``p95``."""
        return self.of.name

    @property
    def step(self) -> str:
        """The step that the metric is of, or empty."""
        return self.of.step

    @property
    def relation(self) -> str:
        """One of <, <=, >, >=; or =, for what is counted."""
        return self._parts()[1]

    @property
    def limit(self) -> float:
        """The limit: a ratio for percentages, seconds for durations, else the number itself."""
        metric, _, text = self._parts()
        if metric.is_time:
            return Duration.parse(text).s
        try:
            return float(text[:-1]) / 100 if metric.is_share and text.endswith("%") else float(text)
        except ValueError:
            allowed = "55% or 0.55" if metric.is_share else "30"
            raise ValueError(f"not a limit of {metric.name}: {text!r} (write {allowed})") from None

    def holds(self, value: float) -> bool:
        """Tell whether `value`, in the limit's unit, keeps the budget."""
        limit = self.limit
        return {
            "<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit, "=": value == limit,
        }[self.relation]  # fmt: skip

    def problem(self) -> str:
        """Return what is wrong with the text, or nothing."""
        try:
            _ = self.limit
        except ValueError as error:
            return str(error)
        if self.relation == "=" and not self.metric.endswith(" submissions"):
            return f"{self.metric} is measured, not counted: write <= or >= (got {self.text!r})"
        return ""

    def _parts(self) -> tuple[Metric, str, str]:
        found = _LIMITED.fullmatch(_WITHIN.sub(r"\1 <= \2", self.text))
        try:
            if found is None:
                raise ValueError
            metric = Metric.parse(found["metric"])
        except ValueError:
            raise ValueError(
                f"not a budget: {self.text!r} (write completion >= 55%, p95(submit) < 800 ms, calls per 100 <= 30)"
            ) from None
        return metric, found["relation"], found["limit"].strip()

    def __str__(self) -> str:
        return self.text
