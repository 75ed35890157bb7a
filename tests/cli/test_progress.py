"""How far a command has come: a bar where a person looks on, with how long it may still take; nothing elsewhere."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from commands.live import seen_by, shown_to
from commands.progress import Teller, progress, time_left_s
from journeys import Journey
from journeys.eventlog import Run
from journeys.parts import read_parts
from reports.measuring.metrics import measure, measure_replication
from reports.measuring.results import Measured
from reports.terminal import estimate_text
from tests.reports.synthetic import LOAN, population, write_run


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("first", "now_s", "done", "left_s"),
    [
        ((0.0, 0), 10.0, 1, 990.0), ((0.0, 0), 10.0, 0, None), ((5.0, 90), 6.0, 90, None), ((5.0, 90), 6.0, 95, 1.0),
        ((0.0, 0), 10.0, 100, 0.0),
    ],
)  # fmt: skip
def test_the_rest_takes_as_long_as_what_was_done_here(
    first: tuple[float, int], now_s: float, done: int, left_s: float | None
) -> None:
    assert time_left_s(first, now_s, done, 100) == left_s


def test_a_person_sees_how_much_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    seen, clock = Terminal(), iter([100.0, 400.0])
    monkeypatch.setattr("sys.stderr", seen)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with progress("simulating", clock.__next__) as tell:
        tell(20, 60)  # kept from an earlier run
        tell(23, 60)
    assert "23/60 1:01:40 left" in " ".join(seen.getvalue().split())


def test_nobody_looks_on(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = io.StringIO()
    monkeypatch.setattr("sys.stderr", seen)
    with progress("simulating") as tell:
        tell(1, 2)
    assert seen.getvalue() == ""


class Collecting(Teller):
    """Keeps the tables that it is shown."""

    looked_at = True

    def __init__(self) -> None:
        self.shown: list[list[list[str]]] = []

    def show(self, table: Sequence[Sequence[str]]) -> None:
        self.shown.append([list(row) for row in table])


def test_figures_so_far_are_those_of_the_replications_that_have_ended(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [population(seed, 60) for seed in (1, 2)])
    tell, clock = Collecting(), itertools.count(0.0, 10.0)
    told = seen_by(tell, ["As is", "Other"], clock.__next__)
    for number in (1, 0):
        told(0, number, one_replication(LOAN, run, number))
    first, last = (table[1] for table in tell.shown)
    expected = estimate_text(measure(LOAN, run).quantities["completion"])
    assert (first[:2], last[:3]) == (["As is", "1"], ["As is", "2", expected])
    shown_to(tell, run.folder, clock.__next__)(60, 120)
    assert tell.shown[-1][1][:4] == [f"{len(run.frame()):,}", "120", "120", expected]


def test_a_person_sees_figures_below_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Terminal()
    monkeypatch.setattr("sys.stderr", seen)
    monkeypatch.setenv("TERM", "xterm")
    with progress("simulating") as tell:
        tell(1, 2)
        tell.show([["so far", "completed"], ["As is [red]", "54%"]])
    assert "As is [red]" in seen.getvalue()


def one_replication(journey: Journey, run: Run, number: int) -> Measured:
    return measure_replication(journey, run.manifest, number, read_parts(number, run.parts()[number]))


@pytest.mark.parametrize(("columns", "apart"), [("80", False), ("160", True)])
def test_figures_fit_the_terminal_and_are_only_text(monkeypatch: pytest.MonkeyPatch, columns: str, apart: bool) -> None:
    seen = Terminal()
    monkeypatch.setattr("sys.stderr", seen)
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("TERM", "xterm")
    head = ["rows so far", "customers", "at an end", "completed of these", "dropped off of these", "calls per 100"]
    with progress("loading \x1b[2J") as tell:
        tell.show([head, ["1,234", "120", "80", "43.3% (35% to 50%)", "12% (8% to 17%)", "9 (5 to 13)\x1b]0;x\x07"]])
    text = seen.getvalue()
    assert "None" not in text
    assert "\x1b[2J" not in text
    assert "\x1b]0" not in text
    one_below_the_other = re.search(r"completed of these +43\.3%", text)
    assert (one_below_the_other is None) == apart
    assert "43.3% (35% to 50%)" in text  # on one line
