"""Which kind of report a study makes, and so what its reader asks first: the order of its sections."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from reports.study import Study

Kind = Literal[
    "scorecard", "regression", "failover", "capacity", "equivalence", "comparison", "simulation", "load", "walk"
]
OF_WHAT_WAS_ASKED: tuple[Kind, ...] = ("scorecard", "regression", "failover", "capacity", "equivalence")
"""Kinds that are called like what the study holds under `found`: a command that asked for just that."""

_CUSTOMERS = ("funnel", "times", "customers", "calls", "steps", "workload", "money")
_MEASURED = ("measured", "generation", "peak")
FIRST: Mapping[Kind, tuple[str, ...]] = {
    # what to do, how sure, what would overturn it, what it earns; then why
    "comparison": ("claims", "levers", "measures", "budgets", "doubts", "blame", "saved", "money", "wrong"),
    "simulation": ("claims", "budgets", "measures"),
    # what got worse, what is wrong, how to see it again
    "regression": ("regression", "wrong", "budgets", *_MEASURED),
    "walk": ("wrong", "claims", "budgets", "measured", "times"),
    # was the load made, what did customers meet, what of the budgets, was the model right
    "load": ("generation", "peak", "wrong", "claims", "budgets", "measured"),
    "capacity": ("capacity", "generation"),
    "failover": ("failover", "wrong", "budgets", *_MEASURED),
    "equivalence": ("equivalence", "measured", "forecasts"),
    "scorecard": ("scorecard", "generation"),
}
"""The sections that stand first, by kind."""

LAST = ("service", "method", "parameters", "runs", "limits")


def kind_of(study: Study) -> Kind:
    """Return which kind of report a study makes: by what was asked, else by what there is to compare."""
    for kind in OF_WHAT_WAS_ASKED:
        if study.found.get(kind):
            return kind
    if study.simulated:
        return "comparison" if study.comparison is not None else "simulation"
    return "load" if study.found.get("generation") else "walk"


def in_order(kind: Kind, names: tuple[str, ...]) -> list[str]:
    """Return the names of sections in the order in which the reader of such a report asks.

    >>> in_order("load", ("funnel", "generation", "limits", "service"))
    ['generation', 'funnel', 'service', 'limits']
    """
    first = dict.fromkeys((*FIRST[kind], *_CUSTOMERS, *_MEASURED))
    between = (name for name in names if name not in LAST)
    return [name for name in dict.fromkeys((*first, *between, *LAST)) if name in names]
