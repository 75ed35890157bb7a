"""Warm-up: how much of a simulation's beginning to leave out, by MSER-5 and by Welch's moving average."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from journeys.columns import Columns
from journeys.errors import InvalidInput, Problem
from journeys.eventlog import ARRIVAL, EXIT
from reports.statistics import Estimate, Floats, mean_interval

BATCH = 5
LEAST_BATCHES = 10
"""Fewer batches than this tell nothing of where a beginning ends."""


@dataclass(frozen=True, slots=True)
class WarmUp:
    """Where a series settles.

    Parameters
    ----------
    series: mean over replications of the i-th observation, shape (m,). times_s: when it is made, on average.
    smooth: its moving average over `window` observations to either side, shape (m,).
    cut: how many observations to leave out, by MSER-5. settled: False where the cut is only the last one that was
        considered (half of the series): the series may not have come to rest at all, and a longer one is needed.
    whole, rest: mean over replications of all observations, and of those after the cut.
    """

    series: Floats
    times_s: Floats
    smooth: Floats
    window: int
    cut: int
    settled: bool
    whole: Estimate
    rest: Estimate

    @property
    def cut_s(self) -> float:
        """When the first observation that counts is made, in seconds; 0 where nothing is left out."""
        return float(self.times_s[self.cut]) if self.cut else 0.0


def mser(series: Floats, batch: int = BATCH) -> tuple[int, bool]:
    """Return (how many observations to leave out, whether the series settles), by the marginal standard error rule.

    Of the batch means Z_1 ... Z_m of `batch` observations each, the first d are left out such that

        MSER(d) = sum over i > d of (Z_i - mean of Z_(d+1) ... Z_m)^2 / (m - d)^2

    is least: leaving out more would cost more precision than the bias it removes. Beyond d = m/2 so few batches are
    left that the rule is decided by their luck; a least value there means that the series has not settled.

    Raises InvalidInput where there are fewer than LEAST_BATCHES batches.

    >>> mser(np.array([9.0] * 10 + [1.0, 2.0] * 45))
    (10, True)
    """
    m = len(series) // batch
    if m < LEAST_BATCHES:
        raise InvalidInput(
            [Problem("series", "is too short", f"{len(series)} observations", f"{LEAST_BATCHES * batch} or more")]
        )
    means = series[: m * batch].reshape(m, batch).mean(axis=1)
    means = means - means.mean()  # else squares of a large mean would drown what is left of their difference
    left = m - np.arange(m)
    totals, squares = (np.cumsum(part[::-1])[::-1] for part in (means, means**2))
    errors = np.maximum(squares - totals**2 / left, 0.0) / left**2
    cut = int(np.argmin(errors[: m // 2 + 1]))
    return cut * batch, cut < m // 2


def welch(series: Floats, window: int) -> Floats:
    """Return the moving average over `window` observations to either side; near an end, over as many as there are.

    >>> welch(np.array([4.0, 0.0, 2.0, 4.0, 0.0]), 1)
    array([4., 2., 2., 2., 0.])
    """
    n = len(series)
    reach = np.minimum(window, np.minimum(np.arange(n), np.arange(n)[::-1]))
    sums = np.concatenate([[0.0], np.cumsum(series)])
    at = np.arange(n)
    smooth: Floats = (sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1)
    return smooth


def warm_up(times_s: Sequence[Floats], values: Sequence[Floats], window: int | None = None) -> WarmUp:
    """Find where a series settles.

    Parameters
    ----------
    times_s, values: of each replication, when its observations are made and what they are, in order; the series ends
        with the shortest of them.
    window: of the moving average, to either side; None for a twentieth of the series.

    Raises InvalidInput for a series that is too short.
    """
    m = min(len(own) for own in values)
    table, clock = np.array([own[:m] for own in values]), np.array([own[:m] for own in times_s])
    series = table.mean(axis=0)
    cut, settled = mser(series)
    window = min(max(1, m // 20) if window is None else window, (m - 1) // 2)
    return WarmUp(
        series, clock.mean(axis=0), welch(series, window), window, cut, settled,
        mean_interval(table.mean(axis=1)), mean_interval(table[:, cut:].mean(axis=1)),
    )  # fmt: skip


def in_periods(times_s: Floats, values: Floats, every_s: float, periods: int) -> tuple[Floats, Floats]:
    """Return (when each period ends, the mean of what was observed in it), for `periods` of them from time 0.

    Whatever comes and goes with the week looks the same in each week: periods of whole weeks leave only what is new.
    Raises InvalidInput where a period saw nothing.
    """
    place = (times_s // every_s).astype(np.int64)
    inside = place < periods
    counts = np.bincount(place[inside], minlength=periods)
    if not counts.all():
        raise InvalidInput([Problem("--every", "some periods saw nobody", f"{every_s:g} s", "a longer one")])
    sums = np.bincount(place[inside], weights=values[inside], minlength=periods)
    return every_s * np.arange(1.0, periods + 1.0), sums / counts


def in_common_periods(seen: Sequence[tuple[Floats, Floats]], every_s: float) -> list[tuple[Floats, Floats]]:
    """Return each replication's observations (times, values) by periods, as many as all of them see through."""
    periods = min(int(times[-1] // every_s) if len(times) else 0 for times, _ in seen)
    return [in_periods(times, values, every_s, periods) for times, values in seen]


def observed(rows: Columns, step: str) -> tuple[Floats, Floats]:
    """Return what customers of one replication met, as (times, values) in seconds, in the order of the times.

    Of a step: when each visit that was served joined the queue, and its wait. Of the whole journey (`step` empty): when
    each customer came, and the time until they left; those still on their way at the end are left out.
    """
    if step:
        own = rows[rows.step.among(step) & rows.outcome.among("served")]
        times, values = own.ready_s, own.start_s - own.ready_s
    else:
        came, left = rows[rows.step.among(ARRIVAL)], rows[rows.step.among(EXIT) & ~rows.outcome.among("censored")]
        arrived = np.full(int(came.customer.max(initial=-1)) + 1, math.nan)
        arrived[came.customer] = came.ready_s
        times = arrived[left.customer]
        values = left.end_s - times
    order = np.argsort(times, kind="stable")
    return times[order], values[order]


def rounded_up(seconds: float) -> float:
    """Return a time that is easily said, and not shorter: whole minutes, hours or days, up to 5% longer.

    >>> rounded_up(7100.0), rounded_up(100_000.0), rounded_up(0.0)
    (7200.0, 100800.0, 0.0)
    """
    for unit in (86400.0, 3600.0, 60.0, 1.0):
        whole = math.ceil(seconds / unit) * unit
        if whole <= 1.05 * seconds:
            return whole
    return float(math.ceil(seconds))
