"""The arrival rate and the profile of the week, fitted to customers who came by themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from journeys.arrivals import HOURS_A_WEEK, WEEK_S, Poisson
from journeys.blueprint import Journey
from journeys.columns import Columns
from journeys.durations import Rate
from journeys.eventlog import ARRIVAL, Manifest
from reports.statistics import Estimate

MADE_BY_US = ("load", "browser")
LEAST_WEEKS = 2
LEAST_AN_HOUR = 10


@dataclass(frozen=True, slots=True)
class ArrivalFit:
    """The rate on the journey's clock, and the profile of the week's hours where the log is long enough for one.

    `dispersion` is the variance of arrivals in an hour of the profile over its mean: 1 for a Poisson process. `why`
    tells what was not fitted.
    """

    rate_per_s: Estimate
    profile: tuple[float, ...]
    dispersion: float
    why: str


def fit_arrivals(journey: Journey, rows: Columns, manifest: Manifest) -> ArrivalFit | None:
    """Return the fitted arrivals; None where the run's arrivals were made by us and so tell nothing, or are planned."""
    if manifest.engine in MADE_BY_US or not isinstance(journey.arrivals, Poisson):
        return None
    at_s = np.sort(rows.intended_s[rows.step.among(ARRIVAL)]) * manifest.speed
    n = len(at_s)
    if n < 30:
        return ArrivalFit(Estimate(math.nan, n=n), (), math.nan, f"too light: {n} arrivals, of which it takes 30")
    weeks = math.floor((at_s[-1] - at_s[0]) / WEEK_S)
    if weeks < LEAST_WEEKS or n < LEAST_AN_HOUR * HOURS_A_WEEK:
        # a rate is the whole week's: what hours a shorter log shows weigh as much as they are believed to
        usual = replace(journey.arrivals, rate=Rate(1.0))
        passed = usual.expected(at_s)
        span_s = float(passed[-1] - passed[0]) * n / (n - 1)
        if not span_s > 0:
            why = "the log's hours are believed to bring nobody"
            return ArrivalFit(Estimate(math.nan, n=n), (), math.nan, why)
        spread = np.diff(passed)
        dispersion = float((spread.std(ddof=1) / spread.mean()) ** 2)
        why = f"no profile: it takes {LEAST_WEEKS} weeks and {LEAST_AN_HOUR * HOURS_A_WEEK:,} arrivals"
        return ArrivalFit(_rate(n, span_s, dispersion), (), dispersion, why)
    inside = at_s[at_s < at_s[0] + weeks * WEEK_S]
    hours = np.bincount((inside // 3600.0 % HOURS_A_WEEK).astype(np.int64), minlength=HOURS_A_WEEK)
    table = np.zeros((weeks, HOURS_A_WEEK))
    np.add.at(
        table, (((inside - at_s[0]) // WEEK_S).astype(np.int64), (inside // 3600.0 % HOURS_A_WEEK).astype(np.int64)), 1
    )
    busy = table.mean(axis=0) > 1
    dispersion = float((table.var(axis=0, ddof=1)[busy] / table.mean(axis=0)[busy]).mean()) if busy.any() else math.nan
    profile = tuple(float(f"{weight:.4g}") for weight in hours / hours.mean())
    return ArrivalFit(_rate(len(inside), weeks * WEEK_S, dispersion), profile, dispersion, "")


def _rate(n: int, span_s: float, dispersion: float) -> Estimate:
    """Return a rate with a normal interval, wider (or narrower) than a Poisson process's by the dispersion."""
    value = n / span_s
    half = 1.96 * math.sqrt(max(dispersion, 0.0) * n) / span_s
    return Estimate(value, max(0.0, value - half), value + half, n, "arrivals", "normal, dispersion as seen")
