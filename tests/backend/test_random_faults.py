"""Random faults at random times under load: what was acknowledged is there, once, and nothing is left behind."""

from __future__ import annotations

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from journeys import Fault, seconds
from journeys.checks import check
from simulators.backend.process import BackendProcess
from tests.backend.small_journey import small_journey
from tests.backend.test_replicas import needs_envoy
from tests.backend.tiers import Applicant, call, held, history, is_gone, kill, processes_of, until

REPLICAS, AT_ONCE = 3, 8
KINDS = ("kill", "pause", "partition", "latency")


def random_faults(count: int, spread_s: float, seed: int) -> tuple[Fault, ...]:
    """Return faults of random kinds at random replicas, times and lengths, overlapping as it comes."""
    luck = random.Random(seed)
    return tuple(
        Fault(
            name=f"fault-{number}", station="web", kind=luck.choice(KINDS), replica=luck.randrange(REPLICAS),  # type: ignore[arg-type]
            at=seconds(luck.uniform(0.2, spread_s)), lasting=seconds(luck.uniform(0.05, 1.5)),
            delay=seconds(luck.uniform(0.01, 0.2)),
        )
        for number in range(count)
    )  # fmt: skip


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
    return {fault.name for fault in faults if fault.kind != "latency"}


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
    assert named(found["events"], "kill", "pause", "partition") == to_processes(faults)
    assert found["left"] == []
    assert not found["folder"]


@needs_envoy
@pytest.mark.backend
def test_a_dozen_random_faults(tmp_path: Path) -> None:
    faults = random_faults(12, 3.0, seed=11)
    expect_sound(applied_under(faults, 3.0, tmp_path / "cases.db", office_kills=1), faults)


@needs_envoy
@pytest.mark.bench
@pytest.mark.timeout(600)
def test_two_hundred_random_faults(tmp_path: Path) -> None:
    faults = random_faults(200, 60.0, seed=29)
    found = applied_under(faults, 60.0, tmp_path / "cases.db", office_kills=4)
    expect_sound(found, faults)
    print(f"{found['applicants']} applications in {found['tries']} requests of customers, under {len(faults)} faults")
