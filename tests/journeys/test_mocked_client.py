"""A customer's side of the mocked back end's protocol: what is sent again, and under which key."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from journeys.clients.mocked import MockedCustomer
from journeys.clients.session import Answer, Call
from journeys.intents import Act, Go
from journeys.population import Population
from tests.backend.small_journey import small_journey

BEGUN = (201, {"case": "c", "step": "apply", "version": 1})
SERVED = (200, {"outcome": "served", "to": "documents", "step": "documents", "version": 2, "server": 0})
FAILED = (502, {"outcome": "failed", "to": None, "step": "apply", "version": 1, "server": 0})


class Scripted:
    """A session that answers as told, and notes the keys it was sent."""

    def __init__(self, *answers: tuple[int, Any]) -> None:
        self._answers = list(answers)
        self.sent: list[tuple[str, str]] = []

    def send(self, call: Call) -> Answer:
        self.sent.append((call.path, call.key))
        status, body = self._answers.pop(0)
        return Answer(status, json.dumps(body).encode(), "" if status else "reset", False, 0.0, 0.0)


JOURNEY = small_journey()


def party_before(session: Scripted) -> MockedCustomer:
    customer = Population(JOURNEY, 1).customer(0)
    return MockedCustomer(
        JOURNEY, 0, customer.segment, customer.persona, session, speed=1.0, run="r", clock=lambda: 0.0,
        emit=lambda row: None, sleep=lambda seconds: None,
    )  # fmt: skip


def act(party: MockedCustomer) -> str:
    return party.act(Act(JOURNEY.step("apply"), 0, 0, (), math.inf), 0.0).outcome


def keys_of(*answers: tuple[int, Any]) -> list[str]:
    """Return the keys under which a customer sends a step, as often as there are answers, after the case was begun."""
    session = Scripted(BEGUN, *answers)
    party = party_before(session)
    for _ in answers:
        act(party)
    return [key for path, key in session.sent if path.endswith("/steps/apply")]


@pytest.mark.parametrize("answer", [(0, None), (503, "no healthy upstream"), (504, "upstream request timeout"),
                                    (503, {"problem": "the database cannot be used just now"})])  # fmt: skip
def test_what_may_have_been_accepted_is_sent_again_under_its_key(answer: tuple[int, Any]) -> None:
    first, again = keys_of(answer, SERVED)
    assert first == again


@pytest.mark.parametrize("answer", [FAILED, (409, {"problem": "not the customer's turn"}), (500, {"problem": "ours"})])
def test_what_was_answered_is_sent_anew(answer: tuple[int, Any]) -> None:
    first, again = keys_of(answer, SERVED)
    assert first != again


@pytest.mark.parametrize("odd", [[], {}, {"status": "ok"}])
def test_what_is_no_answer_of_a_back_end_is_asked_for_again(odd: Any) -> None:
    party = party_before(Scripted(BEGUN, FAILED, (200, odd), (200, {"step": "call", "version": 5}),
                                  (200, odd), (200, {"step": "denied", "version": 6})))  # fmt: skip
    assert act(party) == "failed"
    assert party.go(Go("call")) == "call"
    assert party.listen(30.0).to == "denied"
