"""Rules broken in the population's draws and inside the SimPy engine, each with the test that must notice."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from journeys.population import Population
from simulators.stations import StationState
from tests.theory import test_counts, test_networks, test_queues, test_sample_paths
from tests.theory.broken_rules import M_M_3, Test

Patch = Callable[[pytest.MonkeyPatch], None]
Address = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class BrokenInside:
    """A rule broken: what is done wrong, the test that must fail, and how the engine is changed."""

    rule: str
    noticed_by: Test
    patch: Patch


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

        def elsewhere(self: Population, step: str, purpose: str, visit: int, *where: int) -> Any:
            chosen = address(step, purpose, visit) if purpose in purposes else (step, purpose, visit)
            return uniforms(self, *chosen, *where)

        monkeypatch.setattr(Population, "uniforms", elsewhere)

    return patch


RECURSION = partial(
    test_sample_paths.test_each_customer_waits_as_the_recursion_over_the_same_draws_says, servers=3, patience=None
)
FIFO = test_queues.test_sojourns_in_m_m_1_first_come_first_served_are_exponential
LAST_COME_FIRST = BrokenInside("last come, first served", FIFO, _joining(_last_come_first))
RELEASED_LATE = BrokenInside("servers are released three minutes late", M_M_3, _released_late)

IN_SIMPY = (
    LAST_COME_FIRST,
    RELEASED_LATE,
    BrokenInside("services a millionth of a second longer", RECURSION, _joining(_a_microsecond_longer)),
    BrokenInside(
        "the luck of a service is that of the gap before it",
        M_M_3,
        _drawing(("service",), lambda step, purpose, visit: ("arrival", "gap", 0)),
    ),
    BrokenInside(
        "each visit has the luck of the first",
        test_networks.test_rework_visits_are_geometric_and_the_queue_that_of_jackson,
        _drawing(("service",), lambda step, purpose, visit: (step, purpose, 0)),
    ),
    BrokenInside(
        "one uniform decides on routes and on passing over",
        test_counts.test_routes_skips_and_giving_up_are_binomial_and_independent_of_each_other,
        _drawing(("skip", "route"), lambda step, purpose, visit: ("", "", visit)),
    ),
)
