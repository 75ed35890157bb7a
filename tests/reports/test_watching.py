"""A run while it goes: its figures are those of the rows that are there, and its page holds nothing but text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from journeys.eventlog import RunWriter
from reports.measuring.metrics import measure
from reports.watching import Watched, figures, inside, line, page, so_far
from tests.reports.synthetic import LOAN, arrival, leaving, manifest, population, row, write_run

HOSTILE = '"><img src=x onerror=alert(1)>'


def test_figures_are_those_of_the_report(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [population(seed, 60) for seed in (1, 2, 3)])
    found, results = so_far(run.folder), measure(LOAN, run)
    assert (found.customers, found.ended, found.replications) == (180, 180, 3)
    for own, key in ((found.completion, "completion"), (found.dropped, "drop-off"), (found.calls, "calls")):
        expected = results.quantities[key].estimate()
        assert (own.value, own.low, own.high) == pytest.approx((expected.value, expected.low, expected.high))
    came = {step.step: int(step.entered.sum()) for step in results.funnel if step.entered.sum()}
    assert {name: came for name, came, *_ in found.steps} == came
    assert sum(arrived for arrived, _ in found.course) == 180
    assert found.state == "finished"
    assert "180 customers" in line(found)
    assert figures(found)[1][1] == "180"


def test_a_run_is_seen_as_its_parts_come(tmp_path: Path) -> None:
    watched = Watched(tmp_path / "out")
    assert watched.look() == []
    writer = RunWriter(
        tmp_path / "out/runs/one", replace(manifest(), kind="measured", engine="load", finished=False, started="")
    )
    for customers in (10, 25):
        writer.extend(population(customers, customers))
        writer.flush()
        watched._rest_until = 0.0
        found = watched.look()
        assert [one.state for one in found] == ["running"]
    assert found[0].customers == 35
    again = watched.look()
    assert again[0] is found[0]  # nothing new, and so nothing read
    writer.cut_short(KeyboardInterrupt())
    watched._rest_until = 0.0
    assert watched.look()[0].state.startswith("unfinished: ")


def test_the_page_shows_hostile_names_as_text(tmp_path: Path) -> None:
    rows = [arrival(0, 0.0), row(0, HOSTILE, (1.0, 1.0, 2.0)), leaving(0, 3.0, "dropped", HOSTILE)]
    run = write_run(tmp_path / "run", [rows], journey=HOSTILE, scenario=HOSTILE)
    found = [so_far(run.folder, HOSTILE)]
    for text in (inside(found, "12:00:00"), page(HOSTILE, found, "12:00:00", "abc")):
        assert "<img" not in text
        assert "&lt;img" in text
    assert "<script" not in page("t", found, "12:00:00", "abc")  # it has ended: nothing to ask for


def test_a_run_without_rows_is_reported(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [])
    assert so_far(run.folder).customers == 0
    assert measure(LOAN, run).entered == 0
