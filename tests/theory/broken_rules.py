"""Rules broken on purpose, each with the test of this suite that must notice.

They are told to the engine by a blueprint that differs from the one that the theory is worked out for: an engine that
obeys it breaks the rule, whichever engine it is. What no blueprint can say is broken in `tests.theory.broken_inside`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from journeys import Constant, Distribution, Duration, Exponential, Journey, Never, Poisson, Schedule
from journeys.durations import Rate
from tests.theory import (
    test_breakdowns,
    test_counts,
    test_impatience,
    test_networks,
    test_phone,
    test_priorities,
    test_queues,
    test_sample_paths,
    test_time_varying,
)
from tests.theory.experiments import Engine

Test = Callable[[Engine], None]
Change = Callable[[Journey], Journey]


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule broken.

    Parameters
    ----------
    rule: what is done wrong. noticed_by: the test that must fail, but for the engine.
    change: the blueprint that the engine obeys instead.
    """

    rule: str
    noticed_by: Test
    change: Change

    def engine(self, right: Engine) -> Engine:
        """Return the engine that breaks the rule."""
        return lambda journey, *run, **more: right(self.change(journey), *run, **more)


# What an engine might do, said as a change of the blueprint ----------------------------------------------------------


def _with(**changes: Any) -> Callable[[Any], Any]:
    """Change fields of a value; what is a function is given the old one."""
    return lambda held: dataclasses.replace(
        held, **{name: change(getattr(held, name)) if callable(change) else change for name, change in changes.items()}
    )


def _each(part: str, **changes: Any) -> Change:
    """Change fields of every step, station, contact, ... of a journey."""
    return lambda journey: _with(**{part: lambda items: tuple(map(_with(**changes), items))})(journey)


def _exponential(law: Distribution) -> Distribution:
    return Exponential(Duration(law.mean_s))


def _constant(law: Distribution) -> Distribution:
    return Constant(Duration(law.mean_s))


def _longer(factor: float) -> Callable[[Exponential], Exponential]:
    return lambda law: Exponential(law.mean * factor)


def _arrivals(**changes: Any) -> Change:
    return _with(arrivals=_with(**changes))


def _an_hour_later(journey: Journey) -> Journey:
    assert isinstance(journey.arrivals, Poisson)
    profile = journey.arrivals.profile
    return _arrivals(profile=profile[-1:] + profile[:-1])(journey)


def _regular(journey: Journey) -> Journey:
    assert isinstance(journey.arrivals, Poisson)
    gap_s = 1 / journey.arrivals.rate.per_s
    return dataclasses.replace(journey, arrivals=Schedule.from_seconds([gap_s * number for number in range(2500)]))


def _swapped(journey: Journey) -> Journey:
    (contact,) = journey.contacts
    other = dataclasses.replace(contact, self_service=contact.chatbot, chatbot=contact.self_service)
    return dataclasses.replace(journey, contacts=(other,))


def _half_of(repair: Distribution) -> Distribution:
    return Constant(Duration(repair.mean_s / 2))


M_M_3 = partial(test_queues.test_m_m_c_waits_as_erlang_c_says, lam=2.4, servers=3)
CONSTANT_PATIENCE = partial(
    test_impatience.test_m_m_c_with_any_law_of_patience_abandons_as_its_offered_wait_says,
    patience=Constant(Duration(3600)), survives=lambda x: float(x < 1),
)  # fmt: skip
TRIES = partial(
    test_counts.test_tries_are_truncated_geometric_and_take_as_long_as_wald_says, lane="backstage", station=""
)
M_M_2_6 = test_queues.test_m_m_c_k_rejects_and_waits_as_theory_says
ONE_LINE = partial(test_phone.test_one_line_with_retrials_is_met_busy_as_its_chain_says, again=1.0)

BY_BLUEPRINT = (
    Broken("a server more", M_M_3, _each("stations", servers=lambda servers: servers + 1)),
    Broken("services a tenth longer", M_M_3, _each("steps", service=_longer(1.1))),
    Broken(
        "services of another law, of the same mean",
        test_queues.test_sojourns_in_m_m_1_first_come_first_served_are_exponential,
        _each("steps", service=_constant),
    ),
    Broken(
        "services exponential, whatever the blueprint says",
        partial(test_queues.test_m_g_1_waits_as_pollaczek_and_khinchine_say, cv=0.5),
        _each("steps", service=_exponential),
    ),
    Broken("a place more to wait in", M_M_2_6, _each("stations", queue_limit=lambda limit: limit + 1)),
    Broken(
        "balks one later",
        test_queues.test_who_balks_above_so_many_waiting_leaves_a_queue_of_one_more_place,
        _each("steps", balk_above=lambda above: above + 1),
    ),
    Broken(
        "forgets a patience",
        test_impatience.test_m_m_c_m_abandons_and_waits_as_erlang_a_says,
        _each("steps", patience=None),
    ),
    Broken(
        "patience a fifth longer",
        test_impatience.test_m_m_c_m_abandons_and_waits_as_erlang_a_says,
        _each("steps", patience=_longer(1.2)),
    ),
    Broken(
        "patience exponential, whatever the blueprint says", CONSTANT_PATIENCE, _each("steps", patience=_exponential)
    ),
    Broken(
        "waits for an answer without end",
        test_impatience.test_who_waits_for_an_answer_leaves_queue_and_service_alike,
        _each("steps", response_patience=None),
    ),
    Broken(
        "everybody sees how things stand",
        partial(test_impatience.test_a_wait_without_news_is_a_race_between_patience_and_work, visible=0.4),
        _each("waits", visible=1.0),
    ),
    Broken(
        "ignores priorities",
        test_priorities.test_two_priorities_wait_as_cobham_says,
        _each("segments", differs=lambda differs: {}),
    ),
    Broken(
        "a machine is back in half the time",
        partial(test_breakdowns.test_k_of_n_is_available_as_independent_machines_are, needed=2),
        _each("stations", replicas=_with(repair=_half_of)),
    ),
    Broken(
        "serves with one machine fewer than needed",
        partial(test_breakdowns.test_k_of_n_is_available_as_independent_machines_are, needed=2),
        _each("stations", replicas=_with(needed=1)),
    ),
    Broken(
        "machines do not break",
        test_breakdowns.test_m_m_1_with_breakdowns_loses_and_waits_as_its_chain_says,
        _each("stations", replicas=_with(between_failures=Never())),
    ),
    Broken(
        "a repairer fewer",
        test_breakdowns.test_machines_wait_for_repair_as_a_finite_source_says,
        _each("stations", servers=lambda servers: servers - 1),
    ),
    Broken(
        "the week begins an hour later",
        test_time_varying.test_arrivals_of_a_weekly_profile_are_poisson_in_each_of_its_hours,
        _an_hour_later,
    ),
    Broken(
        "no spike",
        test_time_varying.test_arrivals_of_a_weekly_profile_are_poisson_in_each_of_its_hours,
        _arrivals(spikes=()),
    ),
    Broken(
        "arrivals as even as their mean",
        test_time_varying.test_m_t_g_infinity_holds_as_many_as_the_convolution_says,
        _arrivals(profile=()),
    ),
    Broken(
        "windows are passed over",
        test_time_varying.test_one_server_works_off_a_batch_in_the_order_of_arrival,
        _each("steps", batch=None),
    ),
    Broken(
        "constant services, and so departures that are not Poisson",
        test_networks.test_the_departures_of_m_m_c_are_poisson_like_its_arrivals,
        _each("steps", service=_constant),
    ),
    Broken(
        "nobody passes over a step",
        test_counts.test_routes_skips_and_giving_up_are_binomial_and_independent_of_each_other,
        _each("steps", skip=0.0),
    ),
    Broken("a try fewer", TRIES, _each("steps", attempts=_with(limit=lambda limit: limit - 1))),
    Broken("pauses of no time", TRIES, _each("steps", attempts=_with(backoff=Duration(0.0)))),
    Broken("no timeout", TRIES, _each("steps", attempts=_with(timeout=Never()))),
    Broken(
        "a unit more than there is",
        test_counts.test_stock_outs_are_poisson_tails_and_lost_sales_carry_over,
        _each("stock", initial=lambda units: units + 1),
    ),
    Broken(
        "nothing is delivered",
        test_counts.test_stock_outs_are_poisson_tails_and_lost_sales_carry_over,
        _each("stock", replenish=0),
    ),
    Broken(
        "a redial fewer",
        partial(test_phone.test_calls_of_somebody_who_is_never_answered_are_geometric, limit=3),
        _each("contacts", redial=_with(limit=lambda limit: limit - 1)),
    ),
    Broken("redials in half the time", ONE_LINE, _each("contacts", redial=_with(after=_longer(0.5)))),
    Broken("blocked callers wait in line", ONE_LINE, _each("stations", queue_limit=1)),
    Broken(
        "the chatbot comes before self-service",
        test_phone.test_questions_during_a_wait_are_poisson_and_deflection_thins_them,
        _swapped,
    ),
    Broken(
        "everybody comes back in the morning",
        test_phone.test_who_finds_the_phone_closed_comes_back_after_a_uniform_rest_of_the_night,
        _each("contacts", comes_back=1.0),
    ),
    Broken(
        "services a tenth longer, on the hour",
        test_queues.test_d_m_1_waits_as_the_root_of_its_transform_says,
        _each("steps", service=_longer(1.1)),
    ),
    Broken(
        "a blocked customer waits",
        partial(
            test_queues.test_m_g_c_c_blocks_as_erlang_b_says_whatever_the_law_of_service,
            service=Constant(Duration(3600)),
        ),
        _each("stations", queue_limit=1),
    ),
    Broken(
        "services a fifth longer where servers are taken in order",
        test_queues.test_servers_who_are_taken_in_order_carry_what_overflows_from_those_before,
        _each("steps", service=_longer(1.2)),
    ),
    Broken(
        "the shy balk one later",
        test_queues.test_a_limit_balking_and_patience_together_are_one_chain,
        _each("segments", differs=lambda differs: {path: at + 1 for path, at in differs.items()}),
    ),
    Broken(
        "patience a half longer than an answer",
        test_impatience.test_a_slow_answer_loses_those_whose_patience_is_shorter,
        _each("steps", response_patience=lambda law: Constant(Duration(1.5 * law.mean_s))),
    ),
    Broken(
        "the urgent are not",
        test_priorities.test_two_priorities_of_different_work_wait_for_the_residual_service_of_both,
        _each("segments", differs=lambda differs: {path: to for path, to in differs.items() if "priority" not in path}),
    ),
    Broken(
        "a server more at each station",
        test_networks.test_an_open_jackson_network_with_feedback_is_one_queue_beside_another,
        _each("stations", servers=lambda servers: servers + 1),
    ),
    Broken(
        "constant services in a tandem",
        test_networks.test_sojourns_at_two_single_servers_are_independent_exponentials,
        _each("steps", service=_constant),
    ),
    Broken(
        "arrivals are regular",
        test_time_varying.test_m_g_infinity_is_poisson_and_so_are_its_departures,
        _regular,
    ),
    Broken(
        "arrivals are regular, and see another share than the time",
        test_sample_paths.test_poisson_arrivals_see_time_averages_and_both_are_the_stationary_law,
        _regular,
    ),
    Broken(
        "windows an hour farther apart",
        test_time_varying.test_poisson_arrivals_wait_half_a_period_for_a_batch_and_so_does_their_spread,
        _each("steps", batch=_with(every=lambda every: every + Duration(3600.0))),
    ),
    Broken(
        "nothing is broken",
        test_counts.test_injected_errors_fail_a_binomial_share_and_latency_is_added,
        _with(faults=()),
    ),
    Broken(
        "questions come a fifth later",
        test_phone.test_questions_end_with_the_wait_and_are_geometric_where_it_is_exponential,
        _each("contacts", arises=_with(every=_longer(1.2))),
    ),
    Broken(
        "busy with constant services",
        partial(
            test_sample_paths.test_busy_periods_of_m_g_1_last_and_serve_as_theory_says,
            law=Exponential(Duration(3600.0)),
        ),
        _each("steps", service=_constant),
    ),
    Broken(
        "Poisson where it should be regular",
        test_sample_paths.test_regular_arrivals_do_not_see_time_averages,
        _with(arrivals=Poisson(Rate(1 / 3600))),
    ),
    Broken(
        "a server fewer for a fluid",
        partial(test_sample_paths.test_d_d_c_is_a_fluid_with_steps, servers=4),
        _each("stations", servers=3),
    ),
)
