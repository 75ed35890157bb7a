"""The event log: what is written is read again, from several writers, and a run that broke off says so."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from journeys import eventlog
from journeys.errors import CannotRead, CannotWrite
from journeys.eventlog import ARRIVAL, COLUMNS, EXIT, NAN, Manifest, Row, Run, RunWriter, versions

MANIFEST = Manifest(
    journey="shop", journey_digest="0123456789abcdef", scenario="as-is", engine="simpy", kind="simulated", seed=1,
    replications=2, customers=2, cohort_s=(0.0, 60.0), human_steps=("review",), settings={"jobs": 1},
)  # fmt: skip


def row(customer: int, step: str, end_s: float, outcome: str = "served", **changes: object) -> Row:
    plain = Row(customer, "everyone", step, 0, "customer", "", -1, 0.0, 0.0, 0.0, end_s, outcome, "", "")
    return plain._replace(**changes)  # type: ignore[arg-type]


ROWS = [
    row(0, ARRIVAL, 0.0),
    row(0, "order", 5.5, start_s=NAN, outcome="reneged", to="dropped", detail='über\'s "desk"; \n two lines'),
    row(0, EXIT, 5.5, "dropped", intended_s=5.5),
    row(1, ARRIVAL, 1.0),
    row(1, "order", 9.0, server=3, station="desk"),
    row(1, EXIT, 9.0, "completed", intended_s=9.0),
]


def read(folder: Path) -> list[tuple[int, Row]]:
    frame = Run.open(folder).frame()
    assert list(frame.columns) == list(COLUMNS)
    return [(values[1], Row(*values[2:])) for values in frame.itertuples(index=False, name=None)]


def same(one: Row, other: Row) -> bool:
    return all(a == b or (a != a and b != b) for a, b in zip(one, other, strict=True))


def test_what_is_written_is_read(tmp_path: Path):
    folder = tmp_path / "runs" / "first"
    with RunWriter(folder, MANIFEST) as writer:
        writer.extend(ROWS)
    run = Run.open(folder)
    assert run.manifest.finished
    assert run.manifest.started
    assert run.manifest.ended
    unchanged = dataclasses.replace(run.manifest, finished=False, started="", ended="", host={})
    assert unchanged == MANIFEST
    found = read(folder)
    assert [replication for replication, _ in found] == [0] * 6
    assert all(same(one, other) for (_, one), other in zip(found, ROWS, strict=True))
    assert not list(folder.rglob("*.tmp"))


def test_rows_go_out_in_parts_as_the_run_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(eventlog, "PART_ROWS", 2)
    writer = RunWriter(tmp_path, MANIFEST)
    for index, added in enumerate(ROWS[:5]):
        writer.add(added)
        assert len(list((tmp_path / "events").glob("*.parquet"))) == (index + 1) // 2
    assert len(read(tmp_path)) == 4
    writer.close()
    assert len(read(tmp_path)) == 5


def test_rows_that_come_one_by_one_are_not_all_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(eventlog, "PART_ROWS", 2)
    writer, parts = RunWriter(tmp_path, MANIFEST), []

    def coming() -> Iterator[Row]:
        for one in ROWS:
            parts.append(len(list((tmp_path / "events").glob("*.parquet"))))
            yield one

    writer.extend(coming())
    writer.close()
    assert parts == [0, 0, 1, 1, 2, 2]
    assert len(read(tmp_path)) == 6


def test_several_writers_of_one_run_merge_in_one_order(tmp_path: Path):
    with RunWriter(tmp_path, MANIFEST):
        for replication in (1, 0):
            worker = RunWriter(tmp_path, MANIFEST, part=f"worker-{replication}")
            worker.extend(ROWS[3:], replication)
            worker.flush()
            worker.extend(ROWS[:3], replication)
            worker.close()
    found = read(tmp_path)
    assert [(replication, one.customer, one.step) for replication, one in found] == [
        (replication, customer, step)
        for replication in (0, 1) for customer in (0, 1) for step in (ARRIVAL, "order", EXIT)
    ]  # fmt: skip
    assert Run.open(tmp_path).manifest.finished


def test_the_same_rows_give_the_same_frame_however_they_were_parted(tmp_path: Path):
    for name, cut in (("one", 6), ("two", 2)):
        with RunWriter(tmp_path / name, MANIFEST) as writer:
            for begin in range(0, 6, cut):
                writer.extend(ROWS[begin : begin + cut])
                writer.flush()
    assert Run.open(tmp_path / "one").frame().equals(Run.open(tmp_path / "two").frame())


def test_at_equal_times_an_arrival_is_first_and_an_exit_last(tmp_path: Path):
    with RunWriter(tmp_path, MANIFEST) as writer:
        writer.extend([row(0, EXIT, 0.0, "completed"), row(0, "zoom", 0.0), row(0, "apply", 0.0), row(0, ARRIVAL, 0.0)])
    assert [one.step for _, one in read(tmp_path)] == [ARRIVAL, "apply", "zoom", EXIT]


def test_a_killed_run_keeps_its_parts_and_is_unfinished(tmp_path: Path):
    writer = RunWriter(tmp_path, MANIFEST)
    writer.extend(ROWS[:3])
    writer.flush()
    del writer
    assert not Run.open(tmp_path).manifest.finished
    assert len(read(tmp_path)) == 3


@pytest.mark.parametrize(
    ("error", "reason"),
    [(KeyboardInterrupt(), "interrupted"), (ValueError("the target is gone\nand more"), "the target is gone"),
     (AssertionError(), "AssertionError")],
)  # fmt: skip
def test_a_run_that_breaks_off_says_why_and_keeps_its_rows(tmp_path: Path, error: BaseException, reason: str):
    def breaking() -> None:
        with RunWriter(tmp_path, MANIFEST) as writer:
            writer.extend(ROWS)
            raise error

    with pytest.raises(type(error)):
        breaking()
    run = Run.open(tmp_path)
    assert (run.manifest.finished, run.manifest.reason) == (False, reason)
    assert len(run.frame()) == 6


def test_ctrl_c_while_a_part_is_written_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    real, calls = eventlog.write_part, []

    def interrupted_once(*given: object) -> None:
        calls.append(given)
        if len(calls) == 1:
            raise KeyboardInterrupt
        real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(eventlog, "write_part", interrupted_once)

    def run() -> None:
        with RunWriter(tmp_path, MANIFEST) as writer:
            writer.extend(ROWS)
            writer.flush()

    with pytest.raises(KeyboardInterrupt):
        run()
    assert len(read(tmp_path)) == 6
    assert Run.open(tmp_path).manifest.reason == "interrupted"


def test_a_folder_used_again_holds_only_the_new_run(tmp_path: Path):
    for rows in (ROWS, ROWS[:3]):
        with RunWriter(tmp_path, MANIFEST) as writer:
            writer.extend(rows)
    assert len(read(tmp_path)) == 3


def test_a_run_without_rows_reads_as_an_empty_frame_of_the_same_columns(tmp_path: Path):
    RunWriter(tmp_path, MANIFEST).close()
    empty = Run.open(tmp_path).frame()
    assert list(empty.columns) == list(COLUMNS)
    assert len(empty) == 0
    assert empty["end_s"].dtype == "float64"
    assert list(empty["outcome"].cat.categories) == []


def one_line(error: pytest.ExceptionInfo[CannotRead] | pytest.ExceptionInfo[CannotWrite], path: Path) -> str:
    said = str(error.value)
    assert str(path) in said
    assert "\n" not in said
    assert error.value.exit_code == 3
    return said


def test_a_file_in_place_of_the_folder_is_one_line(tmp_path: Path):
    (tmp_path / "runs").write_text("here first")
    for folder in (tmp_path / "runs", tmp_path / "runs" / "deeper"):
        with pytest.raises(CannotWrite) as refused:
            RunWriter(folder, MANIFEST)
        assert "choose another with --out" in one_line(refused, folder)


def test_a_folder_that_takes_no_part_is_one_line_and_the_run_stays_unfinished(tmp_path: Path):
    def run() -> None:
        with RunWriter(tmp_path, MANIFEST) as writer:
            writer.extend(ROWS)
            # something that cannot be written over, where the part would go
            (tmp_path / "events" / "part-00000.tmp").mkdir()

    with pytest.raises(CannotWrite) as refused:
        run()
    one_line(refused, tmp_path)
    assert not Run.open(tmp_path).manifest.finished


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_is_one_line(tmp_path: Path):
    writer = RunWriter(tmp_path, MANIFEST)
    writer.extend(ROWS)
    (tmp_path / "events" / "part-00000.tmp").symlink_to("/dev/full")
    with pytest.raises(CannotWrite) as refused:
        writer.flush()
    one_line(refused, tmp_path)


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (None, "holds no run"),
        ("not JSON", "holds no run"),
        ("[1]", "holds no run"),
        ('{"schema": 2}', "event log version 2; this release reads version 1"),
        ("{}", "event log version None"),
        ('{"schema": 1, "journey": "shop"}', "its manifest is incomplete"),
    ],
)
def test_what_is_no_run_is_refused_in_one_line(tmp_path: Path, manifest: str | None, said: str):
    if manifest is not None:
        (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(CannotRead) as refused:
        Run.open(tmp_path)
    assert said in one_line(refused, tmp_path)


def test_a_manifest_with_fields_of_a_later_release_of_the_same_version_is_read(tmp_path: Path):
    RunWriter(tmp_path, MANIFEST).close()
    raw = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps({**raw, "mood": "good"}))
    assert Run.open(tmp_path).manifest.journey == "shop"


def test_a_damaged_part_is_one_line(tmp_path: Path):
    with RunWriter(tmp_path, MANIFEST) as writer:
        writer.extend(ROWS)
    (tmp_path / "events" / "part-00000.parquet").write_bytes(b"PAR1 and nothing more")
    with pytest.raises(CannotRead) as refused:
        Run.open(tmp_path).frame()
    one_line(refused, tmp_path)


def test_rows_are_asked_in_sql(tmp_path: Path):
    with RunWriter(tmp_path / "it's", MANIFEST) as writer:
        writer.extend(ROWS)
    run = Run.open(tmp_path / "it's")
    told = run.sql("SELECT outcome, count(*) AS n FROM events WHERE step = 'exit' GROUP BY ALL ORDER BY ALL")
    assert told.values.tolist() == [["completed", 1], ["dropped", 1]]
    with pytest.raises(CannotRead, match=r"^query: .*nothing_like_it") as refused:
        run.sql("SELECT nothing_like_it FROM events")
    assert "\n" not in str(refused.value)


def test_versions_name_python_and_what_is_installed():
    found = versions("numpy", "no-such-package")
    assert set(found) >= {"python", "numpy"}
    assert "no-such-package" not in found
    assert math.isnan(NAN)
