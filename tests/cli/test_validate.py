"""Validation as a person runs it: a model held against what was measured, with a report and an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from journeys.eventlog import Run, annotate
from tests.cli.running import Done
from tests.cli.test_calibrate import DESK


@pytest.fixture
def measured(command: Callable[..., Done], tmp_path: Path) -> Callable[..., Done]:
    """A run of the desk that counts as measured, and a command to hold a model with other numbers against it."""
    (tmp_path / "desk.py").write_text(DESK, encoding="utf-8")
    simulate = ("simulate", "desk.py", "--jobs", "1", "--customers", "2000")
    assert command(*simulate, "--replications", "1", "--seed", "3", "--out", "real").code == 0
    run = tmp_path / "real/runs/simulated-as-is"
    run.rename(tmp_path / "real/runs/loaded-as-is")
    annotate(
        tmp_path / "real/runs/loaded-as-is", kind="measured", engine="load", workload="open",
        settings={"mocked": True, "duration_s": 1.0},
    )  # fmt: skip

    def held(*changes: str) -> Done:
        more = [part for change in changes for part in ("--set", change)]
        assert command(*simulate, "--replications", "8", "--seed", "77", "--out", "model", *more).code == 0
        return command("validate", "real/runs/loaded-as-is", "model/runs/simulated-as-is", "--out", "held", "--json")

    return held


def test_the_right_model_is_not_called_different(measured: Callable[..., Done], tmp_path: Path) -> None:
    said = measured()
    assert (said.code, said.problems) == (0, [])
    told = json.loads(said.out)
    assert told["verdict"] in ("equivalent", "inconclusive")
    assert not told["same_customers"]
    assert told["numbers"]["completion"]["verdict"] == "equivalent"
    assert {"mean wait(check)", "p95(check)", "came to check", "p95(ask)"} <= set(told["numbers"])
    page = (tmp_path / "held/report.html").read_text(encoding="utf-8")
    assert "Does the model predict what was measured?" in page
    assert json.loads((tmp_path / "held/summary.json").read_text())["sections"]["equivalence"]["numbers"]


def test_a_model_with_too_few_clerks_is_different(measured: Callable[..., Done]) -> None:
    said = measured("stations.clerks.servers=4")
    assert said.code == 1
    assert "validate: mean wait(check): different" in said.err.splitlines()
    assert json.loads(said.out)["verdict"] == "different"


def test_its_own_customers_are_simulated_where_no_simulation_is_given(
    measured: Callable[..., Done], command: Callable[..., Done]
) -> None:
    assert measured
    said = command("validate", "real/runs/loaded-as-is", "--margin", "p95(check)=1%", "--out", "twin")
    assert (said.code, said.problems) == (0, [])
    assert "The model predicts what was measured, within the margins: of 12 numbers 12 equivalent." in said.out
    assert "model: validated; " in said.out
    assert "the same customers" in said.out


@pytest.mark.usefixtures("measured")
def test_what_cannot_be_is_refused(command: Callable[..., Done]) -> None:
    run = "real/runs/loaded-as-is"
    said = command("validate", run, "--margin", "p95(chek)=1%", "--margin", "completion=soon")
    assert said.code == 2
    assert said.problems == [
        "--margin: there is no 'p95(chek)'; did you mean 'p95(check)'?",
        "--margin: is no margin of completion (got completion=soon); 2 pp, or 5% of the measured one",
    ]
    refused = f"{run}: is no simulated run (got measured); one made by simulate or compare"
    assert command("validate", run, run).problems == [refused]
    assert Run.open(run).manifest.kind == "measured"
