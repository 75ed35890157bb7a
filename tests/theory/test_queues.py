"""One station with enough patience: waits, their laws, and losses, against closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from journeys import Constant, Exponential, Gamma, Lognormal, Schedule, Segment, Uniform, hours
from journeys.eventlog import Row
from tests.theory.chains import birth_and_death
from tests.theory.closed_forms import (
    carried_in_order,
    erlang_b,
    erlang_c,
    gamma_moments,
    later_m_m_c,
    m_m_c_k,
    squared_wait_m_g_1,
    wait_m_g_1,
    wait_m_m_c,
    waits_again_g_m_1,
)
from tests.theory.experiments import Engine, Visits, assert_within_interval, queue, replicated

pytestmark = pytest.mark.slow

UNIT = Exponential(hours(1))


def rejected(rows: list[Row]) -> float:
    return Visits.steady(rows).share("rejected")


def mean_wait_h(rows: list[Row]) -> float:
    return float(np.mean(Visits.steady(rows).wait_h))


# Waiting --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lam", "servers"), [(0.7, 1), (2.4, 3), (8.0, 10)])
def test_m_m_c_waits_as_erlang_c_says(engine: Engine, lam: float, servers: int) -> None:
    """Who waits, how long on average, and how many longer than once and twice the mean wait of those who wait."""
    later_h = [k / (servers - lam) for k in (1, 2)]

    def waits(rows: list[Row]) -> list[float]:
        wait_h = Visits.steady(rows).wait_h
        return [float(np.mean(wait_h)), *(float(np.mean(wait_h > at)) for at in (0.0, *later_h))]

    truth = [
        wait_m_m_c(lam, 1.0, servers),
        erlang_c(servers, lam),
        *(later_m_m_c(lam, 1.0, servers, t) for t in later_h),
    ]
    values = replicated(queue(lam, UNIT, servers), waits, engine=engine, replications=24)
    assert_within_interval(values, truth, within=0.5)
    assert_within_interval(values[:, :2], truth[:2])


def test_sojourns_in_m_m_1_first_come_first_served_are_exponential(engine: Engine) -> None:
    """P(sojourn > t) = exp(-(mu - lambda) t): the deciles. (The mean would be the same in any order of service.)"""
    lam = 0.6
    levels = np.arange(0.1, 1.0, 0.1)
    deciles_h = -np.log1p(-levels) / (1 - lam)

    def below(rows: list[Row]) -> list[float]:
        sojourn_h = Visits.steady(rows).sojourn_h
        return [float(np.mean(sojourn_h <= at)) for at in deciles_h]

    assert_within_interval(replicated(queue(lam, UNIT, 1), below, engine=engine), levels)


@pytest.mark.parametrize("cv", [0.0, 0.5, 1.5])
def test_m_g_1_waits_as_pollaczek_and_khinchine_say(engine: Engine, cv: float) -> None:
    """M/D/1 (cv 0), M/E4/1 (cv 1/2) and a more variable service: the first two moments of the wait."""
    lam = 0.6
    service = Gamma(hours(1), cv) if cv else Constant(hours(1))

    def moments(rows: list[Row]) -> list[float]:
        wait_h = Visits.steady(rows).wait_h
        return [float(np.mean(wait_h)), float(np.mean(wait_h**2)), float(np.mean(wait_h == 0))]

    truth = [
        wait_m_g_1(lam, 1.0, cv),
        squared_wait_m_g_1(lam, gamma_moments(1.0, cv) if cv else (1.0, 1.0, 1.0)),
        1 - lam,
    ]
    values = replicated(queue(lam, service, 1), moments, engine=engine, replications=24)
    assert_within_interval(values, truth, within=0.5)


def test_d_m_1_waits_as_the_root_of_its_transform_says(engine: Engine) -> None:
    """G/M/1 with customers on the hour: P(wait > t) = sigma exp(-mu (1 - sigma) t), sigma = exp(-mu (1 - sigma))."""
    on_the_hour = Schedule.from_seconds([3600.0 * number for number in range(2500)])
    mu = 1 / 0.8
    sigma = waits_again_g_m_1(lambda s: math.exp(-s), mu)

    def waits(rows: list[Row]) -> list[float]:
        wait_h = Visits.steady(rows).wait_h
        return [float(np.mean(wait_h > at)) for at in (0.0, 1.0, 2.0)] + [float(np.mean(wait_h))]

    journey = queue(1.0, Exponential(hours(0.8)), 1, arrivals=on_the_hour)
    truth = [sigma * math.exp(-mu * (1 - sigma) * t) for t in (0.0, 1.0, 2.0)] + [sigma / (mu * (1 - sigma))]
    assert_within_interval(replicated(journey, waits, engine=engine), truth)


# Turned away ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "service",
    [UNIT, Constant(hours(1)), Uniform(hours(0.2), hours(1.8)), Lognormal(hours(1), 2.0)],
    ids=["exponential", "constant", "uniform", "lognormal"],
)
def test_m_g_c_c_blocks_as_erlang_b_says_whatever_the_law_of_service(engine: Engine, service: object) -> None:
    values = replicated(queue(4.0, service, 5, queue_limit=0), rejected, engine=engine)  # type: ignore[arg-type]
    assert_within_interval(values, erlang_b(5, 4.0))


def test_servers_who_are_taken_in_order_carry_what_overflows_from_those_before(engine: Engine) -> None:
    """The free server with the lowest number serves: server j carries a (B(j - 1) - B(j))."""

    def carried(rows: list[Row]) -> list[float]:
        steady = Visits.steady(rows)
        over_h = steady.ready_h[-1] - steady.ready_h[0]
        return [float(np.sum(steady.service_h[steady.server == server])) / over_h for server in range(4)]

    values = replicated(queue(2.0, UNIT, 4, queue_limit=0), carried, engine=engine)
    assert_within_interval(values, carried_in_order(4, 2.0))


def test_m_m_c_k_rejects_and_waits_as_theory_says(engine: Engine) -> None:
    def measured(rows: list[Row]) -> list[float]:
        steady = Visits.steady(rows)
        return [steady.share("rejected"), float(np.mean(steady.ended("served").wait_h))]

    journey = queue(3.2, UNIT, 3, queue_limit=4)
    assert_within_interval(replicated(journey, measured, engine=engine), m_m_c_k(3.2, 1.0, 3, 4))


def test_who_balks_above_so_many_waiting_leaves_a_queue_of_one_more_place(engine: Engine) -> None:
    """Joining while at most 2 wait lets up to 3 wait: M/M/2/5, but for the name of the outcome."""
    journey = queue(2.4, UNIT, 2, balk_above=2)
    loss, wait_h = m_m_c_k(2.4, 1.0, 2, 3)

    def measured(rows: list[Row]) -> list[float]:
        steady = Visits.steady(rows)
        return [steady.share("balked"), float(np.mean(steady.ended("served").wait_h))]

    assert_within_interval(replicated(journey, measured, engine=engine), [loss, wait_h])


def test_a_limit_balking_and_patience_together_are_one_chain(engine: Engine) -> None:
    """Half of the customers balk above 1 waiting, all lose patience, and there are 4 places."""
    lam, servers, theta = 3.0, 2, 0.5
    segments = (Segment("bold", 0.5), Segment("shy", 0.5, {"steps.serve.balk_above": 1}))
    journey = queue(lam, UNIT, servers, queue_limit=4, patience=Exponential(hours(1 / theta)), segments=segments)
    p = birth_and_death(
        lambda n: lam if n - servers <= 1 else lam / 2,
        lambda n: min(n, servers) + max(0, n - servers) * theta,
        servers + 5,
    )
    reneged = theta * sum(max(0, n - servers) * p[n] for n in range(len(p))) / lam
    balked = sum(p[n] / 2 for n in range(servers + 2, servers + 5))
    rejected_by_limit = p[servers + 4] / 2

    def measured(rows: list[Row]) -> list[float]:
        steady = Visits.steady(rows)
        return [steady.share(outcome) for outcome in ("reneged", "balked", "rejected")]

    values = replicated(journey, measured, engine=engine)
    assert_within_interval(values, [reneged, balked, rejected_by_limit])
