"""The journeys' pages are what the command makes: all but their numbers, which are random, and the answers to SQL."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from commands.cells import expect_metrics
from commands.documenting import support
from journeys.errors import InvalidInput
from journeys.loading import has_page, load, page_of, registered, what_if_of
from journeys.scenarios import read_what_if
from journeywright import main
from reports.blueprints.page_wanted import read_page
from reports.blueprints.support import support_lines, support_page

PAGES = Path(__file__).parents[2] / "docs" / "journeys"
NAMES = [name for name in sorted(registered()) if has_page(name)]
_NUMBER = re.compile(r"[−-]?(?:(?:USD|EUR) )?\d[\d.,]*(?: ?(?:%|ms|s|min|h|d)\b)?|–")


def told(text: str) -> list[str]:
    """Return a page's lines without figures: of tables their first cells, of answers nothing."""
    lines, asked = [], False
    for line in text.splitlines():
        asked = not line.startswith("#") and (asked or line.startswith("Asked of the rows"))
        if asked:
            continue
        if "**" in line and line.startswith("|"):
            line = line.split("|")[1]
        lines.append(re.sub(r"#[#%,. ]*", "#", _NUMBER.sub("#", line)))
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_what_the_command_makes_of_the_journey(name: str, tmp_path: Path) -> None:
    small = ["--replications", "2", "--customers", "150", "--jobs", "1"]
    done = CliRunner().invoke(main, ["docs", name, "--out", str(tmp_path), *small], standalone_mode=False)

    assert done.exception is None or str(done.exception) == "0", done.output
    made, kept = ((folder / f"{name}.md").read_text(encoding="utf-8") for folder in (tmp_path, PAGES))
    assert told(made) == told(kept), f"docs/journeys/{name}.md is of another journey; run 'journeywright docs'"
    assert (tmp_path / f"{name}.svg").read_bytes() == (PAGES / f"{name}.svg").read_bytes()
    assert "{" not in made  # each placeholder has its value


def test_the_table_of_engines_says_what_they_declare() -> None:
    rows = set((PAGES / "README.md").read_text(encoding="utf-8").splitlines())
    found = support(load(name) for name in sorted(registered()))
    made = support_page(found, {name: f"{name}.md" for name in NAMES}).splitlines()

    assert {row for row in made if any(f"{name}.md" in row for name in NAMES)} <= rows
    assert all((PAGES / f"{name}.md").is_file() for name in NAMES)


def test_the_list_tells_which_engine_walks_which_journey(tmp_path: Path) -> None:
    own = tmp_path / "own.py"
    own.write_text(
        "from journeys import Journey, Poisson, Process, Step, per_day\n"
        "def drive(work):\n    yield work.environment.timeout(1)\n"
        "journey = Journey(name='own', arrivals=Poisson(per_day(1)), steps=(\n"
        "    Step(name='ride', lane='backstage', process=Process(drive)),))\n"
    )
    lines = support_lines(support([load(str(own)), load("first-journey")]))

    assert lines[1].split()[:3] == ["own", "no", "yes"]
    assert lines[2].split() == ["first-journey", *["yes"] * 6]
    assert any(line.startswith("compiled: ") and "steps.ride.process" in line for line in lines)
    shown = CliRunner().invoke(main, ["list", "--engines"], standalone_mode=False)
    assert "first-journey" in shown.output


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ('title = "x"\n', "story: is missing"),
        ("unknown = 1\n", "unknown: is not known"),
        ('[figures]\n"Happy" = "happiness"\n', "figures.Happy: not a metric"),
        ('[[measured]]\nwhat = "Joy"\n', "measured.0.command: is missing"),
        ('[[measured]]\nwhat = "Joy"\ncommand = "simulate"\nmetric = "joy"\n', "measured.0.metric: not a metric"),
        ('story = "{Nothing @ as-is}"\n', "there is nothing of that name (got {Nothing @ as-is})"),
        ('[[questions]]\ntitle = "?"\nsql = "SELECT 1"\nscenario = "as-it"\n', "there is no 'as-it'"),
    ],
)
def test_what_is_wrong_with_a_page_is_said(broken: str, said: str, tmp_path: Path) -> None:
    page = tmp_path / "page.toml"
    page.write_text(broken, encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        read_page(page, ["as-is", "redesigned"])
    assert said in str(refused.value)


@pytest.mark.parametrize("name", NAMES)
def test_what_must_be_measurable_is_a_metric_of_the_journey_and_its_command_is_one(name: str) -> None:
    what_if = read_what_if(Path(what_if_of(name)))
    wanted = read_page(page_of(name), [scenario.name for scenario in what_if.scenarios])

    assert wanted.measured
    expect_metrics(load(name), [one.metric for one in wanted.measured if one.metric], "measured")
    for line in (*(one.command for one in wanted.measured), *wanted.commands):
        command, *arguments = shlex.split(line)
        assert name in arguments or name.replace("-", "_") in line
        main.commands[command].make_context(command, list(arguments))


def test_a_journey_without_a_page_says_what_is_missing() -> None:
    with pytest.raises(InvalidInput, match="comes with no page"):
        page_of("first-journey")
