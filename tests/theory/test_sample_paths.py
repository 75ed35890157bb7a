"""Laws that hold for every path: Lindley's recursion to the last bit, fluid queues, busy periods, time averages."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence

import numpy as np
import pytest

from journeys import Constant, Distribution, Exponential, Gamma, Journey, Lognormal, Schedule, Weibull, hours, seconds
from journeys.eventlog import Row
from journeys.population import Population
from tests.theory.chains import birth_and_death
from tests.theory.closed_forms import waits_again_g_m_1
from tests.theory.experiments import (
    SEED,
    Engine,
    Visits,
    assert_same_times,
    assert_within_interval,
    queue,
    replicated,
)

pytestmark = pytest.mark.slow

# Recursions -----------------------------------------------------------------------------------------------------------


def renewal(customers: int, mean_s: float, shape: float) -> Schedule:
    """Return arrivals with gamma gaps: neither Poisson nor regular."""
    gaps = np.random.default_rng(3).gamma(shape, mean_s / shape, customers)
    return Schedule.from_seconds(np.cumsum(gaps).tolist())


def own_draws(journey: Journey, purpose: str, law: Distribution, customers: int) -> list[float]:
    """Return each customer's draw for their first visit of ``serve``, as the population gives them."""
    stream = Population(journey, SEED, 0).stream("serve", purpose, [law])
    return [stream.at(number) for number in range(customers)]


def recursion(
    ready: Sequence[float], service: Sequence[float], patience: Sequence[float], servers: int
) -> tuple[list[float], list[float]]:
    """Return (when each leaves the queue, when each leaves) of G/G/c+G, first come first served.

    Who comes takes the server that frees first; before it does, those who came earlier have taken or left theirs. One
    server and no impatience is Lindley's recursion, several that of Kiefer and Wolfowitz.
    """
    free = [-math.inf] * servers
    starts, ends = [], []
    for at, needs, endures in zip(ready, service, patience, strict=True):
        start = max(at, free[0])
        if start > at + endures:
            starts.append(at + endures)
            ends.append(at + endures)
        else:
            heapq.heapreplace(free, start + needs)
            starts.append(start)
            ends.append(start + needs)
    return starts, ends


@pytest.mark.parametrize("servers", [1, 3])
@pytest.mark.parametrize("patience", [None, Weibull(hours(1), 0.7)], ids=["patient", "impatient"])
def test_each_customer_waits_as_the_recursion_over_the_same_draws_says(
    engine: Engine, servers: int, patience: Distribution | None
) -> None:
    """G/G/c+G, equal to the last bit."""
    customers, law = 3000, Lognormal(hours(1), 1.3)
    arrivals = renewal(customers, 3600 / (0.9 * servers), 0.6)
    journey = queue(1.0, law, servers, arrivals=arrivals, patience=patience)
    endured = own_draws(journey, "patience", patience, customers) if patience else [math.inf] * customers
    rows = sorted(
        (row for row in engine(journey, SEED, 0, customers) if row.step == "serve"), key=lambda row: row.customer
    )
    assert [row.ready_s for row in rows] == pytest.approx([at.s for at in arrivals.at], rel=1e-12)
    starts, ends = recursion(
        [row.ready_s for row in rows], own_draws(journey, "service", law, customers), endured, servers
    )
    reneged = [row.outcome == "reneged" for row in rows]
    assert (sum(reneged) > 100) == (patience is not None)
    assert_same_times([row.end_s if math.isnan(row.start_s) else row.start_s for row in rows], starts)
    assert_same_times([row.end_s for row in rows], ends)


@pytest.mark.parametrize("servers", [1, 4])
def test_d_d_c_is_a_fluid_with_steps(engine: Engine, servers: int) -> None:
    """One a second, services of one and a half seconds a server: number k begins at 1.5 c floor(k / c), exactly.

    For at least one server the queue grows by a constant; whoever comes in the same round waits the less.
    """
    customers = 600
    service_s = 1.5 * servers
    arrivals = Schedule.from_seconds([float(number) for number in range(customers)])
    journey = queue(1.0, Constant(seconds(service_s)), servers, arrivals=arrivals)
    rows = sorted(
        (row for row in engine(journey, SEED, 0, customers) if row.step == "serve"), key=lambda row: row.customer
    )
    starts = [float(k % servers) + service_s * (k // servers) for k in range(customers)]
    assert_same_times([row.start_s for row in rows], starts)
    # the workload at the last arrival: what came less what was served
    assert rows[-1].start_s - rows[-1].ready_s == starts[-1] - (customers - 1)


# Busy periods ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("law", [Exponential(hours(1)), Gamma(hours(1), 0.5)], ids=["exponential", "erlang-4"])
def test_busy_periods_of_m_g_1_last_and_serve_as_theory_says(engine: Engine, law: Distribution) -> None:
    """E B = E S / (1 - rho), E B^2 = E S^2 / (1 - rho)^3, and 1 / (1 - rho) are served; the first 800 of each run."""
    lam, wanted = 0.5, 800
    squared = 2.0 if isinstance(law, Exponential) else 1.25

    def measured(rows: list[Row]) -> list[float]:
        visits = Visits.of(rows)
        begins = np.flatnonzero(visits.wait_h == 0)[: wanted + 1]
        lasted_h = visits.end_h[begins[1:] - 1] - visits.start_h[begins[:-1]]
        return [float(np.mean(np.diff(begins))), float(np.mean(lasted_h)), float(np.mean(lasted_h**2))]

    truth = [1 / (1 - lam), 1 / (1 - lam), squared / (1 - lam) ** 3]
    assert_within_interval(replicated(queue(lam, law, 1), measured, engine=engine, customers=2000), truth, within=0.5)


# Time averages --------------------------------------------------------------------------------------------------------


def test_poisson_arrivals_see_time_averages_and_both_are_the_stationary_law(engine: Engine) -> None:
    """M/M/2: how many an arrival finds, and for which share of the time there are as many, each as p(n)."""
    lam, servers, most = 1.3, 2, 5
    p = birth_and_death(lambda n: lam, lambda n: min(n, servers), 400)

    def measured(rows: list[Row]) -> list[float]:
        visits = Visits.of(rows)
        here, gone = np.sort(visits.ready_h), np.sort(visits.end_h)
        found = np.arange(len(here)) - np.searchsorted(gone, here, side="right")
        times = np.concatenate([here, gone])
        order = np.argsort(times, kind="stable")
        inside = np.cumsum(np.where(order < len(here), 1, -1))[:-1]
        lasted = np.diff(times[order])
        until = times[order][:-1] < here[-1]
        shares = [float(lasted[until & (inside == n)].sum() / lasted[until].sum()) for n in range(most)]
        return shares + [float(np.mean(found == n)) for n in range(most)]

    values = replicated(queue(lam, Exponential(hours(1)), servers), measured, engine=engine)
    assert_within_interval(values, [*p[:most], *p[:most]])


def test_regular_arrivals_do_not_see_time_averages(engine: Engine) -> None:
    """D/M/1: it is busy for a share rho of the time, and an arrival finds it so with a smaller probability, sigma."""
    on_the_hour = Schedule.from_seconds([3600.0 * number for number in range(2000)])
    journey = queue(1.0, Exponential(hours(0.8)), 1, arrivals=on_the_hour)

    def busy(rows: list[Row]) -> list[float]:
        visits = Visits.steady(rows)
        over_h = visits.ready_h[-1] - visits.ready_h[0]
        return [float(visits.service_h.sum()) / over_h, float(np.mean(visits.wait_h > 0))]

    values = replicated(journey, busy, engine=engine)
    sigma = waits_again_g_m_1(lambda s: math.exp(-s), 1 / 0.8)
    assert sigma < 0.7
    assert_within_interval(values, [0.8, sigma])
