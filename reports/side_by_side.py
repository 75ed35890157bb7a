"""Simulated, browsed and loaded side by side: the same customers, measured against the model's forecast of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from reports.measuring.metrics import Results
from reports.measuring.walks import Customers
from reports.statistics import Estimate, quantile_interval, wilson
from reports.wording import Unit

Agreement = Literal["agrees", "differs", "not measured"]
ENGINES = {"simpy": "simulated", "compiled": "simulated", "browser": "browsed", "api": "by API", "load": "loaded"}


@dataclass(frozen=True, slots=True)
class Pair:
    """One metric, measured and forecast; `forecast` is None where there was no simulation of the same customers.

    `agreement`: *agrees* where the two intervals overlap, *differs* where they do not.
    """

    key: str
    title: str
    unit: Unit
    measured: Estimate
    forecast: Estimate | None
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class SameCustomers:
    """How customers that both runs share fared, one by one.

    `decision_ratio`: the median of (measured / simulated) time to decision, over those decided in both.
    """

    shared: int
    same_segment: Estimate
    same_outcome: Estimate
    decision_ratio: Estimate


@dataclass(frozen=True, slots=True)
class SideBySide:
    """One measured run next to the simulation of the same customers.

    `word` says how it was measured: browsed or loaded. `n` and `n_forecast` are the customers counted.
    """

    name: str
    title: str
    word: str
    n: int
    n_forecast: int
    pairs: tuple[Pair, ...]
    customers: SameCustomers | None


def engine_word(engine: str, kind: str) -> str:
    """Return how a run of this engine came about: simulated, browsed, loaded or measured."""
    return ENGINES.get(engine, kind)


def side_by_side(name: str, title: str, measured: Results, twin: Results | None) -> SideBySide:
    """Lay a measured run beside the simulation of the same customers with the same arrivals."""
    pairs = []
    for key in _keys(measured):
        quantity = measured.quantities[key]
        own = quantity.estimate()
        other = twin.quantities.get(key) if twin is not None else None
        forecast = other.estimate() if other is not None else None
        if not own.measured and (forecast is None or not forecast.measured):
            continue
        if not own.value and not (forecast and forecast.value) and key not in ("completion", "drop-off", "calls"):
            continue
        pairs.append(Pair(key, quantity.title, quantity.unit, own, forecast, _agreement(own, forecast)))
    manifest = measured.manifest
    return SideBySide(
        name, title, engine_word(manifest.engine, manifest.kind), measured.entered, twin.entered if twin else 0,
        tuple(pairs), same_customers(measured, twin) if twin is not None else None,
    )  # fmt: skip


def same_customers(measured: Results, twin: Results) -> SameCustomers | None:
    """Compare the customers that both runs have, by replication and number; None where they share none."""
    one, other = measured.customers, twin.customers
    here, there = (customer_keys(customers) for customers in (one, other))
    _, a, b = np.intersect1d(here, there, assume_unique=True, return_indices=True)
    if not len(a):
        return None
    segments, outcomes = (
        sum(x == y for x, y in zip(first.at(a).values(), second.at(b).values(), strict=True))
        for first, second in ((one.segment, other.segment), (one.outcome, other.outcome))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = one.decision_s[a] / other.decision_s[b]
    return SameCustomers(
        len(a),
        wilson(segments, len(a)),
        wilson(outcomes, len(a)),
        quantile_interval(ratio[np.isfinite(ratio)], 0.5, "decisions"),
    )


def customer_keys(customers: Customers) -> NDArray[np.int64]:
    """Return a number for each customer that no customer of another replication has."""
    return customers.replication.astype(np.int64) * (1 << 40) + customers.customer


def latency_keys(results: Results, of: str, stats: Sequence[str] = ("p50", "p95")) -> list[str]:
    """Return the keys of latencies of the customers' own steps."""
    return [
        f"latency.{step.name}.{of}.{stat}"
        for step in results.journey.steps
        if step.lane == "customer"
        for stat in stats
    ]


def _keys(results: Results) -> list[str]:
    quantities = results.quantities
    wanted = ["completion", "drop-off", "denied", "rejected", "censored"]
    wanted += [key for key in quantities if key.startswith("entered.")]
    wanted += ["calls", "contacts", "decision.median", "decision.p90", "reasked", "failed-steps"]
    wanted += latency_keys(results, "sojourn")
    return [key for key in wanted if key in quantities]


def _agreement(own: Estimate, forecast: Estimate | None) -> Agreement:
    if forecast is None or not own.measured or not forecast.measured:
        return "not measured"
    if any(np.isnan([own.low, own.high, forecast.low, forecast.high])):
        return "not measured"
    return "agrees" if own.low <= forecast.high and forecast.low <= own.high else "differs"
