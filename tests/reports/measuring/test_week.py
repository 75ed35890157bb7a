"""The week by the hour: work is where it is done, demand is where it comes in, and nothing gets lost in between."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from journeys import Closure, Shift, Station, days, hours
from journeys.columns import Columns
from journeys.rows import Row
from reports.measuring.walks import Walks, read_walks
from reports.measuring.week import HOURS, Hours, week
from reports.measuring.workload import staffed_s
from tests.reports.synthetic import LOAN, arrival, leaving, manifest, row

HOUR, DAY = 3600.0, 86400.0
FINISHING = replace(LOAN, stations=tuple(replace(one, at_closing="finish") for one in LOAN.stations))


def walks(rows: list[Row], **changed: object) -> Walks:
    return read_walks(FINISHING, Columns.of(rows), manifest(**changed))


def desk(rows: list[Row], journey: object = FINISHING) -> Hours:
    found = walks(rows, cohort_s=(0.0, 2 * 7 * DAY))
    return week(journey, found, manifest(cohort_s=(0.0, 2 * 7 * DAY))).stations["desk"]  # type: ignore[arg-type]


def served(customer: int, ready: float, start: float, end: float) -> list[Row]:
    return [
        arrival(customer, ready), row(customer, "intake", (ready, start, end), to="completed"),
        leaving(customer, end, "completed"),
    ]  # fmt: skip


@pytest.mark.slow
def test_who_is_on_duty_is_told_of_many_moments_as_of_each() -> None:
    closures = (
        Closure(name="feast", at=hours(31.5), lasting=hours(4)),
        Closure(name="flood", at=hours(200), lasting=days(9)),
    )
    shifts = (Shift("mon-fri", "09:00", "17:00", 3), Shift("wed-sun", "15:30", "24:00", 2))
    station = Station(name="desk", servers=5, shifts=shifts, closures=closures)
    moments = np.arange(0.0, 40 * DAY, 1237.0)
    one_by_one = [station.staffed_s(0.0, float(moment)) for moment in moments]
    assert staffed_s(station, moments) == pytest.approx(one_by_one, abs=1e-6)


def test_work_is_spread_over_the_hours_in_which_it_is_done() -> None:
    # Monday 07:30 asked, 09:30 to 11:15 done; the window has two Mondays
    found = desk(served(0, 7.5 * HOUR, 9.5 * HOUR, 11.25 * HOUR))
    busy = {hour: value for hour, value in enumerate(found.busy[0].tolist()) if value > 1e-12}
    assert busy == pytest.approx({9: 0.25, 10: 0.5, 11: 0.125})
    offered = {hour: value for hour, value in enumerate(found.offered[0].tolist()) if value > 1e-12}
    assert offered == pytest.approx({7: 1.75 / 2})
    staffed = found.staffed[0]
    assert staffed[8:18].tolist() == [2.0] * 10
    assert staffed[:8].sum() == staffed[5 * 24 :].sum() == 0


def test_any_work_adds_up_however_it_lies() -> None:
    random = np.random.default_rng(3)
    rows, total = list[Row](), 0.0
    for customer in range(200):
        ready, wait, service = random.uniform(0, 12 * DAY), random.exponential(HOUR), random.exponential(3 * HOUR)
        rows += served(customer, ready, ready + wait, ready + wait + service)
        total += service
    found = desk(rows)
    assert found.busy.shape == (1, HOURS)
    assert found.busy.sum() * 2 == pytest.approx(total / HOUR, rel=1e-9)
    assert found.offered.sum() * 2 == pytest.approx(total / HOUR, rel=1e-9)


def test_work_laid_down_at_night_keeps_nobody_busy() -> None:
    # taken up on Monday 17:00 with one hour of the day left, laid down, done on Tuesday at 10:00
    found = desk(served(0, 17 * HOUR, 17 * HOUR, 34 * HOUR), LOAN)
    busy = {hour: value for hour, value in enumerate(found.busy[0].tolist()) if value > 1e-12}
    assert busy == pytest.approx({17: 0.5, 32: 0.5, 33: 0.5})


def test_calls_are_counted_by_the_hour_at_which_they_join_and_in_time_where_they_were() -> None:
    at = 9 * HOUR
    rows = [
        *served(0, at, at, at + HOUR),
        row(0, "contact:where", (at + 60, at + 70, at + 300), station="desk"),
        row(0, "contact:where", (at + 2 * HOUR, at + 2 * HOUR + 21, at + 3 * HOUR), station="desk"),
        row(0, "contact:how_to", (at + 2 * HOUR, at, at + 2 * HOUR), "deflected", station="desk"),
    ]  # fmt: skip
    found = week(FINISHING, walks(rows), manifest())
    assert {hour: n for hour, n in enumerate(found.calls[0].tolist()) if n} == {9: 1, 11: 1}
    assert {hour: n for hour, n in enumerate(found.answered[0].tolist()) if n} == {9: 1}


def test_a_scaled_run_has_no_week() -> None:
    rows = served(0, 10.0, 10.0, 20.0)
    found = week(FINISHING, walks(rows, speed=3600.0), manifest(speed=3600.0))
    assert found.stations == {}
