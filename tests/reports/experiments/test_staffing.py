"""Staffing: the search against trying everything, its verdicts against their promise, its answers against Erlang's."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys import Budget
from reports.experiments.staffing import Place, Status, Trial, attempted, cheapest, limits
from reports.statistics import Floats
from tests.theory.closed_forms import erlang_a, erlang_c

LAM, MU = 1.0, 0.2  # per minute: an offered load of five


def verdict(place: Place, status: Status) -> Trial:
    budget = Budget("completion >= 50%")
    values = {"kept": [0.7, 0.71], "missed": [0.2, 0.21], "inconclusive": [0.1, 0.9]}[status]
    return Trial(place, limits(np.array(values)[:, None], [budget], 0.9), 2)


@st.composite
def searches(draw: st.DrawFn) -> tuple[Floats, set[Place]]:
    """Return rising costs, and staffings that just keep the limits: whatever has nowhere fewer keeps them as well."""
    shape = draw(st.lists(st.integers(1, 6), min_size=1, max_size=3))
    prices = [np.cumsum(draw(st.lists(st.integers(1, 9), min_size=n, max_size=n))) for n in shape]
    costs = sum(np.meshgrid(*prices, indexing="ij")).astype(float)  # type: ignore[union-attr]
    return costs, draw(st.sets(st.tuples(*(st.integers(0, n - 1) for n in shape)), max_size=4))


@given(searches())
def test_it_finds_what_trying_everything_finds(search: tuple[Floats, set[Place]]) -> None:
    costs, enough = search

    def keeps(place: Place) -> bool:
        return any(all(a >= b for a, b in zip(place, one, strict=True)) for one in enough)

    found = cheapest(costs, lambda place: verdict(place, "kept" if keeps(place) else "missed"))
    everything = [place for place in np.ndindex(costs.shape) if keeps(place)]
    assert (found.best is None) == (not everything)
    if found.best is not None:
        assert keeps(found.best)
        assert costs[found.best] == min(costs[place] for place in everything)
    tried = [trial.place for trial in found.trials]
    assert len(set(tried)) == len(tried) <= costs.size


def test_one_station_is_found_by_bisection() -> None:
    costs = np.arange(1.0, 1025.0)
    for least in (0, 1, 511, 700, 1023):
        found = cheapest(costs, lambda place, least=least: verdict(place, "kept" if place[0] >= least else "missed"))  # type: ignore[misc]
        assert found.best == (least,)
        assert len(found.trials) <= 11


def test_what_is_undecided_is_passed_over_and_named() -> None:
    costs = np.arange(8.0)

    def attempt(place: Place) -> Trial:
        return verdict(place, "missed" if place[0] < 4 else "inconclusive" if place[0] < 6 else "kept")

    found = cheapest(costs, attempt)
    assert found.best == (6,)
    assert 1 <= len(found.undecided) <= 2
    assert cheapest(costs, lambda place: verdict(place, "inconclusive")).best is None


def drawn(mean: float, spread: float, seed: int):
    rng = np.random.default_rng(seed)
    return lambda numbers: rng.normal(mean, spread, (len(numbers), 1))


def test_a_staffing_is_replicated_until_its_limits_are_decided() -> None:
    budget = [Budget("completion >= 50%")]
    clear, close, none = (attempted(drawn(mean, 0.1, 1), (3,), budget) for mean in (0.8, 0.54, 0.5001))
    assert (clear.status, clear.replications) == ("kept", 10)
    assert close.status == "kept"
    assert 10 < close.replications <= 80
    assert (none.status, none.replications) == ("inconclusive", 80)
    assert none.limits[0].needed is None or none.limits[0].needed > 80
    assert attempted(drawn(0.3, 0.1, 1), (3,), budget).status == "missed"


def test_one_limit_missed_is_enough_and_all_must_be_kept() -> None:
    budgets = [Budget("completion >= 50%"), Budget("calls per 100 <= 30")]

    def observe(calls: float):
        rng = np.random.default_rng(2)
        return lambda numbers: np.column_stack(
            [rng.normal(0.8, 0.01, len(numbers)), rng.normal(calls, 1.0, len(numbers))]
        )

    assert attempted(observe(20.0), (0,), budgets).status == "kept"
    missed = attempted(observe(40.0), (0,), budgets)
    assert (missed.status, [limit.status for limit in missed.limits]) == ("missed", ["kept", "missed"])


def test_nothing_measured_is_not_simulated_again() -> None:
    trial = attempted(lambda numbers: np.full((len(numbers), 1), np.nan), (0,), [Budget("p95 wait(x) < 1 s")])
    assert (trial.status, trial.replications, trial.limits[0].needed) == ("inconclusive", 10, None)


def test_a_verdict_is_wrong_no_more_often_than_it_says() -> None:
    """At the limit itself either verdict is wrong; looking four times must not make that likelier."""
    budget = [Budget("completion >= 50%")]
    wrong = sum(attempted(drawn(0.5, 0.1, seed), (0,), budget).status != "inconclusive" for seed in range(600))
    assert wrong / 600 <= 0.05


def queue(servers: int, numbers: Sequence[int], patience_min: float = math.inf, customers: int = 6000) -> Floats:
    """Simulate M/M/c(+M): the 95th percentile of the waits of those served, in seconds, and the share that left."""
    found = []
    for number in numbers:
        rng = np.random.default_rng(number)
        arrivals = np.cumsum(rng.exponential(1 / LAM, customers))
        work, patience = rng.exponential(1 / MU, customers), rng.exponential(1.0, customers) * patience_min
        free = [0.0] * servers
        waits = []
        for at in range(customers):
            wait = max(0.0, free[0] - arrivals[at])
            if wait > patience[at]:
                waits.append(np.nan)
                continue
            waits.append(wait)
            heapq.heapreplace(free, arrivals[at] + wait + work[at])
        settled = np.array(waits[customers // 5 :])
        found.append((60 * np.nanquantile(settled, 0.95), np.isnan(settled).mean()))
    return np.array(found)


def test_it_staffs_a_queue_as_erlang_c_does() -> None:
    limit_min = 3.0

    def p95_min(c: int) -> float:
        return max(0.0, math.log(erlang_c(c, LAM / MU) / 0.05)) / (c * MU - LAM)

    least = next(c for c in range(6, 20) if p95_min(c) < limit_min)
    servers = range(6, 14)
    budget = [Budget(f"p95 wait(desk) < {limit_min:g} min")]
    found = cheapest(
        np.array(servers, dtype=float),
        lambda place: attempted(lambda numbers: queue(servers[place[0]], numbers)[:, :1], place, budget),
    )
    assert found.best is not None
    assert servers[found.best[0]] == least
    assert not found.undecided
    assert len(found.trials) <= 4


@pytest.mark.parametrize("most", [0.03, 0.1])
def test_it_staffs_a_queue_that_people_leave_as_erlang_a_does(most: float) -> None:
    least = next(c for c in range(1, 20) if erlang_a(LAM, MU, c, 0.5)[0] < most)
    servers = range(2, 14)
    budget = [Budget(f"abandonment(desk) < {most:.0%}")]
    found = cheapest(
        np.array(servers, dtype=float),
        lambda place: attempted(lambda numbers: queue(servers[place[0]], numbers, 2.0)[:, 1:], place, budget),
    )
    assert found.best is not None
    assert servers[found.best[0]] == least
