"""A journey's customers under plain Locust: its own command line, statistics, CSV files and web page.

    JOURNEYWRIGHT_JOURNEY=loan-application JOURNEYWRIGHT_RATE="5 / s" \\
        locust -f load/locustfile.py --headless -H http://127.0.0.1:8000

`journeywright load` does the same with several workers, checks and caps; here the user class is the same one, so the
customers, their arrival times and what they send are the same too. Locust ends when the last customer has, or at its
own ``--run-time``. Numbers of users (``-u``, ``-r``) mean nothing: one user owns all arrivals. Environment variables:

JOURNEYWRIGHT_JOURNEY     a registered journey's name, or a Python file that holds one; needed
JOURNEYWRIGHT_TARGET      ``mock`` for a mocked back end (its clock is started), ``own`` (default) for an application
JOURNEYWRIGHT_SEED        whose customers; 1
JOURNEYWRIGHT_RATE        arrivals, such as ``5 / s``; the journey's own when left out
JOURNEYWRIGHT_MAX_RATE    the cap against mistakes; 200 / s
JOURNEYWRIGHT_DURATION    how long customers arrive, such as ``2 min``; 60 s
JOURNEYWRIGHT_CUSTOMERS   at most so many; all that arrive
JOURNEYWRIGHT_SPEED       human seconds a real second; 1, and for a mocked back end its own
JOURNEYWRIGHT_IN_FLIGHT   the most customers on their way at once; 2000
JOURNEYWRIGHT_FOLLOW_UP   how long after the last arrival customers are followed; 60 s
JOURNEYWRIGHT_PUBLIC      ``yes`` to allow a public address
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable
from typing import Any, TypeVar

from locust import events

from journeys.clients.planning import expect_requests
from journeys.durations import Duration, Rate, per_second
from journeys.errors import InvalidInput, JourneywrightError, Problem
from journeys.eventlog import Manifest
from journeys.loading import load
from journeys.paths import digest
from load.customers import Customers
from load.driving import Crowd
from load.job import Job
from load.planning import check_options, plan
from load.target import Target

MAX_CUSTOMERS = 200_000
Value = TypeVar("Value")


def setting(name: str, read: Callable[[str], Value], otherwise: Value) -> Value:
    """Return an environment variable's value, read by `read`; raises InvalidInput where it cannot be."""
    text = os.environ.get(f"JOURNEYWRIGHT_{name}", "")
    if not text:
        return otherwise
    try:
        return read(text)
    except ValueError as error:
        raise InvalidInput([Problem(f"JOURNEYWRIGHT_{name}", str(error), text)]) from None


def job_for(host: str) -> Job:
    """Return the job that the environment describes; raises what `load.load` would."""
    reference = os.environ.get("JOURNEYWRIGHT_JOURNEY", "")
    if not reference:
        raise InvalidInput([Problem("JOURNEYWRIGHT_JOURNEY", "is not set", "", "a journey's name, or its Python file")])
    journey = load(reference)
    mocked = os.environ.get("JOURNEYWRIGHT_TARGET", "own") == "mock"
    place = Target.parse(host)
    place.check_up(os.environ.get("JOURNEYWRIGHT_PUBLIC", "") == "yes")
    speed = setting("SPEED", float, 0.0) or _speed(place, mocked)
    rate, max_rate = setting("RATE", Rate.parse, None), setting("MAX_RATE", Rate.parse, per_second(200))
    duration_s = setting("DURATION", Duration.parse, Duration(60.0)).s
    follow_up_s = setting("FOLLOW_UP", Duration.parse, Duration(60.0)).s
    customers, in_flight = setting("CUSTOMERS", int, None), setting("IN_FLIGHT", int, 2000)
    expect_requests(journey, mocked, "load")
    check_options(
        duration_s=duration_s, customers=customers, workers=1, speed=speed, in_flight=in_flight,
        follow_up_s=follow_up_s, rate=rate, max_customers=MAX_CUSTOMERS,
    )  # fmt: skip
    seed = setting("SEED", int, 1)
    planned_s = plan(
        journey, seed, rate=rate, duration_s=duration_s, customers=customers, speed=speed, max_rate=max_rate,
        max_customers=MAX_CUSTOMERS,
    ).tolist()  # fmt: skip
    if mocked:
        place.check_plays(journey, speed)
    manifest = Manifest(
        journey.name, digest(journey), "as-is", "load", "measured", seed, 1, len(planned_s), speed=speed,
        target=place.shown, workload="open",
    )  # fmt: skip
    return Job(
        journey=journey, manifest=manifest, folder="", target=place.url, mocked=mocked, seed=seed, speed=speed,
        run=secrets.token_hex(6), worker=0, workers=1, customers=tuple(range(len(planned_s))),
        planned_s=tuple(planned_s), duration_s=duration_s, follow_up_s=follow_up_s, in_flight=in_flight,
    )  # fmt: skip


def _speed(place: Target, mocked: bool) -> float:
    if not mocked:
        return 1.0
    _, health = place.call("GET", "/health")
    return float(health.get("speed", 1.0)) if isinstance(health, dict) else 1.0


class JourneyCustomers(Customers):
    """The customers of the journey that the environment names; no rows are kept, only Locust's own statistics."""


def prepare(environment: Any, **_: Any) -> None:
    """Make the job once Locust knows the host; what is wrong ends Locust with one line."""
    try:
        JourneyCustomers.job = job = job_for(environment.host or "")
    except JourneywrightError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(error.exit_code)  # Locust would go on, and print a traceback

    def begin(crowd: Crowd) -> float:
        return Target.parse(job.target).start_clock() if job.mocked else time.time()

    def ended(crowd: Crowd) -> None:
        if crowd.problem:
            sys.stderr.write(f"{crowd.problem}\n")
            environment.process_exit_code = 2

    JourneyCustomers.begin, JourneyCustomers.ended = staticmethod(begin), staticmethod(ended)
    JourneyCustomers.emit = staticmethod(lambda row: None)


hooks: Any = events
hooks.init.add_listener(prepare)
