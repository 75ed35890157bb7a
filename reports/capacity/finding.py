"""A capacity: how many customers a second keep a budget, how sure that is, and what gave out first."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from journeys.budgets import Budget
from reports.calibration.trust import Trust
from reports.capacity.scaling import Scaling
from reports.capacity.search import Belief, Trial
from reports.measuring.quantities import Floats
from reports.statistics import Estimate

NAME = "capacity"  # of the section that tells it
GENERATOR, MACHINE = "the load generator", "this machine"
GENERATOR_FULL = 0.9
MOST_LAG_S = 0.1
"""How late 99% of a trial's customers may start without being told: what `load` allows."""
SATURATED, FULL = 0.85, 0.95
NEAR_EDGE, WITHIN = 0.95, 2.0
MOST_TIMES, INSTEAD = 9.0, 4.0
"""More than so many times the trials are not advised; then so many, which halve the interval."""


class Narrowing(NamedTuple):
    """What more trials would do: for so many more seconds, the 95% interval from `low_per_s` to `high_per_s`."""

    more_s: float
    low_per_s: float
    high_per_s: float


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What the model says of the same capacity, found by the same search in simulations: customers a second.

    `trust`: whether that model was held against what was measured; None where nobody did.
    """

    per_s: float
    trust: Trust | None = None


@dataclass(frozen=True, slots=True)
class Capacity:
    """The capacity of one number of replicas (0: a target whose replicas are its own affair).

    Parameters
    ----------
    estimate: customers a second, with the 95% credible interval. belief: all that is known of it.
    ended: why the search ended before it was known as well as asked for; empty where it is.
    beyond: ``above`` or ``below`` where it may well lie outside the rates that were tried.
    hot: how busy everything was where the budget was missed, the busiest first.
    foreseen: what the model predicted; None where it says nothing. unseen: what would show more, where nothing gave
        out of all that was watched; empty where there is nothing to be said. times: the median of trials' times at
        rates, as the curve has it that was fitted to them; None where there is none.
    within: how wide the interval was to be at most, as a share of the estimate. spent_s: how long the search took; NaN
        where nobody says.
    """

    replicas: int
    estimate: Estimate
    belief: Belief
    trials: tuple[Trial, ...]
    ended: str
    beyond: str
    hot: tuple[tuple[str, float], ...]
    foreseen: Foreseen | None = None
    unseen: str = ""
    times: Callable[[Floats], Floats] | None = None
    within: float = math.nan
    spent_s: float = math.nan

    @property
    def proven_per_s(self) -> float:
        """The highest rate at which a trial kept the budget; NaN where none did."""
        return max((trial.rate_per_s for trial in self.trials if trial.kept and not trial.void), default=math.nan)

    @property
    def limited_by_generator(self) -> bool:
        """Whether the search ended because no more load could be made, and no budget was missed before."""
        missed = any(not trial.kept and not trial.void for trial in self.trials)
        return bool(self.ended) and not missed and any(trial.void == self.ended for trial in self.trials)

    @property
    def bounded(self) -> bool:
        """Whether there is an interval to be told: the budget was missed within the rates that were tried, and kept."""
        return not self.beyond and not self.limited_by_generator

    @property
    def width(self) -> float:
        """How wide the 95% interval is, as a share of the estimate."""
        return (self.estimate.high - self.estimate.low) / self.estimate.value

    @property
    def voided(self) -> tuple[Trial, ...]:
        """The trials that say nothing of the target, because the generator did not make their load."""
        return tuple(trial for trial in self.trials if trial.void)

    @property
    def late(self) -> tuple[Trial, ...]:
        """The trials that count, and whose generator was later than a load run allows."""
        return tuple(trial for trial in self.trials if not trial.void and trial.lag_s > MOST_LAG_S)

    @property
    def narrowing(self) -> Narrowing | None:
        """How much more time would narrow the interval, to what; None where it is as narrow as asked for, or unknown.

        By the root of the number of trials, as means do; of the queues that were simulated, intervals narrowed faster.
        """
        if not self.ended or not self.bounded or not self.width > self.within or not math.isfinite(self.spent_s):
            return None
        times = (self.width / self.within) ** 2
        times = times if times <= MOST_TIMES else INSTEAD
        low, value, high = self.estimate.low, self.estimate.value, self.estimate.high
        root = math.sqrt(times)
        ends = (value * (end / value) ** (1 / root) for end in (low, high))
        return Narrowing((times - 1) * self.spent_s, *ends)

    @property
    def scales(self) -> bool:
        """Whether it is known well enough to be laid beside others: on both sides, within a factor of `WITHIN`."""
        low, high = self.estimate.low, self.estimate.high
        return bool(self.replicas) and self.bounded and high <= WITHIN * low

    @property
    def saturated(self) -> tuple[tuple[str, float], ...]:
        """What was busy to its limit where the budget was missed, the busiest first; the machine only when it is full.

        The generator is never among them: where it is at its limit, a trial is void and blames nobody.
        """
        return tuple(
            (name, share) for name, share in self.hot
            if name != GENERATOR and share >= (FULL if name == MACHINE else SATURATED)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class CapacityStudy:
    """Capacities of one journey on one target, by number of replicas, and how they scale.

    `cost_per_hour`: of a replica, NaN where nobody said; `currency` its unit.
    """

    budget: Budget
    target: str
    capacities: tuple[Capacity, ...]
    scaling: Scaling | None
    cost_per_hour: float = math.nan
    currency: str = ""

    def cost_per_1000(self, found: Capacity) -> float:
        """Return what replicas cost for 1,000 customers, where they come as fast as the budget allows."""
        return max(1, found.replicas) * self.cost_per_hour / (found.estimate.value * 3.6)


def hottest(trials: Sequence[Trial], capacity_per_s: float) -> tuple[tuple[str, float], ...]:
    """Return how busy everything was at the edge: means over trials there that missed, or over the fastest trial."""
    shares: dict[str, list[float]] = {}
    for trial in edge(trials, capacity_per_s):
        for name, share in trial.hot:
            shares.setdefault(name, []).append(share)
    means = {name: sum(own) / len(own) for name, own in shares.items()}
    return tuple(sorted(means.items(), key=lambda item: (-item[1], item[0])))


def edge(trials: Sequence[Trial], capacity_per_s: float) -> list[Trial]:
    """Return the slowest four trials that missed the budget just beyond the capacity; or else the fastest of all."""
    telling = sorted((trial for trial in trials if not trial.void), key=lambda trial: trial.rate_per_s)
    beyond = [trial for trial in telling if not trial.kept and trial.rate_per_s >= NEAR_EDGE * capacity_per_s]
    return beyond[:4] or telling[-1:]
