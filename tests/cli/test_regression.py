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
