"""Faults at the balancer, of the network and of the database, and restarts, as they happen to real processes."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import os
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from journeys import Fault, Journey, Replicas, days, seconds
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
from tests.backend.tiers import PATIENCE_S, Applicant, BackEnd, call, held, history, kill, processes_of, until

pytestmark = pytest.mark.backend

SLOW_S, WIDTH, LOOKS = 0.4, 16 * 1024, 10
OF_ALL_KINDS: tuple[dict[str, Any], ...] = (
    {"kind": "latency", "station": "web", "place": "network", "delay": seconds(SLOW_S)},
    {"kind": "errors", "station": "web", "place": "network", "share": 1.0},
    {"kind": "bandwidth", "station": "web", "bytes_per_s": WIDTH},
    {"kind": "locked"},
    {"kind": "gone"},
    {"kind": "restart", "station": "web", "replica": 0},
)
NEVER_BY_THEMSELVES = {"at": days(30), "lasting": seconds(1)}


def journey_with(*faults: Fault) -> Any:
    web, *others = small_journey().stations
    return check(small_journey(stations=(replace(web, replicas=Replicas(2)), *others), faults=faults))


class OnPurpose:
    """A back end of two replicas, kept by a thread of this process: a fault begins and ends when it is told to."""

    def __init__(self, journey: Journey) -> None:
        self.url, self.folder, self.pid = "", Path(), os.getpid()
        self._settings = Settings(journey=journey, seed=3, replicas=2)
        self._loop = asyncio.new_event_loop()
        self._ends, self._serves = asyncio.Event(), threading.Event()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._keep(),))

    def __enter__(self) -> OnPurpose:
        self._thread.start()
        assert self._serves.wait(PATIENCE_S)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._ends.set)
        self._thread.join()
        self._loop.close()

    @contextlib.contextmanager
    def during(self, kind: str) -> Iterator[None]:
        """Let a fault of the journey last for the time of the context."""
        fault = next(fault for fault in self._settings.journey.faults if fault.kind == kind)
        over = self._do(lambda: self._injector.let(fault))
        try:
            yield
        finally:
            self._do(over)

    async def _keep(self) -> None:
        async with tier.kept(self._settings) as serving:
            self.url, self.folder, self._injector = serving.url, serving.folder, serving.injector
            self._serves.set()
            await self._ends.wait()

    def _do(self, action: Callable[[], Any]) -> Any:
        async def done() -> Any:
            return action()

        return asyncio.run_coroutine_threadsafe(done(), self._loop).result(PATIENCE_S)


@pytest.fixture(scope="module")
def broken() -> Iterator[OnPurpose]:
    """A back end to which each kind of fault can happen."""
    with OnPurpose(
        journey_with(*(Fault(name=one["kind"], **NEVER_BY_THEMSELVES, **one) for one in OF_ALL_KINDS))
    ) as made:
        yield made


def noted(backend: BackEnd, kind: str) -> bool:
    return any(event["event"] == kind for event in history(backend))


def begun(backend: BackEnd) -> str:
    status, told = call(f"{backend.url}/api/cases", {})
    assert status == 201
    return f"{backend.url}/api/cases/{told['case']}"


def apply(case: str, key: str = "", asks: threading.Event | None = None) -> tuple[int, Any, float]:
    began = time.monotonic()
    if asks is not None:
        asks.set()
    status, told = call(f"{case}/steps/apply", {"facts": DETAILS}, key)
    return status, told, time.monotonic() - began


@needs_envoy
def test_latency_holds_up_what_customers_send_to_the_station_and_nothing_else(broken: OnPurpose) -> None:
    case = begun(broken)
    with broken.during("latency"):
        status, _, took_s = apply(case)
        assert status == 200
        assert took_s >= SLOW_S
        looked_s = []
        for _ in range(LOOKS):
            began = time.monotonic()
            assert call(case)[1]["step"] == "documents"
            looked_s.append(time.monotonic() - began)
        assert min(looked_s) < SLOW_S  # a busy machine may hold up some, the fault would hold up each


@needs_envoy
def test_errors_come_before_anything_is_done(broken: OnPurpose) -> None:
    case = begun(broken)
    with broken.during("errors"):
        assert apply(case)[0] == 503
        assert call(case)[1]["step"] == "apply"


@needs_envoy
def test_an_answer_that_was_lost_was_done_and_is_told_under_the_same_key() -> None:
    """Replicas lose answers at its time of the run; who asks again is lost no second time."""
    fault = Fault(name="reset", kind="reset", station="web", share=1.0, at=seconds(0), lasting=days(1))
    with BackendProcess(journey_with(fault), seed=3, speed=1.0, replicas=2) as backend:
        case = begun(backend)
        with pytest.raises((http.client.HTTPException, OSError)):
            apply(case, "same")
        assert noted(backend, "reset")
        assert call(case)[1]["step"] == "documents"
        status, told, _ = apply(case, "same")
        assert (status, told["outcome"], told["to"]) == (200, "served", "documents")


@needs_envoy
def test_answers_pass_no_faster_than_the_bandwidth(broken: OnPurpose) -> None:
    case = begun(broken)
    page = f"{case.replace('/api', '')}/steps/apply"
    with broken.during("bandwidth"):
        began = time.monotonic()
        status, text = call(page, {})  # no form: a page says so
        assert status >= 400
        assert time.monotonic() - began > 0.7 * len(text) / WIDTH > 0.5
        assert apply(case)[0] == 200


@needs_envoy
@pytest.mark.parametrize("kind", ["locked", "gone"])
def test_customers_wait_for_a_database_that_is_locked_or_gone(broken: OnPurpose, kind: str) -> None:
    case = begun(broken)
    with ThreadPoolExecutor(1) as pool:
        with broken.during(kind):
            asks = threading.Event()
            asked = pool.submit(apply, case, "", asks)
            assert asks.wait(PATIENCE_S)
            time.sleep(0.3)
            assert not asked.done()
            assert held(broken.folder / "cases.db")[case.rpartition("/")[2]] == "apply"
        status, told, took_s = asked.result(30)
    assert (status, told["outcome"]) == (200, "served")
    assert took_s > 0.3
    assert held(broken.folder / "cases.db")[case.rpartition("/")[2]] == "documents"


@needs_envoy
def test_a_replica_is_restarted_and_nobody_notices(broken: OnPurpose) -> None:
    before, admin = processes_of(broken)["replica-0"], balancer.Admin(broken.folder / ADMIN)
    counted = admin.counters()
    applicants = [Applicant(broken.url, number) for number in range(24)]
    with broken.during("restart"), ThreadPoolExecutor(6) as pool:
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
def test_an_office_that_comes_back_finds_the_database_as_its_fault_has_left_it(broken: OnPurpose) -> None:
    with ThreadPoolExecutor() as pool:

        def held_up() -> Future[str] | None:
            asked = pool.submit(begun, broken)
            with contextlib.suppress(TimeoutError):
                asked.result(0.3)
                return None
            return asked

        with broken.during("locked"):
            before = processes_of(broken)["office"]
            kill(broken, "office")
            until(lambda: processes_of(broken).get("office", before) != before, "another office")
            until(lambda: call(f"{broken.url}/health")[0] == 200, "it answers")
            asked = until(held_up, "somebody is held up")
        assert asked.result(30)


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
