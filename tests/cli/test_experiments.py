"""Experiments as a person runs them: answers that theory knows, JSON, pictures, and what is refused at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from commands.cells import Cells
from journeys import Journey
from journeys.budgets import Metric
from simulators import simulation
from simulators.cells import Cell, Simulated, simulate_cell
from tests.cli.running import Done

DESK = """
from journeys import (
    Exponential, Journey, Poisson, Station, Step, minutes, per_minute, hours,
)

journey = Journey(
    name="desk", arrivals=Poisson(per_minute(1)), customers=600,
    steps=(
        Step(name="serve", lane="backstage", station="desk", service=Exponential(minutes(5)),
             patience=Exponential(minutes(2))),
    ),
    stations=(Station(name="desk", servers=6, cost_per_hour=20.0),),
)
"""
WHAT_IF = """
journey = "desk.py"
customers = 300

[scenarios.as-is]
[scenarios.five]
"stations.desk.servers" = 5
[scenarios.nine]
title = "Nine at the desk"
"stations.desk.servers" = 9
"""


@pytest.fixture
def desk(command: Callable[..., Done], tmp_path: Path) -> Callable[..., Done]:
    """Runs a command beside a file with a queue that Erlang's formula A knows."""
    (tmp_path / "desk.py").write_text(DESK, encoding="utf-8")
    (tmp_path / "desk.toml").write_text(WHAT_IF, encoding="utf-8")

    def run(*arguments: object) -> Done:
        return command(*map(str, arguments), "--jobs", "1")

    return run


def read(said: Done, code: int = 0) -> Any:
    assert (said.code, said.problems if code == 0 else []) == (code, [])
    return json.loads(said.out)


def test_staff_hires_as_erlang_a_does(desk: Callable[..., Done]) -> None:
    """7 servers lose 7.2% of an offered load of five, 6 lose 12.9%."""
    said = desk("staff", "desk.py", "--vary", "stations.desk.servers=3..10", "--keep", "abandonment(serve) < 10%",
                "--replications", 6, "--at-most", 24, "--json")  # fmt: skip
    told = read(said)
    assert told["best"]["staffing"] == {"stations.desk.servers": 7}
    assert told["best"]["cost_a_week"] == 7 * 20 * 168
    assert (told["confirmed"], told["cost_unit"], told["staffings"]) == (True, "USD", 8)
    limit = told["best"]["limits"][0]
    assert limit["low"] < 0.0721 < limit["high"] < 0.10
    assert {trial["status"] for trial in told["tried"]} == {"kept", "missed"}
    assert len(told["tried"]) <= 4


def test_staff_judges_its_answer_by_replications_that_the_search_had_not_seen(
    desk: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int]] = []
    values = Cells.values

    def recorded(self: Cells, cells: Sequence[tuple[Journey, int]], metrics: Sequence[Metric]) -> Any:
        seen.extend((journey.station("desk").servers, number) for journey, number in cells)
        return values(self, cells, metrics)

    monkeypatch.setattr(Cells, "values", recorded)
    told = read(desk("staff", "desk.py", "--vary", "stations.desk.servers=4..9", "--keep", "completion >= 50%",
                     "--replications", 3, "--at-most", 12, "--customers", 100, "--json"))  # fmt: skip
    best = told["best"]["staffing"]["stations.desk.servers"]
    fresh = [(servers, number) for servers, number in seen if number >= 12]
    assert fresh == [(best, 12 + number) for number in range(told["best"]["replications"])]
    assert len(set(seen)) == len(seen)


def test_staff_says_when_nothing_in_the_range_will_do(desk: Callable[..., Done]) -> None:
    said = desk("staff", "desk.py", "--vary", "stations.desk.servers=2..4", "--keep", "p95 wait(serve) < 1 s",
                "--replications", 3, "--customers", 200)  # fmt: skip
    assert said.code == 1
    assert said.err == "staff: none of 3 staffings is shown to keep every limit\n"
    assert "No staffing in these ranges is shown to keep p95 wait(serve) < 1 s" in said.out


def test_select_names_the_best(desk: Callable[..., Done]) -> None:
    options = ("desk.toml", "--metric", "abandonment(serve)", "--difference", "2 pp")
    told = read(desk("select", *options, "--json"))
    assert (told["best"], told["left"], told["difference"]) == ("nine", ["nine"], 0.02)
    assert [one["name"] for one in told["scenarios"]] == ["as-is", "five", "nine"]
    said = desk("select", *options)
    assert said.out.startswith("Best in abandonment(serve): Nine at the desk (")
    assert "where it is better by 2 pp or more" in said.out
    worst = read(desk("select", *options, "--prefer", "more", "--json"))
    assert worst["best"] == "five"


def test_a_prediction_says_what_it_rests_on(desk: Callable[..., Done], tmp_path: Path) -> None:
    options = ("select", "desk.toml", "--metric", "mean wait(serve)", "--difference", "2 s", "--replications", 3)
    assert desk(*options).out.splitlines()[-1].startswith("model: not validated. Nothing measured was held against")
    tested = {"run": "at-90", "share": 0.9, "holds": False, "verdict": "model wrong", "worst": 0.2,
              "reasons": ["service times at desk are 14% (9% to 19%) longer at 90% of capacity"]}  # fmt: skip
    record = {"schema": 1, "calibrated_from": "run light", "date": "2026-01-02", "forecasts": [tested]}
    (tmp_path / "desk.validation.json").write_text(json.dumps(record), encoding="utf-8")
    told = read(desk(*options, "--json"))["model"]
    assert told["status"] == "not validated"
    assert "at 90% model wrong (service times at desk are 14%" in told["sentence"]


def test_select_says_what_it_could_not_decide(desk: Callable[..., Done]) -> None:
    said = desk("select", "desk.toml", "--metric", "mean service(serve)", "--difference", "100 ms", "--replications", 3,
                "--at-most", 3)  # fmt: skip
    assert said.code == 1
    assert "Inconclusive after 9 replications in all" in said.out
    assert "are left" in said.out


def test_sensitivity_ranks_what_matters(desk: Callable[..., Done]) -> None:
    vary = ("--vary", "stations.desk.cost_per_hour=1..90", "--vary", "stations.desk.servers=3..9",
            "--vary", "arrivals.rate=57 / h..63 / h")  # fmt: skip
    said = desk("sensitivity", "desk.py", *vary, "--metric", "abandonment(serve)", "--samples", 16, "--customers", 100,
                "--json")  # fmt: skip
    told = read(said)
    by_path = {one["path"]: one for one in told["inputs"]}
    assert told["inputs"][0]["path"] == "stations.desk.servers"
    assert by_path["stations.desk.servers"]["total"]["value"] > 0.8
    assert by_path["stations.desk.cost_per_hour"]["total"]["value"] == 0.0
    assert (told["points"], told["inputs"][0]["low"]) == (16 * 5, "3")
    assert 0 < told["share_of_luck"] < 0.1


def test_warmup_draws_what_it_suggests(desk: Callable[..., Done], tmp_path: Path) -> None:
    """Service at an empty desk that can hardly cope begins without a queue."""
    told = read(desk("warmup", "desk.py", "--set", "steps.serve.patience=10 min", "--set", "stations.desk.servers=5",
                     "--step", "serve", "-o", "wait.svg", "--json"))  # fmt: skip
    assert told["settled"]
    assert told["cut"]["observations"] > 0
    assert told["warm_up"]
    assert told["mean_after_cut_s"]["value"] > told["mean_of_all_s"]["value"]
    assert "MSER-5: leave out" in (tmp_path / "wait.svg").read_text(encoding="utf-8")
    said = desk("warmup", "first-journey", "--customers", 100, "--replications", 2)
    assert "note: arrivals or shifts follow the week" in said.out
    assert (tmp_path / "out" / "warmup.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["warmup", "desk.py", "-o", "x.bmp"], "x.bmp: no such picture format"),
        (["warmup", "desk.py", "--step", "sevre"], "--step: there is no step 'sevre'; did you mean 'serve'?"),
        (["warmup", "desk.py", "--every", "0 s"], "--every: must be > 0 (got 0 s)"),
        (["warmup", "desk.py", "--customers", "20"], "series: is too short (got 20 observations); 50 or more"),
        (["select", "desk.toml", "--difference", "1 s"], "--difference: could not convert"),
        (["select", "desk.toml", "--difference", "0"], "--difference: must be > 0 (got 0)"),
        (["select", "desk.toml", "--metric", "denied", "--difference", "1 pp"], "--prefer: is missing"),
        (["select", "desk.toml", "--metric", "time to decision", "--difference", "1 s"],
         "--metric: desk names no decision"),
        (["sensitivity", "desk.py"], "--vary: is missing"),
        (["sensitivity", "desk.py", "--vary", "stations.desk.servers=1..5", "--samples", "20"],
         "--samples: must be a power of two (got 20)"),
        (["staff", "desk.py", "--vary", "stations.desk.servers=1..5"], "--keep: is missing"),
        (["staff", "desk.py", "--vary", "stations.desk.cost_per_hour=1..5", "--keep", "completion > 1%"],
         "--vary stations.desk.cost_per_hour: is no number of servers"),
        (["staff", "desk.py", "--vary", "stations.desk.servers=1..2000000", "--keep", "completion > 1%"],
         "--vary: are too many staffings (got 2,000,000)"),
        (["staff", "desk.py", "--vary", "stations.desk.servers=1..5", "--keep", "completion of 1%"],
         "--keep: not a budget"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_on_one_line(desk: Callable[..., Done], arguments: list[str], line: str) -> None:
    said = desk(*arguments)
    assert said.code == 2
    assert len(said.problems) == 1
    assert said.problems[0].startswith(line)


def test_simulate_until_a_metric_is_known_well_enough(desk: Callable[..., Done], tmp_path: Path) -> None:
    common = ("desk.py", "--customers", 200, "--json")
    told = read(desk("simulate", *common, "--until", "abandonment(serve) within 2 pp", "--replications", 3))
    precision = told["simulated"]["precision"]
    [aim] = precision["aims"]
    assert precision["reached"]
    assert aim["high"] - aim["value"] <= aim["half_width_allowed"] == 0.02
    assert 3 < precision["replications"] == aim["n"] < 200
    assert f"abandonment(serve) within 2 pp: reached with {aim['n']} replications" in told["warnings"][0]
    plain = read(desk("simulate", *common, "--replications", aim["n"], "--out", "plain"))
    assert told["simulated"]["runs"] == plain["simulated"]["runs"]
    again = read(
        desk("simulate", *common, "--until", "abandonment(serve) within 2 pp", "--replications", 3, "--resume")
    )
    assert again == told


def test_simulate_until_simulates_no_replication_twice(
    desk: Callable[..., Done], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []

    def recorded(cell: Cell) -> Simulated:
        seen.append(cell.replication)
        return simulate_cell(cell)

    monkeypatch.setattr(simulation, "simulate_cell", recorded)
    told = read(desk("simulate", "desk.py", "--customers", 100, "--json", "--until", "completion within 2 pp",
                     "--replications", 3))  # fmt: skip
    assert seen == list(range(told["simulated"]["precision"]["replications"]))
    assert len(seen) > 3


def test_simulate_says_how_many_more_it_would_take(desk: Callable[..., Done]) -> None:
    said = desk("simulate", "desk.py", "--customers", 100, "--until", "completion within 0.1%", "--replications", 3,
                "--at-most", 4)  # fmt: skip
    assert said.code == 1
    assert said.err == "simulate: completion within 0.1%: not reached\n"
    assert "note: completion within 0.1%: not reached with 4 replications" in said.out
    assert "stopped at 4 replications; about " in said.out


def test_simulate_until_something_that_makes_no_sense_is_refused(desk: Callable[..., Done]) -> None:
    said = desk("simulate", "desk.py", "--until", "completion", "--until", "happiness within 3%")
    assert (said.code, len(said.problems)) == (2, 2)
    assert said.problems[0].startswith("--until: not a precision: 'completion'")
    assert said.problems[1].startswith("--until: not a metric: 'happiness'")


def test_a_comparison_tells_blame_and_the_range_that_were_asked_for(desk: Callable[..., Done]) -> None:
    told = read(desk("compare", "desk.toml", "--replications", 3, "--customers", 300, "--blame", "five",
                     "--vary", "stations.desk.servers=6..12", "--json", "--out", "out"))["sections"]  # fmt: skip
    assert list(told["blame"]["scenarios"]) == ["five"]
    assert {part["title"] for part in told["blame"]["metrics"]["drop-off"]["parts"].values()} == {"Desk"}
    (moved,) = told["doubts"]["moved"]
    assert (moved["path"], moved["low"], moved["high"]) == ("stations.desk.servers", "6", "12")
    assert told["doubts"]["assumptions"] == 1


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (("--blame", "fife"), "--blame: there is no scenario 'fife'"),
        (("--vary", "stations.dusk.servers=6..12"), "stations has no 'dusk'"),
        (("--vary", "stations.desk.servers=1..2"), "does not hold the value that is assumed"),
    ],
)
def test_blame_and_ranges_of_what_is_not_there_are_refused_before_anything_is_simulated(
    desk: Callable[..., Done], tmp_path: Path, asked: tuple[str, str], said: str
) -> None:
    done = desk("compare", "desk.toml", *asked, "--out", "out")
    assert done.code == 2
    assert said in " ".join(done.problems)
    assert not (tmp_path / "out").exists()
