"""Stations: weekly rosters from shifts, and the hours on duty that they add up to."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys import Closure, Exponential, Replicas, Shift, Station, days, hours, minutes, seconds
from journeys.arrivals import WEEK_S

H = 3600.0
D = 24 * H


def roster(*shifts: Shift, servers: int = 2) -> list[tuple[float, int]]:
    return Station(name="desk", servers=servers, shifts=shifts).roster()


def test_without_shifts_everybody_is_always_there():
    assert roster() == [(0.0, 2)]


def test_days_and_times_are_read():
    assert Shift("mon-wed", "08:00", "12:30").intervals_s() == [(d * D + 8 * H, d * D + 12.5 * H) for d in range(3)]
    assert Shift("fri-mon", "8:00", "24:00").intervals_s() == [(d * D + 8 * H, d * D + D) for d in (0, 4, 5, 6)]
    assert Shift("Sat, mon", "00:00", "00:01").intervals_s() == [(0, 60), (5 * D, 5 * D + 60)]


def test_a_working_day_begins_and_ends():
    assert roster(Shift("tue", "09:00", "17:00")) == [(0, 0), (D + 9 * H, 2), (D + 17 * H, 0)]


def test_a_night_is_two_shifts_that_meet_at_midnight():
    night = roster(Shift("mon", "22:00", "24:00"), Shift("tue", "00:00", "06:00"))
    assert night == [(0, 0), (22 * H, 2), (D + 6 * H, 0)]


def test_a_night_over_the_end_of_the_week_goes_on_into_monday():
    station = Station(name="desk", servers=2, shifts=(Shift("sun", "22:00", "24:00"), Shift("mon", "00:00", "06:00")))
    assert station.roster() == [(0, 2), (6 * H, 0), (6 * D + 22 * H, 2)]
    assert station.staffed_s(WEEK_S - H, WEEK_S + H) == 2 * 2 * H


def test_shifts_that_overlap_add_up():
    both = roster(Shift("mon", "08:00", "12:00", servers=3), Shift("mon", "10:00", "14:00"))
    assert both == [(0, 0), (8 * H, 3), (10 * H, 5), (12 * H, 2), (14 * H, 0)]


def test_all_week_is_all_week():
    assert roster(Shift("mon-sun", "00:00", "24:00")) == [(0, 2)]


def test_nobody_works_at_the_weekend():
    station = Station(name="desk", servers=3, shifts=(Shift("mon-fri", "09:00", "17:00"),))
    assert station.staffed_s(5 * D, 7 * D) == 0
    assert station.staffed_s(0, WEEK_S) == 3 * 5 * 8 * H
    assert station.staffed_s(9.5 * H, 10 * H) == 3 * 0.5 * H
    assert station.staffed_s(0, 3 * WEEK_S + 10 * H) == 3 * 3 * 5 * 8 * H + 3 * H


def test_nobody_works_in_closures_which_count_once():
    holiday, inside = Closure.day(1, name="holiday"), Closure(name="inside", at=hours(30), lasting=hours(1))
    late = Closure(name="late", at=hours(48), lasting=hours(11))
    station = Station(name="desk", servers=3, shifts=(Shift("mon-fri", "09:00", "17:00"),),
                      closures=(late, inside, holiday))  # fmt: skip
    assert station.closed_s() == [(D, 2 * D + 11 * H)]
    assert station.staffed_s(0, WEEK_S) == 3 * (8 + 6 + 8 + 8) * H
    assert station.staffed_s(D, 2 * D + 12 * H) == 3 * H
    assert station.staffed_s(WEEK_S, 2 * WEEK_S) == 3 * 5 * 8 * H
    always = Station(name="desk", servers=2, closures=(Closure.day(6, name="holiday", days=2),))
    assert always.staffed_s(0, 2 * WEEK_S) == 2 * 12 * D


DAY = st.sampled_from(["mon", "tue-thu", "fri-mon", "sat,sun", "mon-sun"])


@st.composite
def stations(draw: st.DrawFn) -> Station:
    shifts = []
    for _ in range(draw(st.integers(0, 4))):
        begin, end = sorted(draw(st.lists(st.integers(0, 96), min_size=2, max_size=2, unique=True)))
        shifts.append(
            Shift(draw(DAY), f"{begin // 4:02d}:{begin % 4 * 15:02d}", f"{end // 4:02d}:{end % 4 * 15:02d}",
                  draw(st.none() | st.integers(0, 5)))
        )  # fmt: skip
    return Station(name="desk", servers=draw(st.integers(1, 5)), shifts=tuple(shifts))


@given(stations(), st.lists(st.integers(0, 3 * 7 * 96), min_size=3, max_size=3))
def test_hours_on_duty_add_up_and_follow_the_roster(station: Station, quarters: list[int]):
    a, b, c = sorted(900.0 * quarter for quarter in quarters)
    assert station.staffed_s(a, c) == pytest.approx(station.staffed_s(a, b) + station.staffed_s(b, c))
    levels = station.roster()
    assert levels[0][0] == 0
    assert all(begin < end and before != after for (begin, before), (end, after) in itertools.pairwise(levels))
    counted = sum(
        900.0 * [level for moment, level in levels if moment <= (quarter * 900.0) % WEEK_S][-1]
        for quarter in range(int(a / 900), int(b / 900))
    )
    assert station.staffed_s(a, b) == pytest.approx(counted)


@pytest.mark.parametrize(
    ("shift", "said"),
    [
        (Shift("mon-fri", "17:00", "09:00"), "17:00-09:00 does not end after it starts"),
        (Shift("mon-fri", "22:00", "22:00"), "22:00-22:00 does not end after it starts"),
        (Shift("monday", "08:00", "09:00"), "'monday' names no days (write mon-fri, sat, or mon,wed)"),
        (Shift("mon-", "08:00", "09:00"), "'mon-' names no days (write mon-fri, sat, or mon,wed)"),
        (Shift("mon", "8", "09:00"), "'8' is no time of day (write 08:30)"),
        (Shift("mon", "08:60", "09:00"), "'08:60' is no time of day (write 08:30)"),
        (Shift("mon", "08:00", "24:01"), "'24:01' is no time of day (write 08:30)"),
    ],
)
def test_a_text_that_is_no_shift_is_one_problem(shift: Shift, said: str):
    station = Station(name="desk", shifts=(Shift("mon", "08:00", "09:00"), shift))
    assert [str(problem) for problem in station.problems("stations.desk")] == [f"stations.desk.shifts.1: {said}"]


@pytest.mark.parametrize(
    ("station", "paths"),
    [
        (Station(name="desk", servers=0), ["at.servers"]),
        (Station(name="desk", servers=-1), ["at.servers"]),
        (Station(name="desk", servers=2, shifts=(Shift("mon", "08:00", "09:00", servers=0),)), ["at.servers"]),
        (Station(name="desk", servers=2, shifts=(Shift("mon", "08:00", "09:00", servers=-2),)), ["at.servers"]),
        (Station(name="desk", servers=0, shifts=(Shift("mon", "08:00", "09:00", servers=1),)), []),
        (Station(name="desk", queue_limit=-1, cost_per_hour=-3.0), ["at.queue_limit", "at.cost_per_hour"]),
        (Station(name="desk", replicas=Replicas(count=2, needed=3)), ["at.replicas.needed"]),
        (Station(name="desk", replicas=Replicas(count=2, needed=0)), ["at.replicas.needed"]),
        (Station(name="desk", replicas=Replicas(repair=Exponential(hours(-1)))), ["at.replicas.repair.mean"]),
        (Station(name="desk", closures=(Closure(name="c", at=days(-1), lasting=days(1)),)), ["at.closures.c.at"]),
        (Station(name="desk", closures=(Closure(name="c", at=days(1), lasting=days(0)),)), ["at.closures.c.lasting"]),
        (
            Station(name="desk", closures=(Closure(name="c", at=days(0), lasting=seconds(math.inf)),)),
            ["at.closures.c.lasting"],
        ),
        (Station(name="desk", replicas=Replicas(failover=minutes(-1))), ["at.replicas.failover"]),
    ],
)
def test_a_station_tells_what_is_wrong_with_it(station: Station, paths: list[str]):
    assert [problem.path for problem in station.problems("at")] == paths
