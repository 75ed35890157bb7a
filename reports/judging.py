"""Budgets judged: kept, missed, or inconclusive, on every run that measures them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from journeys.budgets import Metric
from journeys.durations import Duration
from reports.measuring.levels import answered_within
from reports.measuring.metrics import Results
from reports.measuring.quantities import Quantity, other_quantile
from reports.measuring.results import Measured
from reports.statistics import Estimate, kept
from reports.wording import Unit

Status = Literal["kept", "missed", "inconclusive", "not measured"]
_KEYS = {
    "completion": "completion",
    "drop-off": "drop-off",
    "denied": "denied",
    "calls per 100": "calls",
    "re-asks per 100": "reasked",
    "value per completion": "value.completed",
    "cost per completion": "cost.completed",
    "earned per 100": "net",
    "returned": "returned",
    "referred": "referred",
    "time to decision": "decision.median",
    "failed steps per 1000": "failed-steps",
}
_SHARE_KEYS = {"abandonment": "abandoned", "reach": "entered", "through": "through", "utilisation": "utilisation"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """One budget on one run: kept or missed only where the whole interval is on one side of the limit."""

    budget: str
    arm: str
    kind: str
    unit: Unit
    estimate: Estimate
    limit: float
    status: Status


def judge(arm: str, results: Results) -> list[Judgement]:
    """Judge each budget of the run's journey; one on an outcome also for whatever those on their way may yet do.

    Those of a failover are judged where something was broken (`reports.failover`).
    """
    found = []
    for budget in (one for one in results.journey.budgets if not one.of.is_of_failover):
        quantity = quantity_of(budget.of, results, intended=results.manifest.engine == "load")
        estimate = quantity.estimate() if quantity is not None else Estimate(float("nan"))
        ends = [estimate.low, estimate.value, estimate.high]
        if budget.of.is_share and not budget.step:
            # customers still on their way may yet reach any end
            ends.append(estimate.high + _undecided(results))
        status = kept(estimate, [budget.holds(end) for end in ends])
        unit = quantity.unit if quantity is not None else "count"
        kind = results.manifest.kind
        found.append(Judgement(budget.text, arm, kind, unit, estimate, budget.limit, status))
    return found


def _undecided(results: Results) -> float:
    """Return the share of customers who were still on their way when the run ended."""
    return float(results.outcomes["censored"].sum()) / max(1, results.entered)


def whole_key(metric: Metric) -> str:
    """Return the key of the quantity that a metric of the whole journey is; empty for one of a step."""
    return "" if metric.step else _KEYS.get(metric.name, "")


def quantity_of(metric: Metric, results: Measured, intended: bool = False) -> Quantity | None:
    """Return what a metric is called in a run's results; None where the run has nothing of the kind.

    A step's times run from joining its queue to its end, unless the metric names its wait or its service alone; or,
    where that is known, from when the customer meant to begin (`intended`): a generator that is late can't flatter.
    """
    if not metric.step:
        return results.quantities.get(whole_key(metric))
    if metric.name == "within":
        level = results.quantities.get(f"level.{metric.step}")
        return level and answered_within(level, Duration.parse(metric.span))
    if metric.name in ("share", "tally"):
        return results.quantities.get(f"measure.{metric.step}")
    if metric.is_share:
        return results.quantities.get(f"{_SHARE_KEYS[metric.name]}.{metric.step}")
    name = {"median": "p50"}.get(metric.name, metric.name)
    from_plan = f"latency.{metric.step}.intended"
    begin = "intended" if intended and f"{from_plan}.p50" in results.quantities else "sojourn"
    base = f"latency.{metric.step}.{metric.span or begin}"
    if f"measure.{metric.step}.p50" in results.quantities:
        base = f"measure.{metric.step}"
    found = results.quantities.get(f"{base}.{name}")
    if found is None and (known := results.quantities.get(f"{base}.p50")) is not None:
        return other_quantile(known, f"{base}.{name}", f"{known.title} ({name})", float(name[1:]) / 100)
    return found
