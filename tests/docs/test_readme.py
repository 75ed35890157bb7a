"""The README is true: its first journey is the one that `new` writes, and each of its commands runs."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from journeys.browser.finding import BrowserMissing, find
from journeys.eventlog import Run
from journeys.loading import source_file

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
COMMANDS = [shlex.split(line) for block in BLOCKS for line in block.splitlines() if line.strip()]
MADE_BY_PEOPLE = "http://127.0.0.1:8000"

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.load]


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    assert command[0] == "journeywright"
    return subprocess.run(
        [sys.executable, "-m", "journeywright", *command[1:]], cwd=folder, capture_output=True, text=True, timeout=300
    )


def test_the_first_journey_is_the_one_that_new_writes() -> None:
    shown = re.search(r"<!-- first journey -->\n```python\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    text = source_file("first-journey").read_text(encoding="utf-8")
    assert shown[1] == text
    assert len(text.splitlines()) <= 60


def test_the_two_commands_are_there() -> None:
    for target in ("demo", "test"):
        assert f"make {target}" in README
        planned = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True, timeout=30)
        assert planned.returncode == 0, planned.stderr


def test_links_lead_somewhere() -> None:
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


def test_each_command_runs_in_order(folder: Path, own_application: str) -> None:
    """One test, because the commands build on each other as a reader's do."""
    try:
        find()
        browsers = True
    except BrowserMissing:
        browsers = False
    for command in COMMANDS:
        if command[1] == "browse" and not browsers:
            continue
        done = run([part.replace(MADE_BY_PEOPLE, own_application) for part in command], folder)
        said = f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, said
        assert done.returncode == 0, said
    walked = [folder / "out" / "loaded" / "runs" / "loaded-as-is"]
    walked += [folder / "out" / "browsed" / "runs" / "browsed-as-is"] if browsers else []
    seen = json.loads(urllib.request.urlopen(f"{own_application}/api/members", timeout=10).read())
    for path in walked:
        frame = Run.open(path).frame()
        ends = frame[frame["step"] == "exit"]["outcome"].value_counts()
        assert ends.sum() == (frame["step"] == "arrival").sum()
        assert ends["completed"] >= 1
    assert {member["how"] for member in seen} == ({"pages", "api"} if browsers else {"api"})
