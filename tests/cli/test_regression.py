"""The command regression: what is compared with what, what is said, and with which code it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.running import Done, journeywright

RUN = "out/runs/simulated-as-is"


def copied(simulated: tuple[Path, Done], to: Path, **changed: object) -> Path:
    """Return a copy of the simulated run that says it was measured."""
    shutil.copytree(simulated[0] / RUN, to)
    manifest = json.loads((to / "manifest.json").read_text(encoding="utf-8"))
    facts = {"kind": "measured", "engine": "browser"} | changed
    (to / "manifest.json").write_text(json.dumps(manifest | facts), encoding="utf-8")
    return to


def test_a_run_is_no_worse_than_itself(simulated: tuple[Path, Done], tmp_path: Path) -> None:
    before, after = (copied(simulated, tmp_path / name) for name in ("before", "after"))
    said = journeywright("regression", "--before", before, "--after", after, "--json", folder=tmp_path)
    assert (said.code, said.err) == (0, "")
    told = json.loads(said.out)["sections"]["regression"]
    assert {metric["call"] for metric in told["metrics"]} <= {"same", "inconclusive"}
    assert {metric["effect"] for metric in told["metrics"]} <= {0, None}
    assert "Nothing" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"kind": "simulated", "engine": "compiled"}, "was simulated (got compiled)"),
        ({"speed": 60.0}, "ran at another speed"),
        ({"journey": "loan-application", "reference": "loan-application"}, "is a run of another journey"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    simulated: tuple[Path, Done], tmp_path: Path, changed: dict[str, object], words: str
) -> None:
    before, after = copied(simulated, tmp_path / "before"), copied(simulated, tmp_path / "after", **changed)
    said = journeywright("regression", "--before", before, "--after", after, folder=tmp_path)
    assert said.code == 2
    assert words in said.err
    assert not (tmp_path / "out").exists()


def test_a_margin_has_its_unit(simulated: tuple[Path, Done], tmp_path: Path) -> None:
    run = copied(simulated, tmp_path / "run")
    said = journeywright("regression", "--before", run, "--after", run, "--margin", "5", folder=tmp_path)
    assert said.problems == ["--margin: is not a margin (got 5); above 0 and below 100, such as 5 %"]


def test_nights_before_and_what_could_not_be_seen(simulated: tuple[Path, Done], tmp_path: Path) -> None:
    nights = [copied(simulated, tmp_path / f"night-{number}") for number in range(3)]
    said = journeywright("regression", *nights[:2], "--after", nights[2], "--must-see", "10%", folder=tmp_path)
    told = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))["sections"]["regression"]
    assert (told["unit"], told["runs_before"], told["runs_after"]) == ("customers", 2, 1)  # two runs tell no spread
    assert said.code == 1
    assert all("10% could not be seen; nothing could be" in line for line in said.problems)
    plan = json.loads(journeywright("regression", *nights, "--power", "10%", "--json", folder=tmp_path).out)
    assert plan["runs"] == 3
    assert plan["pairs"] == 3  # of runs that are all the same


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--after-target", "http://127.0.0.1:9", "shop.py"], "takes a journey, --before-target and --after-target"),
        (["--power", "10"], "is not a margin"),
        ([], "names no run before"),
    ],
)
def test_what_is_missing_is_named(tmp_path: Path, words: list[str], problem: str) -> None:
    said = journeywright("regression", *words, folder=tmp_path)
    assert said.code == 2
    assert problem in said.err
