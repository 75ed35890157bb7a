"""Ctrl-C and requests to end: exit code 130, what was measured kept and marked unfinished, and nobody left behind."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from journeys.browser.finding import Browser, BrowserMissing, find
from journeys.eventlog import Run
from tests.cli.running import Done, Underway, journeywright, manifest, open_cases

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="needs process groups")]
Start = Callable[..., Underway]
WAYS = [(signal.SIGINT, True), (signal.SIGINT, False), (signal.SIGTERM, False)]
IDS = ["a terminal's Ctrl-C", "SIGINT to the parent alone", "SIGTERM to the parent alone"]


RESUME = "; the same with --resume goes on from there"


def expect_kept(said: Done, run: str, folder: Path, then: str = "") -> None:
    assert said.problems == [f"interrupted; what was measured is kept in {run}, marked unfinished{then}"]
    assert said.code == 130
    assert said.out == ""
    told = manifest(folder / run)
    assert told["finished"] is False
    assert told["reason"] == "interrupted"
    assert told["reference"] == "first-journey"
    assert not list((folder / run / "events").glob("*.tmp"))


@pytest.mark.parametrize(("number", "whole_group"), WAYS, ids=IDS)
def test_simulations_in_several_processes(
    start: Start, tmp_path: Path, number: signal.Signals, whole_group: bool
) -> None:
    run = "out/runs/simulated-as-is"
    command = start("simulate", "first-journey", "--customers", 300, "--replications", 500, "--jobs", 2)
    command.until(lambda: any((tmp_path / run).glob("events/*.parquet")))
    workers = [one for one in command.family() if "loky" in " ".join(one.cmdline())]
    assert len(workers) >= 2
    said = command.interrupt(number, whole_group)
    assert command.orphans() == []
    expect_kept(said, run, tmp_path, RESUME)
    rows = Run.open(tmp_path / run).sql(
        "SELECT replication, count(*) FILTER (WHERE step = 'arrival') AS entered,"
        " count(*) FILTER (WHERE step = 'exit') AS gone FROM events GROUP BY ALL"
    )
    assert len(rows) >= 1
    assert set(rows["entered"]) == set(rows["gone"]) == {300}


def test_processes_that_are_only_just_starting(start: Start, tmp_path: Path) -> None:
    """They would tell of Ctrl-C by a traceback each, since they are still importing."""
    command = start("simulate", "first-journey", "--customers", 300, "--replications", 500, "--jobs", 2)
    command.until(lambda: any("popen_loky" in " ".join(one.cmdline()) for one in command.family()))
    said = command.interrupt(signal.SIGINT, True)
    assert command.orphans() == []
    expect_kept(said, "out/runs/simulated-as-is", tmp_path, RESUME)


def test_a_simulation_in_one_process(start: Start, tmp_path: Path) -> None:
    run = "out/runs/simulated-as-is"
    command = start("simulate", "first-journey", "--customers", 300, "--replications", 500, "--jobs", 1)
    command.until(lambda: any((tmp_path / run).glob("events/*.parquet")))
    expect_kept(command.interrupt(signal.SIGINT, True), run, tmp_path, RESUME)
    # what was kept can be reported, and says that it is unfinished
    said = journeywright("report", run, "--out", "kept", folder=tmp_path)
    assert said.problems == []
    assert "unfinished run (interrupted)" in said.out


def test_a_simulation_whose_process_was_killed(start: Start, tmp_path: Path) -> None:
    run = "out/runs/simulated-as-is"
    command = start("simulate", "first-journey", "--customers", 300, "--replications", 500, "--jobs", 2)
    command.until(lambda: any((tmp_path / run).glob("events/*.parquet")))
    next(one for one in command.family() if "popen_loky" in " ".join(one.cmdline())).kill()
    out, err = command.process.communicate(timeout=30)
    said = Done(command.process.returncode, out, err)
    assert said.code == 3
    assert len(said.problems) == 1
    assert said.err.startswith(f"simulation: a process was killed from outside; what was measured is in {run}, ")
    assert manifest(tmp_path / run)["finished"] is False
    assert Run.open(tmp_path / run).sql("SELECT count(*) AS n FROM events")["n"][0] > 0


@pytest.mark.load
@pytest.mark.backend
@pytest.mark.parametrize(("number", "whole_group"), [WAYS[0], WAYS[2]], ids=[IDS[0], IDS[2]])
def test_load(start: Start, tmp_path: Path, number: signal.Signals, whole_group: bool) -> None:
    run = "out/runs/loaded-as-is"
    command = start("load", "first-journey", "--rate", "10 / s", "--duration", "60 s")
    command.until(lambda: any((tmp_path / run).glob("events/worker-*.parquet")))
    names = [" ".join(one.cmdline()) for one in command.family()]
    assert sum("load.worker" in name for name in names) == 1
    assert sum("simulators.backend" in name for name in names) == 1
    said = command.interrupt(number, whole_group)
    assert command.orphans() == []
    expect_kept(said, run, tmp_path)
    expect_everybody_out(tmp_path / run)


@pytest.mark.browser
@pytest.mark.backend
@pytest.mark.parametrize(("number", "whole_group"), [WAYS[0], WAYS[2]], ids=[IDS[0], IDS[2]])
def test_browse(start: Start, tmp_path: Path, chromium: Browser, number: signal.Signals, whole_group: bool) -> None:
    run = "out/runs/browsed-as-is"
    command = start("browse", "first-journey", "--customers", 40, "--contexts", 2, "--speed", 20)
    command.until(lambda: open_cases(command.family()) > 0)
    said = command.interrupt(number, whole_group)
    assert command.orphans() == []
    expect_kept(said, run, tmp_path)
    expect_everybody_out(tmp_path / run)


@pytest.mark.backend
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serving_ends_when_told_to(start: Start, number: signal.Signals) -> None:
    command = start("serve", "first-journey", "--port", 0)
    server = psutil.Process(command.process.pid)
    command.until(lambda: any(one.status == psutil.CONN_LISTEN for one in server.net_connections()))
    assert command.process.stdout is not None
    assert command.process.stdout.readline().startswith("first-journey is served at http://127.0.0.1:")
    said = command.interrupt(number, False)
    assert (said.code, said.problems) == (0, [])


def expect_everybody_out(run: Path) -> None:
    """Entered = completed + denied + dropped off + rejected + censored, also in a log that was cut short."""
    rows = Run.open(run).frame()
    entered, gone = rows[rows["step"] == "arrival"], rows[rows["step"] == "exit"]
    assert len(entered) > 0
    assert sorted(entered["customer"]) == sorted(gone["customer"])
    assert set(gone["outcome"]) <= {"completed", "denied", "dropped", "rejected", "censored"}


@pytest.fixture(scope="module")
def chromium() -> Browser:
    try:
        return find()
    except BrowserMissing as missing:
        pytest.skip(str(missing).splitlines()[0])
