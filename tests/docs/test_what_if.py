"""What docs/what-if.md shows can be used: its what-if is the one that `new` writes, its claims are claims about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from journeys.claims import read_claims
from journeys.loading import load, what_if_of
from journeys.scenarios import read_what_if
from journeywright import main

TEXT = (Path(__file__).parents[2] / "docs" / "what-if.md").read_text(encoding="utf-8")
SCENARIOS, CLAIMS = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what `new my_journey` writes, in a folder of its own there."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine").mkdir()
    made = CliRunner().invoke(main, ["new", "mine/my_journey"])
    assert made.exit_code == 0, made.output
    return tmp_path


def test_the_what_if_is_the_one_that_new_writes(folder: Path) -> None:
    written = read_what_if("mine/my_journey.toml")
    (folder / "mine" / "shown.toml").write_text(SCENARIOS, encoding="utf-8")
    shown = read_what_if("mine/shown.toml")
    assert {one.name: one.changes for one in shown.scenarios} == {one.name: one.changes for one in written.scenarios}
    assert shown.journey == written.journey == "mine/my_journey.py"  # beside the what-if, not in the current folder
    assert [one.name for one in written.levers()] == ["shorter-form", "fewer-clerks"]
    for scenario in written.scenarios:
        scenario.of(load(written.journey))


def test_a_what_if_of_the_same_name_is_found_beside_its_journey(folder: Path) -> None:
    assert what_if_of("mine/my_journey.py") == "mine/my_journey.toml"
    simulated = ["--replications", "2", "--customers", "10", "--engine", "simpy", "--jobs", "1"]
    for told in ([], ["--what-if", "mine/my_journey.toml"]):
        done = CliRunner().invoke(
            main, ["compare", "mine/my_journey.py", *told, *simulated, "--out", f"out{len(told)}"]
        )
        assert done.exit_code in (0, 1), done.output
        assert (folder / f"out{len(told)}" / "runs" / "simulated-both" / "manifest.json").exists()


def test_the_claims_are_about_its_scenarios(folder: Path) -> None:
    (folder / "claims.toml").write_text(CLAIMS, encoding="utf-8")
    known = {one.name for one in read_what_if("mine/my_journey.toml").scenarios}
    claims = read_claims("claims.toml")
    assert len(claims) == 3
    assert {claim.scenario for claim in claims} == {"both", "fewer-clerks"} <= known


@pytest.mark.parametrize("says", re.findall(r"^\| .+? \| (`.+`) \|$", TEXT.partition("| form |")[2], re.MULTILINE))
def test_each_form_that_is_shown_is_one(tmp_path: Path, says: str) -> None:
    forms = re.findall(r"`([^`]+)`", says)
    (tmp_path / "claims.toml").write_text("\n".join(f'[[claims]]\nsays = "{form}"' for form in forms), encoding="utf-8")
    assert len(read_claims(tmp_path / "claims.toml")) == len(forms)
