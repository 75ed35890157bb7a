"""The project's own pytest wiring: Ctrl-C, how Hypothesis searches here, and a small journey to test with."""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from journeys import (
    Contact,
    During,
    Exponential,
    Journey,
    Poisson,
    Route,
    Station,
    Step,
    Wait,
    hours,
    minutes,
    per_hour,
)

# A suite that was started in the background ignores Ctrl-C, and so would all that its tests start and interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Two cores are shared by many processes: a deadline would measure the neighbours.
settings.register_profile(
    "here", max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")
if os.environ.get("CI"):
    # else examples hold constants of the modules imported so far, and so depend on which tests came before
    providers.is_local_module_file = lambda path: False


@pytest.fixture
def shop() -> Journey:
    """A small journey that has a bit of everything: a form, a clerk, a wait, and a question about it."""
    return Journey(
        name="shop",
        arrivals=Poisson(per_hour(12)),
        steps=(
            Step(name="order", lane="customer", think=Exponential(minutes(3)), station="site", abandon=0.1),
            Step(
                name="review", lane="backstage", station="clerks", service=Exponential(minutes(20)), awaits="answer",
                routes=(Route("denied", 0.2), Route("order", 0.1), Route("receipt")),
            ),
            Step(name="receipt", lane="customer"),
        ),
        stations=(Station(name="site", kind="system", servers=4), Station(name="clerks", servers=6)),
        waits=(Wait(name="answer", uncertain=Exponential(hours(30)), informed=Exponential(hours(60))),),
        contacts=(
            Contact(
                name="where", arises=During("answer", Exponential(hours(5))), station="clerks",
                handling=Exponential(minutes(4)),
            ),
        ),
        customers=200,
    )  # fmt: skip
