"""Logs from production: read as runs, calibrated, and refused line by line where they cannot be read."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from journeys import Exponential, Journey, Poisson, Shift, Station, Step, hours, minutes, per_hour
from journeys.errors import InvalidInput
from journeys.eventlog import Run
from reports.calibration.fitting import calibrate
from reports.calibration.stations import StationFit
from reports.measuring.metrics import measure
from reports.production_log import import_log, read_mapping
from tests.reports.planted import arrivals, served, services

DESK = Journey(
    name="desk", arrivals=Poisson(per_hour(1)),
    steps=(
        Step(name="intake", lane="backstage", station="desk", service=Exponential(hours(1))),
        Step(name="review", lane="backstage", station="experts", service=Exponential(hours(1))),
    ),
    stations=(Station(name="desk", servers=1), Station(name="experts", servers=1)),
)  # fmt: skip
MAPPING = """
[columns]
case = "id"
activity = "what"
start = "from"
end = "to"
resource = "who"

[activities]
"Take in" = "intake"
"Look at" = "review"
"""
SHARED = Path(__file__).resolve().parents[3] / "shared" / "logs" / "loan-app" / "train.csv.gz"


def write(folder: Path, rows: list[tuple[Any, ...]], name: str = "log.csv") -> Path:
    path = folder / name
    text = io.StringIO()
    csv.writer(text).writerows([("id", "what", "from", "to", "who"), *rows])
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if name.endswith(".gz") else content)
    (folder / "mapping.toml").write_text(MAPPING, encoding="utf-8")
    return path


def imported(folder: Path, log: Path) -> Run:
    return import_log(log, read_mapping(folder / "mapping.toml", DESK), DESK, folder / "run")


def test_what_was_planted_in_a_log_is_found(tmp_path: Path) -> None:
    random, n = np.random.default_rng(8), 1500
    came_s = arrivals(random, n, 4, 600.0, 0.75)
    taken_s, over_s = served(came_s, services(random, n, 300.0, 0.5), 9)
    order = over_s.argsort()
    began_s, ended_s = np.empty(n), np.empty(n)
    began_s[order], ended_s[order] = served(over_s[order], services(random, n, 600.0, 0.8), 4)
    monday = datetime(2026, 3, 2)
    rows = []
    for case in range(n):
        for what, begin, end in (("Take in", taken_s, over_s), ("Look at", began_s, ended_s)):
            at = [(monday + timedelta(seconds=float(time[case]))).isoformat(" ") for time in (begin, end)]
            rows.append((case, what, *at, ""))
        rows.append((case, "File", at[1], at[1], ""))
    run = imported(tmp_path, write(tmp_path, rows, "log.csv.gz"))
    assert run.manifest.settings["ignored"] == {"File": n}
    known = calibrate(DESK, run)
    experts = known.stations["experts"].fit
    assert isinstance(experts, StationFit)
    assert experts.servers == 4
    assert experts.services["review"].mean_s.value == pytest.approx(600, rel=0.06)
    assert experts.services["review"].cv.value == pytest.approx(0.8, rel=0.1)
    assert not known.stations["desk"].fit.servers_known  # type: ignore[union-attr]
    assert known.arrivals is not None
    rate = known.arrivals.rate_per_s
    assert rate.low <= 4 * 0.75 / 600 <= rate.high
    assert known.bottleneck == "experts"
    assert measure(DESK, run).outcomes["completed"][0] == n


def test_parallel_work_is_ready_when_what_came_before_it_was_over(tmp_path: Path) -> None:
    rows = [
        (7, "Take in", "2026-03-04T09:00:00", "2026-03-04T10:00:00", "Ann"),
        (7, "Look at", "2026-03-04T11:00:00", "2026-03-04T12:00:00", "Bo"),
        (7, "Look at", "2026-03-04T11:30:00", "2026-03-04T11:45:00", "Ann"),
    ]
    run = imported(tmp_path, write(tmp_path, rows))
    wednesday_s = 2 * 86400
    found = run.sql("SELECT visit, ready_s, start_s, server FROM events WHERE step = 'review' ORDER BY start_s")
    assert found.ready_s.tolist() == [wednesday_s + 10 * 3600] * 2
    assert found.start_s.tolist() == [wednesday_s + 11 * 3600, wednesday_s + 11.5 * 3600]
    assert found.visit.tolist() == [0, 1]
    assert found.server.tolist() == [1, 0]


def test_summer_time_moves_no_shift(tmp_path: Path) -> None:
    rows = [
        (1, "Take in", "2026-03-27T09:00:00+01:00", "2026-03-27T09:30:00+01:00", ""),
        (2, "Take in", "2026-03-30T09:00:00+02:00", "2026-03-30T09:30:00+02:00", ""),
    ]
    log = write(tmp_path, rows)
    mapping = tmp_path / "mapping.toml"
    mapping.write_text('timezone = "Europe/Amsterdam"\n' + MAPPING, encoding="utf-8")
    run = import_log(log, read_mapping(mapping, DESK), DESK, tmp_path / "run")
    starts = run.sql("SELECT start_s FROM events WHERE step = 'intake' ORDER BY 1").start_s
    assert (starts % 86400 == 9 * 3600).all()


def test_what_is_wrong_with_a_log_is_told_line_by_line(tmp_path: Path) -> None:
    log = write(
        tmp_path, [(1, "Take in", "yesterday", "2026-03-04", ""), (2, "Look at", "2026-03-05", "2026-03-04", "")]
    )
    with pytest.raises(InvalidInput) as refused:
        imported(tmp_path, log)
    assert str(refused.value).splitlines() == [
        f"{log}:2: Invalid isoformat string: 'yesterday'; ISO 8601 times, such as 2026-03-01 09:30",
        f"{log}:3: ends before it starts; ISO 8601 times, such as 2026-03-01 09:30",
    ]
    with pytest.raises(InvalidInput, match="none of the activities"):
        imported(tmp_path, write(tmp_path, [(1, "Sleep", "2026-03-04", "2026-03-05", "")]))


def test_what_is_wrong_with_a_mapping_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mapping.toml"
    path.write_text('zone = "x"\n[columns]\ncase = "id"\n[activities]\n"Look at" = "revew"\n', encoding="utf-8")
    with pytest.raises(InvalidInput) as refused:
        read_mapping(path, DESK)
    assert len(refused.value.problems) == 5
    assert "did you mean 'review'?" in str(refused.value)


@pytest.mark.skipif(
    not SHARED.exists(), reason="needs the public loan log in ../shared/logs, which is not part of this"
)
def test_a_public_log_is_calibrated(tmp_path: Path) -> None:
    """1,000 synthetic applications, whose clerks, appraisers and officers work office hours."""
    office = (Shift("mon-fri", "08:00", "17:00"),)
    journey = Journey(
        name="loan", arrivals=Poisson(per_hour(1)),
        steps=(
            Step(name="check", lane="backstage", station="clerks", service=Exponential(minutes(5))),
            Step(name="appraise", lane="backstage", station="appraisers", service=Exponential(minutes(5))),
        ),
        stations=tuple(Station(name=name, servers=1, shifts=office, at_closing="pause")
                       for name in ("clerks", "appraisers")),
    )  # fmt: skip
    mapping = tmp_path / "mapping.toml"
    columns = 'case = "case_id"\nactivity = "activity"\nstart = "start_time"\nend = "end_time"\nresource = "resource"\n'
    activities = '"Check application form completeness" = "check"\n"Appraise property" = "appraise"\n'
    mapping.write_text(f"[columns]\n{columns}[activities]\n{activities}", encoding="utf-8")
    run = import_log(SHARED, read_mapping(mapping, journey), journey, tmp_path / "run")
    assert run.manifest.customers > 700
    known = calibrate(journey, run)
    for name, step in (("clerks", "check"), ("appraisers", "appraise")):
        fit = known.stations[name].fit
        assert isinstance(fit, StationFit)
        assert 5 * 60 < fit.services[step].mean_s.value < 3 * 3600
