"""Whether a station was overloaded, and whether its service times depend on how busy it is, as no model here says."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.calibration.evidence import Visits
from reports.calibration.replay import present
from reports.calibration.stations import Draw, implied
from reports.statistics import Estimate

Floats = NDArray[np.float64]
BLOCKS = 20
BUSY = 0.97
RISING_Z = 2.326  # a one-sided test at 1%
RESAMPLES = 500
WORTH = 0.05


@dataclass(frozen=True, slots=True)
class Load:
    """How loaded a station was while customers arrived.

    Parameters
    ----------
    utilisation: share of the servers' time at work. rising_z: standard score of the queue's trend (Mann 1945,
        *Econometrica* 13, 245-259); above 2.3 it rose, at 1%. backlog: how many were there when the last one came.
    throughput_per_s: visits ended a second, over the second half of that time.
    """

    utilisation: float
    rising_z: float
    backlog: int
    throughput_per_s: float

    @property
    def saturated(self) -> bool:
        """Whether nearly all servers worked all the time, and the queue rose to the end."""
        return self.utilisation >= BUSY and self.rising_z > RISING_Z


@dataclass(frozen=True, slots=True)
class Dependence:
    """How much longer services take that begin in a busy station (its 90th percentile) than in a quiet one (10th).

    `change` is a ratio less one, with its interval; `quiet` and `busy` are numbers of visits present at the beginning.
    A station as the blueprint has it gives 0: what a service takes does not know who else is there.
    """

    change: Estimate
    quiet: float
    busy: float

    @property
    def found(self) -> bool:
        """Whether services are longer or shorter by a share that matters, beyond the interval's doubt."""
        apart = self.change.low > 0 or self.change.high < 0
        return apart and abs(self.change.value) >= WORTH


def load_of(visits: Visits, servers: int, from_s: float = -math.inf, until_s: float = math.inf) -> Load:
    """Return how loaded a station with so many servers was between two times of its clock (or its first and last)."""
    begin, end = max(from_s, float(visits.ready_s.min())), min(until_s, float(visits.ready_s.max()))
    times = np.linspace(begin, end, 4001)[1:]
    if visits.seen:
        working = present(visits.start_s, visits.end_s, times)
    else:
        working = np.minimum(present(visits.ready_s, visits.end_s, times), servers)
    there = present(visits.ready_s, visits.end_s, times)
    half = begin + (end - begin) / 2
    late = working[times >= half]
    ended = np.count_nonzero((visits.end_s > half) & (visits.end_s <= end))
    return Load(float(late.mean()) / servers, _rising(there), int(there[-1]), ended / max(end - half, 1e-300))


def _rising(levels: NDArray[np.int64]) -> float:
    """Return Mann's standard score of a rise of the means of blocks."""
    means = np.array([block.mean() for block in np.array_split(levels, BLOCKS)])
    rises = float(np.sign(means[None, :] - means[:, None])[np.triu_indices(BLOCKS, 1)].sum())
    spread = math.sqrt(BLOCKS * (BLOCKS - 1) * (2 * BLOCKS + 5) / 18)
    return (rises - math.copysign(min(1.0, abs(rises)), rises)) / spread


def dependence(visits: Visits, fit: Draw, seed: int = 1) -> Dependence | None:
    """Return how services depend on who else is there when they begin; None where that never varied.

    The slope of the logarithm of services, each against its step's mean, on the number present (counted up to twice
    the servers); its interval resamples blocks of consecutive visits.
    """
    began, service = implied(visits, fit.servers, fit.overheads_s)
    there = np.minimum(present(visits.ready_s, visits.end_s, began), 2 * fit.servers).astype(np.float64)
    fine = (service > 0.01 * float(np.median(service))) & visits.whole
    x, y, step = there[fine], np.log(service[fine]), visits.step[fine]
    for place in range(len(visits.steps)):
        y[step == place] -= y[step == place].mean() if (step == place).any() else 0.0
    if len(x) < 100:
        return None
    quiet, busy = (float(end) for end in np.quantile(x, [0.1, 0.9]))
    if busy <= quiet:
        return None
    sums = np.array([
        [len(own), x[own].sum(), y[own].sum(), (x[own] ** 2).sum(), (x[own] * y[own]).sum()]
        for own in np.array_split(np.arange(len(x)), max(20, int(math.sqrt(len(x)))))
    ])  # fmt: skip
    random = np.random.default_rng(seed)
    resampled = np.array([
        _slope(sums[random.integers(0, len(sums), len(sums))].sum(axis=0)) for _ in range(RESAMPLES)
    ])  # fmt: skip
    low, high = np.expm1(np.quantile(resampled, [0.005, 0.995]) * (busy - quiet))
    value = math.expm1(_slope(sums.sum(axis=0)) * (busy - quiet))
    return Dependence(Estimate(value, float(low), float(high), len(x), "visits", "block bootstrap, 99%"), quiet, busy)


def _slope(sums: Floats) -> float:
    n, x, y, xx, xy = sums.tolist()
    spread = xx - x * x / n
    return (xy - x * y / n) / spread if spread > 0 else 0.0
