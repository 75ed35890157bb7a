"""Whether a station was overloaded, and whether its service times depend on how busy it is, as no model here says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

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
RESAMPLES = 300
PAIR_Z = 2.807  # two-sided, at 1% for the better of two
WORTH, WORTH_SHORTER = 0.05, 0.10
Counted = Literal["there", "at work"]
COUNTED: tuple[tuple[Counted, int], ...] = (("there", 2), ("at work", 1))
"""What services may depend on, each up to so many times the servers."""


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

    Parameters
    ----------
    change: a ratio less one, with its interval. quiet, busy: numbers at the beginning, of those `counted`: requests
        that are there, waiting or not, or servers at work. A station as the blueprint has it gives 0: what a service
        takes does not know who else is there.
    """

    change: Estimate
    quiet: float
    busy: float
    counted: Counted = "there"

    @property
    def significant(self) -> bool:
        """Whether services are longer or shorter beyond the interval's doubt, by however little."""
        return self.change.low > 0 or self.change.high < 0

    @property
    def found(self) -> bool:
        """Whether services are longer or shorter by a share that matters, beyond the interval's doubt."""
        return self.significant and matters(self.change.value)


def matters(change: float) -> bool:
    """Tell whether services that differ by a share are another station's.

    Shorter ones must differ by more: a restless network makes what began at once look longer, and what had waited not,
    so that services seem to be shorter in a crowd.
    """
    return change >= WORTH or change <= -WORTH_SHORTER


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


def dependence(fit: Draw, *runs: Visits, seed: int = 1) -> Dependence | None:
    """Return how services depend on who else is there when they begin; None where that never varied.

    Of several runs of one station, also the difference between them counts: at 90% of capacity nearly every service
    begins in a crowd, and what a crowd does shows beside the quieter run. Looked at are the number present (up to twice
    the servers) and that at work; the one that tells more is returned, with a 99% interval for the pair of them. Each
    is the slope of the logarithm of services within their steps; its error is from resampled blocks of consecutive
    visits.
    """
    steps = tuple(dict.fromkeys(step for visits in runs for step in visits.steps))
    found = [
        (abs(one.change.value) / max(one.change.high - one.change.value, 1e-300), one)
        for counted, most in COUNTED
        if (one := _dependence(fit, runs, steps, counted, most * fit.servers, seed)) is not None
    ]
    return max(found, key=lambda one: one[0])[1] if found else None


def _dependence(
    fit: Draw, runs: Sequence[Visits], steps: Sequence[str], counted: Counted, most: int, seed: int
) -> Dependence | None:
    levels, sums = [], []
    for visits in runs:
        began, service = implied(visits, fit.servers, fit.overheads_s)
        there = np.minimum(present(visits.ready_s, visits.end_s, began), most).astype(np.float64)
        fine = (service > 0.01 * float(np.median(service))) & visits.whole
        x, y = there[fine], np.log(service[fine])
        place = np.array([steps.index(step) for step in visits.steps])[visits.step[fine]]
        levels.append(x)
        sums += [
            [_sums(x[own][place[own] == at], y[own][place[own] == at]) for at in range(len(steps))]
            for own in np.array_split(np.arange(len(x)), max(20, int(math.sqrt(len(x)))))
        ]
    every, blocks = np.concatenate(levels), np.array(sums)
    if len(every) < 100:
        return None
    quiet, busy = (float(end) for end in np.quantile(every, [0.1, 0.9]))
    if busy <= quiet:
        return None
    random = np.random.default_rng(seed)
    resampled = [_slope(blocks[random.integers(0, len(blocks), len(blocks))].sum(axis=0)) for _ in range(RESAMPLES)]
    slope, half = _slope(blocks.sum(axis=0)), PAIR_Z * float(np.std(resampled, ddof=1))
    low, value, high = (math.expm1((slope + by) * (busy - quiet)) for by in (-half, 0.0, half))
    change = Estimate(value, low, high, len(every), "visits", "block bootstrap, 99%")
    return Dependence(change, quiet, busy, counted)


def _sums(x: Floats, y: Floats) -> list[float]:
    return [float(len(x)), float(x.sum()), float(y.sum()), float((x * x).sum()), float((x * y).sum())]


def _slope(sums: Floats) -> float:
    """Return the slope of y on x within steps; `sums` of n, x, y, xx, xy by step, shape (n_steps, 5)."""
    n, x, y, xx, xy = np.maximum(sums[:, 0], 1.0), *sums[:, 1:].T
    spread = float((xx - x * x / n).sum())
    return float((xy - x * y / n).sum()) / spread if spread > 0 else 0.0
