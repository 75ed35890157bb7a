"""A capacity: how many customers a second keep a budget, how sure that is, and what gave out first."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from journeys.budgets import Budget
from reports.calibration.trust import Trust
from reports.capacity.scaling import Scaling
from reports.capacity.search import Belief, Trial
from reports.measuring.quantities import Floats
from reports.statistics import Estimate
from reports.wording import count, number

NAME = "capacity"  # of the section that tells it
GENERATOR, MACHINE = "the load generator", "this machine"
WAITED_FOR = ("database's ", "PostgreSQL's ")  # how the names begin of what is waited for, and not busy itself
NO_SCALING = "not told: it takes two numbers of replicas whose intervals are within a factor of two; allow more --time"
CONNECTIONS = "PostgreSQL's connections"
FULL_TOO = ", and this machine was full as well: from a machine of its own it may be higher"
SATURATED, FULL = 0.85, 0.95
NEAR_EDGE, WITHIN = 0.95, 2.0


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
    def scales(self) -> bool:
        """Whether it is known well enough to be laid beside others: on both sides, within a factor of `WITHIN`."""
        low, high = self.estimate.low, self.estimate.high
        return bool(self.replicas) and not self.beyond and not self.limited_by_generator and high <= WITHIN * low

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
        return ", ".join(f"{name} ({_how_much(name, share)})" for name, share in found.saturated)
    busiest = next(((name, share) for name, share in found.hot if name != GENERATOR), None)
    said = f"; the busiest was {busiest[0]} ({number(busiest[1], 'share')})" if busiest else ""
    unseen = f" ({found.unseen})" if found.unseen else ""
    return f"nothing that was watched{said}{unseen}"


def sessions_text(found: Capacity) -> str:
    """Return what a database's sessions were in at the edge, on average, the most first; empty where nobody looked."""
    told = next((trial.sessions for trial in edge(found.trials, found.estimate.value) if trial.sessions), ())
    return ", ".join(f"{event} {sessions:.1f}" for event, sessions in told[:4] if sessions >= 0.05)


def _how_much(name: str, share: float) -> str:
    """Return how busy something was; of what is waited for, for which share of the time somebody did."""
    waited = name.startswith(WAITED_FOR) and name != CONNECTIONS
    return f"waited for {number(share, 'share')} of the time" if waited else number(share, "share")


def capacity_lines(study: CapacityStudy) -> Iterator[str]:
    """Yield a line for each capacity, what its model rests on, and a line on how they scale, for a terminal."""
    for found in study.capacities:
        who = f"{count(found.replicas, 'replica')}, " if found.replicas else ""
        yield f"{who}{study.budget}: {sentence(found)} ({count(len(found.trials), 'trial')})"
    for line in dict.fromkeys(model_text(found) for found in study.capacities):
        if line:
            yield line
    if len(study.capacities) > 1:
        yield scaling_text(study.scaling) if study.scaling is not None else f"scaling: {NO_SCALING}"


def sentence(found: Capacity) -> str:
    """Return a capacity as planners say it: how many customers, how sure, what saturates first, what was predicted."""
    if found.limited_by_generator or found.beyond == "above":
        why = f"; {what_gave_out(found)}" if found.limited_by_generator else ""
        told = f"holds at {rate_text(found.proven_per_s)} and may hold beyond{why}"
    elif found.beyond == "below":
        told = f"does not hold at {rate_text(min(trial.rate_per_s for trial in found.trials))} already"
    else:
        each, unit = _per(found.estimate.value)
        low, high = (_plainly(end * each) for end in (found.estimate.low, found.estimate.high))
        told = f"{_plainly(found.estimate.value * each)} customers per {unit}, 95% interval {low} to {high}, "
        told += _first_to_saturate(found)
    if found.foreseen is not None:
        reference = found.foreseen.per_s if found.limited_by_generator or found.beyond else found.estimate.value
        each, unit = _per(reference)
        own = "" if reference == found.estimate.value else f" per {unit}"
        told += f"; the model predicted {_plainly(found.foreseen.per_s * each)}{own}"
    return told


def model_text(found: Capacity) -> str:
    """Return whether the model behind a prediction deserves belief; empty where nothing was predicted."""
    if found.foreseen is None:
        return ""
    trust = found.foreseen.trust
    if trust is None:
        return "model: not validated. Nothing measured was held against it; journeywright calibrate does."
    return f"model: {trust.status}. {trust.sentence}"


def _per(per_s: float) -> tuple[float, str]:
    """Return the unit of time in which a rate is easily said: (how many seconds it has, its name)."""
    return (1.0, "second") if per_s >= 10 else (60.0, "minute") if per_s >= 10 / 60 else (3600.0, "hour")


def _plainly(value: float) -> str:
    """Return a number with three digits, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _first_to_saturate(found: Capacity) -> str:
    if not found.saturated:
        return f"saturated: {what_gave_out(found)}"
    first, share = found.saturated[0]
    name = first.removeprefix("station ")
    name = f"{name}," if "," in name else name
    plural = first.startswith(("station ", "PostgreSQL's")) and name.partition(" (")[0].endswith("s")
    who = name if first == MACHINE or first.startswith("PostgreSQL's") else f"the {name}"
    full = MACHINE in dict(found.saturated) and first != MACHINE
    busy = _how_much(first, share)
    busy = busy if busy.startswith("waited") else f"{busy} {'in use' if first == CONNECTIONS else 'busy'}"
    return f"{who} {'saturate' if plural else 'saturates'} first ({busy}){FULL_TOO if full else ''}"


def scaling_text(scaling: Scaling) -> str:
    """Return what the scaling law says, in one sentence."""
    best = scaling.best
    most = (
        f"most throughput at {best.value:.3g} replicas ({best.low:.3g} to {_or_more(best.high)})"
        if math.isfinite(best.value)
        else "no number of replicas beyond which there is less"
    )
    said = (
        f"scaling: contention {number(scaling.alpha.value, 'share')} "
        f"({number(scaling.alpha.low, 'share')} to {number(scaling.alpha.high, 'share')}), "
        f"coherency {number(scaling.beta.value, 'share')} "
        f"({number(scaling.beta.low, 'share')} to {number(scaling.beta.high, 'share')}): {most}"
    )
    few = "; two numbers of replicas cannot tell contention and coherency apart: measure a third"
    return said if scaling.points > 2 else f"{said}{few}"


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
                "sentence": sentence(found),
                "predicted_per_s": found.foreseen.per_s if found.foreseen else None,
                "model": found.foreseen.trust.status if found.foreseen and found.foreseen.trust else "not validated",
                "busy": dict(found.hot),
                "sessions": sessions_text(found),
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
