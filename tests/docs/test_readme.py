"""The README is true: its first journey is the one that `new` writes, and each of its commands runs."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
import urllib.request
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

import journeys
from journeys.browser.finding import BrowserMissing, find
from journeys.eventlog import Run
from journeys.loading import source_file
from simulators import compiled

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


def table(heading: str) -> list[list[str]]:
    """Return what is written as code in each row of the table that begins with a heading."""
    shown = README.partition(f"| {heading} |")[2].partition("\n\n")[0]
    return [names for row in shown.splitlines()[2:] if (names := re.findall(r"`([^`]+)`", row))]


def test_what_a_blueprint_can_say_can_be_said() -> None:
    said = {name for row in table("about") for name in row}
    shapes = [shape for name in journeys.__all__ if is_dataclass(shape := getattr(journeys, name))]
    known = {*journeys.__all__, *(field.name for shape in shapes for field in fields(shape))}
    assert {"Station", "preemptive"} <= said <= known, said - known


def test_what_is_to_be_found_is_there() -> None:
    rows = table("to find")
    assert len(rows) > 10
    for first, *others in rows:
        beside = ROOT / first if first.endswith("/") else (ROOT / first).parent
        assert (ROOT / first).exists(), first
        for name in others:
            assert (beside / name).exists() or (ROOT / name).exists(), name


def missed_by_this_machine(command: list[str], told: str, folder: Path) -> bool:
    """Tell whether all that a measured run is refused for are times which it did take, by its own rows.

    A machine that is busy with other tests may miss the two times that the first journey and its load promise.
    """
    if command[1] not in ("browse", "load"):
        return False
    runs = (folder / command[command.index("--out") + 1] / "runs").iterdir()
    (run,) = (Run.open(path) for path in runs if not path.name.startswith("twin"))
    slowest_s = run.sql("SELECT max(end_s - intended_s) AS s FROM events WHERE step = 'join'").s[0]
    lag_s = run.manifest.settings.get("lag_p99_ms", 0.0) / 1000
    true = {"p95(join) < 1 s: missed": slowest_s > 1, "(100 ms allowed); this machine was too busy": lag_s > 0.1}
    return bool(told) and all(any(line in said and holds for line, holds in true.items()) for said in told.splitlines())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("readme")


@pytest.mark.timeout(900)
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
        held = done.returncode == 0 or (done.returncode == 1 and missed_by_this_machine(command, done.stderr, folder))
        assert held, said
    by_default, by_simpy = (
        Run.open(folder / "out" / name / "runs" / "simulated-as-is") for name in ("simulated", "by-simpy")
    )
    assert by_simpy.manifest.engine == "simpy"
    assert by_default.manifest.engine == ("simpy" if compiled.missing() else "compiled")
    assert by_default.frame().equals(by_simpy.frame())
    walked = [folder / "out" / "loaded" / "runs" / "loaded-as-is"]
    walked += [folder / "out" / "browsed" / "runs" / "browsed-as-is"] if browsers else []
    seen = json.loads(urllib.request.urlopen(f"{own_application}/api/members", timeout=10).read())
    for path in walked:
        frame = Run.open(path).frame()
        ends = frame[frame["step"] == "exit"]["outcome"].value_counts()
        assert ends.sum() == (frame["step"] == "arrival").sum()
        assert ends["completed"] >= 1
    assert {member["how"] for member in seen} == ({"pages", "api"} if browsers else {"api"})
