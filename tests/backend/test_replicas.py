"""Replicas behind a load balancer: nothing is lost, nothing done twice, and nothing left behind."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from journeys import Replicas, Station
from journeys.errors import InvalidInput, Missing
from simulators.backend.listening import PortInUse, Settings
from simulators.backend.process import BackendProcess
from simulators.replicas import balancer
from simulators.replicas.hosting import hosted_stations
from simulators.replicas.registry import NOTES, base, sweep
from simulators.replicas.tier import ADMIN, check
from tests.backend.small_journey import DETAILS, DOCUMENTS, small_journey
from tests.backend.tiers import (
    Applicant,
    call,
    call_replica,
    held,
    history,
    is_gone,
    kill,
    processes_of,
    stopped,
    told,
    until,
)

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.backend
SPEED = 36_000.0


def envoy_is_missing() -> bool:
    try:
        balancer.find_envoy()
    except Missing:
        return True
    return False


needs_envoy = pytest.mark.skipif(envoy_is_missing(), reason="Envoy is not installed (the extra 'replicas')")


@pytest.fixture(scope="module")
def two_replicas() -> Iterator[BackendProcess]:
    """A back end of two replicas for tests that leave it as they found it, but for some open cases."""
    with BackendProcess(small_journey(), seed=3, speed=1.0, replicas=2) as backend:
        yield backend


@needs_envoy
def test_a_life_behind_the_balancer_and_nothing_left_of_it() -> None:
    with BackendProcess(small_journey(), seed=3, speed=SPEED, replicas=2) as backend:
        _, health = call(f"{backend.url}/health")
        assert (health["journey"], health["speed"]) == ("small-loan", SPEED)
        case = call(f"{backend.url}/api/cases", {})[1]["case"]
        here = f"{backend.url}/api/cases/{case}"
        status, acted = call(f"{here}/steps/apply", {"facts": DETAILS})
        assert (status, acted["outcome"], acted["to"], acted["server"]) == (200, "served", "documents", 0)
        assert acted["service_ms"] >= 20
        assert call(f"{here}/steps/apply", {"facts": DETAILS})[0] == 409
        assert call(f"{here}/steps/documents", {"facts": {}})[0] == 422
        version = call(f"{here}/steps/documents", {"facts": DOCUMENTS})[1]["version"]
        assert call(f"{here}?wait_ms=20000&since={version}")[1]["step"] == "offer"
        assert call(f"{here}/steps/offer", {})[1]["end"] is True
        assert [row[2] for row in call(f"{backend.url}/api/rows")[1]["rows"]] == ["verify", "review"]
        assert "Loan officers" in call(f"{backend.url}/status")[1]
        assert call(f"{backend.url}/api/clock/zero", {}) == (200, {"now_s": 0})
        assert call(f"{backend.url}/health")[1]["now_s"] < health["now_s"] + 60
        processes, folder = processes_of(backend), backend.folder
        assert set(processes) == {"tier", "office", "envoy", "replica-0", "replica-1"}
    assert all(is_gone(process) for process in processes.values())
    assert folder is not None
    assert not folder.exists()


@needs_envoy
def test_everything_acknowledged_outlives_the_kill_of_any_process(database: str | Path) -> None:
    with BackendProcess(small_journey(), seed=3, speed=1.0, replicas=2, database=database) as backend:
        applicants = [Applicant(backend.url, number) for number in range(30)]
        with ThreadPoolExecutor(12) as pool:
            asked = [pool.submit(applicant.apply) for applicant in applicants]
            for done, victim in ((5, "replica-0"), (10, "replica-1"), (20, "office")):
                until(lambda done=done: sum(one.done() for one in asked) >= done, f"{done} applications")
                kill(backend, victim)
            for one in asked:
                one.result(120)
        ended = {event.get("replica", "office") for event in history(backend) if "ended" in event["event"]}
        assert ended == {0, 1, "office"}
    assert {applicant.case: applicant.told[-1] for applicant in applicants} == held(database)
    assert len(held(database)) == len(applicants)
    masked = {("tax_number", "••••••••")}
    expected = {(name, str(value)) for name, value in (DETAILS | DOCUMENTS).items() if name != "tax_number"} | masked
    of_each = {case: {(fact, value) for one, fact, value in told(database) if one == case} for case in held(database)}
    assert all(values == expected for values in of_each.values())


@needs_envoy
def test_the_same_submission_at_two_replicas_at_once_is_one(two_replicas: BackendProcess) -> None:
    assert two_replicas.folder is not None
    places = [two_replicas.folder / f"replica-{number}" for number in range(2)]
    before = len(held(two_replicas.folder / "cases.db"))

    def ask(where: str, body: Any, key: str) -> Any:
        with ThreadPoolExecutor(8) as pool:
            told = list(pool.map(lambda number: call_replica(places[number % 2], where, body, key), range(8)))
        assert len({json.dumps(one) for one in told}) == 1
        return told[0]

    status, begun = ask("/api/cases", {}, "begin")
    assert status == 201
    status, acted = ask(f"/api/cases/{begun['case']}/steps/apply", {"facts": DETAILS}, "apply")
    assert (status, acted["to"]) == (200, "documents")
    assert len(held(two_replicas.folder / "cases.db")) == before + 1


@needs_envoy
def test_a_replica_that_stands_still_holds_up_nobody_for_long(two_replicas: BackendProcess) -> None:
    assert two_replicas.folder is not None
    admin = balancer.Admin(two_replicas.folder / ADMIN)
    before = admin.counters()
    with stopped(processes_of(two_replicas)["replica-0"]):
        applicants = [Applicant(two_replicas.url, number) for number in range(8)]
        with ThreadPoolExecutor(8) as pool:
            for one in [pool.submit(applicant.apply) for applicant in applicants]:
                one.result(60)
        # what hung was tried again by the balancer: no customer had to
        assert [applicant.tries for applicant in applicants] == [3] * 8
    counted = {name: value - before[name] for name, value in admin.counters().items()}
    assert counted["retries"] > 0
    assert min(counted["tries"], counted["requests"]) >= 24


@needs_envoy
def test_nothing_is_left_of_a_back_end_whose_framework_was_killed() -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert parent.stdin is not None
    assert parent.stdout is not None
    parent.stdin.write(pickle.dumps(small_journey()))
    parent.stdin.close()
    folder = Path(parent.stdout.readline().decode().strip())
    notes = json.loads((folder / NOTES).read_text())
    processes = [psutil.Process(int(pid)) for pid, _ in (notes["owner"], *notes["children"].values())]
    processes_by_name = dict(zip(("tier", *notes["children"]), processes, strict=True))
    processes_by_name["replica-0"].suspend()  # who stands still cannot notice anything
    parent.kill()
    parent.wait(10)
    parent.stdout.close()
    until(lambda: all(is_gone(process) for process in processes), "all processes to end")
    until(lambda: not folder.exists(), "the folder to be removed")


PARENT = """
import pickle, sys, time
from simulators.backend.process import BackendProcess
with BackendProcess(pickle.load(sys.stdin.buffer), replicas=2) as backend:
    print(backend.folder, flush=True)
    time.sleep(120)
"""


@needs_envoy
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel of Linux ends them")
def test_nothing_is_left_of_a_back_end_that_was_killed_itself() -> None:
    backend = BackendProcess(small_journey(), replicas=2)
    try:
        backend.__enter__()
        processes, folder = processes_of(backend), backend.folder
        processes["replica-1"].suspend()
        processes["tier"].kill()
        until(lambda: all(is_gone(process) for process in processes.values()), "all processes to end")
        assert folder is not None
        assert folder.exists()  # nobody was left to remove it
        sweep()
        assert not folder.exists()
    finally:
        backend.stop()


def test_the_next_start_ends_what_was_left_and_spares_what_was_not() -> None:
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        began_s = psutil.Process(left.pid).create_time()
        folder = base() / "run-test"
        folder.mkdir()
        gone = [2**22 + 1, 1.0]
        # the number of a process that has ended may have been given to another one since
        children = {"envoy": [left.pid, began_s], "replica-0": [other.pid, began_s - 3600]}
        (folder / NOTES).write_text(json.dumps({"owner": gone, "children": children}))
        assert left.pid in sweep()
        assert left.wait(10) == -signal.SIGKILL
        assert other.poll() is None
        assert not folder.exists()
        folder.mkdir()
        alive = [os.getpid(), psutil.Process().create_time()]
        (folder / NOTES).write_text(json.dumps({"owner": alive, "children": children}))
        sweep()
        assert folder.exists()
    finally:
        for process in (left, other):
            process.kill()
            process.wait(10)
        (folder / NOTES).unlink(missing_ok=True)
        folder.rmdir()


# What is refused ------------------------------------------------------------------------------------------------------


def test_without_envoy_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(balancer, "PROGRAM", "no-such-program")
    monkeypatch.setattr(balancer.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Missing, match=r"^envoy: .*pip install 'journeywright\[replicas\]', or serve without") as caught:
        balancer.find_envoy()
    assert caught.value.exit_code == 3


def test_journeys_that_replicas_cannot_serve_are_refused() -> None:
    with pytest.raises(InvalidInput, match=r"--replicas: cannot be so many \(got 99\); 1 to 32"):
        check(Settings(journey=small_journey(), replicas=99))
    people = (Station(name="web", servers=4), *small_journey().stations[1:])
    with pytest.raises(InvalidInput, match="has no system at which customers act alone"):
        BackendProcess(small_journey(stations=people), replicas=2).__enter__()  # as whoever starts it is told
    quorum = Station(name="web", kind="system", replicas=Replicas(count=3, needed=2))
    with pytest.raises(InvalidInput, match=r"stations\.web\.replicas\.needed: real replicas serve each on its own"):
        check(Settings(journey=small_journey(stations=(quorum, *small_journey().stations[1:])), replicas=3))


@needs_envoy
def test_a_port_in_use_and_a_database_that_cannot_be_are_told(tmp_path: Path) -> None:
    with BackendProcess(small_journey()) as other, pytest.raises(PortInUse, match="the port is in use"):
        BackendProcess(small_journey(), replicas=2, port=int(other.url.rpartition(":")[2])).__enter__()
    with pytest.raises(Missing, match="cannot be used as a database"):
        BackendProcess(small_journey(), replicas=1, database=tmp_path / "no" / "cases.db").__enter__()


def test_replicas_host_systems_where_customers_act_and_nobody_else_does() -> None:
    assert hosted_stations(small_journey()) == ("web",)
    shared = small_journey().steps[2].__class__
    moved = tuple(
        step if step.name != "verify" else shared(name="verify", lane="support", station="web", awaits="decision")
        for step in small_journey().steps
    )
    assert hosted_stations(small_journey(steps=moved)) == ()
