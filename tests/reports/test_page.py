"""The page as a stranger's names meet it, and the summary as its published schema says it is."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from journeys import Journey
from journeys.eventlog import NAN, Run
from reports.study import Arm, ReportFiles, write_report
from reports.summary import SCHEMA
from tests.reports.synthetic import DAY, LOAN, arrival, leaving, population, row, write_run

HOSTILE = "\"><img src=x onerror=alert(1)> $x$ & 'y'\x1b[2J"
ROOT = Path(__file__).parents[2]
PUBLISHED = json.loads((ROOT / "docs/summary.schema.json").read_text(encoding="utf-8"))


def hostile() -> Journey:
    """Return the loan with names that try to be more than names."""
    return replace(
        LOAN,
        title=HOSTILE,
        story=HOSTILE,
        steps=tuple(replace(step, title=f"{HOSTILE} {step.name}") for step in LOAN.steps),
        stations=tuple(replace(station, title=f"{HOSTILE} {station.name}") for station in LOAN.stations),
        waits=tuple(replace(wait, title=HOSTILE) for wait in LOAN.waits),
        contacts=tuple(replace(contact, reason=HOSTILE) for contact in LOAN.contacts),
    )


class Tags(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def run_of(folder: Path, more: dict[str, float]) -> Run:
    return write_run(folder, [population(seed, 40, **more) for seed in range(3)])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    folder, journey = tmp_path_factory.mktemp("hostile"), hostile()
    arms = [
        Arm(name, f"{HOSTILE} {name}", journey, run_of(folder / name, more))
        for name, more in {"before": {}, "after": {"completes": 0.8, "calls": 0.3, "decision_s": DAY}}.items()
    ]  # fmt: skip
    rows = [
        *population(1, 12), arrival(99, 0, segment=HOSTILE),
        row(99, "start", (1, NAN, 2), "failed", "dropped", detail=HOSTILE), leaving(99, 1, "dropped", HOSTILE),
    ]  # fmt: skip
    measured = write_run(folder / "browsed", [rows], kind="measured", engine="browser", target=HOSTILE)
    return write_report(
        folder / "out", title=HOSTILE, simulated=arms, measured=[Arm("browsed", HOSTILE, journey, measured)]
    )


@pytest.mark.slow
def test_a_hostile_name_is_shown_and_does_nothing(files: ReportFiles) -> None:
    text = files.html.read_text(encoding="utf-8")
    tags = Tags(text).found
    assert not {"img", "iframe", "object", "link"} & {tag for tag, _ in tags}
    assert [attributes for tag, attributes in tags if tag == "script"] == [{}]  # the page's own, which names nobody
    assert "onerror" not in text.partition("<script>")[2]
    assert not [name for _, attributes in tags for name in attributes if name.startswith("on")]
    assert "<img" not in text
    assert text.count("&lt;img src=x onerror=alert(1)&gt;") > 30
    pictures = "".join(path.read_text(encoding="utf-8") for path in files.figures)
    assert "<img" not in pictures
    assert "$x$" in pictures  # a name is not a formula
    assert "\x1b" not in text + pictures
    for path in files.figures:
        ElementTree.parse(path)


def test_the_summary_is_as_its_published_schema_says(files: ReportFiles) -> None:
    told = json.loads(files.summary.read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(PUBLISHED)
    assert [error.message for error in validator.iter_errors(told)] == []
    assert told["schema"] == SCHEMA == PUBLISHED["properties"]["schema"]["const"]
    broken = json.loads(json.dumps(told))
    del broken["simulated"]["runs"]["before"]["seed"]
    broken["sections"]["saved"]["after"][0]["saved"]["n"] = "three"
    assert len(list(validator.iter_errors(broken))) == 2


def test_the_contents_name_every_section(files: ReportFiles) -> None:
    tags = Tags(files.html.read_text(encoding="utf-8")).found
    sections = [attributes["id"] for tag, attributes in tags if tag == "section" and "id" in attributes]
    links = [attributes["href"] for tag, attributes in tags if tag == "a"]
    assert [f"#{name}" for name in sections] == links[-len(sections) :]
    assert set(links) - {f"#{name}" for name in sections} == {"#details"}
    assert {"levers", "service", "funnel", "times", "saved", "customers", "calls", "workload", "money", "measured",
            "budgets", "method", "parameters", "runs", "limits"} <= set(sections)  # fmt: skip
