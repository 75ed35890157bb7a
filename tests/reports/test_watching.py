"""A run while it goes: its figures are those of the rows that are there, and its page holds nothing but text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from journeys.eventlog import Run, RunWriter
from reports.measuring.metrics import measure
from reports.tallying import Tally
from reports.watching import Reader, Watched, figures, inside, line, page, so_far
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


def test_only_new_parts_are_read_and_come_to_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[list[str]] = []
    take = Tally._take
    monkeypatch.setattr(
        Tally, "_take", lambda own, parts: (read.append([part.name for part in parts]), take(own, parts))
    )
    writer = RunWriter(tmp_path / "run", replace(manifest(), kind="measured", finished=False, started=""))
    reader, seen = Reader(tmp_path / "run"), []
    for number, customers in enumerate((40, 90, 200)):
        rows = population(number, customers)
        writer.extend(rows[: len(rows) // 2], number)
        writer.flush()
        writer.extend(rows[len(rows) // 2 :], number)  # a customer's rows in two parts
        writer.flush()
        seen.append(reader.look())
    assert [len(parts) for parts in read] == [2, 2, 2]
    whole = so_far(tmp_path / "run")
    assert len(read[-1]) == 6
    found = seen[-1]
    assert [one.customers for one in seen] == [40, 130, 330]
    assert found == replace(whole, course=found.course)  # whose intervals were cut while the run was shorter
    assert sum(arrived for arrived, _ in found.course) == 330
    run = Run.open(tmp_path / "run")
    for name, came, p50_s, p95_s, failed in found.steps:
        own = run.sql(f"SELECT *, end_s - coalesce(CASE WHEN lane = 'customer' THEN intended_s END, ready_s) AS took_s "
                      f"FROM events WHERE step = '{name}'")  # fmt: skip
        assert came == len(own.groupby(["replication", "customer"]))
        assert failed == int(own["outcome"].isin(["failed", "timed_out"]).sum())
        took = own["took_s"][own["outcome"] == "served"].dropna()
        for value, q in ((p50_s, 0.5), (p95_s, 0.95)):
            assert value == pytest.approx(np.quantile(took, q, method="inverted_cdf"), rel=0.0051)


def test_a_run_that_begins_anew_is_read_anew(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "run")
    write_run(tmp_path / "run", [population(1, 30)])
    assert reader.look().customers == 30
    write_run(tmp_path / "run", [population(1, 20)])
    assert reader.look().customers == 20


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
