"""Several stations: Jackson networks, tandems, and work that comes back, against product forms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from journeys import Exponential, Journey, Poisson, Route, Schedule, Station, Step, hours, per_hour
from journeys.eventlog import Row
from tests.theory.closed_forms import closed_network, later_hypoexponential, wait_m_m_c
from tests.theory.experiments import HOUR_S, Engine, Visits, assert_within_interval, queue, replicated

pytestmark = pytest.mark.slow


def test_rework_visits_are_geometric_and_the_queue_that_of_jackson(engine: Engine) -> None:
    """A second service is independent of the first: the mean of their product is the product of the means."""
    again = queue(0.5, Exponential(hours(1)), 1, routes=(Route("serve", 0.3), Route("completed")))

    def measured(rows: list[Row]) -> list[float]:
        steady = Visits.steady(rows)
        counts = np.unique(steady.customer, return_counts=True)[1]
        shares = [float(np.mean(counts == number)) for number in (1, 2, 3)]
        served = [row for row in rows if row.step == "serve"]
        first, second = ({row.customer: row.end_s - row.start_s for row in served if row.visit == n} for n in (0, 1))
        products_s = [first[customer] * service_s for customer, service_s in second.items()]
        product = float(np.mean(products_s)) / HOUR_S**2
        return [float(np.mean(counts)), *shares, float(np.mean(steady.wait_h)), product]

    truth = [1 / 0.7, *(0.7 * 0.3 ** (number - 1) for number in (1, 2, 3)), wait_m_m_c(0.5 / 0.7, 1.0, 1), 1.0]
    assert_within_interval(replicated(again, measured, engine=engine, replications=24), truth)


def test_an_open_jackson_network_with_feedback_is_one_queue_beside_another(engine: Engine) -> None:
    """Three stations; some leave early, some come back: each waits as M/M/c with the flow of the traffic equations.

    triage (1 server) -> half to the desk (2 servers), a third to the lab (1), the rest leave; lab -> desk or triage;
    desk -> leave, or back to triage.
    """
    service_h = {"triage": 0.5, "lab": 1.2, "desk": 1.5}
    servers = {"triage": 1, "lab": 1, "desk": 2}
    leads = {
        "triage": {"desk": 0.5, "lab": 0.3, "completed": 0.2},
        "lab": {"desk": 0.4, "triage": 0.6},
        "desk": {"triage": 0.2, "completed": 0.8},
    }
    lam = 0.8
    names = list(leads)
    p = np.array([[leads[here].get(there, 0.0) for there in names] for here in names])
    flows = np.linalg.solve(np.eye(3) - p.T, [lam, 0.0, 0.0])
    journey = Journey(
        name="jackson",
        arrivals=Poisson(per_hour(lam)),
        steps=tuple(
            Step(
                name=name, lane="backstage", station=name, service=Exponential(hours(service_h[name])),
                routes=tuple(Route(to, share) for to, share in leads[name].items()),
            )
            for name in names
        ),
        stations=tuple(Station(name=name, servers=servers[name]) for name in names),
    )  # fmt: skip

    def measured(rows: list[Row]) -> list[float]:
        customers = len({row.customer for row in rows})
        visits = [len(Visits.of(rows, name).customer) / customers for name in names]
        return visits + [float(np.mean(Visits.steady(rows, name).wait_h)) for name in names]

    waits = [wait_m_m_c(flow, 1 / service_h[name], servers[name]) for name, flow in zip(names, flows, strict=True)]
    values = replicated(journey, measured, engine=engine, replications=24, customers=2000)
    assert_within_interval(values, [*(flows / lam), *waits], within=0.3)


def tandem(lam: float, first: tuple[int, float], second: tuple[int, float]) -> Journey:
    """Return two stations one after the other, each (servers, mean service in hours)."""
    parts = dict(zip(("first", "second"), (first, second), strict=True))
    return Journey(
        name="tandem",
        arrivals=Poisson(per_hour(lam)),
        steps=tuple(
            Step(name=name, lane="backstage", station=name, service=Exponential(hours(mean_h)))
            for name, (_, mean_h) in parts.items()
        ),
        stations=tuple(Station(name=name, servers=servers) for name, (servers, _) in parts.items()),
    )


def test_the_departures_of_m_m_c_are_poisson_like_its_arrivals(engine: Engine) -> None:
    """Gaps between departures from the first station: exponential, and the product of neighbours that of strangers.

    So the second station waits as if it stood alone.
    """
    lam = 1.4
    journey = tandem(lam, (2, 1.0), (3, 1.5))

    def measured(rows: list[Row]) -> list[float]:
        gaps_h = np.diff(np.sort(Visits.steady(rows, "first").end_h))
        later = [float(np.mean(gaps_h > at / lam)) for at in (0.1, 1.0, 2.0)]
        waits = [float(np.mean(Visits.steady(rows, name).wait_h)) for name in ("first", "second")]
        return [*later, float(np.mean(gaps_h**2)), float(np.mean(gaps_h[1:] * gaps_h[:-1])), *waits]

    truth = [*(math.exp(-at) for at in (0.1, 1.0, 2.0)), 2 / lam**2, 1 / lam**2]
    truth += [wait_m_m_c(lam, 1.0, 2), wait_m_m_c(lam, 1 / 1.5, 3)]
    assert_within_interval(replicated(journey, measured, engine=engine, customers=2000), truth)


def test_sojourns_at_two_single_servers_are_independent_exponentials(engine: Engine) -> None:
    """Rates mu - lambda each, so the whole is hypoexponential, although the second queue is fed by the first."""
    lam, means_h = 0.5, (1.0, 0.8)
    rates = [1 / mean_h - lam for mean_h in means_h]
    times_h = [1.0, 3.0, 6.0]

    def later(rows: list[Row]) -> list[float]:
        whole_h = Visits.steady(rows, "second").end_h - Visits.steady(rows, "first").ready_h
        return [float(np.mean(whole_h > at)) for at in times_h]

    journey = tandem(lam, (1, means_h[0]), (1, means_h[1]))
    values = replicated(journey, later, engine=engine, customers=2000)
    assert_within_interval(values, [later_hypoexponential(rates, at) for at in times_h])


def test_a_closed_network_goes_round_as_its_product_form_says(engine: Engine) -> None:
    """Seven customers who never leave: thinking, a desk of two, and for 40% of them a lab of one."""
    customers, think_h, desk_h, lab_h, again = 7, 3.0, 0.9, 1.5, 0.4
    journey = Journey(
        name="closed",
        arrivals=Schedule.from_seconds([0.0] * customers),
        steps=(
            Step(name="think", lane="support", service=Exponential(hours(think_h)), routes=(Route("desk"),)),
            Step(
                name="desk", lane="backstage", station="desk", service=Exponential(hours(desk_h)),
                routes=(Route("lab", again), Route("think")),
            ),
            Step(
                name="lab", lane="backstage", station="lab", service=Exponential(hours(lab_h)),
                routes=(Route("think"),),
            ),
        ),
        stations=(Station(name="desk", servers=2), Station(name="lab")),
    )  # fmt: skip
    begin_h, end_h = 50.0, 650.0

    def measured(rows: list[Row]) -> list[float]:
        found = []
        for name in ("desk", "lab"):
            visits = Visits.of(rows, name)
            visits = visits.where((visits.end_h > begin_h) & (visits.end_h < end_h))
            found += [len(visits.end_h) / (end_h - begin_h), float(np.mean(visits.sojourn_h))]
        return found

    cycles, (_, at_desk, at_lab) = closed_network(customers, [(think_h, None), (desk_h, 2), (again * lab_h, 1)])
    truth = [cycles, at_desk / cycles, again * cycles, at_lab / (again * cycles)]
    until_s = (end_h + 10) * HOUR_S
    values = replicated(journey, measured, engine=engine, replications=20, customers=customers, until_s=until_s)
    assert_within_interval(values, truth)
