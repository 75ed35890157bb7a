"""What to fund: what each scenario costs to make and to run, what it earns, and how soon that pays it back."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from journeys.arrivals import Poisson
from journeys.money import Investment
from journeys.paths import source_of
from reports.statistics import Estimate
from reports.wording import number

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from reports.study import Study

WEEK_S = 7 * 86400.0
WEEKS_A_YEAR = 365.25 / 7


@dataclass(frozen=True, slots=True)
class Funding:
    """A scenario beside the baseline, as something to be paid for; money in the journey's currency.

    Parameters
    ----------
    scenario: its name. investments: what it makes that the baseline has not.
    gained: what the service earns more in a year at the model's arrivals, before what the change itself costs, from
        paired replications. Without a value of completions it is what serving costs less.
    one_off, running: what its investments cost to make, and to run a year.
    """

    scenario: str
    investments: tuple[Investment, ...]
    gained: Estimate

    @property
    def one_off(self) -> float:
        """What it costs to make."""
        return math.fsum(one.one_off for one in self.investments)

    @property
    def running(self) -> float:
        """What it costs a year from then on."""
        return math.fsum(one.running for one in self.investments)

    @property
    def first_year(self) -> Estimate:
        """What the first year leaves: what is gained, less what it cost to make and to run."""
        return _shifted(self.gained, -self.one_off - self.running)

    @property
    def paid_back_weeks(self) -> Estimate:
        """The weeks after which it has earned what it cost to make; infinite where it may never do so."""
        a_year = _shifted(self.gained, -self.running)
        value, soonest, latest = (
            self.one_off / end * WEEKS_A_YEAR if end > 0 else math.inf if end <= 0 else math.nan
            for end in (a_year.value, a_year.high, a_year.low)
        )
        return Estimate(value, soonest, latest, a_year.n, a_year.of, a_year.method)


def fundings(study: Study) -> Iterator[Funding]:
    """Yield each scenario's, in their order; nothing where money or the rate of arrivals is not in the model."""
    comparison, hundreds = study.comparison, hundreds_a_year(study.journey)
    if comparison is None or not hundreds:
        return
    key, sign = ("net", 1.0) if "net" in comparison.metrics else ("cost", -1.0)
    metric = comparison.metrics.get(key)
    if metric is None:
        return
    had = {one.name for one in _made(study.journey)}
    for name in comparison.scenarios:
        difference = metric.change(name).paired.difference
        if difference.measured:
            made = tuple(one for one in _made(study.simulated[name].journey) if one.name not in had)
            yield Funding(name, made, times(difference, sign * hundreds))


def hundreds_a_year(journey: Journey) -> float:
    """Return how many hundreds of customers come in a year; 0 where they come by no rate.

    Nor is a year told where there are spikes: how often one comes in a year is not in the model, and those who come in
    one have their part in every figure.
    """
    law = journey.arrivals
    return law.rate.per_s * WEEK_S * WEEKS_A_YEAR / 100 if isinstance(law, Poisson) and not law.spikes else 0.0


def funded(study: Study, scenario: str) -> Funding | None:
    """Return a scenario's; None where it has none, or is free to make and to run."""
    return next((one for one in fundings(study) if one.scenario == scenario and one.investments), None)


def assumed(journey: Journey, investments: tuple[Investment, ...]) -> bool:
    """Tell whether any of their amounts is assumed."""
    return any(source_of(journey, f"money.investments.{one.name}").kind == "assumed" for one in investments)


def in_a_sentence(found: Funding, currency: str, who: str = "It") -> str:
    """Return what `who` costs, whether that is paid back, and how much more it might cost, in one sentence."""
    a_year = f" and {number(found.running, 'money', currency)} a year to run" if found.running else ""
    costs = f"{who} costs {number(found.one_off, 'money', currency)} to make{a_year}"
    back = found.paid_back_weeks
    if not back.measured or math.isnan(back.low):
        return f"{costs}; one replication does not tell whether that is paid back."
    if math.isinf(back.low):
        return f"{costs}, which is not paid back by what it earns here."
    if math.isinf(back.high):
        return f"{costs}; that it is paid back is not sure (95% CI {weeks_span(back)})."
    return f"{costs}, paid back in {weeks(back.value)} (95% CI {weeks_span(back)}){_dearer(found)}."


def _dearer(found: Funding) -> str:
    """Return at how many times its cost the first year would leave nothing; nothing where it leaves nothing anyway."""
    cost = found.one_off + found.running
    if cost <= 0 or found.first_year.low <= 0:
        return ""
    times, low, high = (f"{end / cost:.1f}" for end in (found.gained.value, found.gained.low, found.gained.high))
    return f"; at {times} times that cost ({low} to {high}) its first year would leave nothing"


def weeks(value: float) -> str:
    """Return a number of weeks as people say it: weeks up to a year, then years; *never* where it is infinite."""
    if math.isinf(value):
        return "never"
    if value < WEEKS_A_YEAR:
        shown = f"{value:.1f}" if value < 10 else f"{value:.0f}"
        return f"{shown} week{'' if shown == '1.0' else 's'}"
    return f"{value / WEEKS_A_YEAR:.1f} years"


def weeks_span(back: Estimate) -> str:
    """Return an interval of weeks, such as ``8.3 to 12 weeks`` or ``1.2 years to never``; empty where there is none."""
    if math.isnan(back.low) or math.isnan(back.high):
        return ""
    low, high = weeks(back.low), weeks(back.high)
    unit = high.rpartition(" ")[2]
    return f"{low.removesuffix(' ' + unit)} to {high}" if low.endswith(unit) and low != high else f"{low} to {high}"


def rounded(estimate: Estimate) -> Estimate:
    """Return an amount to as many digits as its interval is worth: steps of a tenth of half its width's magnitude."""
    if not estimate.bounded or estimate.high <= estimate.low:
        return estimate
    step = 10.0 ** (math.floor(math.log10((estimate.high - estimate.low) / 2)) - 1)
    value, low, high = (round(end / step) * step for end in (estimate.value, estimate.low, estimate.high))
    return Estimate(value, low, high, estimate.n, estimate.of, estimate.method)


def _made(journey: Journey) -> Iterator[Investment]:
    yield from (one for one in journey.money.investments if one.made)


def _shifted(estimate: Estimate, by: float) -> Estimate:
    return Estimate(
        estimate.value + by, estimate.low + by, estimate.high + by, estimate.n, estimate.of, estimate.method
    )  # fmt: skip


def times(estimate: Estimate, factor: float) -> Estimate:
    """Return an estimate times a factor of either sign."""
    scaled = estimate.scaled(abs(factor))
    if factor > 0:
        return scaled
    return Estimate(-scaled.value, -scaled.high, -scaled.low, scaled.n, scaled.of, scaled.method)
