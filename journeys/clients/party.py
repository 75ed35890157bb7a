"""Who stands for a customer before a target, whichever engine plays their walk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from journeys.blueprint import Journey
from journeys.clients.mocked import MockedCustomer
from journeys.clients.own import OwnCustomer
from journeys.clients.session import Session
from journeys.eventlog import Row
from journeys.intents import Act, Acted, Answered, Ask, Go, Heard, Leave
from journeys.population import Customer


class Party(Protocol):
    """Who stands for a customer before the target."""

    def act(self, act: Act, due_s: float) -> Acted:
        """Do a step; `due_s` is its intended start."""

    def listen(self, wall_s: float) -> Heard:
        """Wait for the organisation, for at most `wall_s` real seconds."""

    def ask(self, ask: Ask, due_s: float) -> Answered:
        """Reach a person."""

    def go(self, go: Go) -> str | None:
        """Turn to another step; return the one reached, or None where nobody tells."""

    def leave(self, leave: Leave) -> None:
        """Withdraw."""


def party_of(
    journey: Journey,
    customer: Customer,
    session: Session,
    *,
    mocked: bool,
    speed: float,
    run: str,
    clock: Callable[[], float],
    emit: Callable[[Row], None],
    sleep: Callable[[float], None],
) -> Party:
    """Return who stands for a customer before a mocked back end, or (not `mocked`) an application of one's own.

    Parameters
    ----------
    session: the customer's own. speed: human seconds a second of the run. run: what sets its idempotency keys apart.
    clock: tells seconds of the run. emit: takes rows of contacts that failed. sleep: lets seconds pass.
    """
    if not mocked:
        return OwnCustomer(journey, customer.number, customer.persona, session, speed=speed, run=run, clock=clock)
    return MockedCustomer(
        journey, customer.number, customer.segment, customer.persona, session, speed=speed, run=run, clock=clock,
        emit=emit, sleep=sleep,
    )  # fmt: skip
