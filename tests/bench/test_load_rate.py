"""Requests a second of the load engine beside a bare Locust FastHttpUser that asks the same, interleaved, printed.

Run it on a quiet machine: ``pytest -m bench tests/bench/test_load_rate.py``. Both keep 50 customers going from one
process against a server that answers at once. BENCH_ROUNDS and BENCH_SECONDS change how long it takes. A process that
is alone on its core makes as many requests a second as its processor time for one allows, so that time is compared as
well, and judged: it stands still where others use the machine, while the rate does not.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from journeys import Fact, Journey, Poisson, Step, per_second, post
from journeys.eventlog import Run
from load import load
from load.workloads import Closed
from reports.statistics import quantile_interval
from tests.serving import Serving

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
HERE = Path(__file__).parent
ROUNDS, SECONDS = int(os.environ.get("BENCH_ROUNDS", "5")), float(os.environ.get("BENCH_SECONDS", "6"))
LEAST = 0.9
STEPS, AT_ONCE = ("start", "details", "address", "payment", "confirm"), 50


def journey() -> Journey:
    body = {"customer": "{customer}", "name": "{full_name}", "amount": "1200"}
    steps = (Step(name=name, lane="customer", http=(post(f"/api/{name}", json=body, expect=201),)) for name in STEPS)
    facts = (Fact(name="full_name", label="Full name", faker="name"),)
    return Journey(name="five", arrivals=Poisson(per_second(1)), facts=facts, steps=tuple(steps))


class Made(NamedTuple):
    """What a generator made: requests a second, and microseconds of processor time for each."""

    rate: float
    cpu_us: float


def ours(url: str, folder: Path) -> Made:
    run = load(journey(), target=url, mocked=False, folder=folder, seed=1, workload=Closed(AT_ONCE), duration_s=SECONDS,
               follow_up_s=2.0)  # fmt: skip
    told = Run.open(folder).manifest.settings
    assert told["failed_requests"] == 0
    assert run == folder
    return Made(float(told["requests_per_s"]), 1e6 * sum(told["worker_cpu_s"]) / told["requests"])


def bare(url: str) -> Made:
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(HERE / "bare_user.py"), "--headless", "--json", "-H", url,
         "-u", str(AT_ONCE), "-r", str(AT_ONCE), "-t", f"{SECONDS:.0f}s"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True, timeout=SECONDS + 60,
    )  # fmt: skip
    told, used = json.loads(done.stdout), re.search(r"CPU (\S+)", done.stderr)
    assert used is not None
    lasted_s = max(one["last_request_timestamp"] for one in told) - min(one["start_time"] for one in told)
    requests = sum(one["num_requests"] for one in told)
    return Made(requests / lasted_s, 1e6 * float(used[1]) / requests)


def in_words(ratios: list[float]) -> str:
    found = quantile_interval(ratios, 0.5, "pairs")
    return f"median {found.value:.2f} (95% CI {found.low:.2f} to {found.high:.2f})"


def test_requests_a_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pairs = []
    with Serving(HERE / "quick_server.py") as server:
        for turn in range(ROUNDS):
            first = bare(server.url) if turn % 2 else None
            own = ours(server.url, tmp_path / f"run-{turn}")
            pairs.append((first or bare(server.url), own))
    rates = [own.rate / other.rate for other, own in pairs]
    spared = [other.cpu_us / own.cpu_us for other, own in pairs]
    with capsys.disabled():
        print(f"\n\none process, {AT_ONCE} at once, {ROUNDS} interleaved pairs of {SECONDS:g} s")
        for other, own in pairs:
            print(f"bare FastHttpUser {other.rate:6.0f} / s, {other.cpu_us:4.0f} us of CPU a request   "
                  f"load engine {own.rate:6.0f} / s, {own.cpu_us:4.0f} us")  # fmt: skip
        print(f"requests a second, ours to bare:       {in_words(rates)}")
        print(f"requests by CPU time, ours to bare:    {in_words(spared)}")
    assert statistics.median(spared) >= LEAST
