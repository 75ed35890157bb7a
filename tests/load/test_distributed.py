"""Runs over Locust's master and its workers: the same log as from one process, and what a dead worker leaves."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import psutil
import pytest

from journeys import Journey
from journeys.errors import InvalidInput
from journeys.eventlog import Run
from journeys.population import Population
from load import LoadProgress, WorkerLost, load
from load.fleet import Fleet, Listening
from load.job import Message
from reports.loading.generation import generation
from tests.load.test_load import Serve, conserved, exits, played
from tests.load.test_locustfile import SHOP

pytestmark = pytest.mark.load


def workers() -> list[psutil.Process]:
    return [child for child in psutil.Process().children(recursive=True) if "load.remote" in child.cmdline()]


def test_rows_of_all_workers_arrive_as_parts_and_merge(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    server, told, pages = serve(loan, service_s=0.05), list[str](), list[Any]()

    def look(progress: LoadProgress) -> None:
        if pages or progress.done < 10:
            return
        page = next(line for line in told if line.startswith("Locust's page: ")).split()[-1]
        with urllib.request.urlopen(f"{page}/stats/requests", timeout=10) as response:
            pages.append(json.load(response))

    run = played(
        loan, server.url, tmp_path, workers=2, duration_s=6.0, over=Listening(page=0), tell=told.append, progress=look
    )
    planned = Population(loan, 7).arrivals_s(run.manifest.customers)
    assert conserved(run) == len(planned)
    assert set(exits(run)) == {"completed"}
    assert run.manifest.finished
    arrivals = run.sql("SELECT customer, intended_s FROM events WHERE step = 'arrival' ORDER BY customer")
    assert np.allclose(arrivals.intended_s, planned)
    parts = sorted(path.name for path in (run.folder / "events").glob("worker-*"))
    assert {part[:8] for part in parts} == {"worker-0", "worker-1"}
    assert len(parts) >= 4  # they came while the run went on
    # two clocks of one machine cannot be told apart
    assert run.manifest.settings["clocks_ahead_s"] == [0.0, 0.0]
    # each request of the run's log was counted once, by Locust's master as well
    assert pages[0]["worker_count"] == 2
    assert pages[0]["state"] in ("running", "spawning")
    assert not workers()


def test_a_dead_worker_is_told_and_what_it_lost_counted(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    killed = list[int]()

    def kill(progress: LoadProgress) -> None:
        if progress.elapsed_s > 2.8 and not killed:
            killed.append(workers()[0].pid)
            os.kill(killed[0], signal.SIGKILL)

    run = played(
        loan, serve(loan, service_s=0.05).url, tmp_path, workers=2, duration_s=6.0, over=Listening(), progress=kill
    )
    assert not run.manifest.finished
    had = rf"worker (\d) of 2 \(on \S+ {killed[0]}\) was killed \(signal 9\); it had (\d+) customers, of whom (\d+)"
    told = re.match(had, run.manifest.reason)
    assert told is not None, run.manifest.reason
    index, planned, arrived = map(int, told.groups())
    assert conserved(run) == run.manifest.customers
    lost = run.sql("SELECT * FROM events WHERE step = 'arrival' AND outcome = 'censored'")
    assert set(lost.customer % 2) == {index}
    assert planned - arrived - 30 * 0.5 * 0.6 <= len(lost) < planned
    made = generation(run)
    assert made is not None
    assert (made.lost, made.status) == (len(lost), "missed")


def test_a_run_stopped_in_the_page_keeps_what_it_measured(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    told, stopped = list[str](), list[int]()

    def stop(progress: LoadProgress) -> None:
        if progress.done >= 10 and not stopped:
            page = next(line for line in told if line.startswith("Locust's page: ")).split()[-1]
            with urllib.request.urlopen(f"{page}/stop", data=b"", timeout=30) as response:
                stopped.append(response.status)

    run = played(
        loan, serve(loan).url, tmp_path, duration_s=60.0, over=Listening(page=0), tell=told.append, progress=stop
    )
    assert stopped == [200]
    assert (run.manifest.finished, run.manifest.reason) == (False, "stopped in Locust's page")
    assert run.sql("SELECT count(*) AS n FROM events WHERE step = 'exit' AND outcome = 'completed'").n[0] >= 10
    assert not workers()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def joining(port: int, journey: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "journeywright", "load", journey, "--worker", f"127.0.0.1:{port}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


@pytest.fixture
def shop_file(tmp_path: Path) -> Path:
    path = tmp_path / "shop.py"
    path.write_text(SHOP)
    return path


def test_a_worker_joins_by_its_own_command(shop_file: Path, tmp_path: Path, serve: Callable[..., Any]) -> None:
    from journeys.loading import load as load_journey

    journey, port = load_journey(str(shop_file)), free_port()
    server = serve(journey)
    with joining(port, str(shop_file)) as worker:
        folder = load(
            journey, target=server.url, mocked=False, folder=tmp_path / "run", seed=5, duration_s=2.0,
            over=Listening("127.0.0.1", port, own=False),
        )  # fmt: skip
        out, err = worker.communicate(timeout=30)
    assert worker.returncode == 0, err
    run = Run.open(folder)
    assert conserved(run) == run.manifest.customers == len(server.seen()["orders"])
    said = out.splitlines()
    assert said[0] == f"joined the master at 127.0.0.1:{port}"
    assert said[-1] == f"done: {run.manifest.customers} customers, {run.manifest.customers} requests"


def test_a_worker_with_another_journey_is_refused(shop_file: Path, tmp_path: Path, serve: Callable[..., Any]) -> None:
    from journeys.loading import load as load_journey

    other, port = load_journey(str(shop_file)), free_port()
    changed = tmp_path / "changed.py"
    changed.write_text(SHOP.replace('"shop"', '"store"'))
    with joining(port, str(changed)) as worker:
        with pytest.raises(WorkerLost, match="worker's journey: is not the master's"):
            load(
                other, target=serve(other).url, mocked=False, folder=tmp_path / "run", seed=5, duration_s=2.0,
                over=Listening("127.0.0.1", port, own=False),
            )  # fmt: skip
        _, err = worker.communicate(timeout=30)
    assert worker.returncode == 2
    assert "worker's journey: is not the master's (got store)" in err


def test_workers_elsewhere_do_not_load_themselves(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    with pytest.raises(InvalidInput, match="--target: is each worker's own machine"):
        played(loan, serve(loan).url, tmp_path, over=Listening("*", 0, own=False))


def test_workers_elsewhere_are_told_this_machine_by_its_name() -> None:
    job: Any = SimpleNamespace(duration_s=1.0, manifest=SimpleNamespace(journey="shop"))
    told = list[str]()
    for host in ("*", "10.0.0.5"):
        at = "localhost:5557" if host == "*" else f"{host}:5557"
        Fleet([job], Listening(host, 5557, own=False), told.append)._listens(Message("listening", at=at))
    name = socket.gethostname()
    assert [line.split()[-1] for line in told] == [f"{name}:5557", "10.0.0.5:5557"]
