"""Money: revenue, what serving costs, the hours that are paid, and how soon a change is paid back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from journeys.arrivals import Poisson
from reports.sections.section import Section
from reports.tables import lever_rows
from reports.wording import number

if TYPE_CHECKING:
    from reports.study import Study

KEYS = ("revenue", "cost", "cost.staff", "cost.contacts", "staffed", "cost.completed", "net")
WEEK_S = 7 * 86400.0


def gained_a_week(study: Study) -> tuple[float, float, float] | None:
    """Return what the combined scenario earns more in a week, and its interval; None where that is not known."""
    law = study.journey.arrivals
    metric = study.comparison.metrics.get("net") if study.comparison is not None else None
    if metric is None or study.comparison is None or not isinstance(law, Poisson):
        return None
    found = metric.change(study.comparison.combined).paired.difference
    if not found.bounded:
        return None
    hundreds = law.rate.per_s * WEEK_S / 100
    return found.value * hundreds, found.low * hundreds, found.high * hundreds


def _values(study: Study) -> Mapping[str, Any] | None:
    rows = [(metric.title, cells) for metric, cells in lever_rows(study, KEYS)]
    if not rows or study.comparison is None:
        return None
    titles = [study.titles[name] for name in (study.baseline, *study.comparison.scenarios)]
    return {"rows": rows, "titles": titles, "payback": _payback(study)}


def _payback(study: Study) -> str:
    gained = gained_a_week(study)
    if gained is None:
        return ""
    currency, after = study.journey.money.currency, study.titles[study.combined]
    value, low, high = (number(one, "money", currency) for one in gained)
    if gained[1] <= 0:
        return (
            f"At the model’s arrivals “{after}” earns {value} more a week (95% CI {low} to {high}): no payback is sure."
        )
    weeks = [100_000 / one for one in gained]
    return (
        f"At the model’s arrivals “{after}” earns {value} more a week (95% CI {low} to {high}). What it costs to make "
        f"is not in the model: {number(100_000, 'money', currency)} would be paid back in {weeks[0]:.1f} weeks "
        f"({weeks[2]:.1f} to {weeks[1]:.1f})."
    )


def _machine(study: Study) -> Mapping[str, Any] | None:
    gained = gained_a_week(study)
    if gained is None:
        return None
    return {"gained_a_week": dict(zip(("value", "low", "high"), gained, strict=True))}


SECTION = Section("money", "Money", _values, machine=_machine)
