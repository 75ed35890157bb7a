"""A capacity in words: for a page, a terminal and machines."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from journeys.budgets import Budget
from reports.calibration.trust import UNTESTED, Trust
from reports.capacity.finding import GENERATOR, MACHINE, MOST_LAG_S, Capacity, CapacityStudy, edge
from reports.capacity.scaling import Scaling
from reports.statistics import Estimate
from reports.wording import Unit, count, duration, number

WAITED_FOR = ("database's ", "PostgreSQL's ")  # how the names begin of what is waited for, and not busy itself
NO_SCALING = "not told: it takes two numbers of replicas whose intervals are within a factor of two; allow more --time"
CONNECTIONS = "PostgreSQL's connections"
FULL_TOO = ", and this machine was full as well: from a machine of its own it may be higher"


def rate_text(per_s: float) -> str:
    """Return a rate as planners say it: by the second where there is more than one, else by the hour.

    >>> rate_text(37.24), rate_text(0.02)
    ('37.2 / s', '72 / h')
    """
    if math.isnan(per_s) or math.isinf(per_s):
        return "–"
    return f"{per_s:.3g} / s" if per_s >= 1 else f"{per_s * 3600:.3g} / h"


def per_text(per_s: float, like_per_s: float = math.nan) -> str:
    """Return a rate in words, in the unit of time of its own size, or in that of another rate.

    >>> per_text(187 / 60)
    '187 per minute'
    """
    each, unit = _per(per_s if math.isnan(like_per_s) else like_per_s)
    return f"{_plainly(per_s * each)} per {unit}"


def briefly(per_s: float, like_per_s: float = math.nan) -> str:
    """Return the same as briefly as it can be said.

    >>> briefly(187 / 60)
    '187 / min'
    """
    said, unit = per_text(per_s, like_per_s).split(" per ")
    return f"{said} / {({'second': 's', 'minute': 'min', 'hour': 'h'})[unit]}"


def interval_text(known: Estimate) -> str:
    """Return the ends of a capacity's interval, in one unit of time: that of the upper end.

    >>> interval_text(Estimate(3.0, 0.5, 20.0))
    '0.5 to 20 / s'
    """
    each, unit = (1.0, "s") if known.high >= 1 else (3600.0, "h")
    return f"{_plainly(known.low * each)} to {_plainly(known.high * each)} / {unit}"


def unit_of(budget: Budget) -> Unit:
    """Return the unit of what a budget limits."""
    return "s" if budget.of.is_time else "share" if budget.of.is_share else "per_100"


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
        yield from (f"{who}{text}" for text in (lacking_text(found), *doubts(found)) if text)
    yield from model_lines(study)
    if len(study.capacities) > 1:
        yield scaling_text(study.scaling) if study.scaling is not None else f"scaling: {NO_SCALING}"


def sentence(found: Capacity) -> str:
    """Return a capacity as planners say it: how many customers, how sure, what saturates first, what was predicted."""
    if found.limited_by_generator or found.beyond == "above":
        why = f"; {what_gave_out(found)}" if found.limited_by_generator else ""
        held = f"holds at {rate_text(found.proven_per_s)} and may hold beyond"
        told = f"{held if math.isfinite(found.proven_per_s) else 'not known at any rate'}{why}"
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
        stamp = "" if model_trust(found).status == "validated" else " (not validated)"
        told += f"; the model predicted {_plainly(found.foreseen.per_s * each)}{own}{stamp}"
    return told


def model_text(found: Capacity) -> str:
    """Return whether the model behind a prediction deserves belief; empty where nothing was predicted."""
    if found.foreseen is None:
        return ""
    trust = model_trust(found)
    return f"model: {trust.status}. {trust.sentence}"


def model_lines(study: CapacityStudy) -> list[str]:
    """Return whether the model deserves belief, once, and how its predictions compare with what was measured now."""
    lines = list(dict.fromkeys(text for found in study.capacities if (text := model_text(found))))
    several = len(study.capacities) > 1
    held = dict.fromkeys(
        f"{count(found.replicas, 'replica')}: {told}" if several and found.replicas else told
        for found in study.capacities if (told := _held(found))
    )  # fmt: skip
    return [*lines[:-1], f"{lines[-1]} Here it predicted {'; '.join(held)}."] if lines and held else lines


def model_trust(found: Capacity) -> Trust:
    """Return whether the model that predicted a capacity was held against what was measured before."""
    if found.foreseen is not None and found.foreseen.trust is not None:
        return found.foreseen.trust
    return Trust(UNTESTED.status, "Nothing measured was held against it; journeywright calibrate does.")


def _held(found: Capacity) -> str:
    """Return how a prediction compares with what was measured now; empty where that is not bounded."""
    if found.foreseen is None or not found.bounded:
        return ""
    per_s, estimate = found.foreseen.per_s, found.estimate
    apart = per_s / estimate.value - 1
    where = "within" if estimate.low <= per_s <= estimate.high else "outside"
    more = f"{number(abs(apart), 'share')} {'more' if apart > 0 else 'less'} than"
    than = f"{more} was measured" if abs(apart) >= 0.0005 else "what was measured"
    return f"{per_text(per_s, estimate.value)}, {than}: {where} the measured interval"


def lacking_text(found: Capacity) -> str:
    """Return what is not known of a capacity that was asked for, why, and what more time would give; or nothing."""
    if found.bounded and not found.ended:
        return ""
    if not found.bounded:
        why = "no more load could be made" if found.limited_by_generator else found.ended or _beyond(found)
        return f"not known as well as asked for: {why}"
    asked = f", where {number(found.within, 'share')} was asked for" if found.within == found.within else ""
    known = f"known within {number(found.width, 'share')}{asked}: {found.ended}"
    more = found.narrowing
    return f"{known}; {_more(found)}" if more is not None else known


def _more(found: Capacity) -> str:
    more = found.narrowing
    assert more is not None
    each, _ = _per(found.estimate.value)
    low, high = (_plainly(end * each) for end in (more.low_per_s, more.high_per_s))
    each_one = " for each number of replicas" if found.replicas else ""
    return f"about {_minutes(more.more_s)} more of trials{each_one} would narrow it to {low} to {high}"


def _minutes(seconds: float) -> str:
    return count(max(1, math.ceil(seconds / 60)), "minute")


def _beyond(found: Capacity) -> str:
    option = "--up-to" if found.beyond == "above" else "--from"
    return f"it may lie {found.beyond} the rates that were tried; change {option}"


def doubts(found: Capacity) -> Iterator[str]:
    """Yield what speaks against the load that a capacity was found with: void trials, and late ones."""
    trials = len(found.trials)
    if found.voided:
        why = max(found.voided, key=lambda one: sum(one.void == other.void for other in found.voided)).void
        yield f"{len(found.voided)} of {count(trials, 'trial')} count for nothing: {why}"
    if found.late:
        worst_s = max(trial.lag_s for trial in found.late)
        yield (
            f"target rate missed: in {len(found.late)} of {count(trials, 'trial')} the load generator started 99% of "
            f"customers up to {duration(worst_s)} late ({duration(MOST_LAG_S)} allowed), so that they came otherwise "
            "than planned"
        )


def _per(per_s: float) -> tuple[float, str]:
    """Return the unit of time in which a rate is easily said: (how many seconds it has, its name)."""
    return (1.0, "second") if per_s >= 10 else (60.0, "minute") if per_s >= 10 / 60 else (3600.0, "hour")


def _plainly(value: float) -> str:
    """Return a number with three digits, without an exponent."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def gives_out(found: Capacity) -> tuple[str, str]:
    """Return what saturated first, by its name, and how busy it was; raises IndexError where nothing did."""
    first, share = found.saturated[0]
    busy = _how_much(first, share)
    busy = busy if busy.startswith("waited") else f"{busy} {'in use' if first == CONNECTIONS else 'busy'}"
    return first.removeprefix("station "), busy


def _first_to_saturate(found: Capacity) -> str:
    if not found.saturated:
        return f"saturated: {what_gave_out(found)}"
    first = found.saturated[0][0]
    name, busy = gives_out(found)
    name = f"{name}," if "," in name else name
    plural = first.startswith(("station ", "PostgreSQL's")) and name.partition(" (")[0].endswith("s")
    who = name if first == MACHINE or first.startswith("PostgreSQL's") else f"the {name}"
    full = MACHINE in dict(found.saturated) and first != MACHINE
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
    if scaling.points > 2:
        return said
    both = f"{number(scaling.alpha.low, 'share')} to {number(scaling.alpha.high, 'share')}"
    return (
        f"scaling: contention and coherency together {number(scaling.alpha.value, 'share')} ({both}); two numbers of "
        "replicas cannot tell contention and coherency apart: measure a third, or more closely"
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
                "ended": found.ended, "beyond": found.beyond, "lacking": lacking_text(found),
                "narrowing": found.narrowing._asdict() if found.narrowing is not None else None,
                "doubts": list(doubts(found)),
                "saturated": [name for name, _ in found.saturated],
                "sentence": sentence(found),
                "predicted_per_s": found.foreseen.per_s if found.foreseen else None,
                "model": model_trust(found).status,
                "busy": dict(found.hot),
                "sessions": sessions_text(found),
                "cost_per_1000_customers": study.cost_per_1000(found),
                "trials": [
                    {"rate_per_s": trial.rate_per_s, "value": trial.value, "kept": trial.kept, "void": trial.void,
                     "arrivals": trial.arrivals, "requests": trial.requests, "lag_p99_s": trial.lag_s,
                     "busy": dict(trial.hot)}
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
