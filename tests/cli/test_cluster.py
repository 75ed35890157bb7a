"""A Dask cluster on loopback: the same files, bit for bit, as from the processes of this machine, and what may fail."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from journeys.catalogue.first_journey import journey as first
from journeys.errors import Missing
from journeys.eventlog import Run
from journeys.loading import load, source_file
from simulators.engines import ENGINES
from simulators.pools import WorkerLost
from simulators.simulation import Settings, Simulation, simulate, simulate_all

pytest.importorskip("distributed", reason="needs the extra 'cluster'")
from simulators.cluster import connected

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[2]
STUDY = Settings(seed=5, replications=5, customers=60)


@contextlib.contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """A scheduler and workers, each a process of its own in a folder of its own; gives the address."""
    told = folder / "scheduler.json"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": "0"}
    begun: list[subprocess.Popen[bytes]] = []

    def start(program: str, *arguments: str) -> None:
        own = folder / f"{program}-{len(begun)}"
        own.mkdir()
        command = [sys.executable, "-m", f"distributed.cli.dask_{program}", *arguments, "--host", "127.0.0.1"]
        with (own / "log").open("wb") as log:
            begun.append(subprocess.Popen([*command, "--no-dashboard"], cwd=own, env=env, stdout=log, stderr=log))

    try:
        start("scheduler", "--port", "0", "--scheduler-file", str(told))
        ends_at = time.monotonic() + 30
        while not told.exists():
            assert time.monotonic() < ends_at, "the scheduler did not start"
            time.sleep(0.05)
        address: str = json.loads(told.read_text(encoding="utf-8"))["address"]
        for _ in range(workers):
            start("worker", address, "--no-nanny", "--nthreads", "1", "--local-directory", str(folder))
        yield address
    finally:
        for process in reversed(begun):
            process.kill()
            process.wait(10)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with cluster(tmp_path_factory.mktemp("cluster"), workers=2) as found:
        yield found


def files(folder: Path) -> Mapping[str, bytes]:
    return {file.name: file.read_bytes() for file in (folder / "events").iterdir()}


ABLE = [name for name, engine in ENGINES.items() if not engine.missing()]


@pytest.mark.parametrize("engine", ABLE)
def test_a_run_is_the_same_wherever_it_was_made(address: str, tmp_path: Path, engine: str) -> None:
    told: list[tuple[int, int]] = []
    ways = {"one": {"jobs": 1}, "two": {"jobs": 2}, "cluster": {"cluster": address}}
    for name, way in ways.items():
        settings = dataclasses.replace(STUDY, engine=engine, **way)
        simulate(first, tmp_path / name, settings, progress=lambda *at: told.append(at))
    assert told == [(done, 5) for done in range(6)] * 3
    found = [files(tmp_path / name) for name in ways]
    assert len(found[0]) == 10
    assert found[0] == found[1] == found[2]
    manifests = [Run.open(tmp_path / name).manifest for name in ways]
    assert [(one.finished, one.engine) for one in manifests] == [(True, engine)] * 3


def test_scenarios_of_a_file_of_ones_own_and_what_is_complete(address: str, tmp_path: Path) -> None:
    text = source_file("first-journey").read_text(encoding="utf-8")
    own = text.replace("journey = Journey(", "class Late(Exponential):\n    __slots__ = ()\n\njourney = Journey(")
    (tmp_path / "mine.py").write_text(own.replace("Exponential(days(20))", "Late(days(20))"), encoding="utf-8")
    journey = load(str(tmp_path / "mine.py"))
    runs = [Simulation(journey, tmp_path / name, name) for name in ("a", "b")]
    simulate_all(runs[:1], dataclasses.replace(STUDY, replications=2, jobs=1))
    told: list[tuple[int, int]] = []
    settings = dataclasses.replace(STUDY, cluster=address, resume=True)
    simulate_all(runs, settings, progress=lambda *at: told.append(at))
    assert told == [(done, 10) for done in range(2, 11)]
    for run in runs:
        alone = simulate(first, tmp_path / f"{run.scenario}-alone", STUDY, scenario=run.scenario)
        assert files(run.folder) == files(alone)


def test_what_a_task_raises_arrives(address: str) -> None:
    with connected(address) as work_off, pytest.raises(ZeroDivisionError):
        work_off(lambda number: 1 // number, [2, 1, 0], lambda place, result: None)


def test_a_stop_is_silent_and_leaves_the_cluster_to_others(address: str, capfd: pytest.CaptureFixture[str]) -> None:
    def stop(place: int, result: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), connected(address) as work_off:
        work_off(abs, list(range(100)), stop)
    found: dict[int, int] = {}
    with connected(address) as work_off:
        work_off(abs, [-1, 2, -3], found.__setitem__)
    assert found == {0: 1, 1: 2, 2: 3}
    said = capfd.readouterr()
    assert (said.out, said.err) == ("", "")


def test_workers_of_another_version_are_not_given_work(
    address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda package: "0.0.1")  # here, and not there
    simulate(first, tmp_path, dataclasses.replace(STUDY, jobs=1))
    before = files(tmp_path)
    with pytest.raises(
        Missing, match=r"^--cluster tcp://.*: worker tcp://.* has journeywright .*, this machine 0.0.1; "
    ):
        simulate(first, tmp_path, dataclasses.replace(STUDY, cluster=address))
    assert files(tmp_path) == before


def test_a_worker_that_was_killed(tmp_path: Path) -> None:
    with (
        cluster(tmp_path, workers=1) as found,
        connected(found) as work_off,
        pytest.raises(WorkerLost, match="were killed; they may need more memory"),
    ):
        work_off(os._exit, [1], lambda place, result: None)


def test_a_cluster_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulators.cluster.ANSWERS_WITHIN_S", 0.5)
    with cluster(tmp_path, workers=0) as found, pytest.raises(Missing, match="has no workers; start some with 'dask"):
        simulate(first, tmp_path / "run", dataclasses.replace(STUDY, cluster=found))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("wrong", ["nowhere", "foo://127.0.0.1:1"])
def test_no_cluster(command: Callable[..., object], wrong: str) -> None:
    said = command("simulate", "first-journey", "--cluster", wrong)
    assert said.code == 3
    assert len(said.problems) == 1
    assert said.err.startswith(f"--cluster {wrong}: no Dask scheduler answers (")


def test_dask_is_an_extra(command: Callable[..., object], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    monkeypatch.delitem(sys.modules, "simulators.cluster")
    said = command("simulate", "first-journey", "--cluster", "tcp://127.0.0.1:1")
    assert said.code == 3
    assert said.problems == ["--cluster: needs the package distributed; pip install 'journeywright[cluster]'"]
