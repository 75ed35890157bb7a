"""Closures, groups and call-backs, as a whole journey checks, reads and changes them."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from journeys import (
    ZERO,
    At,
    Callback,
    Closure,
    Contact,
    Group,
    Journey,
    Poisson,
    Replicas,
    Shift,
    Station,
    Step,
    days,
    hours,
    per_hour,
)
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


CASHIERS = Group(name="cashiers", servers=2, skills=("cash",))
ADVISERS = Group(name="advisers", servers=1, skills=("cash", "loans"))
BANK = {"groups": (CASHIERS, ADVISERS)}


@pytest.mark.parametrize(
    ("station", "skill", "said"),
    [
        (BANK, "loans", []),
        (BANK, "", []),
        (BANK, "loan", ["steps.see.skill: there is no 'loan'; did you mean 'loans'?"]),
        ({}, "loans", ["steps.see.skill: there are no groups to have it (got loans); give a station its `groups`"]),
        ({"groups": (CASHIERS, Group(name="advisers", servers=0, skills=("loans",)))}, "loans",
         ["steps.see.skill: there is no 'loans'; known: cash"]),
        ({"groups": (CASHIERS, CASHIERS)}, "",
         ["stations.desk.groups.cashiers: is declared more than once (got 2); one of each name"]),
        ({"groups": (Group(name="x", servers=-1), CASHIERS)}, "",
         ["stations.desk.groups.x.servers: must not be negative (got -1)"]),
        ({"groups": (Group(name="x", servers=0),)}, "",
         ["stations.desk.servers: nobody is ever on duty (got 0); a whole number above zero"]),
        ({**BANK, "servers": 3}, "", ["stations.desk.servers: is the sum of the groups' (got 3); leave it out"]),
        ({**BANK, "shifts": (Shift("mon", "08:00", "09:00", servers=2),)}, "",
         ["stations.desk.shifts.0.servers: groups are on duty together (got 2); leave it out"]),
        ({**BANK, "replicas": Replicas(2)}, "",
         ["stations.desk.replicas: replicas are all alike; groups or replicas, not both"]),
    ],
)  # fmt: skip
def test_groups_have_the_skills_that_are_asked_for(station: dict[str, Any], skill: str, said: list[str]):
    assert lines(journey({"skill": skill}, **station)) == said


def test_a_contact_asks_for_a_skill_that_somebody_has():
    asked = Contact(name="why", arises=At("see", 0.5), station="desk", handling=ZERO, skill="golf")
    made = dataclasses.replace(journey(**BANK), contacts=(asked,))
    assert lines(made) == ["contacts.why.skill: there is no 'golf'; known: cash, loans"]


def test_the_staff_is_the_sum_of_the_groups_which_are_changed_by_name():
    made = journey(shifts=(Shift("mon", "08:00", "12:00"), Shift("mon", "10:00", "14:00")), **BANK)
    (desk,) = made.stations
    assert desk.capacity == 3
    assert desk.roster() == [(0.0, 0), (8 * 3600.0, 3), (14 * 3600.0, 0)]
    assert desk.staffed_s(0, 86400) == 3 * 6 * 3600
    changed = apply(
        made, {"stations.desk.groups.cashiers.servers": "5", "stations.desk.groups.advisers.skills": "loans"}
    )
    assert changed.stations[0].capacity == 6
    assert changed.stations[0].groups[1].skills == ("loans",)
    assert dict(parameters(made))["stations.desk.groups.cashiers.servers"] == 2


@pytest.mark.parametrize(
    ("callback", "said"),
    [
        (Callback(above=0), []),
        (Callback(above=-1), ["contacts.why.callback.above: must not be negative (got -1)"]),
        (
            Callback(above=1, probability=1.5),
            ["contacts.why.callback.probability: must be a probability (got 1.5); 0 to 1"],
        ),
        (Callback(above=1, reached=-1.0), ["contacts.why.callback.reached: must be a probability (got -1); 0 to 1"]),
        (Callback(above=1, ring=hours(-1)), ["contacts.why.callback.ring: must not be negative (got -1 h)"]),
    ],
)
def test_a_call_back_is_checked_and_changed(callback: Callback, said: list[str]):
    asked = Contact(name="why", arises=At("see", 0.5), station="desk", handling=ZERO, callback=callback)
    made = dataclasses.replace(journey(), contacts=(asked,))
    assert lines(made) == said
    assert get(apply(made, {"contacts.why.callback.ring": "30 s"}), "contacts.why.callback.ring").s == 30
    assert apply(made, {"contacts.why.callback": "none"}).contacts[0].callback is None
