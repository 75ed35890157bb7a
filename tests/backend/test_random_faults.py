"""Random faults at random times under load: what was acknowledged is there, once, and nothing is left behind."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import random
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psutil
import pytest

from journeys import Fault, seconds
from journeys.checks import check
from simulators.backend.process import BackendProcess
from simulators.replicas.registry import NOTES
from tests.backend.small_journey import small_journey
from tests.backend.test_replicas import needs_envoy
from tests.backend.tiers import Applicant, call, held, history, is_gone, kill, processes_of, until

ROOT = Path(__file__).parents[2]
REPLICAS, AT_ONCE = 3, 8
OF_REPLICAS = ("kill", "pause", "partition", "restart", "latency")
OF_ALL = ("errors", "reset", "bandwidth", "delay", "locked", "gone")


def random_faults(count: int, spread_s: float, seed: int) -> tuple[Fault, ...]:
    """Return faults of random kinds at random replicas, times and lengths, overlapping as it comes."""
    luck = random.Random(seed)
    return tuple(random_fault(luck, f"fault-{number}", spread_s) for number in range(count))


def random_fault(luck: random.Random, name: str, spread_s: float) -> Fault:
    kind = luck.choice((*OF_REPLICAS, *OF_ALL))
    when: dict[str, Any] = {
        "name": name, "at": seconds(luck.uniform(0.2, spread_s)), "lasting": seconds(luck.uniform(0.05, 1.5)),
    }  # fmt: skip
    replica, share, delay = luck.randrange(REPLICAS), luck.uniform(0.1, 0.9), seconds(luck.uniform(0.01, 0.2))
    if kind in OF_REPLICAS:
        return Fault(**when, kind=kind, station="web", replica=replica, delay=delay)
    if kind in ("locked", "gone"):
        return Fault(**when, kind=kind)
    if kind == "delay":
        return Fault(**when, kind="latency", place="network", station="web", delay=delay)
    return Fault(**when, kind=kind, place="network", station="web", share=share, bytes_per_s=luck.choice((2048, 65536)))


def applied_under(faults: tuple[Fault, ...], spread_s: float, database: Path, office_kills: int) -> dict[str, Any]:
    """Let customers apply while faults happen, and the office be killed; return what they and the database say."""
    # of the portal there are three copies, as the faults say; the journey itself knows of one
    journey = check(small_journey(stations=_replicated(), faults=faults))
    with BackendProcess(journey, seed=3, speed=1.0, replicas=REPLICAS, database=database, waits=True) as backend:
        assert call(f"{backend.url}/api/clock/zero", {})[0] == 200
        over, applicants = threading.Event(), list[Applicant]()

        def apply_again_and_again(lane: int) -> None:
            number = lane
            while not over.is_set():
                applicant = Applicant(backend.url, number)
                applicants.append(applicant)
                applicant.apply()
                number += AT_ONCE

        with ThreadPoolExecutor(AT_ONCE) as pool:
            lanes = [pool.submit(apply_again_and_again, lane) for lane in range(AT_ONCE)]
            for nth in range(office_kills):
                until(lambda nth=nth: now_s(backend.url) > spread_s * (nth + 0.5) / office_kills, "the next kill")
                kill(backend, "office")
            until(
                lambda: named(history(backend), "over") >= to_processes(faults), "the last fault's end", spread_s + 60
            )
            over.set()
            for lane in lanes:
                lane.result(120)
        events, processes, folder = history(backend), processes_of(backend), backend.folder
    assert folder is not None
    return {
        "told": {applicant.case: applicant.told for applicant in applicants}, "applicants": len(applicants),
        "tries": sum(applicant.tries for applicant in applicants), "held": held(database), "events": events,
        "left": [name for name, process in processes.items() if not is_gone(process)], "folder": folder.exists(),
    }  # fmt: skip


def _replicated() -> Any:
    from dataclasses import replace

    from journeys import Replicas

    web, *others = small_journey().stations
    return (replace(web, replicas=Replicas(REPLICAS)), *others)


def to_processes(faults: tuple[Fault, ...]) -> set[str]:
    return {fault.name for fault in faults if fault.kind != "latency" or fault.place == "network"}


def named(events: list[dict[str, Any]], *kinds: str) -> set[str]:
    return {event["fault"] for event in events if event["event"] in kinds}


def now_s(url: str) -> float:
    status, told = call(f"{url}/health")
    return float(told["now_s"]) if status == 200 else 0.0


def expect_sound(found: dict[str, Any], faults: tuple[Fault, ...]) -> None:
    # each who was told that they are through has a case there, and there is no case of anybody else
    assert {case: told[-1] for case, told in found["told"].items()} == found["held"]
    assert all(told == ["documents", "verify"] for told in found["told"].values())
    assert found["applicants"] == len(found["held"])
    assert named(found["events"], *(fault.kind for fault in faults)) == to_processes(faults)
    assert found["left"] == []
    assert not found["folder"]


@needs_envoy
@pytest.mark.backend
def test_a_dozen_random_faults(tmp_path: Path) -> None:
    faults = random_faults(12, 3.0, seed=11)
    expect_sound(applied_under(faults, 3.0, tmp_path / "cases.db", office_kills=1), faults)


@needs_envoy
@pytest.mark.backend
def test_after_the_framework_was_killed_amid_faults_nothing_is_left_and_nothing_lost(tmp_path: Path) -> None:
    database, applicants = tmp_path / "cases.db", list[Applicant]()
    faults = random_faults(30, 4.0, seed=5)
    journey = check(small_journey(stations=_replicated(), faults=faults))
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(database)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert parent.stdin is not None
    assert parent.stdout is not None
    try:
        parent.stdin.write(pickle.dumps(journey))
        parent.stdin.close()
        url, folder = parent.stdout.readline().decode().split()
        notes = json.loads((Path(folder) / NOTES).read_text())
        assert call(f"{url}/api/clock/zero", {})[0] == 200
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(_apply_until_it_ends, url, applicants)
            until(lambda: len(told_of(applicants)) >= 6, "some applications")
            parent.kill()
            parent.wait(10)
            asked.result(120)
    finally:
        parent.kill()
        parent.wait(10)
        parent.stdout.close()
    left = [psutil.Process(int(pid)) for pid, _ in notes["children"].values() if psutil.pid_exists(int(pid))]
    until(lambda: all(is_gone(process) for process in left), "all processes to end")
    with contextlib.closing(socket.socket()) as port:  # nobody holds it any more
        until(lambda: port.connect_ex(("127.0.0.1", int(url.rpartition(":")[2]))) != 0, "the port is free")
    with BackendProcess(journey, seed=3, speed=1.0, replicas=REPLICAS, database=database, waits=True) as again:
        assert not Path(folder).exists()
        for case, told in told_of(applicants).items():
            status, state = call(f"{again.url}/api/cases/{case}")
            assert (status, state["step"]) == (200, told), case
        case_of = {applicant.case for applicant in applicants if applicant.case}
        assert len(held(database)) - len(case_of) in (0, 1)  # one may have been opened, and not been told


def _apply_until_it_ends(url: str, applicants: list[Applicant]) -> None:
    number = 0
    while True:
        applicants.append(Applicant(url, number, patience_s=3.0))
        try:
            applicants[-1].apply()
        except AssertionError:  # it answers no more
            return
        number += 1


def told_of(applicants: list[Applicant]) -> dict[str, str]:
    """Return where the cases stand of those who were told that they have come to a decision."""
    return {applicant.case: applicant.told[-1] for applicant in applicants if len(applicant.told) == 2}


PARENT = """
import pickle, sys, time
from simulators.backend.process import BackendProcess
journey = pickle.load(sys.stdin.buffer)
with BackendProcess(journey, seed=3, replicas=3, database=sys.argv[1], waits=True) as backend:
    print(backend.url, backend.folder, flush=True)
    time.sleep(120)
"""


@needs_envoy
@pytest.mark.bench
@pytest.mark.timeout(600)
def test_two_hundred_random_faults(tmp_path: Path) -> None:
    faults = random_faults(200, 60.0, seed=29)
    found = applied_under(faults, 60.0, tmp_path / "cases.db", office_kills=4)
    expect_sound(found, faults)
    print(f"{found['applicants']} applications in {found['tries']} requests of customers, under {len(faults)} faults")
