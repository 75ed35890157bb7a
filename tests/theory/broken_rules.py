"""Rules broken on purpose, each with the test of this suite that must notice.

Most are told to the engine by a blueprint that differs from the one that the theory is worked out for: an engine that
obeys it breaks the rule, whichever engine it is. What no blueprint can say is broken in the population's draws, or in
the SimPy engine itself.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from journeys import Constant, Distribution, Duration, Exponential, Journey, Never, Poisson
from journeys.population import Population
from simulators.stations import StationState
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
Patch = Callable[[pytest.MonkeyPatch], None]
Address = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Broken:
    """A rule broken.

    Parameters
    ----------
    rule: what is done wrong. noticed_by: the test that must fail, but for the engine.
    change: the blueprint that the engine obeys instead. patch: how the SimPy engine is changed.
    """

    rule: str
    noticed_by: Test
    change: Change = lambda journey: journey
    patch: Patch | None = None

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

TOLD_BY_BLUEPRINTS = (
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
)


# What no blueprint says ----------------------------------------------------------------------------------------------


def _joining(alter: Callable[[StationState, Any], None]) -> Patch:
    """Alter each piece of work when it comes to a station."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        join = StationState.join

        def altered(self: StationState, ticket: Any, *rest: Any, **more: Any) -> None:
            alter(self, ticket)
            join(self, ticket, *rest, **more)

        monkeypatch.setattr(StationState, "join", altered)

    return patch


_turns = itertools.count(1)


def _last_come_first(station: StationState, ticket: Any) -> None:
    ticket.priority = -next(_turns)


def _a_microsecond_longer(station: StationState, ticket: Any) -> None:
    ticket.service_s += 1e-6


def _released_late(monkeypatch: pytest.MonkeyPatch) -> None:
    release = StationState._release

    def late(self: StationState, ticket: Any) -> None:
        self._clock.after(180.0, lambda: release(self, ticket))

    monkeypatch.setattr(StationState, "_release", late)


def _drawing(purposes: tuple[str, ...], address: Callable[[str, str, int], Address]) -> Patch:
    """Draw for these purposes from another (step, purpose, visit) than was asked for."""

    def patch(monkeypatch: pytest.MonkeyPatch) -> None:
        uniforms = Population.uniforms

        def elsewhere(self: Population, step: str, purpose: str, visit: int, block: int) -> Any:
            chosen = address(step, purpose, visit) if purpose in purposes else (step, purpose, visit)
            return uniforms(self, *chosen, block)

        monkeypatch.setattr(Population, "uniforms", elsewhere)

    return patch


RECURSION = partial(
    test_sample_paths.test_each_customer_waits_as_the_recursion_over_the_same_draws_says, servers=3, patience=None
)
FIFO = test_queues.test_sojourns_in_m_m_1_first_come_first_served_are_exponential
LAST_COME_FIRST = Broken("last come, first served", FIFO, patch=_joining(_last_come_first))

IN_SIMPY = (
    LAST_COME_FIRST,
    Broken("servers are released three minutes late", M_M_3, patch=_released_late),
    Broken("services a millionth of a second longer", RECURSION, patch=_joining(_a_microsecond_longer)),
    Broken(
        "the luck of a service is that of the gap before it",
        M_M_3,
        patch=_drawing(("service",), lambda step, purpose, visit: ("arrival", "gap", 0)),
    ),
    Broken(
        "each visit has the luck of the first",
        test_networks.test_rework_visits_are_geometric_and_the_queue_that_of_jackson,
        patch=_drawing(("service",), lambda step, purpose, visit: (step, purpose, 0)),
    ),
    Broken(
        "one uniform decides on routes and on passing over",
        test_counts.test_routes_skips_and_giving_up_are_binomial_and_independent_of_each_other,
        patch=_drawing(("skip", "route"), lambda step, purpose, visit: ("", "", visit)),
    ),
)
