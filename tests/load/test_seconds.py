"""Locust's counts by second in a long run, and the memory that its processes are noted to hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from load.held import Held, _called, browsers_mb

ROOT = Path(__file__).parents[2]
COUNTS = """
import locust
from locust.stats import RequestStats
from load.seconds import forget
stats = RequestStats()
for _ in range(50):
    stats.log_request("GET", "/pay", 3, 10)
stats.log_error("GET", "/pay", Exception("broken"))
entry = stats.get("/pay", "GET")
for second in range(200):
    entry.num_reqs_per_sec[second] = stats.total.num_fail_per_sec[second] = 1
forget(stats, 150)
print(entry.num_requests, entry.num_failures, len(entry.num_reqs_per_sec), len(stats.total.num_fail_per_sec))
"""


def test_what_was_long_ago_is_counted_in_totals_alone() -> None:
    told = subprocess.run(
        [sys.executable, "-c", COUNTS], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
        timeout=60, check=True,
    ).stdout  # fmt: skip
    assert told.split() == ["50", "1", "51", "51"]


def test_memory_is_noted_some_hundred_times_however_long_a_run_is() -> None:
    held = Held(3600.0)
    held.also("itself", os.getpid())
    for second in range(3700):
        workers = {"worker 0": 100.0 + second / 1000, **({"worker 1": 90.0} if second >= 60 else {})}
        held.note(float(second), workers if second < 1800 else {"worker 1": 90.0}, second % 7)
    told = held.told()
    assert told["at_s"] == [12.0 * nth for nth in range(309)]
    assert set(told["mb"]) == {"itself", "worker 0", "worker 1"}
    assert min(told["mb"]["itself"]) > 10
    first, second = told["mb"]["worker 0"], told["mb"]["worker 1"]
    assert first[:2] == [100.0, 100.01]
    assert first[150:] == [None] * 159  # it was lost
    assert second[:6] == [None] * 5 + [90.0]
    assert told["in_flight"][1] == 5


@pytest.mark.parametrize(
    ("process", "called"),
    [
        ("server process python simulators.backend", "mocked back end"),
        ("server process python simulators.replicas replica-2", "replica-2"),
        ("server process envoy", "envoy"),
        ("server process python shop.py", "python shop.py"),
        ("postgres, which the server asks", "postgres, which the server asks"),
    ],
)
def test_what_serves_the_target_is_called_by_what_it_is(process: str, called: str) -> None:
    assert _called(process) == called


@pytest.mark.skipif(not Path("/bin/sleep").exists(), reason="no /bin/sleep to stand in for a browser")
def test_browsers_that_this_process_started_are_in_its_memory(tmp_path: Path) -> None:
    assert browsers_mb() == 0.0
    browser = tmp_path / "headless_shell"
    browser.symlink_to("/bin/sleep")
    process = subprocess.Popen([browser, "20"])
    try:
        assert browsers_mb() > 0.0
    finally:
        process.kill()
        process.wait()
