"""Stations against closed forms; the tolerance is the replications' own interval at 99.9%."""

from __future__ import annotations

import numpy as np
import pytest

from journeys import Constant, Exponential, Gamma, Route, Segment, hours
from journeys.eventlog import Row
from journeys.paths import apply
from tests.theory.closed_forms import cobham, erlang_a, erlang_b, m_m_c_k, wait_m_g_1, wait_m_m_c
from tests.theory.experiments import assert_within_interval, mean_wait_h, queue, replicated, served_after_warm_up

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("lam", "servers"), [(0.7, 1), (2.4, 3), (8.0, 10)])
def test_m_m_c_waits_as_erlang_c_says(lam: float, servers: int) -> None:
    replications = 40 if servers == 10 else 20
    waits = replicated(queue(lam, Exponential(hours(1)), servers), mean_wait_h(), replications=replications)
    assert_within_interval(waits, wait_m_m_c(lam, 1.0, servers))


@pytest.mark.parametrize("cv", [0.0, 0.5, 1.5])
def test_m_g_1_waits_as_pollaczek_and_khinchine_say(cv: float) -> None:
    service = Gamma(hours(1), cv) if cv else Constant(hours(1))
    waits = replicated(queue(0.6, service, 1), mean_wait_h())
    assert_within_interval(waits, wait_m_g_1(0.6, 1.0, cv))


def test_m_m_c_c_blocks_as_erlang_b_says() -> None:
    def blocked(rows: list[Row]) -> float:
        return float(np.mean([row.outcome == "rejected" for row in served_after_warm_up(rows, 3000)]))

    values = replicated(queue(4.0, Exponential(hours(1)), 5, queue_limit=0), blocked)
    assert_within_interval(values, erlang_b(5, 4.0))


def test_m_m_c_k_rejects_and_waits_as_theory_says() -> None:
    def rejected(rows: list[Row]) -> float:
        return float(np.mean([row.outcome == "rejected" for row in served_after_warm_up(rows, 3000)]))

    journey = queue(3.2, Exponential(hours(1)), 3, queue_limit=4)
    loss, wait = m_m_c_k(3.2, 1.0, 3, 4)
    assert_within_interval(replicated(journey, rejected), loss)
    assert_within_interval(replicated(journey, mean_wait_h()), wait)


def test_m_m_c_m_abandons_as_erlang_a_says() -> None:
    def abandoned(rows: list[Row]) -> float:
        return float(np.mean([row.outcome == "reneged" for row in served_after_warm_up(rows, 3000)]))

    def queued_h(rows: list[Row]) -> float:
        chosen = served_after_warm_up(rows, 3000)
        waits = [(row.start_s if row.outcome == "served" else row.end_s) - row.ready_s for row in chosen]
        return float(np.mean(waits)) / 3600

    journey = queue(6.0, Exponential(hours(1)), 5, patience=Exponential(hours(2)))
    loss, wait = erlang_a(6.0, 1.0, 5, 0.5)
    assert_within_interval(replicated(journey, abandoned), loss)
    assert_within_interval(replicated(journey, queued_h), wait)


def test_two_priorities_wait_as_cobham_says() -> None:
    base = queue(
        1.6, Exponential(hours(1)), 2,
        segments=(Segment("first", 0.4), Segment("second", 0.6, {"steps.serve.priority": 1})),
    )  # fmt: skip
    truth = cobham([0.64, 0.96], 1.0, 2)
    for index, name in enumerate(("first", "second")):

        def wait_h(rows: list[Row], name: str = name) -> float:
            chosen = [row for row in served_after_warm_up(rows, 3000) if row.segment == name]
            return float(np.mean([row.start_s - row.ready_s for row in chosen])) / 3600

        assert_within_interval(replicated(base, wait_h), truth[index])


def test_rework_visits_are_geometric_and_the_queue_that_of_jackson() -> None:
    again = queue(0.5, Exponential(hours(1)), 1, routes=(Route("serve", 0.3), Route("completed")))

    def visits(rows: list[Row]) -> float:
        chosen = served_after_warm_up(rows, 3000)
        return len(chosen) / len({row.customer for row in chosen})

    assert_within_interval(replicated(again, visits), 1 / 0.7)
    lam = 0.5 / 0.7
    assert_within_interval(replicated(again, mean_wait_h()), wait_m_m_c(lam, 1.0, 1))


def test_a_wrong_rule_is_noticed() -> None:
    journey = queue(6.0, Exponential(hours(1)), 5, patience=Exponential(hours(2)))
    forgotten = apply(journey, {"steps.serve.patience": "Exponential(mean=4 h)"})

    def abandoned(rows: list[Row]) -> float:
        return float(np.mean([row.outcome == "reneged" for row in served_after_warm_up(rows, 3000)]))

    with pytest.raises(AssertionError, match="theory"):
        assert_within_interval(replicated(forgotten, abandoned), erlang_a(6.0, 1.0, 5, 0.5)[0])
