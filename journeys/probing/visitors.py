"""Visitors: customers of the population who walk a few steps, so that there is data which is theirs alone."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from journeys.blueprint import Journey
from journeys.clients.own import OwnCustomer
from journeys.clients.session import CUSTOMER
from journeys.facts import Fact
from journeys.intents import Act
from journeys.population import Population
from journeys.probing.asking import Asker, Exchange, Visit

FIRST = 900_001
"""The first visitor's number: none of those who walk in a run."""

STEPS = 6
SHORTEST = 4
_PERSONAL = ("text", "email", "phone", "date", "secret")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who walked, with what values, and what was said.

    `page` is the address of their own page at a mocked back end, empty elsewhere. `walked` counts the steps done.
    """

    persona: Mapping[str, str]
    visit: Visit
    walked: int
    page: str

    @property
    def exchanges(self) -> list[Exchange]:
        """What was asked and answered so far."""
        return self.visit.exchanges

    def own(self, journey: Journey, other: Visitor) -> dict[str, str]:
        """Return the values that are this visitor's, and not the other's; by fact."""
        theirs = set(other.persona.values())
        return {
            fact.name: self.persona[fact.name]
            for fact in journey.facts
            if fact.kind in _PERSONAL and len(self.persona[fact.name]) >= SHORTEST
            and self.persona[fact.name] not in theirs
        }  # fmt: skip


def walk(
    journey: Journey, asker: Asker, seed: int, number: int, *, mocked: bool, typed: Mapping[str, str] | None = None
) -> Visitor:
    """Let a visitor walk the first steps at which customers act; `typed` are values in place of their own."""
    persona = {**Population(journey, seed).customer(number).persona, **(typed or {})}
    visit = Visit(asker, {CUSTOMER: str(number)} if mocked else {})
    walked, page = (_at_mock if mocked else _at_own)(journey, persona, visit, number)
    return Visitor(persona, visit, walked, page)


def free_texts(journey: Journey) -> tuple[Fact, ...]:
    """Return the facts in which anything may be typed."""
    return tuple(fact for fact in journey.facts if fact.kind == "text")


def _at_mock(journey: Journey, persona: Mapping[str, str], visit: Visit, number: int) -> tuple[int, str]:
    told = visit.post("/api/cases", {}).json()
    if not isinstance(told, dict) or "case" not in told:
        return 0, ""
    page, walked = f"/cases/{quote(str(told['case']))}", 0
    while walked < STEPS and told.get("acts"):
        visit.get(page)
        step = journey.step(str(told["step"]))
        if step.station and journey.clock(step.name) == "human":  # people take their time, and are not what is probed
            break
        facts = {name: persona[name] for name in step.asks}
        answer = visit.post(f"/api{page}/steps/{step.name}", {"facts": facts}, f"probe-{number}-{walked}")
        if answer.status != 200:
            break
        told, walked = answer.json(), walked + 1
    else:
        visit.get(page)
    visit.get(f"/api{page}")
    return walked, page


def _at_own(journey: Journey, persona: Mapping[str, str], visit: Visit, number: int) -> tuple[int, str]:
    customer = OwnCustomer(journey, number, persona, visit, speed=1.0, run=f"probe-{seed_of()}", clock=time.monotonic)
    walked = 0
    for step in journey.steps:
        if walked >= STEPS or step.lane != "customer":
            continue
        if step.page is not None and step.page.path and "{" not in step.page.path:
            visit.get(step.page.path)
        if step.http:
            acted = customer.act(Act(step, 0, 0, step.asks, math.inf), time.monotonic())
            if acted.outcome != "served":
                break
            walked += 1
    return walked, ""


def seed_of() -> str:
    """Return what sets the keys of one probe apart from those of another."""
    return f"{time.time_ns():x}"
