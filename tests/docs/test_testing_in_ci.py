"""The page about testing in CI is true: its commands run, its example says what they say, its tables are complete."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from journeys.browser.finding import BrowserMissing, find
from journeys.findings import CHECKS
from pytest_journeywright import fixtures, options

PAGE = (Path(__file__).parents[2] / "docs" / "testing-in-ci.md").read_text(encoding="utf-8")
COMMANDS = [shlex.split(line) for block in re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
            for line in block.splitlines() if line]  # fmt: skip
MADE_BY_PEOPLE = "http://127.0.0.1:8000"


def run(command: list[str], folder: Path) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=folder, capture_output=True, text=True, timeout=300)
    said = f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in said, said
    assert done.returncode == 0, said


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.timeout(600)
def test_its_commands_run_in_order_and_so_does_that_of_the_example(tmp_path: Path, own_application: str) -> None:
    workflow = yaml.safe_load(next(iter(re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))))
    steps = [step["run"] for step in workflow["jobs"]["journeys"]["steps"] if "run" in step]
    # on a machine that is busy with other tests, by the API alone, and without the budgets that are times
    example = [[*shlex.split(step), "--journey-engines", "api", "-k", "not budget"]
               for step in steps if step.startswith("pytest ")]  # fmt: skip
    commands = [*COMMANDS, *example]
    assert len(commands) == 4
    try:
        find()
    except BrowserMissing:
        commands = [command for command in commands if "browser and not budget" not in command]
    for command in commands:
        run([part.replace(MADE_BY_PEOPLE, own_application) for part in command], tmp_path)
    assert (tmp_path / "junit.xml").is_file()
    assert (tmp_path / "journey-results" / "reports" / "first-journey" / "report.html").is_file()


def test_its_tables_are_complete() -> None:
    named = set(re.findall(r"`([\w-]+)`", "\n".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))
    assert set(CHECKS) <= named
    said = set(re.findall(r"--journey-[\w-]+", PAGE))
    assert {option for option, *_ in options._TEXTS} | {"--journey-customer", "--journey-report"} <= said
    given = {name for name in vars(fixtures) if name in PAGE and not name.startswith("_")}
    assert {"load_journey", "population", "customer", "walked_run", "mocked_back_end", "faults"} <= given
