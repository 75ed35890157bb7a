"""What a search for a staffing found, in lines for a terminal and in plain values for machines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from journeys.budgets import Budget
from journeys.ranges import Range
from reports.experiments.staffing import Limit, Place, Search, Trial
from reports.experiments.staffing_costs import Costs
from reports.experiments.texts import estimate_values, table, unit_of, value_text
from reports.wording import count

SURE = {
    "kept": "Every limit holds, with 95% confidence",
    "missed": "A limit does not hold after all",
    "inconclusive": "Not every limit is sure to hold",
}


def staffing_lines(
    found: Search, sure: Trial | None, ranges: Sequence[Range], costs: Costs, budgets: Sequence[Budget]
) -> list[str]:
    """Return the answer and how sure it is, what was passed over, and a line for each staffing that was tried.

    Parameters: `sure`, the answer over replications that the search had not seen; None where there is no answer.
    """

    def named(place: Place) -> str:
        return ", ".join(f"{path}={servers}" for path, servers in servers_of(ranges, place).items())

    def cost(place: Place) -> str:
        return f"{costs.unit} {costs.a_week[place]:,.0f} a week"

    lines = [f"No staffing in these ranges is shown to keep {' and '.join(map(str, budgets))}"]
    if sure is not None:
        fresh = count(sure.replications, "replication")
        lines = [
            f"Least costly: {named(sure.place)}, {cost(sure.place)}",
            f"{SURE[sure.status]}, by {fresh} that the search had not seen:",
            *(_limit_line(limit) for limit in sure.limits),
        ]
    if found.undecided:
        lines += [
            f"Undecided, and passed over: {named(trial.place)}{_settled_by(trial.limits)}" for trial in found.undecided
        ]
    trials = sorted(found.trials, key=lambda trial: float(costs.a_week[trial.place]))
    rows = [["", "cost", "limits", "replications", ""]]
    rows += [[named(one.place), cost(one.place), one.status, f"{one.replications}", _values(one)] for one in trials]
    tried = f"Tried {len(trials)} of {count(costs.a_week.size, 'staffing')}"
    return [*lines, "", f"{tried}; more servers keep limits no less well, so the rest need no trial:", *table(rows)]


def servers_of(ranges: Sequence[Range], place: Place) -> dict[str, int]:
    """Return the servers that a staffing has, by path."""
    return {one.path: one.values[at] for one, at in zip(ranges, place, strict=True)}


def _limit_line(limit: Limit) -> str:
    return f"  {limit.budget}: {limit.status}, {_value(limit)}{_settled_by([limit])}"


def _settled_by(limits: Sequence[Limit]) -> str:
    """Return how many replications would settle what is left open, where a number is in sight."""
    needed = [limit.needed for limit in limits if limit.status == "inconclusive"]
    known = [number for number in needed if number is not None]
    return f"; about {max(known):,} replications would settle it" if known and len(known) == len(needed) else ""


def _values(trial: Trial) -> str:
    return "; ".join(f"{limit.budget.of} {_value(limit)}" for limit in trial.limits)


def _value(limit: Limit) -> str:
    return value_text(limit.estimate, unit_of(limit.budget.of))


def staffing_values(found: Search, sure: Trial | None, ranges: Sequence[Range], costs: Costs) -> dict[str, Any]:
    """Return the same for machines."""

    def values(trial: Trial) -> dict[str, Any]:
        return {
            "staffing": servers_of(ranges, trial.place),
            "cost_a_week": float(costs.a_week[trial.place]),
            "status": trial.status,
            "replications": trial.replications,
            "limits": [
                {
                    "budget": str(limit.budget), "status": limit.status, "replications_needed": limit.needed,
                    **estimate_values(limit.estimate),
                }
                for limit in trial.limits
            ],
        }  # fmt: skip

    return {
        "best": values(sure) if sure is not None else None,
        "confirmed": sure is not None and sure.status == "kept",
        "cost_unit": costs.unit,
        "staffings": int(costs.a_week.size),
        "tried": [values(trial) for trial in found.trials],
    }
