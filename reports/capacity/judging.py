"""What a trial of a capacity says: the budget kept or missed; or nothing, where the generator made another load."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from journeys.budgets import Budget
from journeys.eventlog import ARRIVAL, Run
from reports.capacity.finding import GENERATOR, GENERATOR_FULL
from reports.capacity.search import Trial
from reports.loading.generation import TAIL, Generation
from reports.wording import duration, number

SHORT = 0.02
"""The share of its customers that a trial may lack at the end of it, and still be of its rate."""


def shortfall(run: Run, begin_s: float, end_s: float) -> int:
    """Return how many more customers were planned to start between two seconds of a run than did start.

    Who started late, but within that time, is no shortfall: the rate was made. A generator that falls behind and
    further behind shows here, whatever the budget is about: only a customer's first step knows that it began late.
    """
    came = run.sql(f"SELECT intended_s, ready_s, outcome FROM events WHERE step = '{ARRIVAL}'")
    planned_s, started_s = (np.asarray(came[name], dtype=np.float64) for name in ("intended_s", "ready_s"))
    started = np.asarray(came["outcome"] == "served") & (started_s >= begin_s) & (started_s <= end_s)
    planned = (planned_s >= begin_s) & (planned_s <= end_s)
    return int(planned.sum()) - int(started.sum())


def judged(
    budget: Budget, rate_per_s: float, value: float, made: Generation, hot: Mapping[str, float], *, missing: int,
    requests: int,
) -> Trial:  # fmt: skip
    """Return a trial; void where the generator, not the target, may be why the budget was kept or missed.

    Parameters: `value`, what the budget limits. `hot`, how busy everything was, by name. `missing`, how many customers
    less than planned were started while it was measured (see `shortfall`).
    """
    kept, lag_s = budget.holds(value), made.lag_s[TAIL]
    busy = {**hot, GENERATOR: made.busiest_ratio} if not math.isnan(made.busiest_ratio) else dict(hot)
    return Trial(
        rate_per_s, kept, value, _void(budget, value, made, kept, missing),
        tuple(sorted(busy.items(), key=lambda item: -item[1])), made.planned, requests, made.requests_per_s,
        lag_s=lag_s,
    )  # fmt: skip


def _void(budget: Budget, value: float, made: Generation, kept: bool, missing: int) -> str:
    """Return why a trial says nothing about the target; empty where it does."""
    lag_s = made.lag_s[TAIL] if budget.of.is_time else 0.0
    if math.isnan(value):
        return f"nobody came to {budget.step or 'an end'} within the trial; make it longer with --trial"
    if made.lost:
        return made.problems[0] if made.problems else f"{made.lost} arrivals were lost with their worker"
    if kept and made.dropped:
        return f"{made.dropped} arrivals were dropped; allow more at once with --in-flight"
    if kept and missing > 1 + SHORT * made.planned:
        share = number(missing / made.planned, "share")
        return f"the load generator fell behind: {share} of the customers had not started when it ended{_remedy(made)}"
    if not kept and made.busiest_ratio >= GENERATOR_FULL:
        return f"the load generator was at its limit ({made.busiest_ratio:.0%} of a core): add --workers, or machines"
    if not kept and budget.holds(value - lag_s):
        return f"the load generator was late ({duration(lag_s)}): this machine is too busy"
    return ""


def _remedy(made: Generation) -> str:
    return ": add --workers, or machines" if made.busiest_ratio >= GENERATOR_FULL else ": this machine is too busy"
