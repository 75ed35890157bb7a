"""Machines that break and are repaired, against independent machines and stationary chains."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from journeys import (
    ZERO,
    Exponential,
    Gamma,
    Journey,
    Poisson,
    Replicas,
    Route,
    Schedule,
    Station,
    Step,
    VisitsAtLeast,
    hours,
    per_hour,
)
from journeys.eventlog import Row
from tests.theory.chains import m_m_1_with_breakdowns
from tests.theory.closed_forms import machine_repair, up_at_least
from tests.theory.experiments import HOUR_S, Engine, Visits, assert_within_interval, replicated

pytestmark = pytest.mark.slow


def breaking(replicas: Replicas, lam_per_h: float, **step: Any) -> Journey:
    return Journey(
        name="breaking",
        arrivals=Poisson(per_hour(lam_per_h)),
        steps=(Step(name="serve", lane="backstage", station="desk", **step),),
        stations=(Station(name="desk", kind="system", replicas=replicas),),
    )


@pytest.mark.parametrize("needed", [1, 2, 3])
def test_k_of_n_is_available_as_independent_machines_are(engine: Engine, needed: int) -> None:
    """Customers who need no time are served at once exactly if the station serves (Poisson arrivals see time averages).

    Repair times are gamma: only their mean matters.
    """
    replicas = Replicas(3, needed=needed, between_failures=Exponential(hours(8)), repair=Gamma(hours(2), 0.5))

    def at_once(rows: list[Row]) -> float:
        return float(np.mean(Visits.steady(rows).wait_h == 0))

    values = replicated(breaking(replicas, 4.0, service=ZERO), at_once, engine=engine, customers=1000)
    assert_within_interval(values, up_at_least(needed, 3, 0.8))


def test_m_m_1_with_breakdowns_loses_and_waits_as_its_chain_says(engine: Engine) -> None:
    lam, mu, xi, eta = 0.5, 1.0, 0.1, 0.4
    replicas = Replicas(1, between_failures=Exponential(hours(1 / xi)), repair=Exponential(hours(1 / eta)))
    lost, waiting = m_m_1_with_breakdowns(lam, mu, xi, eta)

    def measured(rows: list[Row]) -> list[float]:
        steady = Visits.steady(rows)
        return [steady.share("failed"), float(np.mean(steady.wait_h))]

    journey = breaking(replicas, lam, service=Exponential(hours(1 / mu)))
    assert_within_interval(replicated(journey, measured, engine=engine, replications=24), [lost, waiting / lam])


def test_machines_wait_for_repair_as_a_finite_source_says(engine: Engine) -> None:
    """Six machines run and are repaired for ever by two people: each is a customer who comes back."""
    machines, breaks, mu, repairers, horizon_h = 6, 0.25, 1.0, 2, 700.0
    journey = Journey(
        name="repair",
        arrivals=Schedule.from_seconds([0.0] * machines),
        steps=(
            Step(name="run", lane="backstage", service=Exponential(hours(1 / breaks))),
            Step(
                name="repair", lane="backstage", station="repairers", service=Exponential(hours(1 / mu)),
                routes=(Route("completed", when=VisitsAtLeast("repair", 10_000)), Route("run")),
            ),
        ),
        stations=(Station(name="repairers", servers=repairers),),
    )  # fmt: skip
    begin_h, end_h = 0.1 * horizon_h, 0.9 * horizon_h

    def measured(rows: list[Row]) -> list[float]:
        visits = Visits.of(rows, "repair")
        down_h = np.clip(visits.end_h, begin_h, end_h) - np.clip(visits.ready_h, begin_h, end_h)
        inside = visits.where((visits.ready_h >= begin_h) & (visits.ready_h < end_h))
        return [1 - float(np.sum(down_h)) / (machines * (end_h - begin_h)), float(np.mean(inside.wait_h))]

    values = replicated(
        journey, measured, engine=engine, replications=20, customers=machines, until_s=horizon_h * HOUR_S
    )
    assert_within_interval(values, machine_repair(machines, breaks, mu, repairers))
