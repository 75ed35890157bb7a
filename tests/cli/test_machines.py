"""For machines: JSON and nothing else, the same bytes for the same seed, and a start that loads little."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import Done, journeywright

RUN = "out/runs/simulated-as-is"
HEAVY = ("pandas", "scipy", "matplotlib", "duckdb", "locust", "gevent", "playwright", "starlette", "uvicorn", "faker",
         "simpy", "joblib", "rich", "jinja2", "psutil")  # fmt: skip


def read(said: Done) -> Any:
    assert said.problems == []
    assert said.code == 0
    return json.loads(said.out)


def test_list(tmp_path: Path) -> None:
    assert {"first-journey", "loan-application"} <= {
        one["name"] for one in read(journeywright("list", "--json", folder=tmp_path))
    }


def test_show(tmp_path: Path) -> None:
    told = read(journeywright("show", "first-journey", "--json", "--set", "stations.clerks.servers=9", folder=tmp_path))
    assert set(told) == {"journey", "parameters"}
    assert {"stations.clerks.servers": "9"}.items() <= {one["path"]: one["value"] for one in told["parameters"]}.items()


def test_simulate(simulated: tuple[Path, Done]) -> None:
    folder, said = simulated
    assert read(said) == json.loads((folder / "out" / "summary.json").read_text(encoding="utf-8"))


def test_simulate_again_gives_the_same_bytes(simulated: tuple[Path, Done], tmp_path: Path) -> None:
    said = journeywright(
        "simulate", "first-journey", "--customers", 60, "--replications", 2, "--seed", 5, "--jobs", 2, "--json",
        folder=tmp_path,
    )  # fmt: skip
    assert said.out == simulated[1].out


def test_query(simulated: tuple[Path, Done]) -> None:
    sql = "SELECT outcome, count(*) AS n FROM events WHERE step = 'exit' GROUP BY ALL ORDER BY ALL"
    told = read(journeywright("query", RUN, sql, "--json", folder=simulated[0]))
    assert sum(one["n"] for one in told) == 120
    assert [set(one) for one in told] == [{"outcome", "n"}] * len(told)


@pytest.mark.parametrize("command", ["report", "compare"])
def test_reports(simulated: tuple[Path, Done], tmp_path: Path, command: str) -> None:
    run, other, out = simulated[0] / RUN, tmp_path / "other", tmp_path / "out"
    shutil.copytree(run, other)
    told = json.loads((other / "manifest.json").read_text(encoding="utf-8"))
    (other / "manifest.json").write_text(json.dumps({**told, "scenario": "another"}), encoding="utf-8")
    runs = (run,) if command == "report" else (run, other)
    told = read(journeywright(command, *runs, "--json", "--out", out, folder=tmp_path))
    assert len(told["simulated"]["runs"]) == len(runs)
    assert told == json.loads((out / "summary.json").read_text(encoding="utf-8"))


def test_the_start_loads_no_more_than_it_needs() -> None:
    program = (
        "import sys, journeywright\n"
        "try:\n    journeywright.main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"print(sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stdout.startswith("Usage: journeywright")
    assert done.stderr == "[]\n"


def test_ready_questions(simulated: tuple[Path, Done]) -> None:
    listed = read(journeywright("query", RUN, "--json", folder=simulated[0]))
    assert {"outcomes", "drop-off"} <= {one["name"] for one in listed}
    told = read(journeywright("query", RUN, "outcomes", "--json", folder=simulated[0]))
    assert sum(one["customers"] for one in told) == 120


def test_export(simulated: tuple[Path, Done], tmp_path: Path) -> None:
    told = read(journeywright("export", simulated[0] / RUN, "--to", "xes", "--json", folder=tmp_path))
    assert (tmp_path / told["file"]).read_text(encoding="utf-8").count("<trace>") == 120
