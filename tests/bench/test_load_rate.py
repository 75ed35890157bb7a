"""Requests a second of the load engine beside a bare Locust FastHttpUser that asks the same, interleaved, printed.

Run it on a quiet machine: ``pytest -m bench tests/bench/test_load_rate.py``. Both keep 50 customers going from one
process against a server that answers at once. BENCH_ROUNDS and BENCH_SECONDS change how long it takes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from journeys import Fact, Journey, Poisson, Step, per_second, post
from journeys.eventlog import Run
from load import load
from load.workloads import Closed

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
HERE = Path(__file__).parent
ROUNDS, SECONDS = int(os.environ.get("BENCH_ROUNDS", "5")), float(os.environ.get("BENCH_SECONDS", "6"))
STEPS, AT_ONCE = ("start", "details", "address", "payment", "confirm"), 50


def journey() -> Journey:
    body = {"customer": "{customer}", "name": "{full_name}", "amount": "1200"}
    steps = (Step(name=name, lane="customer", http=(post(f"/api/{name}", json=body, expect=201),)) for name in STEPS)
    facts = (Fact(name="full_name", label="Full name", faker="name"),)
    return Journey(name="five", arrivals=Poisson(per_second(1)), facts=facts, steps=tuple(steps))


def ours(url: str, folder: Path) -> float:
    run = load(journey(), target=url, mocked=False, folder=folder, seed=1, workload=Closed(AT_ONCE), duration_s=SECONDS,
               follow_up_s=2.0)  # fmt: skip
    told = Run.open(folder).manifest.settings
    assert told["failed_requests"] == 0
    assert run == folder
    return float(told["requests_per_s"])


def bare(url: str) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "locust", "-f", str(HERE / "bare_user.py"), "--headless", "--json", "-H", url,
         "-u", str(AT_ONCE), "-r", str(AT_ONCE), "-t", f"{SECONDS:.0f}s"],
        capture_output=True, text=True, stdin=subprocess.DEVNULL, check=True, timeout=SECONDS + 60,
    )  # fmt: skip
    told = json.loads(done.stdout)
    lasted_s = max(one["last_request_timestamp"] for one in told) - min(one["start_time"] for one in told)
    return float(sum(one["num_requests"] for one in told) / lasted_s)


def test_requests_a_second(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with subprocess.Popen(
        [sys.executable, str(HERE / "quick_server.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        pairs = []
        for turn in range(ROUNDS):
            first = bare(url) if turn % 2 else 0.0
            own = ours(url, tmp_path / f"run-{turn}")
            pairs.append((first or bare(url), own))
        server.stdin.close()
    ratios = sorted(own / other for other, own in pairs)
    with capsys.disabled():
        print(f"\n\nrequests a second, one process, {AT_ONCE} at once, {ROUNDS} interleaved pairs of {SECONDS:g} s")
        for other, own in pairs:
            print(f"bare FastHttpUser {other:7.0f}   load engine {own:7.0f}   ratio {own / other:.2f}")
        print(f"median ratio {statistics.median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})")
