"""A fake server in a process of its own, with known service times and a planted freeze."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from journeys import Fact, Journey, Poisson, Request, Step, Wait, per_second, post
from journeys.paths import digest
from tests.serving import Serving

SERVER = Path(__file__).with_name("fake_server.py")


class Child(Serving):
    """A server that tells what it has seen."""

    def seen(self) -> dict[str, Any]:
        """What the server itself tells of the run."""
        with urllib.request.urlopen(f"{self.url}/control", timeout=10) as response:
            told: dict[str, Any] = json.load(response)
            return told


class Fake(Child):
    """The fake server of one test."""

    def __init__(self, journey: Journey, **plan: Any) -> None:
        steps = [step.name for step in journey.steps]
        backstage = [step.name for step in journey.steps if step.lane == "backstage"]
        told = {"journey": journey.name, "digest": digest(journey), "steps": steps, "backstage": backstage}
        super().__init__(SERVER, plan=told | plan)


@pytest.fixture
def serve() -> Iterator[Callable[..., Fake]]:
    servers: list[Fake] = []

    def start(journey: Journey, **plan: Any) -> Fake:
        servers.append(Fake(journey, **plan))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


@pytest.fixture
def loan() -> Journey:
    """Two steps of the customer's, one behind the counter with a wait, one more of the customer's."""
    return Journey(
        name="loan",
        arrivals=Poisson(per_second(30)),
        facts=(
            Fact(name="full_name", label="Full name", faker="name"),
            Fact(name="amount", label="Amount", kind="number"),
        ),
        waits=(Wait(name="decision"),),
        steps=(
            Step(name="apply", lane="customer", asks=("full_name", "amount")),
            Step(name="verify", lane="backstage", awaits="decision"),
            Step(name="sign", lane="customer"),
        ),
    )


@pytest.fixture
def shop() -> Journey:
    """A shop of one's own: an order, and its payment by a form."""
    form = {"payer": "{full_name}", "text": "{{payer}}"}
    order: Request = post(
        "/orders", json={"customer": "{customer}", "who": "{full_name}"}, expect=201, keep={"order": "data.id"}
    )
    return Journey(
        name="shop",
        arrivals=Poisson(per_second(20)),
        facts=(Fact(name="full_name", label="Full name", faker="name"),),
        steps=(
            Step(name="browse", lane="customer"),
            Step(name="order", lane="customer", http=(order, post("/orders/{order}/payment", form=form))),
            Step(name="pack", lane="backstage"),
        ),
    )
