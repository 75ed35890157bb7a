"""Pairs of runs in turn: their order, whose customers they have, and the time that they may take."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from commands import running, turns
from commands.reading import Chosen
from journeys.errors import InvalidInput
from journeys.eventlog import Run
from journeys.scenarios import Scenario
from tests.reports.synthetic import population, write_run


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> tuple[Clock, list[dict[str, Any]]]:
    """Stand in for the load engine: a run takes ten seconds; what it was told is kept."""
    clock, told = Clock(), list[dict[str, Any]]()

    def loaded(chosen: Chosen, out: Path, target: str, *, name: str, **more: Any) -> Any:
        clock.now_s += 10
        told.append({"target": target, "name": name, **more})
        return chosen.arm(write_run(out / "runs" / name, [population(1, 5)], kind="measured", engine="load").folder)

    monkeypatch.setattr(running, "loaded", loaded)
    return clock, told


def plan(out: Path, **more: Any) -> turns.Turns:
    chosen = Chosen("loan-application", Scenario("as-is", "As is", {}))
    first = turns.Turns(chosen, out, ("http://a", "http://b"), 4, 3600.0, 0.0, "load", 7, {"rate": "r"})
    return replace(first, **more)


def test_sides_take_turns_and_share_their_pair_s_customers(made: Any, tmp_path: Path) -> None:
    clock, told = made
    before, after = turns.taken_in_turn(plan(tmp_path), print, clock)
    assert "".join(one["target"][-1] for one in told) == "abbaabba"
    assert [one["seed"] for one in told] == [7, 7, 8, 8, 9, 9, 10, 10]
    assert {one["rate"] for one in told} == {"r"}
    assert (len(before), len(after)) == (4, 4)
    assert [arm.run.manifest.settings["pair"] for arm in after] == [1, 2, 3, 4]
    assert turns.sides_in(tmp_path) == ([arm.run.folder for arm in before], [arm.run.folder for arm in after])


def test_no_pair_is_begun_that_would_end_too_late(made: Any, tmp_path: Path) -> None:
    clock, _ = made
    lines: list[str] = []
    before, _ = turns.taken_in_turn(plan(tmp_path, within_s=65.0), lines.append, clock)
    assert len(before) == 3
    assert lines[-1] == "the time is up after 3 of 4 pairs"
    assert lines[0] == "pair 1 of 4: 20 s; at most 45 s to go"


def test_what_warms_up_is_not_kept(made: Any, tmp_path: Path) -> None:
    clock, told = made
    turns.taken_in_turn(plan(tmp_path, warm_up_s=3.0, pairs=3), print, clock)
    assert [one.get("duration_s") for one in told][:3] == [3.0, 3.0, None]
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {
        f"{side}-{pair:03d}" for side in ("before", "after") for pair in (1, 2, 3)
    }


def test_half_a_pair_is_none(made: Any, tmp_path: Path) -> None:
    clock, _ = made
    _, after = turns.taken_in_turn(plan(tmp_path, pairs=3), print, clock)
    (after[1].run.folder / "manifest.json").unlink()
    first, second = turns.sides_in(tmp_path)
    assert [Run.open(run).manifest.settings["pair"] for run in (*first, *second)] == [1, 3, 1, 3]
    with pytest.raises(InvalidInput, match="holds no pairs of runs"):
        turns.sides_in(tmp_path / "runs")
