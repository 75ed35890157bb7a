"""Rows by column are the rows, whole and in their order, in memory and as a part on disk."""

from __future__ import annotations

import math
import pickle
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys.columns import Coded, Columns
from journeys.eventlog import NAN, Manifest, Row, Run, RunWriter
from journeys.parts import read_parts, write_part

MANIFEST = Manifest(
    journey="shop", journey_digest="d", scenario="as-is", engine="simpy", kind="simulated", seed=1, replications=2,
    customers=3,
)  # fmt: skip
texts = st.sampled_from(["", "a", "b", "it's", "zwei\nZeilen", "é"])
times_s = st.floats(allow_nan=True, allow_infinity=False)
rows = st.builds(
    Row, st.integers(0, 2**60), texts, texts, st.integers(0, 2**31 - 1), texts, texts, st.integers(-1, 2**31 - 1),
    times_s, times_s, times_s, times_s, texts, texts, texts,
)  # fmt: skip


def told(rows: list[Row]) -> list[tuple[object, ...]]:
    """Return rows that compare as equal where both lack a time."""
    return [tuple(None if isinstance(one, float) and math.isnan(one) else one for one in row) for row in rows]


def row(customer: int, detail: str = "", start_s: float = NAN) -> Row:
    return Row(customer, "all", "order", 0, "customer", "", -1, 1.0, 1.0, start_s, 2.0, "served", "", detail)


def stored(part: Path) -> list[Row]:
    """Return a part's rows as they lie in the file."""
    fields = ", ".join(f'"{name}"' for name in Row._fields)
    found = duckdb.execute(f"SELECT {fields} FROM read_parquet('{part}')").fetchall()
    return [Row(*values) for values in found]


@given(st.lists(rows, max_size=9))
def test_rows_come_back_as_they_were(given: list[Row]):
    columns = Columns.of(given)
    assert len(columns) == len(given)
    assert told(columns.rows()) == told(given)
    assert all(type(one) is type(other) for back, row in zip(columns.rows(), given, strict=True)
               for one, other in zip(back, row, strict=True))  # fmt: skip
    assert told(pickle.loads(pickle.dumps(columns)).rows()) == told(given)


@given(st.lists(st.lists(rows, max_size=5), min_size=1, max_size=4))
def test_parts_join_one_after_the_other(parts: list[list[Row]]):
    joined = Columns.joined([Columns.of(part) for part in parts])
    assert told(joined.rows()) == told([row for part in parts for row in part])


def test_each_text_is_kept_once():
    assert Coded.of(["b", "a", "b"]).texts == ("b", "a")
    joined = Coded.joined([Coded.of(["b", "a"]), Coded.of(["c", "a"])])
    assert joined.texts == ("b", "a", "c")
    assert joined.values() == ["b", "a", "c", "a"]


@pytest.mark.slow
def test_a_part_keeps_the_order_of_its_rows(tmp_path: Path):
    # more rows than a row group holds; in the second replication more texts than a dictionary, some with quotes
    given = [row(number * 7919 % 150_001, f"it's {number % 1001}", float(number)) for number in range(150_000)]
    few = [one._replace(detail="it's", start_s=NAN) for one in given[:70_000]]
    part = tmp_path / "part.parquet"
    write_part("as-is", [(0, Columns.of(few)), (1, Columns.of(given[70_000:]))], part)
    assert stored(part)[70_000:] == given[70_000:]
    assert read_parts(1, [part]).rows() == given[70_000:]
    assert told(read_parts(0, [part, part]).rows()) == told([*few, *few])
    assert read_parts(2, [part]).rows() == []


@pytest.mark.parametrize("order", ["rows first", "columns first"])
def test_rows_and_columns_go_into_one_log_in_the_order_of_adding(tmp_path: Path, order: str):
    one, two = [row(2, start_s=1.0), row(0, start_s=1.0)], [row(1, "x", 1.0), row(3, start_s=1.0)]
    with RunWriter(tmp_path, MANIFEST) as writer:
        if order == "rows first":
            writer.extend(one, 1)
            writer.write(Columns.of(two), 0)
        else:
            writer.write(Columns.of(one), 1)
            writer.extend(two, 0)
        writer.write(Columns.of([]), 1)
    assert stored(tmp_path / "events" / "part-00000.parquet") == [*one, *two]
    frame = Run.open(tmp_path).frame()
    assert list(zip(frame["replication"], frame["customer"], strict=True)) == [(0, 1), (0, 3), (1, 0), (1, 2)]


def test_parts_written_with_and_without_pandas_hold_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    few = [row(customer, detail="re-asked: 'name'", start_s=1.5 if customer % 2 else NAN) for customer in range(40)]
    held = []
    for name, already in (("few", 0), ("many", 10**9)):
        monkeypatch.setattr("journeys.parts._written", [already])
        write_part("it's", [(3, Columns.of(few)), (4, Columns.of(few[:7]))], tmp_path / f"{name}.parquet")
        with duckdb.connect() as database:
            answer = database.execute(f"SELECT * FROM '{tmp_path / name}.parquet'")
            held.append(([column[:2] for column in answer.description], answer.fetchall()))
    assert held[0] == held[1]
    assert len(held[0][1]) == 47


def test_columns_go_out_in_parts_as_the_run_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("journeys.eventlog.PART_ROWS", 3)
    writer = RunWriter(tmp_path, MANIFEST)
    for written in range(1, 5):
        writer.write(Columns.of([row(0), row(1)]))
        assert len(list((tmp_path / "events").glob("*.parquet"))) == written // 2
