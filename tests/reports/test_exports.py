"""Exports hold what the log holds, in the forms that other tools read."""

from __future__ import annotations

import json
import math
import xml.etree.ElementTree as ET
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from journeys.eventlog import NAN, Manifest, Row, Run, RunWriter
from reports.exports import FORMATS
from reports.exports.otlp import BOUNDS_S
from reports.exports.visits import zero_of

ZERO = datetime(2026, 1, 5, tzinfo=UTC)
XES = "{http://www.xes-standard.org/}"
EVIL = '"><img src=x onerror=alert(1)>\x01\ufffe'


def row(customer: int, step: str, times: tuple[float, float, float], outcome: str, **more: Any) -> Row:
    ready_s, start_s, end_s = times
    values = {"visit": 0, "lane": "customer", "station": "", "server": -1, "to": "", "detail": ""} | more
    return Row(customer, "simple", step, values["visit"], values["lane"], values["station"], values["server"],
               ready_s, ready_s, start_s, end_s, outcome, values["to"], values["detail"])  # fmt: skip


ROWS = [
    row(0, "arrival", (1.0, 1.0, 1.0), "served"),
    row(0, "review", (2.0, 5.0, 9.5), "served", station="desk", server=1, lane="backstage"),
    row(0, "contact:where", (3.0, NAN, 4.0), "reneged", station="desk", lane="support"),
    row(0, "exit", (9.5, 9.5, 9.5), "completed"),
    row(1, "arrival", (6.0, 6.0, 6.0), "served"),
    row(1, "review", (6.0, 7.0, 8.0), "failed", station="desk", server=0, detail=EVIL),
    row(1, "exit", (8.0, 8.0, 8.0), "dropped"),
]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    manifest = Manifest("shop", "abc", "as-is", "simpy", "simulated", 1, 1, 2, started="2026-01-08T10:00:00Z")
    with RunWriter(folder, manifest) as writer:
        writer.extend(reversed(ROWS))
    return Run.open(folder)


def written(run: Run, form: str, folder: Path) -> Path:
    path = folder / "deep" / f"run{FORMATS[form].ending}"
    FORMATS[form].write(run, ZERO, path)
    assert [found.name for found in path.parent.iterdir()] == [path.name]
    return path


def test_xes(run: Run, tmp_path: Path) -> None:
    log = ET.parse(written(run, "xes", tmp_path)).getroot()
    told = []
    for trace in log.findall(f"{XES}trace"):
        for event in trace.findall(f"{XES}event"):
            own = {one.get("key"): one.get("value") for one in event}
            at = datetime.fromisoformat(str(own["time:timestamp"])) - ZERO
            told.append((own["concept:name"], own["lifecycle:transition"], at.total_seconds()))
    assert told == [
        ("arrival", "complete", 1.0), ("review", "schedule", 2.0), ("contact:where", "schedule", 3.0),
        ("contact:where", "withdraw", 4.0), ("review", "start", 5.0), ("review", "complete", 9.5),
        ("completed", "complete", 9.5),
        ("arrival", "complete", 6.0), ("review", "schedule", 6.0), ("review", "start", 7.0),
        ("review", "pi_abort", 8.0), ("dropped", "complete", 8.0),
    ]  # fmt: skip
    details = {one.get("value") for one in log.iter(f"{XES}string") if one.get("key") == "detail"}
    assert details == {EVIL.translate(dict.fromkeys(map(ord, "\x01\ufffe"), "\N{REPLACEMENT CHARACTER}"))}
    assert {one.get("value") for one in log.iter(f"{XES}string") if one.get("key") == "org:resource"} == {
        "desk 0", "desk 1",
    }  # fmt: skip


def test_ocel(run: Run, tmp_path: Path) -> None:
    told = json.loads(written(run, "ocel", tmp_path).read_text(encoding="utf-8"))
    assert set(told) == {"events", "objects", "eventTypes", "objectTypes"}
    assert Counter(event["type"] for event in told["events"]) == Counter(
        ["arrival", "review", "contact:where", "completed", "arrival", "review", "dropped"]
    )
    known = {one["id"] for one in told["objects"]}
    assert known == {"customer 0-0", "customer 0-1", "station desk"}
    types = {one["name"]: {own["name"] for own in one["attributes"]} for one in told["eventTypes"]}
    for event in told["events"]:
        assert {one["objectId"] for one in event["relationships"]} <= known
        assert {one["name"] for one in event["attributes"]} <= types[event["type"]]
    assert len({event["id"] for event in told["events"]}) == len(ROWS)
    served = [
        event for event in told["events"] if "station desk" in {one["objectId"] for one in event["relationships"]}
    ]
    assert len(served) == 3


def test_otlp_traces(run: Run, tmp_path: Path) -> None:
    lines = written(run, "otlp-traces", tmp_path).read_text(encoding="utf-8").splitlines()
    spans = [
        span
        for line in lines
        for resource in json.loads(line)["resourceSpans"]
        for scope in resource["scopeSpans"]
        for span in scope["spans"]
    ]
    roots = {span["traceId"]: span for span in spans if "parentSpanId" not in span}
    assert len(roots) == 2
    assert len({span["spanId"] for span in spans}) == len(spans) == 5
    for span in spans:
        assert (len(span["traceId"]), len(span["spanId"])) == (32, 16)
        root = roots[span["traceId"]]
        assert span.get("parentSpanId", root["spanId"]) == root["spanId"]
        assert int(root["startTimeUnixNano"]) <= int(span["startTimeUnixNano"]) <= int(span["endTimeUnixNano"])
        assert int(span["endTimeUnixNano"]) <= int(root["endTimeUnixNano"])
    failed = [span for span in spans if span["status"].get("code") == 2]
    assert [span["name"] for span in failed] == ["review"]
    took = {span["name"]: int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"]) for span in spans}
    assert took["contact:where"] == 1_000_000_000
    (reviewed,) = (span for span in spans if span["name"] == "review" and span not in failed)
    assert [int(event["timeUnixNano"]) for event in reviewed["events"]] == [
        round((ZERO + timedelta(seconds=5)).timestamp()) * 1_000_000_000
    ]


def test_otlp_metrics(run: Run, tmp_path: Path) -> None:
    told = json.loads(written(run, "otlp-metrics", tmp_path).read_text(encoding="utf-8"))
    customers, durations = told["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]
    assert sum(int(point["asInt"]) for point in customers["sum"]["dataPoints"]) == 2
    points = durations["histogram"]["dataPoints"]
    assert sum(int(point["count"]) for point in points) == 3
    assert sum(point["sum"] for point in points) == pytest.approx(7.5 + 1.0 + 2.0)
    for point in points:
        counts = [int(count) for count in point["bucketCounts"]]
        assert len(counts) == len(point["explicitBounds"]) + 1 == len(BOUNDS_S) + 1
        assert sum(counts) == int(point["count"])
        place = counts.index(1)
        assert (0.0, *BOUNDS_S)[place] < point["max"] <= (*BOUNDS_S, math.inf)[place]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_tables(run: Run, tmp_path: Path, form: str) -> None:
    import duckdb

    path = written(run, form, tmp_path)
    read = pd.read_csv(path, keep_default_na=False, na_values=["nan"]) if form == "csv" else duckdb.sql(
        f"SELECT * FROM read_parquet('{path}')").df()  # fmt: skip
    assert sorted(zip(read["customer"], read["step"], read["end_s"], strict=True)) == sorted(
        (one.customer, one.step, one.end_s) for one in ROWS
    )
    assert set(read["detail"]) == {"", EVIL}


def test_a_run_without_rows(tmp_path: Path) -> None:
    with RunWriter(tmp_path / "run", Manifest("shop", "abc", "as-is", "simpy", "simulated", 1, 1, 0)):
        pass
    for form in FORMATS:
        assert written(Run.open(tmp_path / "run"), form, tmp_path / form).exists()


@pytest.mark.parametrize(("kind", "zero"), [("simulated", "2026-01-05T00:00:00"), ("measured", "2026-01-08T10:00:00")])
def test_the_zero_of_a_simulation_is_a_monday(kind: Any, zero: str) -> None:
    manifest = Manifest("shop", "abc", "as-is", "simpy", kind, 1, 1, 2, started="2026-01-08T10:00:00Z")
    assert zero_of(manifest) == datetime.fromisoformat(zero).replace(tzinfo=UTC)
