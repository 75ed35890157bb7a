"""Equivalence: whether two runs differ by less than a margin, and not whether a difference could be shown.

Two one-sided tests (Schuirmann 1987, *J. Pharmacokinet. Biopharm.* 15, 657-680): *equivalent* where the 90% interval
of the difference lies within the margin, *different* where it lies beyond it, else *inconclusive*. Customers of one run
meet each other in queues, so they are no independent evidence. The unit is the replication where there are enough, and
else the batch of consecutive customers, or (of high percentiles) the long queue: see `reports.dependence`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reports.dependence import BATCHES, FEWEST_IN_A_BATCH, batched, clustered, quantile_ends
from reports.quantiles import t_quantile
from reports.statistics import Estimate, mean_interval

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
TOO_SHORT = "too short: what was slow, was so in too few queues"
Verdict = Literal["equivalent", "different", "inconclusive", "not measured"]
Scale = Literal["relative", "absolute"]

LEVEL = 0.90
LEAST_REPLICATIONS = 5
LEAST_CUSTOMERS = BATCHES[-1] * FEWEST_IN_A_BATCH
LEAST_UNITS = 30  # of what not every customer has, such as a step that few come to


@dataclass(frozen=True, slots=True)
class Margin:
    """How much a number may be off: by a share of the measured one (`relative`), or by so much (`absolute`, its unit).

    Where both are given, the larger one holds.
    """

    relative: float = 0.0
    absolute: float = 0.0

    def at(self, measured: float) -> float:
        """Return the margin in the number's own unit."""
        return max(self.relative * abs(measured), self.absolute)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """The units of one number in one run.

    Parameters
    ----------
    values: of the units, shape (n_units,). place: whose each is, as the customer's place in the order of arrival,
        over all replications. replication: which one each is of.
    customers: how many there are. q: which quantile of the values; NaN for their mean.
    per_customer: whether the mean is over customers, those without a unit counting as 0.
    """

    values: Floats
    place: Places
    replication: Places
    customers: int
    replications: int = 1
    q: float = math.nan
    per_customer: bool = False

    def value(self, chosen: NDArray[np.bool_] | slice = slice(None), customers: int | None = None) -> float:
        """Return the number, of some units; NaN where there are none."""
        own = self.values[chosen]
        n = self.customers if customers is None else customers
        if self.per_customer:
            return float(own.sum()) / n if n else math.nan
        if not len(own):
            return math.nan
        return float(own.mean()) if math.isnan(self.q) else float(np.quantile(own, self.q))


@dataclass(frozen=True, slots=True)
class Equivalence:
    """One number, measured and simulated, with the verdict.

    `difference` is simulated - measured, in the number's own unit, with its 90% interval; `margin` is in that unit
    too. `needed` is how many times the evidence would settle an inconclusive one, None where no number is in sight.
    `why` tells why there is no verdict.
    """

    measured: float
    simulated: float
    difference: Estimate
    margin: float
    verdict: Verdict
    needed: float | None = None
    why: str = ""


def equivalence(measured: Sample, simulated: Sample, margin: Margin, paired: bool) -> Equivalence:
    """Judge one number; `paired` where both runs have the same customers, in the same order of arrival."""
    here, there = measured.value(), simulated.value()
    allowed = margin.at(here)
    if math.isnan(here) and math.isnan(there):
        return Equivalence(here, there, Estimate(math.nan), allowed, "not measured", why="nothing to measure")
    if math.isnan(here) or math.isnan(there):
        which = "measured" if math.isnan(here) else "simulated"
        return Equivalence(here, there, Estimate(math.nan), allowed, "inconclusive", why=f"nothing {which} of it")
    if why := _too_few(measured, simulated):
        return Equivalence(here, there, Estimate(there - here), allowed, "inconclusive", why=why)
    below, above = _paired(measured, simulated) if paired else _apart(measured, simulated)
    if not math.isfinite(below + above):
        return Equivalence(here, there, Estimate(there - here), allowed, "inconclusive", why=TOO_SHORT)
    unseen = t_quantile((1 + LEVEL) / 2, LEAST_CUSTOMERS) * _unseen(measured, simulated)
    below, above = math.hypot(below, unseen), math.hypot(above, unseen)
    difference = there - here
    estimate = Estimate(difference, difference - below, difference + above, measured.customers, "customers",
                        "90%, by batches of customers, clusters or replications")  # fmt: skip
    if -allowed < estimate.low and estimate.high < allowed:
        return Equivalence(here, there, estimate, allowed, "equivalent")
    if estimate.low > allowed or estimate.high < -allowed:
        return Equivalence(here, there, estimate, allowed, "different")
    room, half = abs(allowed - abs(difference)), max(below, above)
    needed = (half / room) ** 2 if room > 0.05 * max(allowed, abs(difference)) else None
    return Equivalence(here, there, estimate, allowed, "inconclusive", needed)


def _unseen(measured: Sample, simulated: Sample) -> float:
    """Return the standard error that shares of 0 or 1 hide: that of one customer more, and one less (Agresti, Caffo).

    Agresti and Caffo (2000), *Am. Stat.* 54, 280-288. Sections that all show nothing do not prove that nothing happens.
    """
    if not (measured.per_customer and simulated.per_customer):
        return 0.0
    if measured.values.any() and simulated.values.any():
        return 0.0
    return math.sqrt(sum((n + 1) / (n + 2) ** 3 for n in (measured.customers, simulated.customers)))


def _too_few(*samples: Sample) -> str:
    """Return why samples are too small for any interval, or an empty text."""
    for sample in samples:
        if sample.replications >= LEAST_REPLICATIONS:
            continue
        if sample.customers < LEAST_CUSTOMERS:
            return f"too few: {sample.customers} customers, of which it takes {LEAST_CUSTOMERS}"
        if not sample.per_customer and len(sample.values) < LEAST_UNITS:
            return f"too few: {len(sample.values)}, of which it takes {LEAST_UNITS}"
    return ""


def _paired(measured: Sample, simulated: Sample) -> tuple[float, float]:
    """Return how far the 90% interval of the difference reaches (below, above), both having the same customers."""
    reach = (1 + LEVEL) / 2
    if math.isnan(measured.q):
        error, df = batched([_pull(simulated) - _pull(measured)])
        half = t_quantile(reach, df) * error
    else:
        if not all(math.isfinite(end) for one in (measured, simulated) for end in _ends(one)):
            return math.inf, math.inf
        pulls = _beyond(simulated) - _beyond(measured)
        error, df = batched([pulls])
        together, clusters = clustered(pulls, _at_ease(measured) & _at_ease(simulated))
        half = max(t_quantile(reach, df) * error, t_quantile(reach, max(1, clusters - 1)) * together)
    return half, half


def _apart(measured: Sample, simulated: Sample) -> tuple[float, float]:
    """Return the same of runs with customers of their own, from the interval of each (MOVER).

    Zou and Donner (2008), "Construction of confidence limits about effect measures", *Statistics in Medicine* 27,
    1693-1702: right for intervals that reach further to one side, as those of high percentiles do.
    """
    (low_a, high_a), (low_b, high_b) = _ends(measured), _ends(simulated)
    if not math.isfinite(low_a + high_a + low_b + high_b):
        return math.inf, math.inf
    a, b = measured.value(), simulated.value()
    return math.hypot(b - low_b, high_a - a), math.hypot(high_b - b, a - low_a)


def _ends(sample: Sample) -> tuple[float, float]:
    """Return the ends of the 90% interval of one run's number; infinite where the run is too short to tell."""
    if sample.replications >= LEAST_REPLICATIONS:
        each = sample.customers // sample.replications
        found = mean_interval(
            [sample.value(sample.replication == at, each) for at in range(sample.replications)], level=LEVEL
        )
        half, value = (found.high - found.low) / 2, sample.value()
        return (value - half, value + half) if math.isfinite(half) else (-math.inf, math.inf)
    if not math.isnan(sample.q):
        return quantile_ends(sample.values[np.argsort(sample.place, kind="stable")], sample.q, LEVEL)
    error, df = batched([_pull(sample)])
    half, value = t_quantile((1 + LEVEL) / 2, df) * error, sample.value()
    return value - half, value + half


def _pull(sample: Sample) -> Floats:
    """Return by how much each customer, in the order of arrival, pulls a mean away from what it is; their mean is 0."""
    total = np.bincount(sample.place, weights=sample.values, minlength=sample.customers)
    if sample.per_customer:
        return np.asarray(total - total.mean(), dtype=np.float64)
    units = np.bincount(sample.place, minlength=sample.customers)
    return np.asarray((total - sample.value() * units) / units.mean(), dtype=np.float64)


def _beyond(sample: Sample) -> Floats:
    """Return by how much each customer pulls a quantile: its units beyond, over the density there (Bahadur 1966)."""
    above = np.bincount(sample.place, weights=sample.values > sample.value(), minlength=sample.customers)
    units, width = len(sample.values) / sample.customers, min(sample.q, 1 - sample.q) / 2
    low, high = np.quantile(sample.values, [sample.q - width, sample.q + width])
    return np.asarray(above / units * (high - low) / (2 * width), dtype=np.float64)


def _at_ease(sample: Sample) -> NDArray[np.bool_]:
    """Tell of each customer whether all of its units were at or below the median."""
    slow = np.bincount(sample.place, weights=sample.values > np.median(sample.values), minlength=sample.customers)
    return np.asarray(slow == 0)


def overall(found: Sequence[Equivalence]) -> Verdict:
    """Return the verdict on a model: different where one number is, equivalent where all are.

    That needs no correction for their number: an intersection-union test (Berger 1982, *Technometrics* 24, 295-300)
    refuses the claim that all hold as soon as one is refused.
    """
    verdicts = {one.verdict for one in found} - {"not measured"}
    if not verdicts:
        return "not measured"
    if "different" in verdicts:
        return "different"
    return "equivalent" if verdicts == {"equivalent"} else "inconclusive"
