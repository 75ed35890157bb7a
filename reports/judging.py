"""Budgets judged: kept, missed, or inconclusive, on every run that measures them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from journeys.budgets import Budget
from reports.metrics import Results
from reports.quantities import Quantity, other_quantile
from reports.statistics import Estimate, kept
from reports.wording import Unit

Status = Literal["kept", "missed", "inconclusive", "not measured"]
SHARES = ("completion", "drop-off", "denied")
_KEYS = {
    "completion": "completion",
    "drop-off": "drop-off",
    "denied": "denied",
    "calls per 100": "calls",
    "time to decision": "decision.median",
    "failed steps per 1000": "failed-steps",
}


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
    """Judge each budget of the run's journey; one on an outcome also for whatever those on their way may yet do."""
    found = []
    for budget in results.journey.budgets:
        quantity = quantity_of(budget, results)
        estimate = quantity.estimate() if quantity is not None else Estimate(float("nan"))
        ends = [estimate.low, estimate.value, estimate.high]
        if budget.metric in SHARES:
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


def quantity_of(budget: Budget, results: Results) -> Quantity | None:
    """Return what a budget is about: a step's latency runs from joining its queue to its end."""
    if not budget.step:
        return results.quantities.get(_KEYS[budget.metric])
    name = {"median": "p50"}.get(budget.metric, budget.metric)
    base = f"latency.{budget.step}.sojourn"
    found = results.quantities.get(f"{base}.{name}")
    if found is None and (known := results.quantities.get(f"{base}.p50")) is not None:
        return other_quantile(known, f"{base}.{name}", f"{known.title} ({name})", float(name[1:]) / 100)
    return found
