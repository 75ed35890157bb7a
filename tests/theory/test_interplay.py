"""Queues that feed, flood and interrupt each other: bulks, overflow, halves of one job, pre-emption of several."""

from __future__ import annotations

import numpy as np
import pytest

from journeys import Constant, Exponential, Fork, Journey, Poisson, Route, Segment, Station, Step, hours, per_hour
from journeys.eventlog import Row
from tests.theory.closed_forms import last_of_two_queues, overflow, wait_m_d_c, wait_m_m_c, waits_m_x_1
from tests.theory.experiments import HOUR_S, Engine, Refuted, Visits, assert_within_interval, queue, replicated

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("lam", "servers"), [(1.4, 2), (2.8, 4)])
def test_m_d_c_waits_as_crommelin_says(engine: Engine, lam: float, servers: int) -> None:
    journey = queue(lam, Constant(hours(1)), servers)

    def wait_h(rows: list[Row]) -> float:
        return float(np.mean(Visits.steady(rows).wait_h))

    values = replicated(journey, wait_h, engine=engine)
    assert_within_interval(values, wait_m_d_c(lam, 1.0, servers))


def test_bulks_wait_for_those_before_them_and_for_each_other(engine: Engine) -> None:
    """M^X/M/1, a bulk of one or of three: who is first of a bulk, and all; branches are served in their order."""
    lam, names = 0.35, ("one", "two", "three")

    def piece(name: str) -> Step:
        return Step(name=name, lane="backstage", station="desk", service=Exponential(hours(1)), routes=DONE)

    journey = Journey(
        name="bulks",
        arrivals=Poisson(per_hour(lam)),
        steps=(
            Step(name="size", lane="backstage", routes=(Route("single", 0.5), Route("bulk"))),
            Step(name="bulk", lane="backstage", fork=Fork(names, "completed")),
            *(piece(name) for name in (*names, "single")),
        ),
        stations=(Station(name="desk"),),
    )

    def waits_h(rows: list[Row]) -> list[float]:
        single, one, two, three = (Visits.steady(rows, name).wait_h for name in ("single", *names))
        first, every = np.concatenate([single, one]), np.concatenate([single, one, two, three])
        return [float(np.mean(first)), float(np.mean(every)), float(np.mean(three) - np.mean(one))]

    values = replicated(journey, waits_h, engine=engine, replications=20, customers=1500)
    assert_within_interval(values, [*waits_m_x_1(lam, {1: 0.5, 3: 0.5}), 2.0], within=0.3)


DONE = (Route("completed"),)


def test_what_overflows_comes_in_clusters(engine: Engine) -> None:
    """Three servers without a queue; whoever is turned away goes to an unlimited group: mean and variance there."""
    a, servers = 2.5, 3
    service = Exponential(hours(1))
    journey = Journey(
        name="overflow",
        arrivals=Poisson(per_hour(a)),
        steps=(
            Step(
                name="first", lane="backstage", station="trunks", service=service, routes=DONE, on_rejected="beside",
            ),
            Step(name="beside", lane="backstage", service=service, routes=DONE),
        ),
        stations=(Station(name="trunks", servers=servers, queue_limit=0),),
    )  # fmt: skip
    end_h = 600.0

    def present(rows: list[Row]) -> list[float]:
        stays = Visits.of(rows, "beside")
        times_h = np.arange(10.0, end_h, 0.25)
        came, gone = (np.searchsorted(np.sort(moments), times_h) for moments in (stays.ready_h, stays.end_h))
        return [float(np.mean(came - gone)), float(np.mean((came - gone) ** 2))]

    values = replicated(journey, present, engine=engine, customers=1800, until_s=(end_h + 10) * HOUR_S)
    mean, variance = overflow(servers, a)
    assert_within_interval(values, [mean, variance + mean**2])
    with pytest.raises(Refuted, match="number 1"):
        assert_within_interval(values, [mean, mean + mean**2])  # as of Poisson arrivals


def test_two_halves_of_one_job_are_done_sooner_than_strangers(engine: Engine) -> None:
    """Both queues were fed at the same moments: long together, they leave the later half less late."""
    lam, mu = 0.6, 1.0
    halves = ("left", "right")
    journey = Journey(
        name="halves",
        arrivals=Poisson(per_hour(lam)),
        steps=(
            Step(name="split", lane="backstage", fork=Fork(halves, "completed")),
            *(Step(name=name, lane="backstage", station=name, service=Exponential(hours(1 / mu))) for name in halves),
        ),
        stations=tuple(Station(name=name) for name in halves),
    )

    def whole_h(rows: list[Row]) -> float:
        left, right = (Visits.steady(rows, name) for name in halves)
        ends = [dict(zip(own.customer.tolist(), own.sojourn_h.tolist(), strict=True)) for own in (left, right)]
        return float(np.mean([max(ends[0][one], ends[1][one]) for one in ends[0].keys() & ends[1].keys()]))

    values = replicated(journey, whole_h, engine=engine, replications=20, customers=2500)
    assert_within_interval(values, last_of_two_queues(lam, mu))


def test_pre_emption_at_several_servers_leaves_the_number_present_as_it_was(engine: Engine) -> None:
    """The urgent see M/M/c of their own; all are as many as without classes; the others bear the difference."""
    shares, lam, servers = (0.35, 0.65), 1.6, 2
    segments = (Segment("first", shares[0]), Segment("second", shares[1], {"steps.serve.priority": 1}))
    journey = queue(lam, Exponential(hours(1)), servers, segments=segments, preemptive=True)

    def stays_h(rows: list[Row]) -> list[float]:
        return [float(np.mean(Visits.steady(rows, segment=name).sojourn_h)) for name in ("first", "second")]

    urgent = 1 + wait_m_m_c(shares[0] * lam, 1.0, servers)
    others = (1 + wait_m_m_c(lam, 1.0, servers) - shares[0] * urgent) / shares[1]
    assert_within_interval(replicated(journey, stays_h, engine=engine, customers=2000), [urgent, others])
