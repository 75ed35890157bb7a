"""Whether memory stays where it is in a long run: of the generator, and beside it of the mocked back end.

``BENCH_MINUTES=30 pytest -m bench tests/bench/test_soak.py``; ten minutes unless told, at 40 customers a second: the
generator keeps the draws of the latest 8,192, so that it takes longer to fill where they come more slowly. The mocked
back end remembers everybody, and grows; it is printed, and not judged.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from journeys.durations import per_second
from journeys.eventlog import Run
from journeys.loading import load as load_journey
from load import LoadProgress, load
from load.watching import rss_mb
from reports.loading.memory import Memory, memory
from simulators.backend.process import BackendProcess

MINUTES, RATE = float(os.environ.get("BENCH_MINUTES", "10")), float(os.environ.get("BENCH_RATE", "40"))
SPEED = 20_000.0
FILLS = 10_000
"""Customers after whom the generator holds the draws that it keeps: two blocks of 4,096, and those on their way."""

pytestmark = [pytest.mark.bench, pytest.mark.timeout(int(MINUTES * 60) + 300)]


def in_words(who: str, found: Memory) -> str:
    return (
        f"{who:14} {found.first_mb:7.1f} MB at first, {found.last_mb:7.1f} MB at last; {found.slope:+.1f} MB/h "
        f"(95% CI {found.low:+.1f} to {found.high:+.1f}): {found.course}"
    )


def test_memory_is_flat(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journey, mock = load_journey("first-journey"), list[tuple[float, float]]()
    with BackendProcess(journey, seed=1, speed=SPEED) as backend:
        began = time.monotonic()

        def look(progress: LoadProgress) -> None:
            at_s = time.monotonic() - began
            if not mock or at_s > mock[-1][0] + 2.0:
                mock.append((at_s, rss_mb(backend.pid)))

        folder = load(
            journey, target=backend.url, mocked=True, folder=tmp_path / "run", seed=1, rate=per_second(RATE),
            duration_s=MINUTES * 60, speed=SPEED, progress=look, follow_up_s=60.0,
        )  # fmt: skip
    run = Run.open(folder)
    filled_s = FILLS / RATE
    samples = (run.manifest.settings["memory_mb"], mock)
    generator, back_end = (memory([one for one in told if one[0] > filled_s]) for told in samples)
    assert generator is not None
    assert back_end is not None
    with capsys.disabled():
        print(f"\n\n{MINUTES:g} minutes, {run.manifest.settings['requests']:,} requests")
        print(in_words("generator", generator))
        print(in_words("mocked back end", back_end))
    assert generator.course == "flat"
