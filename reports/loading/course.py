"""The course of a load run: arrivals and latencies by time, in a few dozen intervals of equal length."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from journeys.eventlog import ARRIVAL, EXIT, Run
from reports.measuring.quantities import Floats
from reports.statistics import sample_quantiles

if TYPE_CHECKING:
    import pandas as pd

BINS = 60
LEAST_S = 1.0
TRIED = ("served", "failed", "timed_out")


@dataclass(frozen=True, slots=True)
class Course:
    """A load run by time.

    Parameters
    ----------
    edges_s: ends of the intervals, shape (n + 1,). planned, started: arrivals in each, shape (n,), by their planned
        times. p50_s, p95_s: latency of the customers' steps whose planned starts lie in each interval, from that start
        to the answer; NaN where there were none. answered, failed: how many of these were answered as expected, or not.
        at_once: how many customers had started and not left when the interval ended.
    """

    edges_s: Floats
    planned: Floats
    started: Floats
    p50_s: Floats
    p95_s: Floats
    answered: Floats
    failed: Floats
    at_once: Floats


def course(run: Run) -> Course:
    """Return the course of a load run; raises CannotRead for broken logs."""
    arrivals = run.sql(f"SELECT intended_s, end_s, outcome FROM events WHERE step = '{ARRIVAL}'")
    left = run.sql(f"SELECT end_s FROM events WHERE step = '{EXIT}' AND end_s IS NOT NULL")
    steps = run.sql(
        "SELECT intended_s, end_s - intended_s AS latency_s, outcome = 'served' AS well FROM events "
        f"WHERE lane = 'customer' AND step NOT IN ('{ARRIVAL}', '{EXIT}') AND outcome IN {TRIED}"
    )
    planned_s = np.asarray(arrivals["intended_s"], dtype=np.float64)
    started = np.asarray(arrivals["outcome"] == "served")
    at_s, latency_s = (np.asarray(steps[name], dtype=np.float64) for name in ("intended_s", "latency_s"))
    well = np.asarray(steps["well"], dtype=bool)
    lasts_s = float(run.manifest.settings.get("duration_s") or planned_s.max(initial=0.0))
    until_s = max(lasts_s, float(np.max(at_s, initial=0.0)))
    edges_s = np.linspace(0.0, until_s, max(2, min(BINS, int(until_s / LEAST_S)) + 1))
    place = np.digitize(at_s, edges_s) - 1
    by_time = [latency_s[place == index] for index in range(len(edges_s) - 1)]
    medians_s, p95s_s = np.array([sample_quantiles(own, (0.5, 0.95)) for own in by_time]).T
    return Course(
        edges_s,
        np.histogram(planned_s, edges_s)[0].astype(np.float64),
        np.histogram(planned_s[started], edges_s)[0].astype(np.float64),
        medians_s,
        p95s_s,
        np.histogram(at_s[well], edges_s)[0].astype(np.float64),
        np.histogram(at_s[~well], edges_s)[0].astype(np.float64),
        _until(arrivals["end_s"][started], edges_s[1:]) - _until(left["end_s"], edges_s[1:]),
    )


def _until(at_s: pd.Series, ends_s: Floats) -> Floats:
    """Return how many of some moments are not after each end."""
    known = np.asarray(at_s, dtype=np.float64)
    return np.searchsorted(np.sort(known[~np.isnan(known)]), ends_s, side="right").astype(np.float64)
