"""A capacity: how many customers a second keep a budget, how sure that is, and what gave out first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from journeys.budgets import Budget
from reports.capacity.scaling import Scaling
from reports.capacity.search import Belief, Trial
from reports.statistics import Estimate
from reports.wording import count, number

NAME = "capacity"  # of the section that tells it
GENERATOR, MACHINE = "the load generator", "this machine"
SATURATED, FULL = 0.85, 0.95
NEAR_EDGE = 0.95


@dataclass(frozen=True, slots=True)
class Capacity:
    """The capacity of one number of replicas (0: a target whose replicas are its own affair).

    Parameters
    ----------
    estimate: customers a second, with the 95% credible interval. belief: all that is known of it.
    ended: why the search ended before it was known as well as asked for; empty where it is.
    beyond: ``above`` or ``below`` where it may well lie outside the rates that were tried.
    hot: how busy everything was where the budget was missed, the busiest first.
    """

    replicas: int
    estimate: Estimate
    belief: Belief
    trials: tuple[Trial, ...]
    ended: str
    beyond: str
    hot: tuple[tuple[str, float], ...]

    @property
    def proven_per_s(self) -> float:
        """The highest rate at which a trial kept the budget; NaN where none did."""
        return max((trial.rate_per_s for trial in self.trials if trial.kept and not trial.void), default=math.nan)

    @property
    def limited_by_generator(self) -> bool:
        """Whether the search ended because no more load could be made."""
        return bool(self.ended) and any(trial.void == self.ended for trial in self.trials)

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
    telling = [trial for trial in trials if not trial.void]
    edge = [trial for trial in telling if not trial.kept and trial.rate_per_s >= NEAR_EDGE * capacity_per_s]
    edge = (
        sorted(edge, key=lambda trial: trial.rate_per_s)[:4] or sorted(telling, key=lambda trial: trial.rate_per_s)[-1:]
    )
    shares: dict[str, list[float]] = {}
    for trial in edge:
        for name, share in trial.hot:
            shares.setdefault(name, []).append(share)
    means = {name: sum(own) / len(own) for name, own in shares.items()}
    return tuple(sorted(means.items(), key=lambda item: (-item[1], item[0])))


def rate_text(per_s: float) -> str:
    """Return a rate as planners say it: by the second where there is more than one, else by the hour.

    >>> rate_text(37.24), rate_text(0.02)
    ('37.2 / s', '72 / h')
    """
    if math.isnan(per_s) or math.isinf(per_s):
        return "–"
    return f"{per_s:.3g} / s" if per_s >= 1 else f"{per_s * 3600:.3g} / h"


def what_gave_out(found: Capacity) -> str:
    """Return what saturated, in words; or that nothing did, with the busiest."""
    if found.limited_by_generator:
        return f"not the target: {found.ended}"
    if found.saturated:
        return ", ".join(f"{name} ({number(share, 'share')})" for name, share in found.saturated)
    busiest = next(((name, share) for name, share in found.hot if name != GENERATOR), None)
    said = f"; the busiest was {busiest[0]} ({number(busiest[1], 'share')})" if busiest else ""
    return f"nothing that was watched{said}"


def capacity_lines(study: CapacityStudy) -> Iterator[str]:
    """Yield a line for each capacity, and one on how they scale, for a terminal."""
    for found in study.capacities:
        who = f"{count(found.replicas, 'replica')}: " if found.replicas else ""
        yield f"{who}{study.budget}: {_holds(found)}; saturated: {what_gave_out(found)}"
    if study.scaling is not None:
        yield scaling_text(study.scaling)


def _holds(found: Capacity) -> str:
    tried = count(len(found.trials), "trial")
    if found.limited_by_generator or found.beyond == "above":
        return f"holds at {rate_text(found.proven_per_s)} and may hold beyond, {tried}"
    if found.beyond == "below":
        return f"does not hold at {rate_text(min(trial.rate_per_s for trial in found.trials))} already, {tried}"
    interval = f"95%: {rate_text(found.estimate.low)} to {rate_text(found.estimate.high)}"
    hourly = f", {found.estimate.value * 3600:,.0f} customers an hour" if found.estimate.value >= 1 else ""
    return f"holds up to {rate_text(found.estimate.value)} ({interval}){hourly}, {tried}"


def scaling_text(scaling: Scaling) -> str:
    """Return what the scaling law says, in one sentence."""
    best = scaling.best
    most = (
        f"most throughput at {best.value:.3g} replicas ({best.low:.3g} to {_or_more(best.high)})"
        if math.isfinite(best.value)
        else "no number of replicas beyond which there is less"
    )
    return (
        f"scaling: contention {number(scaling.alpha.value, 'share')} "
        f"({number(scaling.alpha.low, 'share')} to {number(scaling.alpha.high, 'share')}), "
        f"coherency {number(scaling.beta.value, 'share')} "
        f"({number(scaling.beta.low, 'share')} to {number(scaling.beta.high, 'share')}): {most}"
    )


def _or_more(value: float) -> str:
    return f"{value:.3g}" if math.isfinite(value) else "any"


def values(study: CapacityStudy) -> dict[str, Any]:
    """Return the numbers for machines."""
    scaling = study.scaling
    return {
        "budget": study.budget.text,
        "target": study.target,
        "capacities": [
            {
                "replicas": found.replicas or None,
                "customers_per_s": _plain(found.estimate),
                "proven_per_s": found.proven_per_s,
                "known_as_asked": not found.ended and not found.beyond,
                "ended": found.ended, "beyond": found.beyond,
                "saturated": [name for name, _ in found.saturated],
                "busy": dict(found.hot),
                "cost_per_1000_customers": study.cost_per_1000(found),
                "trials": [
                    {"rate_per_s": trial.rate_per_s, "value": trial.value, "kept": trial.kept, "void": trial.void,
                     "arrivals": trial.arrivals, "requests": trial.requests, "busy": dict(trial.hot)}
                    for trial in found.trials
                ],
            }
            for found in study.capacities
        ],
        "scaling": None if scaling is None else {
            name: _plain(getattr(scaling, name)) for name in ("gamma_per_s", "alpha", "beta", "best")
        },
    }  # fmt: skip


def _plain(estimate: Estimate) -> dict[str, Any]:
    return {"value": estimate.value, "low": estimate.low, "high": estimate.high, "n": estimate.n, "of": estimate.of,
            "method": estimate.method}  # fmt: skip
