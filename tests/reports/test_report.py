"""The report as a reader gets it: whole, offline, labelled, and the same for the same runs."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path

import pytest

from journeys.errors import CannotWrite, InvalidInput
from journeys.paths import apply
from reports import tables
from reports.study import Arm, ReportFiles, write_report
from reports.wording import change, number
from tests.reports.synthetic import DAY, LOAN, arrival, leaving, population, row, write_run

FASTER = apply(LOAN, {"stations.desk.servers": 4})


def simulated(folder: Path, replications: int = 2) -> list[Arm]:
    runs = {
        "as-is": [population(seed, 60) for seed in range(replications)],
        "chatbot": [population(seed, 60, calls=0.6) for seed in range(replications)],
        "all": [population(seed, 60, completes=0.75, decision_s=DAY / 24, calls=0.4) for seed in range(replications)],
    }
    return [
        Arm(name, name.capitalize(), FASTER if name == "all" else LOAN, write_run(folder / name, rows, scenario=name))
        for name, rows in runs.items()
    ]


def measured(folder: Path, **changed: object) -> list[Arm]:
    facts = {"kind": "measured", "engine": "browser", "speed": 3600.0, "target": "mock"} | changed
    return [Arm("browsed", "A browser", LOAN, write_run(folder / "browsed", [population(1, 12)], **facts))]


class Reader(HTMLParser):
    """Collects tags, and checks that they close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(files: ReportFiles) -> tuple[str, Reader, dict]:
    text = files.html.read_text(encoding="utf-8")
    reader = Reader(text)
    assert not reader.open
    return text, reader, json.loads(files.summary.read_text(encoding="utf-8"))


def whole(folder: Path) -> ReportFiles:
    """Write the report of three simulated runs, and of a browsed one with its twin."""
    arms, browsed = simulated(folder, 3), measured(folder)
    twins = {"browsed": Arm("twin", "", LOAN, write_run(folder / "twin", [population(1, 12)]))}
    return write_report(
        folder / "out", title="Loan <redesigned>", simulated=arms, baseline="as-is", combined="all", measured=browsed,
        twins=twins,
    )  # fmt: skip


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> ReportFiles:
    return whole(tmp_path_factory.mktemp("report"))


@pytest.mark.slow
def test_the_whole_report_answers_first_and_labels_everything(files: ReportFiles) -> None:
    text, reader, summary = read(files)
    answer = re.search(r"<h1>(.*?)</h1>", text)
    assert answer
    assert re.fullmatch(
        r"All raises completion from \d+% to \d+% \(\+\d+ points, 95% CI \+\d+ to \+\d+, 3 paired replications\)\.",
        answer[1],
    )
    assert "3 paired replications of" in text
    assert "12 of 12 ended as simulated" in text
    assert "Loan &lt;redesigned&gt;" in text
    assert "stations.desk.servers" in text
    captions = re.findall(r"<(?:caption|figcaption)>(.*?)</(?:caption|figcaption)>", text, re.DOTALL)
    unlabelled = [caption for caption in captions if 'class="badge' not in caption]
    assert [caption[:14] for caption in unlabelled] == ["Kept or missed", "Every number o", "Runs of this r"]
    pictures = [attrs for tag, attrs in reader.tags if tag == "svg"]
    assert len(pictures) == len(files.figures) >= 9
    assert all(attrs["role"] == "img" and attrs["aria-label"] for attrs in pictures)
    assert summary["simulated"]["comparison"]["metrics"]["completion"]["scenarios"]["all"]["verdict"] == "better"
    same = summary["measured"]["side_by_side"][0]["same_customers"]
    assert same["same_outcome"]["value"] == 1


def test_the_page_needs_nothing_from_anywhere(files: ReportFiles) -> None:
    text, reader, _ = read(files)
    assert not {"link", "img", "iframe", "object"} & {tag for tag, _ in reader.tags}
    assert [attributes for tag, attributes in reader.tags if tag == "script"] == [{}]  # the page's own
    addresses = set(re.findall(r'(?:href|src|url)\s*[=(]\s*"?([^")>\s]+)', text))
    assert all(address.startswith("#") for address in addresses)
    identifiers = [attrs["id"] for _, attrs in reader.tags if "id" in attrs]
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.slow
def test_the_simulated_part_is_the_same_bytes_twice(files: ReportFiles, tmp_path: Path) -> None:
    def part(written: ReportFiles) -> str:
        text = written.summary.read_text(encoding="utf-8")
        return text[text.index('"simulated": {') : text.index('"measured": {')]

    again = whole(tmp_path)
    assert part(files) == part(again)
    assert [one.read_bytes() for one in files.figures] == [other.read_bytes() for other in again.figures]
    assert not re.search(r"\d{4}-\d\d-\d\dT", part(files))


@pytest.mark.slow
@pytest.mark.parametrize("parts", [("one",), ("measured",), ("two",), ("one", "measured")])
def test_any_part_of_a_study_makes_a_report(tmp_path: Path, parts: Sequence[str]) -> None:
    arms = simulated(tmp_path)[: {"one": 1, "two": 2}.get(parts[0], 0)]
    browsed = measured(tmp_path) if "measured" in parts else []
    text, _, summary = read(write_report(tmp_path / "out", title="Loan", simulated=arms, measured=browsed))
    assert len(summary["simulated"]["runs"]) == len(arms)
    assert len(summary["measured"]["runs"]) == len(browsed)
    assert ("scaled clock" in text) == bool(browsed)


def test_an_unfinished_run_is_stamped(tmp_path: Path) -> None:
    rows = [row for row in population(1, 12) if not (row.customer == 11 and row.step == "exit")]
    facts = {"kind": "measured", "engine": "load", "reason": "interrupted"}
    run = write_run(tmp_path / "load", [rows], **facts)
    text, _, summary = read(write_report(tmp_path / "out", title="Loan", measured=[Arm("load", "Load", LOAN, run)]))
    assert "Unfinished run: loan, load (interrupted)" in text
    assert summary["measured"]["runs"]["load"]["outcomes"]["censored"] == 1
    assert any("unfinished run (interrupted). 1 customer without an end" in warning for warning in summary["warnings"])


@pytest.mark.slow
def test_what_sharing_customers_saved_is_told_with_the_spread_it_comes_from(tmp_path: Path) -> None:
    files = write_report(tmp_path / "out", title="Loan", simulated=simulated(tmp_path, 4))
    text, _, summary = read(files)
    told = summary["simulated"]["comparison"]["metrics"]["completion"]["scenarios"]["all"]
    spread = told["variance_of_difference"]
    assert told["variance_reduction"] == pytest.approx(1 - spread["paired"] / spread["unpaired"])
    rows = {metric.key: cells for metric, cells in tables.saving_rows(files.study)}
    assert len(rows["completion"]) == 2
    assert rows["completion"][0].text == "−100%"  # whoever completes in "chatbot" completes as it is, too
    between = rows["completion"][1]
    assert between.text == change(-told["variance_reduction"])
    assert f"{number(spread['paired'] ** 0.5, 'share')} paired" in between.small
    assert between.small in text
    one = write_report(tmp_path / "one", title="Loan", simulated=simulated(tmp_path / "again", 1))
    assert list(tables.saving_rows(one.study)) == []


@pytest.mark.slow
def test_what_failed_on_a_target_is_named(tmp_path: Path) -> None:
    rows = [
        arrival(0, 0), row(0, "start", 1, "failed", "dropped", detail='Press("Go"): no such button'),
        leaving(0, 1, "dropped", "failed at start"),
    ]  # fmt: skip
    run = write_run(tmp_path / "browse", [rows], kind="measured", engine="browser")
    text, _, summary = read(write_report(tmp_path / "out", title="Loan", measured=[Arm("own", "Own", LOAN, run)]))
    assert 'Own (browsed): start failed 1 time: Press("Go"): no such button.' in summary["warnings"]
    assert "no such button" in text


def test_bad_studies_are_refused_with_all_their_problems(tmp_path: Path) -> None:
    arms = simulated(tmp_path)
    with pytest.raises(InvalidInput) as refused:
        write_report(
            tmp_path, title="", simulated=[*arms, arms[0]], baseline="asis", combined="al", twins={"x": arms[0]}
        )
    assert len(refused.value.problems) == 4
    with pytest.raises(InvalidInput, match="there is no run"):
        write_report(tmp_path, title="")
    with pytest.raises(InvalidInput, match="is the baseline itself"):
        write_report(tmp_path, title="", simulated=arms, baseline="as-is", combined="as-is")


def test_a_folder_that_takes_no_files_is_named(tmp_path: Path) -> None:
    arms = simulated(tmp_path)
    (tmp_path / "out").write_text("a file")
    with pytest.raises(CannotWrite, match=r"out: cannot be written"):
        write_report(tmp_path / "out", title="Loan", simulated=arms)


@pytest.mark.slow
def test_many_measured_runs_stand_side_by_side(tmp_path: Path) -> None:
    facts = {"kind": "measured", "engine": "browser", "speed": 3600.0, "target": "mock"}
    arms = [
        Arm(f"run-{seed}", f"Run {seed}", LOAN, write_run(tmp_path / str(seed), [population(seed, 12)], **facts))
        for seed in range(4)
    ]
    files = write_report(tmp_path / "out", title="Loan", measured=arms)
    assert [title for title, _ in files.study.pictured] == ["Run 0", "Run 3"]
    assert set(read(files)[2]["measured"]["runs"]) == {arm.name for arm in arms}
