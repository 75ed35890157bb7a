"""Money: what to fund; revenue, what serving costs, and the hours that are paid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from reports.funding import WEEKS_A_YEAR, Funding, assumed, fundings, rounded, weeks, weeks_span
from reports.sections.section import Section
from reports.statistics import Estimate
from reports.tables import Cell, cell, lever_rows
from reports.wording import DASH, number

if TYPE_CHECKING:
    from reports.study import Study

KEYS = ("revenue", "cost", "cost.staff", "cost.contacts", "staffed", "cost.completed", "net")
COLUMNS = ("Costs to make", "Costs a year to run", "Gains a year", "Left after the first year", "Paid back in")


def _values(study: Study) -> Mapping[str, Any] | None:
    rows = [(metric.title, cells) for metric, cells in lever_rows(study, KEYS)]
    if not rows or study.comparison is None:
        return None
    titles = [study.titles[name] for name in (study.baseline, *study.comparison.scenarios)]
    found = list(fundings(study))
    priced = any(one.investments for one in found)
    return {
        "rows": rows,
        "titles": titles,
        "columns": COLUMNS,
        "funded": [(study.titles[one.scenario], _cells(one, study)) for one in found] if priced else [],
        "kinds": ["simulated", *(["assumed"] if any(assumed(study.journey, one.investments) for one in found) else [])],
        "gained": "" if priced else _gained(study, found),
    }


def _cells(one: Funding, study: Study) -> list[Cell]:
    currency = study.journey.money.currency
    if not one.investments:
        return [Cell(DASH), Cell(DASH), cell(rounded(one.gained), "money", currency), Cell(DASH), Cell(DASH)]
    back, left, made = one.paid_back_weeks, one.first_year, [item.label for item in one.investments]
    tone = "" if not left.bounded else "better" if left.low > 0 else "worse" if left.high < 0 else "inconclusive"
    return [
        Cell(number(one.one_off, "money", currency), ", ".join(made) if len(made) > 1 else ""),
        Cell(number(one.running, "money", currency)),
        cell(rounded(one.gained), "money", currency),
        replace(cell(rounded(left), "money", currency), tone=tone),
        Cell(weeks(back.value) if back.measured else DASH, weeks_span(back)),
    ]


def _gained(study: Study, found: list[Funding]) -> str:
    """Return what the combined scenario earns, where what it costs to make is not in the model."""
    one = next((one for one in found if one.scenario == study.combined), None)
    if one is None or not one.gained.bounded:
        return ""
    currency, after = study.journey.money.currency, study.titles[study.combined]
    gained = rounded(one.gained)
    value, low, high = (number(end, "money", currency) for end in (gained.value, gained.low, gained.high))
    sure = "" if one.gained.low > 0 else " Whether it earns anything is not sure."
    return (
        f"At the model’s arrivals “{after}” earns {value} more a year (95% CI {low} to {high}). What it "
        f"costs to make and to run is for you to hold against that, or to say in the blueprint as an Investment.{sure}"
    )


def _machine(study: Study) -> Mapping[str, Any] | None:
    found = {one.scenario: one for one in fundings(study) if one.gained.bounded}
    if study.combined not in found:
        return None
    return {
        "gained_a_week": _ends(found[study.combined].gained.scaled(1 / WEEKS_A_YEAR)),
        "funding": {
            name: {
                "investments": [item.name for item in one.investments],
                "one_off": one.one_off,
                "running_a_year": one.running,
                "gained_a_year": _ends(one.gained),
                "first_year": _ends(one.first_year),
                "paid_back_weeks": _ends(one.paid_back_weeks) if one.investments else None,
            }
            for name, one in found.items()
        },
    }


def _ends(estimate: Estimate) -> dict[str, float | None]:
    named = (("value", estimate.value), ("low", estimate.low), ("high", estimate.high))
    return {name: end if math.isfinite(end) else None for name, end in named}


SECTION = Section("money", "Money", _values, machine=_machine)
