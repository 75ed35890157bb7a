"""What experiments found, in lines for a terminal and in plain values for machines."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from journeys.budgets import Metric
from journeys.durations import Duration
from journeys.ranges import Range
from reports.experiments.precision import Precision, Reached
from reports.experiments.selection import Selection
from reports.experiments.sensitivity import Sensitivity
from reports.experiments.warmup import WarmUp, rounded_up
from reports.statistics import Estimate
from reports.wording import Unit, count, duration, number, span


def unit_of(metric: Metric) -> Unit:
    """Return the unit of a metric's values."""
    if metric.is_share:
        return "share"
    if metric.is_money:
        return "money"
    return "s" if metric.is_time else "per_1000" if metric.name == "failed steps per 1000" else "per_100"


def value_text(estimate: Estimate, unit: Unit) -> str:
    """Return a value with its interval, if it has one."""
    between = span(estimate, unit)
    return number(estimate.value, unit) + (f" ({between})" if between else "")


def estimate_values(estimate: Estimate) -> dict[str, Any]:
    """Return an estimate for machines: null where there is no number."""
    value, low, high = map(finite, (estimate.value, estimate.low, estimate.high))
    return {"value": value, "low": low, "high": high, "n": estimate.n}


def finite(value: float) -> float | None:
    """Return a number as JSON can say it: None for NaN and infinities."""
    return value if math.isfinite(value) else None


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows of cells as lines with straight columns."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]


# Replications until a precision is reached ---------------------------------------------------------------------------


def precision_lines(found: Precision) -> list[str]:
    """Return a line for each aim, and what it took or would take."""
    lines = [_reached_line(reached) for reached in found.aims]
    if not found.met and found.needed is not None:
        lines.append(f"stopped at {count(found.replications, 'replication')}; about {found.needed:,} would do")
    return lines


def _reached_line(reached: Reached) -> str:
    n, value = count(reached.estimate.n, "replication"), value_text(reached.estimate, unit_of(reached.aim.metric))
    if reached.met:
        return f"{reached.aim}: reached with {n}, {value}"
    return f"{reached.aim}: not reached with {n}, {value}{_would_take(reached)}"


def _would_take(reached: Reached) -> str:
    return f"; about {reached.needed:,} would do" if reached.needed else "; no number of them is in sight"


def precision_values(found: Precision) -> dict[str, Any]:
    """Return a precision for machines."""
    return {
        "replications": found.replications,
        "reached": found.met,
        "replications_needed": found.needed,
        "aims": [
            {
                "aim": str(reached.aim), "reached": reached.met, "half_width_allowed": finite(reached.half),
                "replications_needed": reached.needed, **estimate_values(reached.estimate),
            }
            for reached in found.aims
        ],
    }  # fmt: skip


# Warm-up -------------------------------------------------------------------------------------------------------------


def warm_up_lines(found: WarmUp, title: str) -> list[str]:
    """Return what to leave out, and what that changes."""
    observations = f"{found.cut:,} of {len(found.series):,} observations"
    if not found.settled:
        lines = [f"{title}: has not settled within the first half (MSER-5); simulate more customers, or look at load"]
    elif found.cut:
        path = f"warm_up='{Duration(rounded_up(found.cut_s))}'"
        lines = [f"{title}: leave out the first {duration(found.cut_s)} (MSER-5: {observations}); --set {path}"]
    else:
        lines = [f"{title}: nothing need be left out (MSER-5)"]
    whole, rest = (value_text(estimate, "s") for estimate in (found.whole, found.rest))
    return [*lines, f"mean of all {whole}, after the cut {rest}; {count(found.rest.n, 'replication')}"]


def warm_up_values(found: WarmUp) -> dict[str, Any]:
    """Return a warm-up for machines."""
    return {
        "settled": found.settled,
        "cut": {"observations": found.cut, "of": len(found.series), "s": found.cut_s},
        "warm_up": str(Duration(rounded_up(found.cut_s))) if found.settled else None,
        "mean_of_all_s": estimate_values(found.whole),
        "mean_after_cut_s": estimate_values(found.rest),
        "moving_average_window": found.window,
    }


# Selection -----------------------------------------------------------------------------------------------------------


def selection_lines(
    found: Selection, titles: Sequence[str], metric: Metric, difference: str, level: float
) -> list[str]:
    """Return the best and what is guaranteed, or who is left, and a line for each scenario."""
    unit, cells = unit_of(metric), count(found.cells, "replication")
    if found.best is not None:
        lines = [
            f"Best in {metric}: {titles[found.best]} ({cells} in all)",
            f"The best is named with a probability of {level:.0%} or more where it is better by {difference} or more",
        ]
    else:
        left = ", ".join(titles[index] for index in found.left)
        lines = [
            f"Inconclusive after {cells} in all: {left} are left",
            f"--at-most {found.needed} decides between them, and so may a larger --difference than {difference}",
        ]
    rows = [["", str(metric), "replications", ""]]
    for one in found.contenders:
        if one.dropped_after is not None:
            fate = "dropped"
        else:
            fate = "best" if one.index == found.best else "left"
        rows.append([titles[one.index], value_text(one.value, unit), f"{one.value.n}", fate])
    return [*lines, "", *table(rows)]


def selection_values(found: Selection, names: Sequence[str], metric: Metric, difference: float, level: float) -> Any:
    """Return a selection for machines."""
    return {
        "metric": str(metric),
        "best": names[found.best] if found.best is not None else None,
        "left": [names[index] for index in found.left],
        "difference": difference,
        "probability": level,
        "replications": found.cells,
        "replications_each_that_decide": found.needed,
        "scenarios": [
            {"name": names[one.index], "dropped_after": one.dropped_after, **estimate_values(one.value)}
            for one in found.contenders
        ],
    }


# Sensitivity ---------------------------------------------------------------------------------------------------------


def sensitivity_lines(found: Sensitivity, ranges: Sequence[Range], metric: Metric, luck: float) -> list[str]:
    """Return a line for each input, those that matter most first."""
    unit = unit_of(metric)
    spread = f"{number(found.mean, unit)} on average, with a standard deviation of {number(found.deviation, unit)}"
    lines = [f"{metric} over these ranges: {spread}; {count(found.points, 'point')}"]
    if not found.deviation:
        return [*lines, "It does not change at all: none of these matters."]
    rows = [["", "by itself", "with others"]]
    for at in found.ranked:
        index = found.indices[at]
        rows.append([str(ranges[at]), *(value_text(_as_share(one), "share") for one in (index.first, index.total))])
    lines += ["", *table(rows)]
    if math.isfinite(luck):
        lines += ["", f"Of the variance, {number(luck, 'share')} is the luck of the replications, not of these inputs."]
    return lines


def _as_share(one: Estimate) -> Estimate:
    """Return what of an estimated share lies between nothing and all, where the share itself does; of NaN, itself."""
    value, low, high = (
        min(1.0, max(0.0, end)) if math.isfinite(end) else end for end in (one.value, one.low, one.high)
    )
    return replace(one, value=value, low=low, high=high)


def sensitivity_values(found: Sensitivity, ranges: Sequence[Range], metric: Metric, luck: float) -> dict[str, Any]:
    """Return a sensitivity for machines."""
    return {
        "metric": str(metric),
        "mean": found.mean,
        "standard_deviation": found.deviation,
        "points": found.points,
        "share_of_luck": finite(luck),
        "inputs": [
            {
                "path": ranges[at].path, "low": str(ranges[at].low), "high": str(ranges[at].high),
                "first": estimate_values(found.indices[at].first), "total": estimate_values(found.indices[at].total),
            }
            for at in found.ranked
        ],
    }  # fmt: skip
