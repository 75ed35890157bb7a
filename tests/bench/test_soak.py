"""Whether memory stays where it is in a long run: of the generator, of the mocked back end, and of this command.

``BENCH_MINUTES=30 pytest -m bench tests/bench/test_soak.py``; ten minutes unless told, at 40 customers a second;
``BENCH_REPLICAS=3`` has replicas behind a load balancer, ``BENCH_OVER=1`` a master and two workers. What fills at
first (the latest 16,384 draws of each kind, buffers, connections) has the first fifth of the run to do so. On a machine
that is so busy that the mocked back end's people fall behind, up to 2,000 are on their way: that is printed.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from journeys.durations import per_second
from journeys.eventlog import Run
from journeys.loading import load as load_journey
from load import load
from load.fleet import Listening
from reports.loading.memory import Memory, samples
from simulators.backend.process import BackendProcess

MINUTES, RATE = float(os.environ.get("BENCH_MINUTES", "10")), float(os.environ.get("BENCH_RATE", "40"))
REPLICAS, OVER = int(os.environ.get("BENCH_REPLICAS", "0")), bool(os.environ.get("BENCH_OVER"))
SPEED = 20_000.0

pytestmark = [pytest.mark.bench, pytest.mark.timeout(int(MINUTES * 60) + 300)]


def in_words(who: str, found: Memory) -> str:
    return (
        f"{who:48} {found.first_mb:7.1f} MB at first, {found.last_mb:7.1f} MB at last; {found.slope:+.1f} MB/h "
        f"(95% CI {found.low:+.1f} to {found.high:+.1f}): {found.course}"
    )


def test_memory_is_flat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journey, folder = load_journey("first-journey"), tmp_path / "run"
    with BackendProcess(journey, seed=1, speed=SPEED, replicas=REPLICAS) as backend:
        load(
            journey, target=backend.url, mocked=True, folder=folder, seed=1, rate=per_second(RATE),
            duration_s=MINUTES * 60, speed=SPEED, follow_up_s=60.0, serving=backend.pid,
            over=Listening() if OVER else None, workers=2 if OVER else 1,
        )  # fmt: skip
    told = Run.open(folder).manifest.settings
    held = samples(told)
    assert held is not None
    courses = held.courses()
    with capsys.disabled():
        print(
            f"\n\n{MINUTES:g} minutes, {told['requests']:,} requests, {max(held.in_flight):,.0f} at most on their way"
        )
        for who, found in courses.items():
            print(in_words(who, found))
        print(json.dumps(told["memory"]))
    assert len(courses) >= 3
    assert {who: found.course for who, found in courses.items()} == dict.fromkeys(courses, "flat")
