"""The closed forms against each other, where one is a case of another."""

from __future__ import annotations

import math

import pytest

from tests.theory.chains import m_m_1_with_breakdowns, missed_sales, retrials, stationary
from tests.theory.closed_forms import (
    carried_in_order,
    cobham,
    erlang_a,
    erlang_a_served,
    erlang_b,
    erlang_c,
    gamma_moments,
    impatient_altogether,
    later_hypoexponential,
    m_m_c_g,
    m_m_c_k,
    machine_repair,
    overflow,
    priorities_m_g_1,
    squared_wait_m_g_1,
    wait_m_d_c,
    wait_m_g_1,
    wait_m_m_c,
    waits_again_g_m_1,
    waits_m_x_1,
)


def test_known_values() -> None:
    assert erlang_b(1, 1.0) == pytest.approx(1 / 2)
    assert erlang_c(2, 1.0) == pytest.approx(1 / 3)
    assert wait_m_m_c(0.5, 1.0, 1) == pytest.approx(1.0)
    assert later_hypoexponential([1.0, 2.0], 1.0) == pytest.approx(2 * math.exp(-1) - math.exp(-2))


def test_patience_of_any_law_is_erlang_a_where_it_is_exponential() -> None:
    abandon, served = m_m_c_g(6.0, 1.0, 5, lambda x: math.exp(-x / 2), 30.0)
    assert abandon == pytest.approx(erlang_a(6.0, 1.0, 5, 0.5)[0], rel=1e-5)
    assert served == pytest.approx(erlang_a_served(6.0, 1.0, 5, 0.5), rel=1e-5)


def test_time_in_queue_of_all_is_that_of_the_served_and_of_those_who_left() -> None:
    """Erlang A, from the law of total probability: who leaves in vain has waited the rest."""
    abandon, wait = erlang_a(6.0, 1.0, 5, 0.5)
    served = erlang_a_served(6.0, 1.0, 5, 0.5)
    left = (wait - (1 - abandon) * served) / abandon
    assert 0 < left < 2
    assert abandon == pytest.approx(0.5 * wait)


def test_one_server_is_a_case_of_many_and_exponential_a_case_of_general() -> None:
    assert wait_m_g_1(0.7, 1.0, 1.0) == pytest.approx(wait_m_m_c(0.7, 1.0, 1))
    # W of M/M/1 is 0 with probability 1 - rho, else exponential of rate 1 - rho
    assert squared_wait_m_g_1(0.7, gamma_moments(1.0, 1.0)) == pytest.approx(0.7 * 2 / 0.3**2)
    assert cobham([0.3, 0.4], 1.0, 1) == pytest.approx(priorities_m_g_1([0.3, 0.4], [(1.0, 2.0, 6.0)] * 2))
    assert waits_again_g_m_1(lambda s: 0.7 / (0.7 + s), 1.0) == pytest.approx(0.7)
    assert m_m_c_k(0.7, 1.0, 1, 400)[1] == pytest.approx(wait_m_m_c(0.7, 1.0, 1))
    assert m_m_c_k(4.0, 1.0, 5, 0)[0] == pytest.approx(erlang_b(5, 4.0))
    assert sum(carried_in_order(5, 4.0)) == pytest.approx(4.0 * (1 - erlang_b(5, 4.0)))


def test_bulks_of_one_are_none_and_one_constant_server_is_pollaczek_and_khinchines() -> None:
    assert waits_m_x_1(0.5, {1: 1.0}) == pytest.approx((wait_m_m_c(0.5, 1.0, 1),) * 2)
    assert wait_m_d_c(0.8, 1.0, 1) == pytest.approx(wait_m_g_1(0.8, 1.0, 0.0))
    assert overflow(0, 2.0) == pytest.approx((2.0, 2.0))


def test_chains_without_their_complication_are_the_plain_queue() -> None:
    lost, waiting = m_m_1_with_breakdowns(0.5, 1.0, 1e-9, 1.0)
    assert lost == pytest.approx(0, abs=1e-8)
    assert waiting == pytest.approx(0.5)
    assert impatient_altogether(2.0, 1.0, 400, 0.5) == pytest.approx(0.5 / 1.5)
    up, wait = machine_repair(4, 0.25, 1.0, 4)
    assert up == pytest.approx(0.8)
    assert wait == pytest.approx(0)
    # nobody tries again: M/M/1/1; everybody does: lambda (1 + rho tries) balances
    assert retrials(0.5, 1.0, 2.0, again=0.0) == pytest.approx((erlang_b(1, 0.5), 1.0))
    blocked, tries = retrials(0.5, 1.0, 2.0)
    assert blocked == pytest.approx(0.5)
    # the mean of those who will try again is known: rho^2 / (1 - rho) + rho lambda / (nu (1 - rho))
    assert tries == pytest.approx(1 + 2.0 * (0.25 / 0.5 + 0.5 * 0.5 / (2.0 * 0.5)) / 0.5)


def test_stationary_law_of_two_states() -> None:
    assert stationary({("up", "down"): 1.0, ("down", "up"): 3.0}) == pytest.approx({"up": 0.75, "down": 0.25})


def test_missed_sales_are_the_tail_of_the_demand() -> None:
    first, second = missed_sales(2.0, 1, 0, 2)
    assert first == pytest.approx(2.0 - (1 - math.exp(-2)))
    assert second == pytest.approx(2.0 - math.exp(-2) * (1 - math.exp(-2)))
