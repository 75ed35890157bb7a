"""A journey's customers under plain Locust: its own command line, statistics, CSV files and web page.

    JOURNEYWRIGHT_JOURNEY=loan-application JOURNEYWRIGHT_RATE="5 / s" \\
        locust -f load/locustfile.py --headless -H http://127.0.0.1:8000

`journeywright load` does the same with checks, caps and rows; here the user class is the same one, so the customers,
their arrival times and what they send are the same too. Locust ends when the last customer has, or at its own
``--run-time``. Numbers of users (``-u``, ``-r``) mean nothing: one user owns all arrivals, or with ``--master`` and
``--worker``, or ``--processes``, one in each worker owns its share of them. Then every process needs the same
environment. Its variables:

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

import gevent
from gevent.event import Event
from locust import events
from locust.runners import STATE_MISSING, MasterRunner, WorkerRunner

from journeys.clients.planning import expect_requests
from journeys.clients.target import MockedBackEnd, Target
from journeys.durations import Duration, Rate, per_second
from journeys.errors import InvalidInput, JourneywrightError, Problem
from journeys.eventlog import Manifest
from journeys.loading import load
from journeys.paths import digest
from load.cluster import JOB, JOIN, READY, Lead, Member, OneEach
from load.customers import Customers
from load.job import Job
from load.master import END
from load.pacing import share
from load.planning import check_options, plan
from load.target import check_up

MAX_CUSTOMERS = 200_000
JOIN_S, AGAIN_S = 20.0, 0.5
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


def job_for(host: str, worker: int = 0, workers: int = 1) -> Job:
    """Return the job that the environment describes, for one of so many workers; raises what `load.load` would."""
    reference = os.environ.get("JOURNEYWRIGHT_JOURNEY", "")
    if not reference:
        raise InvalidInput([Problem("JOURNEYWRIGHT_JOURNEY", "is not set", "", "a journey's name, or its Python file")])
    journey = load(reference)
    mocked = os.environ.get("JOURNEYWRIGHT_TARGET", "own") == "mock"
    place = Target.parse(host)
    check_up(place, os.environ.get("JOURNEYWRIGHT_PUBLIC", "") == "yes")
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
        MockedBackEnd(place).check_plays(journey, speed)
    manifest = Manifest(
        journey.name, digest(journey), "as-is", "load", "measured", seed, 1, len(planned_s), speed=speed,
        target=place.shown, workload="open",
    )  # fmt: skip
    own = share(len(planned_s), worker, workers)
    return Job(
        journey=journey, manifest=manifest, folder="", target=place.url, mocked=mocked, seed=seed, speed=speed,
        run=secrets.token_hex(6), worker=worker, workers=workers, customers=own,
        planned_s=[planned_s[number] for number in own], duration_s=duration_s, follow_up_s=follow_up_s,
        in_flight=len(share(in_flight, worker, workers)),
    )  # fmt: skip


def _speed(place: Target, mocked: bool) -> float:
    if not mocked:
        return 1.0
    _, health = place.call("GET", "/health")
    return float(health.get("speed", 1.0)) if isinstance(health, dict) else 1.0


class JourneyCustomers(Customers):
    """The customers of the journey that the environment names; no rows are kept, only Locust's own statistics."""


def prepare(environment: Any, runner: Any = None, **_: Any) -> None:
    """Make the job once Locust knows the host; what is wrong ends Locust with one line."""
    environment.dispatcher_class = OneEach
    JourneyCustomers.emit = staticmethod(lambda row: None)
    JourneyCustomers.ended = staticmethod(lambda crowd: _tell(environment, crowd.problem))
    if isinstance(runner, WorkerRunner):
        _follow(Member(runner))
        return
    JourneyCustomers.job = job = _job(environment.host)
    if isinstance(runner, MasterRunner):
        _lead(environment, runner, job)
    else:
        JourneyCustomers.begin = staticmethod(lambda crowd: _zero(job))


def _lead(environment: Any, runner: MasterRunner, job: Job) -> None:
    """Tell each worker, when Locust starts, which of how many it is, and once all are ready, the run's zero.

    When all have ended Locust does too, unless its page is open.
    """
    ready, over = set[int](), set[int]()
    asked: list[int] = []

    def hear(worker: int, kind: str, data: Any) -> None:
        if kind == READY:
            ready.add(worker)
            if asked and len(ready) == asked[0]:
                lead.go(_zero(job))
        elif kind == END:
            over.add(worker)
            _tell(environment, data["problem"])
            alive = {lead.members.index(at) for at, node in runner.clients.items() if node.state != STATE_MISSING}
            if over >= ready & alive:
                gevent.spawn(runner.stop if environment.web_ui else runner.quit)

    def start(environment: Any, **_: Any) -> None:
        ready.clear()
        over.clear()
        until = time.monotonic() + JOIN_S
        while not set(runner.clients) <= set(lead.members) and time.monotonic() < until:
            gevent.sleep(0.05)  # Locust knows of a worker a little before that can hear of its customers
        there = [worker for worker, member in enumerate(lead.members) if member in runner.clients]
        asked[:] = [len(there)]
        for place, worker in enumerate(there):
            lead.tell(worker, JOB, {"worker": place, "workers": len(there), "host": environment.host})

    lead = Lead(runner, hear, (END,))
    environment.events.test_start.add_listener(start)


def _follow(member: Member) -> None:
    """Make a worker's job when its master tells which of how many it is."""

    told = Event()

    def take(share: Any) -> None:
        told.set()
        JourneyCustomers.job = _job(share["host"], share["worker"], share["workers"])

    def join() -> None:
        while not told.is_set():
            member.say(JOIN)  # the master may be too young to hear it
            told.wait(AGAIN_S)

    member.take = take
    JourneyCustomers.quits = False
    JourneyCustomers.begin = staticmethod(lambda crowd: member.zero())
    JourneyCustomers.ended = staticmethod(lambda crowd: member.say(END, {"problem": crowd.problem}))
    gevent.spawn(join)


def _job(host: str | None, worker: int = 0, workers: int = 1) -> Job:
    try:
        return job_for(host or "", worker, workers)
    except JourneywrightError as error:
        sys.stderr.write(f"{error}\n")
        sys.stderr.flush()
        os._exit(error.exit_code)  # Locust would go on, and print a traceback


def _zero(job: Job) -> float:
    return MockedBackEnd(Target.parse(job.target)).zero(time.time) if job.mocked else time.time()


def _tell(environment: Any, problem: str) -> None:
    if problem:
        sys.stderr.write(f"{problem}\n")
        environment.process_exit_code = 2


hooks: Any = events
hooks.init.add_listener(prepare)
