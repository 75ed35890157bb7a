"""Closures as dates: the same days as by number, moved with the start, and refused where no run comes to them."""

from __future__ import annotations

import dataclasses

import pytest

from journeys import Closure, Exponential, Journey, Poisson, Schedule, Shift, Station, Step, days, minutes, per_day
from journeys.checks import problems
from journeys.paths import apply, digest, get
from simulators.simpy_engine import replicate

CHRISTMAS = Closure.on("2026-12-25", name="christmas", days=2)


def clinic(*closures: Closure, starts: str = "2026-11-30", **changed: object) -> Journey:
    made = Journey(
        name="clinic",
        arrivals=Poisson(per_day(20)),
        steps=(Step(name="see", lane="backstage", station="desk", service=Exponential(minutes(20))),),
        stations=(Station(name="desk", shifts=(Shift("mon-sun", "08:00", "18:00"),), closures=closures),),
        customers=600,
        starts=starts,
    )
    return dataclasses.replace(made, **changed)


def lines(made: Journey) -> list[str]:
    return [str(problem) for problem in problems(made)]


def test_a_date_is_the_day_that_it_is_after_the_start() -> None:
    by_date, by_number = clinic(CHRISTMAS), clinic(Closure.day(25, name="christmas", days=2))
    assert lines(by_date) == lines(by_number) == []
    (desk,) = by_date.stations
    assert desk.closed_s() == by_number.stations[0].closed_s() == [(25 * 86400.0, 27 * 86400.0)]
    assert repr(list(replicate(by_date, 1, 0, 600))) == repr(list(replicate(by_number, 1, 0, 600)))
    assert not any(desk.staffed_s(day * 86400.0, (day + 1) * 86400.0) for day in (25, 26))
    assert desk.staffed_s(24 * 86400.0, 25 * 86400.0) == 36000


def test_the_start_and_the_date_are_changed_by_path() -> None:
    made = clinic(CHRISTMAS)
    later = apply(made, {"starts": "2026-12-07"})
    assert later.stations[0].closed_s() == [(18 * 86400.0, 20 * 86400.0)]
    path = "stations.desk.closures.christmas.date"
    moved = apply(made, {path: "2026-12-24"})
    assert (get(moved, path), moved.stations[0].closed_s()) == ("2026-12-24", [(24 * 86400.0, 26 * 86400.0)])
    assert len({digest(made), digest(later), digest(moved)}) == 3


PATH = "stations.desk.closures.christmas"
LAST = "Thu 2028-02-03 at the latest (got Mon 2028-12-25)"


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (clinic(CHRISTMAS, starts=""),
         f"{PATH}.date: needs the date on which the clock starts (got 2026-12-25); give the journey's `starts`"),
        (clinic(CHRISTMAS, starts="2026-12-01"),
         "starts: is no Monday, as which every run begins (got Tue 2026-12-01); such as 2026-11-30"),
        (clinic(CHRISTMAS, starts="30.11.2026"), "starts: is no date (got '30.11.2026'); such as 2026-11-30"),
        (clinic(Closure.on("25 December", name="christmas")),
         f"{PATH}.date: is no date (got '25 December'); such as 2026-12-25"),
        (clinic(Closure.on("2025-12-25", name="christmas")),
         f"{PATH}.date: is before the run starts, Mon 2026-11-30 (got Thu 2025-12-25); a day of the run"),
        (clinic(Closure.on("2028-12-25", name="christmas")),
         f"{PATH}.date: is after any run of 600 customers has ended, {LAST}; a day of the run, or more `customers`"),
        (clinic(Closure(name="christmas", date="2026-12-25", at=days(25), lasting=days(1))),
         f"{PATH}: begins `at` a time, or on a `date` (got both); one of both"),
        (clinic(Closure(name="christmas", lasting=days(1))),
         f"{PATH}: begins `at` a time, or on a `date` (got neither); one of both"),
    ],
)  # fmt: skip
def test_dates_that_are_mistakes_are_refused(made: Journey, said: str) -> None:
    assert lines(made) == [said]


def test_a_later_date_is_in_range_of_more_customers_or_of_a_longer_plan() -> None:
    late = Closure.on("2028-12-25", name="christmas")
    assert lines(clinic(late, customers=20_000)) == []
    assert lines(clinic(late, arrivals=Schedule((days(1), days(700))))) == []
