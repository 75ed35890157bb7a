"""What a comparison says that an assumption might overturn: settled changes, and budgets that are kept."""

from __future__ import annotations

from collections.abc import Iterator

from reports.attribution.looks import Condition, budget_condition
from reports.comparison import Comparison
from reports.judging import judge, whole_key
from reports.measuring.metrics import Results

SAID = {
    "completion": ("completion rises", "completion falls"),
    "calls": ("calls rise", "calls fall"),
    "net": ("earnings after costs rise", "earnings after costs fall"),
}


def conditions(comparison: Comparison, scenario: Results) -> tuple[Condition, ...]:
    """Return what the combined scenario of a comparison is said to do, and the budgets that it keeps.

    Parameters: `scenario`, the results of the combined scenario. Budgets on single steps are left out.
    """
    return tuple(_conditions(comparison, scenario))


def _conditions(comparison: Comparison, scenario: Results) -> Iterator[Condition]:
    for key, (rises, falls) in SAID.items():
        metric = comparison.metrics.get(key)
        if metric is None:
            continue
        found = metric.change(comparison.combined)
        if found.verdict in ("better", "worse", "higher", "lower"):
            up = found.paired.difference.value > 0
            yield Condition(rises if up else falls, key, 1 if up else -1)
    judged = {judgement.budget: judgement.status for judgement in judge("", scenario)}
    for budget in scenario.journey.budgets:
        key = whole_key(budget.of)
        if judged.get(budget.text) == "kept" and key in scenario.quantities and key != "reasked":
            yield budget_condition(budget, key)
