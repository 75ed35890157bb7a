"""Whether two programs simulate the same journey: what their logs say, replication by replication, must agree."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
from scipy import stats

from journeys.eventlog import ARRIVAL, EXIT, Row

CONFIDENCE = 0.999
SEEN = 5
"""How often something must happen in a replication for its mean times to be taken."""

OFTEN = ", times a customer"

Measures = dict[str, float]


def measured(
    program: Callable[[int, int], Iterable[tuple[Any, ...]]], replications: int, customers: int
) -> list[Measures]:
    """Return the measures of each replication; `program` returns the rows of (customers, replication)."""
    return [_measures([Row(*row) for row in program(customers, number)], customers) for number in range(replications)]


def _measures(rows: Sequence[Row], customers: int) -> Measures:
    """Return how often each thing happens to a customer, and how long it takes."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[f"{row.lane} {row.step} at {row.station or 'no station'}: {row.outcome} > {row.to}"].append(row)
    told: Measures = {}
    for name, own in found.items():
        told[f"{name}{OFTEN}"] = len(own) / customers
        if len(own) >= SEEN and own[0].step not in (ARRIVAL, EXIT):
            begun = [row for row in own if not math.isnan(row.start_s)]
            told[f"{name}, mean s from ready to end"] = math.fsum(row.end_s - row.ready_s for row in own) / len(own)
            if len(begun) >= SEEN:
                told[f"{name}, mean s of service"] = math.fsum(row.end_s - row.start_s for row in begun) / len(begun)
    ends = {step: math.fsum(row.end_s for row in rows if row.step == step) / customers for step in (ARRIVAL, EXIT)}
    told["mean s from the first moment to arrival"] = ends[ARRIVAL]
    told["mean s from arrival to exit"] = ends[EXIT] - ends[ARRIVAL]
    return told


def differences(one: Sequence[Measures], other: Sequence[Measures]) -> list[str]:
    """Return, in words, where two programs differ by more than their replications explain.

    By Welch's t, at 99.9% for all measures together (each at its share of the remaining 0.1%). How long something takes
    is compared where it happens in every replication; how often, always.
    """
    seen = set().union(*one, *other)
    names = [name for name in sorted(seen) if name.endswith(OFTEN) or all(name in own for own in (*one, *other))]
    level = 1 - (1 - CONFIDENCE) / len(names) / 2
    wrong = []
    for name in names:
        first, second = (np.array([measures.get(name, 0.0) for measures in own]) for own in (one, other))
        apart = abs(float(first.mean() - second.mean()))
        errors = [float(values.var(ddof=1)) / len(values) for values in (first, second)]
        if apart <= 1e-9:
            continue  # the same everywhere
        freedom = sum(errors) ** 2 / sum(
            error**2 / (len(values) - 1) for error, values in zip(errors, (first, second), strict=True)
        ) if sum(errors) else 1.0  # fmt: skip
        reach = float(stats.t.ppf(level, freedom)) * math.sqrt(sum(errors))
        if apart > reach:
            wrong.append(f"{name}: {first.mean():.6g} and {second.mean():.6g}, {apart:.3g} apart, +- {reach:.3g}")
    return wrong
