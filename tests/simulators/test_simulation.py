"""Runs: one pool for all scenarios, cells that are complete or not, what is resumed, and what is not."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

from journeys import Journey
from journeys.catalogue.first_journey import journey as first
from journeys.errors import InvalidInput, Missing, Problem, Unsupported
from journeys.eventlog import Run
from journeys.loading import load
from journeys.paths import apply
from simulators import simulation
from simulators.cells import complete
from simulators.engines import ENGINES, choose
from simulators.simulation import Settings, Simulation, simulate, simulate_all

SMALL = Settings(seed=5, replications=3, customers=30, jobs=1, engine="simpy")


def log(folder: Path) -> pd.DataFrame:
    """Every row of a run, as it was written."""
    return Run.open(folder).sql("SELECT * FROM events").astype(str)


def files(folder: Path) -> Mapping[str, int]:
    """The files of a run's log, and when each was written."""
    return {file.name: file.stat().st_mtime_ns for file in (folder / "events").iterdir()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return simulate(first, tmp_path_factory.mktemp("whole"), SMALL)


# One pool -------------------------------------------------------------------------------------------------------------


def test_scenarios_in_one_pool_are_the_same_runs(tmp_path: Path) -> None:
    fewer = apply(first, {"stations.clerks.servers": 2})
    told: list[tuple[int, int]] = []
    together = [Simulation(first, tmp_path / "a"), Simulation(fewer, tmp_path / "b", "fewer", {"x": "2"}, "mine.py")]
    simulate_all(together, dataclasses.replace(SMALL, jobs=2), progress=lambda done, of: told.append((done, of)))
    assert told == [(done, 6) for done in range(7)]
    for journey, name, scenario in ((first, "a", "as-is"), (fewer, "b", "fewer")):
        alone = simulate(journey, tmp_path / f"{name}-alone", SMALL, scenario=scenario)
        assert log(tmp_path / name).equals(log(alone))
    manifest = Run.open(tmp_path / "b").manifest
    assert (manifest.scenario, manifest.changes, manifest.reference) == ("fewer", {"x": "2"}, "mine.py")
    assert (manifest.engine, manifest.finished, manifest.replications) == ("simpy", True, 3)


def test_a_file_of_ones_own_may_define_what_it_needs(tmp_path: Path) -> None:
    """Processes that never saw the file walk its journey."""
    text = Path(first_file()).read_text(encoding="utf-8")
    own = text.replace("journey = Journey(", "class Late(Exponential):\n    __slots__ = ()\n\njourney = Journey(")
    (tmp_path / "mine.py").write_text(own.replace("Exponential(days(20))", "Late(days(20))"), encoding="utf-8")
    journey = load(str(tmp_path / "mine.py"))
    assert type(journey.waits[0].uncertain).__name__ == "Late"
    run = simulate(journey, tmp_path / "run", dataclasses.replace(SMALL, jobs=2))
    assert log(run).equals(log(simulate(first, tmp_path / "first", SMALL)))


def first_file() -> str:
    from journeys.catalogue import first_journey

    return str(first_journey.__file__)


# Resuming -------------------------------------------------------------------------------------------------------------


def test_what_is_complete_is_not_simulated_again(tmp_path: Path, whole: Path) -> None:
    run = simulate(first, tmp_path, dataclasses.replace(SMALL, replications=2))
    before, told = files(run), list[tuple[int, int]]()
    simulate(first, run, dataclasses.replace(SMALL, resume=True), progress=lambda *at: told.append(at))
    assert before.items() < files(run).items()
    assert told == [(2, 3), (3, 3)]
    assert log(run).equals(log(whole))
    assert Run.open(run).manifest.replications == 3
    # and fewer replications are a run of fewer
    simulate(first, run, dataclasses.replace(SMALL, replications=2, resume=True))
    assert files(run) == before


@pytest.mark.parametrize("lost", ["replication-00001.done", "replication-00001-00000.parquet"])
def test_a_cell_that_is_not_complete_is_simulated_again(tmp_path: Path, whole: Path, lost: str) -> None:
    run = simulate(first, tmp_path, SMALL)
    (run / "events" / lost).unlink()
    (run / "events" / "replication-00001-00001.parquet").write_bytes(b"of a part that is no longer there")
    (run / "events" / "replication-00001-00002.tmp").touch()
    assert complete(run) == {0, 2}
    simulate(first, run, dataclasses.replace(SMALL, resume=True))
    assert log(run).equals(log(whole))
    assert set(files(run)) == set(files(whole))


@pytest.mark.parametrize(
    "mark", [b'["replication-00000-00000.pa', b'["replication-00000-00000.parquet", "lost.parquet"]']
)
def test_a_mark_that_is_torn_or_misses_a_part_is_none(tmp_path: Path, mark: bytes) -> None:
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "replication-00000-00000.parquet").touch()
    (tmp_path / "events" / "replication-00000.done").write_bytes(mark)
    assert complete(tmp_path) == set()


def test_unless_told_to_a_run_starts_afresh(tmp_path: Path) -> None:
    run = simulate(first, tmp_path, SMALL)
    before = files(run)
    simulate(first, run, dataclasses.replace(SMALL, replications=2))
    assert set(files(run)) == {name for name in before if "00002" not in name}
    assert all(time > before[name] for name, time in files(run).items())


def test_nothing_to_resume_is_a_start(tmp_path: Path, whole: Path) -> None:
    assert log(simulate(first, tmp_path, dataclasses.replace(SMALL, resume=True))).equals(log(whole))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 6}, "another seed (got 6, then 5)"),
        ({"customers": 31}, "another customers (got 31, then 30)"),
        ({"speed": 2.0}, "another speed"),
        ({"until_s": 9.0}, "another settings"),
    ],
)
def test_another_study_is_not_resumed(whole: Path, change: Mapping[str, float], named: str) -> None:
    before = files(whole)
    with pytest.raises(InvalidInput) as caught:
        simulate(first, whole, dataclasses.replace(SMALL, resume=True, **change))
    assert named in str(caught.value)
    assert files(whole) == before


def test_another_journey_is_not_resumed(whole: Path) -> None:
    with pytest.raises(InvalidInput, match="another journey digest"):
        simulate(apply(first, {"stations.clerks.servers": 2}), whole, dataclasses.replace(SMALL, resume=True))


def test_a_stopped_study_keeps_pairs_and_says_where(tmp_path: Path) -> None:
    """The scenarios' first replications come first; each run that is not complete says so."""

    def stop(done: int, of: int) -> None:
        if done == 4:
            raise KeyboardInterrupt

    runs = [Simulation(first, tmp_path / name) for name in "ab"]
    with pytest.raises(KeyboardInterrupt) as caught:
        simulate_all(runs, SMALL, progress=stop)
    assert [complete(tmp_path / name) for name in "ab"] == [{0, 1}, {0, 1}]
    assert [Run.open(tmp_path / name).manifest.finished for name in "ab"] == [False, False]
    assert Run.open(tmp_path / "b").manifest.reason == "interrupted"
    assert caught.value.__notes__ == [
        f"what was measured is kept in {tmp_path / 'a'}, {tmp_path / 'b'}, marked unfinished"
    ]


@pytest.mark.skipif(bool(ENGINES["compiled"].missing()), reason=ENGINES["compiled"].missing())
def test_the_compiled_engine_is_the_first_and_writes_the_same_run(tmp_path: Path, whole: Path) -> None:
    run = simulate(first, tmp_path, dataclasses.replace(SMALL, engine="", jobs=2))
    assert Run.open(run).manifest.engine == "compiled"
    assert log(run).equals(log(whole))


# Engines --------------------------------------------------------------------------------------------------------------


class Picky:
    """An engine that may be missing, or unable to express a journey, or found missing when it is made ready."""

    packages = ()

    def __init__(self, missing: str = "", problems: tuple[Problem, ...] = (), broken: str = "") -> None:
        self._missing, self._problems, self._broken = missing, problems, broken

    def missing(self) -> str:
        return self._missing

    def unsupported(self, journey: Journey) -> tuple[Problem, ...]:
        return self._problems

    def prepare(self, tell) -> None:
        tell("compiling")
        if self._broken:
            raise Missing(self._broken)

    def replicate(self, *told) -> None:
        ENGINES["simpy"].replicate(*told)


NO_PROCESS = Problem("steps.drive.process", "is Python")


@pytest.mark.parametrize(
    ("engine", "gets", "says"),
    [
        (Picky(), "picky", []),
        (Picky(missing="no compiler; install one"), "simpy", ["no compiler; install one"]),
        (Picky(broken="the compiler failed"), "simpy", ["the compiler failed"]),
        (Picky(problems=(NO_PROCESS,)), "simpy", ["steps.drive.process: is Python"]),
    ],
)
def test_the_first_engine_that_can(monkeypatch: pytest.MonkeyPatch, engine: Picky, gets: str, says: list[str]) -> None:
    monkeypatch.setattr("simulators.engines.ENGINES", {"picky": engine, "simpy": ENGINES["simpy"]})
    told: list[str] = []
    assert choose("", first, told.append) == gets
    told = [text for text in told if text != "compiling"]
    prefix = "not by the picky engine, which would be faster: "
    assert told == [prefix + why for why in says]


def test_an_engine_that_was_asked_for_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "simulators.engines.ENGINES", {"gone": Picky("it is gone"), "picky": Picky(problems=(NO_PROCESS,))}
    )
    with pytest.raises(Missing, match="it is gone"):
        choose("gone", first, print)
    with pytest.raises(Unsupported, match=r"steps\.drive\.process"):
        choose("picky", first, print)


def test_a_run_says_which_engine_and_is_resumed_by_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    picky = Picky()
    for module in ("engines", "simulation", "cells"):
        monkeypatch.setattr(f"simulators.{module}.ENGINES", {"picky": picky, "simpy": ENGINES["simpy"]})
    told: list[str] = []
    together = [Simulation(first, tmp_path / name) for name in "ab"]
    simulate_all(together, dataclasses.replace(SMALL, engine=""), tell=told.append)
    assert told == ["compiling"]
    assert Run.open(tmp_path / "a").manifest.engine == "picky"
    simulate(first, tmp_path / "s", dataclasses.replace(SMALL, engine="simpy"))
    simulate(first, tmp_path / "s", dataclasses.replace(SMALL, engine="", resume=True, replications=4))
    assert Run.open(tmp_path / "s").manifest.engine == "simpy"
    with pytest.raises(InvalidInput, match=r"another engine \(got simpy, then picky\)"):
        simulate(first, tmp_path / "a", dataclasses.replace(SMALL, resume=True, engine="simpy"))


def test_a_manifest_tells_what_stood_in_for_the_journeys_own(tmp_path: Path) -> None:
    run = simulate(first, tmp_path, dataclasses.replace(SMALL, until_s=3600.0))
    assert json.loads((run / "manifest.json").read_text(encoding="utf-8"))["settings"] == {"until_s": 3600.0}
    assert simulation.Settings().engine == ""
