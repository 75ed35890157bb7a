"""Equivalence: whether two runs differ by less than a margin, and not whether a difference could be shown.

Two one-sided tests (Schuirmann 1987, *J. Pharmacokinet. Biopharm.* 15, 657-680): *equivalent* where the 90% interval
of the difference lies within the margin, *different* where it lies beyond it, else *inconclusive*. Customers of one run
meet each other in queues, so they are no independent evidence. The unit is the replication where there are enough, and
else a section of consecutive customers, long enough that sections no longer follow each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reports.quantiles import t_quantile
from reports.statistics import Estimate

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Verdict = Literal["equivalent", "different", "inconclusive", "not measured"]
Scale = Literal["relative", "absolute"]

LEVEL = 0.90
SECTIONS = (20, 15, 10)
FEWEST = 10
LEAST_REPLICATIONS = 5
LEAST_UNITS = 10
LEAST_BEYOND = 2.0  # of a section's units beyond its quantile, on average


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
    spread = _paired(measured, simulated) if paired else _apart(measured, simulated)
    if isinstance(spread, str):
        return Equivalence(here, there, Estimate(there - here), allowed, "inconclusive", why=spread)
    error, df, n, of = spread
    error = math.hypot(error, _unseen(measured, simulated))
    half = t_quantile((1 + LEVEL) / 2, max(1, df)) * error
    difference = there - here
    estimate = Estimate(difference, difference - half, difference + half, n, of, "t interval, 90%")
    if -allowed < estimate.low and estimate.high < allowed:
        return Equivalence(here, there, estimate, allowed, "equivalent")
    if estimate.low > allowed or estimate.high < -allowed:
        return Equivalence(here, there, estimate, allowed, "different")
    room = abs(allowed - abs(difference))
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


Spread = tuple[float, int, int, str]


def _paired(measured: Sample, simulated: Sample) -> Spread | str:
    """Return (standard error of the difference, degrees of freedom, units, what they are), from the same sections."""
    for number in _sections(measured):
        here, there = _by_section(measured, number), _by_section(simulated, number)
        if isinstance(here, str) or isinstance(there, str):
            continue
        own = there - here
        if _independent(own):
            about = simulated.value() - measured.value()
            spread = math.sqrt(float(((own - about) ** 2).sum()) / (number - 1))
            return spread / math.sqrt(number), number - 1, number, "sections"
    return _too_short(measured, simulated)


def _apart(measured: Sample, simulated: Sample) -> Spread | str:
    """Return the same of runs with customers of their own; degrees of freedom by Welch and Satterthwaite."""
    one, other = _spread(measured), _spread(simulated)
    if one is None or other is None:
        return _too_short(measured, simulated)
    a, b = one[0] ** 2, other[0] ** 2
    if a + b == 0:
        return 0.0, one[1], one[2], one[3]
    df = (a + b) ** 2 / (a * a / one[1] + b * b / other[1])
    return math.sqrt(a + b), math.floor(df), one[2], one[3]


def _spread(sample: Sample) -> Spread | None:
    """Return the standard error of one run's number, from replications or sections; None where it is too short."""
    if sample.replications >= LEAST_REPLICATIONS:
        each = sample.customers // sample.replications
        values = np.array([sample.value(sample.replication == at, each) for at in range(sample.replications)])
        values = values[~np.isnan(values)]
        if len(values) >= LEAST_REPLICATIONS:
            return float(values.std(ddof=1)) / math.sqrt(len(values)), len(values) - 1, len(values), "replications"
    for number in _sections(sample):
        own = _by_section(sample, number)
        if not isinstance(own, str) and _independent(own):
            spread = math.sqrt(float(((own - sample.value()) ** 2).sum()) / (number - 1))
            return spread / math.sqrt(number), number - 1, number, "sections"
    return None


def _sections(sample: Sample) -> tuple[int, ...]:
    """Return how many sections to try: few for quantiles, which long queues move together for longer."""
    return SECTIONS if math.isnan(sample.q) else (FEWEST,)


def _by_section(sample: Sample, number: int) -> Floats | str:
    """Return the number in each section of consecutive customers (Asmussen and Glynn 2007, section III.5)."""
    section = sample.place * number // max(1, sample.customers)
    units = np.bincount(section, minlength=number)
    beyond = LEAST_UNITS if math.isnan(sample.q) else LEAST_BEYOND / min(sample.q, 1 - sample.q)
    size = sample.customers // number
    if size < LEAST_UNITS or (not sample.per_customer and units.min() < max(LEAST_UNITS, beyond)):
        return "too few in a section"
    return np.array([sample.value(section == at, size) for at in range(number)])


def _independent(values: Floats) -> bool:
    """Tell whether sections no longer follow each other: the lag-1 correlation is within its one-sided 5% bound."""
    centred = values - values.mean()
    total = float((centred**2).sum())
    if total == 0:
        return True
    return float((centred[1:] * centred[:-1]).sum()) / total < 1.645 / math.sqrt(len(values))


def _too_short(*samples: Sample) -> str:
    few = min(len(sample.values) if not sample.per_customer else sample.customers for sample in samples)
    if few < FEWEST * LEAST_UNITS:
        return f"too few: {few}"
    return "too short: sections of a tenth still follow each other, as queues do"


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
