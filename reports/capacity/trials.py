"""One trial of a capacity, read from its rows: what the budget limits, and how busy the stations were.

A trial ends while some are still waiting, and some have left because they waited. Their latencies are known to be at
least so long. Leaving them out would flatter exactly where it matters, so percentiles are those of the Kaplan-Meier
estimate with these as censored (Kaplan and Meier 1958).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from journeys.blueprint import Journey
from journeys.budgets import Budget, Metric
from journeys.columns import Columns
from journeys.eventlog import ARRIVAL, Run
from reports.capacity.luck import arrivals_luck
from reports.judging import quantity_of
from reports.measuring.metrics import measure
from reports.measuring.quantities import Floats

OF_A_MEAN = 0.75  # the quantile whose luck a mean shares most
TOO_LONG = "took too long"  # in the detail of who left because of that


def trial_value(budget: Budget, journey: Journey, run: Run, begin_s: float, end_s: float) -> float:
    """Return what a budget limits, of the customers who were to arrive between two seconds of a run.

    NaN where there was nothing to measure; infinite for a percentile beyond all that was seen to end.
    """
    metric = budget.of
    if is_foreseen(metric):
        return _time(metric, run, begin_s, end_s)
    speed = run.manifest.speed
    window = Run(run.folder, replace(run.manifest, cohort_s=(begin_s * speed, end_s * speed)))
    found = quantity_of(metric, measure(journey, window), intended=True)
    return found.estimate().value if found is not None else math.nan


def _time(metric: Metric, run: Run, begin_s: float, end_s: float) -> float:
    """Return a percentile or the mean of the time from a step's intended start to its end, in seconds."""
    rows = run.sql(
        "SELECT e.end_s - e.intended_s AS latency_s, e.outcome IN ('censored', 'dropped') AS censored "
        f"FROM events e JOIN events a ON a.customer = e.customer AND a.step = '{ARRIVAL}' "
        f"WHERE e.step = '{metric.step.replace(chr(39), '')}' AND a.intended_s BETWEEN {begin_s!r} AND {end_s!r} "
        "AND (e.outcome IN ('served', 'failed', 'timed_out', 'censored') "
        f"OR (e.outcome = 'dropped' AND contains(e.detail, '{TOO_LONG}')))"
    )
    speed = run.manifest.speed if metric.step in run.manifest.human_steps else 1.0
    latency_s = np.asarray(rows["latency_s"], dtype=np.float64) * speed
    return _statistic(metric, latency_s, np.asarray(rows["censored"], dtype=bool))


def _statistic(metric: Metric, latency_s: Floats, censored: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    if metric.name == "mean":
        return float(latency_s.mean()) if len(latency_s) else math.nan
    return censored_quantile(latency_s, censored, _share_of(metric))


def _share_of(metric: Metric) -> float:
    """Return which quantile a percentile or the median is."""
    return 0.5 if metric.name == "median" else float(metric.name[1:]) / 100


def trial_luck(budget: Budget, run: Run, rate_per_s: float, begin_s: float, end_s: float) -> float:
    """Return how long queues were because of when the trial's customers came, in standard scores; see `luck`."""
    if not is_foreseen(budget.of):
        return 0.0
    came = run.sql(f"SELECT intended_s FROM events WHERE step = '{ARRIVAL}'")
    at_s = np.asarray(came["intended_s"], dtype=np.float64)
    q = OF_A_MEAN if budget.of.name == "mean" else _share_of(budget.of)
    return arrivals_luck(at_s[(at_s >= 0) & (at_s <= end_s)], end_s, rate_per_s, begin_s, q)


def is_foreseen(metric: Metric) -> bool:
    """Tell whether simulated rows are asked for a metric here: a time of one step."""
    return bool(metric.step) and not metric.is_share and not metric.span


def foreseen_value(metric: Metric, rows: Columns, clock: float, begin_s: float, end_s: float) -> float:
    """Return a time of a step of simulated customers who arrived between two seconds of a run.

    Parameters: `clock`, seconds of the step's clock in one second of the run.
    """
    came = rows.step.among(ARRIVAL) & (rows.ready_s >= begin_s) & (rows.ready_s <= end_s)
    late = rows.outcome.among("dropped") & rows.detail.mapped(
        np.array([TOO_LONG in text for text in rows.detail.texts], dtype=bool)
    )
    own = rows.step.among(metric.step) & (rows.outcome.among("served", "failed", "timed_out", "censored") | late)
    own &= np.isin(rows.customer, rows.customer[came])
    latency_s = (rows.end_s - rows.ready_s)[own] * clock
    return _statistic(metric, latency_s, (late | rows.outcome.among("censored"))[own])


def censored_quantile(values: Floats, censored: Floats | np.ndarray[tuple[int], np.dtype[np.bool_]], q: float) -> float:
    """Return the Kaplan-Meier quantile `q` of values of which some are known as lower bounds only, each shape (n,).

    >>> censored_quantile(np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, False, False]), 0.5)
    2.0
    """
    if not len(values):
        return math.nan
    order = np.lexsort((censored, values))  # at equal values, those that ended before those that were cut off
    ended = ~np.asarray(censored, dtype=bool)[order]
    at_risk = np.arange(len(values), 0, -1)
    reached = 1.0 - np.cumprod(np.where(ended, 1.0 - 1.0 / at_risk, 1.0))
    beyond = np.flatnonzero(reached >= q - 1e-12)
    return float(values[order][beyond[0]]) if len(beyond) else math.inf


def stations_busy(journey: Journey, run: Run, begin_s: float, end_s: float, replicas: int = 0) -> dict[str, float]:
    """Return by station the share of its servers' time in which they served, between two seconds of a run.

    Of a station of machines, each of `replicas` processes (0: one) has all its servers.
    """
    inside = f"greatest(0, least(coalesce(end_s, {end_s!r}), {end_s!r}) - greatest(start_s, {begin_s!r}))"
    rows = run.sql(
        f"SELECT station, sum({inside}) AS busy_s FROM events WHERE station <> '' AND NOT isnan(start_s) "
        "AND start_s IS NOT NULL GROUP BY station"
    )
    servers = {one.name: one.servers * (max(1, replicas) if one.kind == "system" else 1) for one in journey.stations}
    names = [str(name) for name in rows["station"]]
    return {
        name: min(
            1.0, float(busy_s) / (servers[name] * (end_s - begin_s))
        )  # answers arrive a little after services end
        for name, busy_s in zip(names, rows["busy_s"], strict=True)
        if servers.get(name, 0) > 0
    }
