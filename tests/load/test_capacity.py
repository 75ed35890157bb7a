"""The capacity of a mocked back end whose station is the bottleneck, end to end, in a few short trials."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from load.watching import MACHINE, Watch
from reports.capacity.finding import hottest
from reports.capacity.search import Trial
from tests.load.conftest import Fake

COUNTER = """
from journeys import Constant, Journey, Poisson, Station, Step, milliseconds, per_second

journey = Journey(
    name="counter", arrivals=Poisson(per_second(20)),
    stations=(Station(name="till", kind="system", servers=2),),
    steps=(Step(name="order", lane="customer", station="till", service=Constant(milliseconds(100))),),
)
"""


def searched(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "counter.py").write_text(COUNTER)
    return subprocess.run(
        [sys.executable, "-m", "journeywright", "capacity", "counter.py", "--speed", "1", *options],
        cwd=folder, capture_output=True, text=True, timeout=110, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.load
@pytest.mark.backend
def test_the_capacity_lies_below_saturation_and_the_station_is_named(tmp_path: Path) -> None:
    """Two servers of 100 ms saturate at 20 / s, whatever else the machine does; the search is coarse."""
    done = searched(
        tmp_path, "--budget", "p95(order) < 1 s", "--trial", "1 s", "--from", "8 / s", "--up-to", "60 / s",
        "--within", "1", "--time", "90 s", "--cost", "0.12", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)["sections"]["capacity"]
    (found,) = told["capacities"]
    assert found["known_as_asked"]
    assert found["customers_per_s"]["low"] < 20
    assert found["proven_per_s"] < 40  # a burst that ends before the budget is missed may be above
    assert found["saturated"][0] == "station till"
    assert any(name.startswith("server process python") for name in found["busy"])
    assert any(trial["rate_per_s"] > 20 and not trial["kept"] for trial in found["trials"])
    assert found["cost_per_1000_customers"] == pytest.approx(0.12 / (found["customers_per_s"]["value"] * 3.6))
    assert "Universal scalability law" not in (tmp_path / "out" / "report.html").read_text()
    assert len(done.stderr.splitlines()) == len(found["trials"])


@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--budget", "p95(order) <"], "--budget: "),
        (["--budget", "p95(ordr) < 1 s"], "--budget: names no step (got ordr); did you mean 'order'?"),
        (
            ["--budget", "p95(order) < 1 s", "--replicas", "4..2"],
            "--replicas: is no number or range of replicas (got 4..2)",
        ),
        (["--budget", "p95(order) < 1 s", "--from", "9 / s", "--up-to", "5 / s"], "--from: is not below --up-to"),
        (["--budget", "p95(order) < 1 s", "--target", "http://127.0.0.1:9", "--replicas", "2"], "--replicas: is about"),
    ],
)
def test_what_cannot_be_searched_is_one_line(tmp_path: Path, options: list[str], line: str) -> None:
    done = searched(tmp_path, *options)
    assert done.returncode == 2
    assert done.stderr.startswith(line)
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.load
def test_a_busy_server_is_found_by_its_port_and_an_idle_one_is_not_blamed(loan: Any, serve: Any) -> None:
    busy: Fake = serve(loan)
    port = int(busy.url.rpartition(":")[2])
    watch = Watch("127.0.0.1", port)
    assert watch.names == ("server process python fake_server.py",)
    watch.look(0.0)
    busy.seen()
    time.sleep(0.05)  # some ticks of the kernel's CPU clock
    watch.look(10.0)  # as if it had taken ten seconds
    shares = watch.busy(0.0, 10.0)
    assert shares["server process python fake_server.py"] < 0.5
    assert 0 <= shares[MACHINE] <= 1
    assert watch.busy(0.0, 5.0) == {}
    assert Watch("192.0.2.1", port).names == ()  # an address reserved for documentation, of no machine


DATABASE = """
import socket, sys, time
with socket.create_server(("127.0.0.1", 0)) as listening:
    print(listening.getsockname()[1], flush=True)
    asked, _ = listening.accept()
    until = time.monotonic() + 20
    while time.monotonic() < until:
        sum(range(10_000))
"""
SERVER = """
import socket, sys
database = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
with socket.create_server(("127.0.0.1", 0)) as listening:
    print(listening.getsockname()[1], flush=True)
    sys.stdin.read()
"""


@pytest.mark.load
def test_a_database_that_is_full_is_named_and_not_the_server_that_waits_for_it(tmp_path: Path) -> None:
    for name, text in (("records.py", DATABASE), ("shop.py", SERVER)):
        (tmp_path / name).write_text(text)

    def started(name: str, *words: str) -> tuple[subprocess.Popen[str], int]:
        process = subprocess.Popen(
            [sys.executable, name, *words], cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        return process, int(process.stdout.readline())

    database, port = started("records.py")
    server, asked = started("shop.py", str(port))
    try:
        watch = Watch("127.0.0.1", asked)
        began_s = time.monotonic()
        watch.look(0.0)
        time.sleep(0.6)
        watch.look(time.monotonic() - began_s)
    finally:
        for process in (server, database):
            process.kill()
            process.communicate()
    shares = watch.busy(0.0, 60.0)
    full, idle = shares["python records.py, which the server asks"], shares["server process python shop.py"]
    assert full > 10 * max(idle, 0.01)  # on a machine that others share it gets less than a core
    trial = Trial(20.0, False, hot=(("python records.py, which the server asks", 0.97), ("station web", 0.4)))
    assert hottest([trial], 20.0)[0][0] == "python records.py, which the server asks"
