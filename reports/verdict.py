"""The verdict of a comparison, in sentences: each written from figures, and marked by what they are."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from journeys.paths import source_of
from reports.comparison import Change, ComparedMetric, Comparison
from reports.funding import assumed, funded, in_a_sentence
from reports.statistics import Estimate
from reports.wording import change, change_digits, count, number, points, points_digits, points_span

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from reports.study import Study

Kind = Literal["simulated", "measured", "assumed"]

NOUNS = {
    "completion": "completion",
    "calls": "calls per 100 customers",
    "decision.median": "the median time to decision",
    "net": "what 100 customers earn after costs",
}
SAID = ("calls", "decision.median", "net")


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence, and what the figures in it are."""

    text: str
    kinds: tuple[Kind, ...]


def opening(study: Study, comparison: Comparison) -> str:
    """Return the sentence that answers the question: what the combined scenario does to completion."""
    who = study.titles[comparison.combined]
    metric = comparison.metrics.get("completion")
    if metric is None:
        return f"{who}: completion was not measured."
    found = metric.change(comparison.combined)
    difference = found.paired.difference
    before, now = metric.baseline.value, found.value.value
    if found.verdict == "no difference":
        return f"{who} leaves completion as it is: {number(now, 'share')}."
    digits = points_digits(difference)
    between = points_span(difference, digits)
    told = f"{points(difference.value, digits)} points" + (f", 95% CI {between}" if between else "")
    values = f"{_percent(before, digits)} to {_percent(now, digits)}"
    if found.verdict == "inconclusive":
        if not difference.bounded:
            return f"{who}: completion from {values} ({told}); a single replication settles nothing."
        return f"{who} may or may not change completion: from {values} ({told}), inconclusive{_more(found)}."
    verb = "raises" if difference.value > 0 else "lowers"
    return f"{who} {verb} completion from {values} ({told}, {count(difference.n, 'paired replication')})."


def sentences(study: Study, comparison: Comparison) -> Iterator[Sentence]:
    """Yield what else the combined scenario does: to calls, times and money."""
    currency = study.journey.money.currency
    for key in SAID:
        metric = comparison.metrics.get(key)
        if metric is None or not metric.baseline.measured or not metric.change(comparison.combined).value.measured:
            continue
        if not metric.baseline.value and not metric.change(comparison.combined).value.value:
            continue  # of what there is not, such as calls where the journey is a call itself, there is nothing to say
        kinds: tuple[Kind, ...] = ("simulated",)
        if key == "net" and assumed_prices(study.journey):
            kinds = ("simulated", "assumed")
        yield Sentence(_moves(metric, metric.change(comparison.combined), NOUNS[key], currency), kinds)
    if "cost" in comparison.metrics and "net" not in comparison.metrics:
        metric = comparison.metrics["cost"]
        yield Sentence(
            _moves(metric, metric.change(comparison.combined), "what serving 100 customers costs", currency),
            ("simulated",),
        )


def what_it_costs(study: Study, comparison: Comparison, scenario: str) -> Iterator[Sentence]:
    """Yield what a scenario itself costs, and whether that is paid back; or that nobody knows."""
    found = funded(study, scenario)
    if found is not None:
        kinds: tuple[Kind, ...] = (
            ("simulated", "assumed") if assumed(study.journey, found.investments) else ("simulated",)
        )
        yield Sentence(in_a_sentence(found, study.journey.money.currency, f"“{study.titles[scenario]}”"), kinds)
    elif "net" in comparison.metrics or "cost" in comparison.metrics:
        yield Sentence("What the change itself costs to make is not in the model.", ())


def _moves(metric: ComparedMetric, found: Change, noun: str, currency: str) -> str:
    before, now = (number(one, metric.unit, currency) for one in (metric.baseline.value, found.value.value))
    estimate, verb = found.paired.change, "fall" if found.paired.difference.value < 0 else "rise"
    verb += "" if noun.startswith("calls") else "s"
    start = noun[:1].upper() + noun[1:]
    if found.verdict == "no difference":
        return f"{start}: no difference ({now})."
    if found.verdict == "inconclusive":
        between = f", 95% CI {_signed_span(estimate)}" if estimate.bounded else ""
        told = f" ({change(estimate.value, change_digits(estimate))}{between})" if estimate.measured else ""
        return f"{start}: {before} before, {now} after{told}, inconclusive{_more(found)}."
    if not estimate.measured or not estimate.bounded:
        return f"{start} {verb} from {before} to {now}."
    digits = change_digits(estimate)
    size = change(abs(estimate.value), digits).lstrip("+")
    low, high = sorted(abs(end) for end in (estimate.low, estimate.high))
    span = f"95% CI {change(low, digits).lstrip('+')[:-1]} to {change(high, digits).lstrip('+')[:-1]}"
    return f"{start} {verb} by {size} ({span}), from {before} to {now}."


def _more(found: Change) -> str:
    """Return what would settle it; nothing where no number of replications is in sight."""
    needed, have = found.paired.needed, found.paired.difference.n
    if not needed or needed <= have:
        return ""
    return f"; about {count(needed - have, 'more replication')} would settle it"


def assumed_prices(journey: Journey) -> bool:
    """Tell whether the value of a completion, or what an hour of people costs, is assumed."""
    paths = [f"stations.{station.name}.cost_per_hour" for station in journey.stations if station.cost_per_hour]
    if journey.money.completion_value:
        paths.append("money.completion_value")
    return any(source_of(journey, path).kind == "assumed" for path in paths)


def _percent(value: float, digits: int) -> str:
    return f"{value * 100:.{digits}f}%" if math.isfinite(value) else number(value, "share")


def _signed_span(estimate: Estimate) -> str:
    digits = change_digits(estimate)
    return f"{change(estimate.low, digits)[:-1]} to {change(estimate.high, digits)}"
