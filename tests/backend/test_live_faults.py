"""Faults at the balancer, of the network and of the database, and restarts, as they happen to real processes."""

from __future__ import annotations

import contextlib
import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from journeys import Fault, Replicas, seconds
from journeys.checks import check
from journeys.errors import InvalidInput
from simulators.backend.app import make_desk
from simulators.backend.breakable import Breakable
from simulators.backend.listening import Settings
from simulators.backend.postgres import Postgres
from simulators.backend.process import BackendProcess
from simulators.backend.sqlite import Sqlite
from simulators.backend.store import Change, StoreDown
from simulators.replicas import balancer, tier
from simulators.replicas.tier import ADMIN
from tests.backend.small_journey import DETAILS, small_journey
from tests.backend.test_replicas import needs_envoy
from tests.backend.tiers import Applicant, call, held, history, kill, processes_of, until

pytestmark = pytest.mark.backend

LASTS_S, APART_S = 2.0, 2.6
SLOW_S, WIDTH = 0.4, 16 * 1024
ONE_AFTER_ANOTHER: tuple[dict[str, Any], ...] = (
    {"kind": "latency", "station": "web", "place": "network", "delay": seconds(SLOW_S)},
    {"kind": "errors", "station": "web", "place": "network", "share": 1.0},
    {"kind": "reset", "station": "web", "share": 1.0},
    {"kind": "bandwidth", "station": "web", "bytes_per_s": WIDTH},
    {"kind": "locked"},
    {"kind": "gone"},
    {"kind": "restart", "station": "web", "replica": 0},
)


def journey_with(*faults: Fault) -> Any:
    web, *others = small_journey().stations
    return check(small_journey(stations=(replace(web, replicas=Replicas(2)), *others), faults=faults))


@pytest.fixture(scope="module")
def broken() -> Iterator[BackendProcess]:
    """A back end of two replicas to which each fault happens, one after another."""
    faults = [
        Fault(**{"name": one["kind"], "at": seconds(1 + APART_S * n), "lasting": seconds(LASTS_S), **one})
        for n, one in enumerate(ONE_AFTER_ANOTHER)
    ]
    with BackendProcess(journey_with(*faults), seed=3, speed=1.0, replicas=2, waits=True) as backend:
        assert call(f"{backend.url}/api/clock/zero", {})[0] == 200
        yield backend


@contextlib.contextmanager
def during(backend: BackendProcess, kind: str) -> Iterator[float]:
    """Wait until a fault has begun; it must still last at the end of the context."""
    until(lambda: noted(backend, kind), f"{kind} begins", 30)
    yield time.monotonic()
    assert not over(backend, kind), "the machine was too slow"


def noted(backend: BackendProcess, kind: str) -> bool:
    return any(event["event"] == kind for event in history(backend))


def over(backend: BackendProcess, kind: str) -> bool:
    return ("over", kind) in {(event["event"], event.get("fault")) for event in history(backend)}


def begun(backend: BackendProcess) -> str:
    status, told = call(f"{backend.url}/api/cases", {})
    assert status == 201
    return f"{backend.url}/api/cases/{told['case']}"


def apply(case: str, key: str = "") -> tuple[int, Any, float]:
    began = time.monotonic()
    status, told = call(f"{case}/steps/apply", {"facts": DETAILS}, key)
    return status, told, time.monotonic() - began


@needs_envoy
def test_latency_holds_up_what_customers_send_to_the_station_and_nothing_else(broken: BackendProcess) -> None:
    case = begun(broken)
    with during(broken, "latency"):
        status, _, took_s = apply(case)
        assert status == 200
        assert took_s >= SLOW_S
        began = time.monotonic()
        assert call(case)[1]["step"] == "documents"
        assert time.monotonic() - began < SLOW_S


@needs_envoy
def test_errors_come_before_anything_is_done(broken: BackendProcess) -> None:
    case = begun(broken)
    with during(broken, "errors"):
        assert apply(case)[0] == 503
        assert call(case)[1]["step"] == "apply"


@needs_envoy
def test_an_answer_that_was_lost_was_done_and_is_told_under_the_same_key(broken: BackendProcess) -> None:
    case = begun(broken)
    with during(broken, "reset"):
        with pytest.raises((http.client.HTTPException, OSError)):
            apply(case, "same")
        assert call(case)[1]["step"] == "documents"
        status, told, _ = apply(case, "same")
        assert (status, told["outcome"], told["to"]) == (200, "served", "documents")


@needs_envoy
def test_answers_pass_no_faster_than_the_bandwidth(broken: BackendProcess) -> None:
    case = begun(broken)
    page = f"{case.replace('/api', '')}/steps/apply"
    with during(broken, "bandwidth"):
        began = time.monotonic()
        status, text = call(page, {})  # no form: a page says so
        assert status >= 400
        assert time.monotonic() - began > 0.7 * len(text) / WIDTH > 0.5
        assert apply(case)[0] == 200


@needs_envoy
@pytest.mark.parametrize("kind", ["locked", "gone"])
def test_customers_wait_for_a_database_that_is_locked_or_gone(broken: BackendProcess, kind: str) -> None:
    assert broken.folder is not None
    case = begun(broken)
    with ThreadPoolExecutor(1) as pool:
        with during(broken, kind):
            asked = pool.submit(apply, case)
            time.sleep(0.3)
            assert not asked.done()
            assert held(broken.folder / "cases.db")[case.rpartition("/")[2]] == "apply"
        status, told, took_s = asked.result(30)
    assert (status, told["outcome"]) == (200, "served")
    assert took_s > 0.3
    assert held(broken.folder / "cases.db")[case.rpartition("/")[2]] == "documents"


@needs_envoy
def test_a_replica_is_restarted_and_nobody_notices(broken: BackendProcess) -> None:
    assert broken.folder is not None
    before, admin = processes_of(broken)["replica-0"], balancer.Admin(broken.folder / ADMIN)
    counted = admin.counters()
    until(lambda: noted(broken, "restart"), "the restart begins")
    applicants = [Applicant(broken.url, number) for number in range(24)]
    with ThreadPoolExecutor(6) as pool:
        for one in [pool.submit(applicant.apply) for applicant in applicants]:
            one.result(60)
    assert [applicant.tries for applicant in applicants] == [3] * 24
    until(lambda: processes_of(broken).get("replica-0", before) != before, "another process")
    until(lambda: admin.counters()["healthy"] == 2, "both are back")
    assert admin.counters()["tries"] - counted["tries"] >= 72
    ended = [event for event in history(broken) if event["event"] == "ended"]
    assert [event["replica"] for event in ended] == [0]


# The office, and what it has written ----------------------------------------------------------------------------------


@needs_envoy
def test_rows_of_people_outlive_the_office_and_none_is_shown_that_could_be_lost(database: str | Path) -> None:
    with BackendProcess(small_journey(), seed=3, speed=36_000.0, replicas=2, database=database) as backend:
        for nth in range(3):
            applicant = Applicant(backend.url, nth)
            applicant.apply()
            until(lambda seen=nth: len(rows_of(backend)) >= 2 * (seen + 1), "a review")
            before = rows_of(backend)
            kill(backend, "office")
            assert until(lambda: rows_of(backend), "the office is back")[: len(before)] == before
        found = rows_of(backend)
        assert sorted(row[2] for row in found) == ["review"] * 3 + ["verify"] * 3
        assert call(f"{backend.url}/api/rows?since=4")[1]["rows"] == found[4:]


def rows_of(backend: BackendProcess) -> list[Any]:
    status, told = call(f"{backend.url}/api/rows")
    return list(told["rows"]) if status == 200 else []


@needs_envoy
def test_an_office_that_comes_back_finds_the_database_as_its_fault_has_left_it() -> None:
    fault = Fault(name="locked", kind="locked", at=seconds(0.1), lasting=seconds(4))
    with BackendProcess(journey_with(fault), seed=3, speed=1.0, replicas=2, waits=True) as backend:
        case = begun(backend)
        call(f"{case}/leave", {})  # nobody is on the way at the zero
        assert call(f"{backend.url}/api/clock/zero", {})[0] == 200
        until(lambda: noted(backend, "locked"), "the fault")
        before = processes_of(backend)["office"]
        kill(backend, "office")
        until(lambda: processes_of(backend).get("office", before) != before, "another office")
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(begun, backend)
            until(lambda: now_s(backend) > 3.5, "most of the fault")
            held_up = not asked.done()
            assert asked.result(30)
        assert held_up


def now_s(backend: BackendProcess) -> float:
    status, told = call(f"{backend.url}/health")
    return float(told["now_s"]) if status == 200 else 0.0


def test_a_database_is_locked_for_real_and_gone_until_it_is_found(database: str | Path) -> None:
    inner = Sqlite(database) if isinstance(database, Path) else Postgres(database)
    made = Breakable(inner)
    insert = [Change("INSERT INTO about (name, value) VALUES (?, ?)", ("colour", "blue"))]
    case = [Change("INSERT INTO log (number, fields) VALUES (?, ?)", (1, "[]"))]
    try:
        made.lock()
        assert made.rows("SELECT fields FROM log") == []
        if isinstance(database, Path):  # PostgreSQL lets whoever writes wait
            with pytest.raises(StoreDown, match="locked"):
                made.write(case)
        made.unlock()
        made.write(case)
        made.lose()
        with pytest.raises(StoreDown, match="it is gone"):
            made.rows("SELECT fields FROM log")
        with pytest.raises(StoreDown, match="it is gone"):
            made.write(insert)
        made.find()
        assert made.rows("SELECT fields FROM log") == [("[]",)]
    finally:
        made.close()


def test_what_cannot_be_brought_about_is_refused() -> None:
    narrow = Fault(name="narrow", station="web", kind="bandwidth", bytes_per_s=2048, at=seconds(0), lasting=seconds(1))
    with pytest.raises(InvalidInput, match=r"faults\.narrow\.kind: needs a balancer .*serve with --replicas"):
        make_desk(journey_with(narrow), seed=1, speed=1.0)
    lost = Fault(name="lost", station="clerks", kind="reset", share=1.0, at=seconds(0), lasting=seconds(1))
    with pytest.raises(InvalidInput, match=r"faults\.lost\.station: is no system whose replicas could lose answers"):
        tier.check(Settings(journey=journey_with(lost), replicas=2))
