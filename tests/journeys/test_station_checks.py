"""Closures of stations, as a whole journey checks, reads and changes them."""

from __future__ import annotations

from typing import Any

import pytest

from journeys import Closure, Journey, Poisson, Station, Step, days, hours, per_hour
from journeys.checks import problems
from journeys.paths import apply, get, parameters


def journey(step: dict[str, Any] | None = None, **station: Any) -> Journey:
    return Journey(
        name="clinic",
        arrivals=Poisson(per_hour(5)),
        steps=(Step(name="see", lane="backstage", station="desk", **(step or {})),),
        stations=(Station(name="desk", **station),),
    )


def lines(made: Journey) -> list[str]:
    return [str(problem) for problem in problems(made)]


NO_NAME = "is not a name (got 'A day'); lower-case letters, digits, - and _, not an end's name"
HOLIDAY = Closure.day(9, name="holiday")


@pytest.mark.parametrize(
    ("closures", "said"),
    [
        ((HOLIDAY,), []),
        ((HOLIDAY, Closure.day(2, name="move")), []),
        ((HOLIDAY, HOLIDAY), ["stations.desk.closures.holiday: is declared more than once (got 2); one of each name"]),
        ((Closure.day(9, name="A day"),), ["stations.desk.closures.A day: " + NO_NAME]),
        ((Closure(name="c", at=days(1), lasting=hours(-1)),),
         ["stations.desk.closures.c.lasting: must be > 0 (got -1 h); a duration above zero"]),
        ((days(1),), ["stations.desk.closures.0: is of another type (got Duration('1 d')); Closure"]),
    ],
)  # fmt: skip
def test_closures_are_named_once_and_last(closures: Any, said: list[str]):
    assert lines(journey(closures=closures)) == said


def test_a_closure_is_changed_and_listed_by_its_name():
    made = journey(closures=(HOLIDAY,))
    path = "stations.desk.closures.holiday.lasting"
    assert get(made, path) == days(1)
    assert get(apply(made, {path: "3 d"}), path) == days(3)
    assert dict(parameters(made))[path] == days(1)
