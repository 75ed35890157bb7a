"""Steps: attempts, patience for the answer, skips, rework, conditions, facts; each story with its exact log."""

from __future__ import annotations

import pytest

from journeys import Attempts, Constant, Fact, FactIs, InSegment, Never, Route, Schedule, System, VisitsAtLeast, seconds
from journeys.population import Population
from tests.simulators.stories import desk, form, journey, s, serve, told


def attempts(limit: int, timeout_s: float | None = None, failure: float = 0.0, backoff_s: float = 5) -> Attempts:
    timeout = Never() if timeout_s is None else Constant(seconds(timeout_s))
    return Attempts(timeout, limit, seconds(backoff_s), failure)


# Attempts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lane", ["backstage", "customer"])
def test_failures_are_tried_again_after_a_backoff_that_doubles(lane: str):
    assert told([0], serve(lane=lane, attempts=attempts(4, failure=1.0)))[:4] == [
        "0 serve#0 0/0/10 @0 failed > serve",
        "0 serve#0 15/15/25 @0 failed > serve [attempt 2]",
        "0 serve#0 35/35/45 @0 failed > serve [attempt 3]",
        "0 serve#0 65/65/75 @0 failed > dropped [attempt 4]",
    ]


@pytest.mark.parametrize("lane", ["backstage", "customer"])
def test_an_attempt_not_answered_in_time_is_withdrawn_and_the_server_takes_the_next(lane: str):
    log = told([0, 1], serve(lane=lane, attempts=attempts(2, 8), on_failure="denied"))
    assert [text for text in log if "exit" not in text] == [
        "0 serve#0 0/0/8 @0 timed_out > serve",
        "1 serve#0 1/8/9 @0 timed_out > serve",
        "0 serve#0 13/13/21 @0 timed_out > denied [attempt 2]",
        "1 serve#0 14/21/22 @0 timed_out > denied [attempt 2]",
    ]


@pytest.mark.parametrize("lane", ["backstage", "customer"])
def test_an_attempt_may_time_out_in_the_queue(lane: str):
    log = told([0, 1], serve(lane=lane, attempts=attempts(1, 5)), who="ab",
               differs={"a": {"steps.serve.attempts.timeout": "Never()"}})  # fmt: skip
    assert log[0] == "1 serve#0 1/-/6 timed_out > dropped"


@pytest.mark.parametrize("station", ["", "desk"])
@pytest.mark.parametrize("lane", ["backstage", "customer"])
def test_an_answer_at_the_very_moment_of_the_deadline_is_in_time(lane: str, station: str):
    log = told([0], serve(lane=lane, station=station, attempts=attempts(1, 10)))
    assert log[-1] == "0 exit 10 completed"
    assert told([0], serve(lane=lane, station=station, attempts=attempts(1, 9)))[-1].startswith("0 exit 9 dropped")


def test_a_last_failure_leads_on():
    for lane in ("backstage", "customer"):
        log = told(
            [0], serve(lane=lane, attempts=attempts(1, failure=1.0), on_failure="phone"), form("phone", think=s(3))
        )
        assert log[:2] == ["0 serve#0 0/0/10 @0 failed > phone", "0 phone#0 13/13/13 served > completed"]


def test_a_customer_who_turns_elsewhere_passes_over_what_is_skipped_there():
    step = serve(lane="customer", attempts=attempts(1, failure=1.0), on_failure="extra")
    log = told([0], step, form("extra", skip=1.0), form("last"))
    assert log == [
        "0 serve#0 0/0/10 @0 failed > extra",
        "0 last#0 10/10/10 served > completed",
        "0 exit 10 completed",
    ]


# Patience for the answer ---------------------------------------------------------------------------------------------


def test_patience_for_the_answer_counts_queue_and_service_together():
    step = serve(lane="customer", response_patience=s(15))
    assert told([0, 2, 9], step) == [
        "0 serve#0 0/0/10 @0 served > completed",
        "0 exit 10 completed",
        "1 serve#0 2/10/17 @0 dropped > dropped [the answer took too long]",
        "1 exit 17 dropped [no patience for serve]",
        "2 serve#0 9/17/24 @0 dropped > dropped [the answer took too long]",
        "2 exit 24 dropped [no patience for serve]",
    ]


def test_patience_for_the_answer_outlasts_attempts():
    step = serve(lane="customer", response_patience=s(20), attempts=attempts(5, 8))
    assert told([0], step) == [
        "0 serve#0 0/0/8 @0 timed_out > serve",
        "0 serve#0 13/13/20 @0 dropped > dropped [attempt 2; the answer took too long]",
        "0 exit 20 dropped [no patience for serve]",
    ]


# Skips, rework, conditions -------------------------------------------------------------------------------------------


def test_a_skipped_step_leads_to_its_remainder():
    extra = serve("extra", skip=1.0, routes=(Route("denied", 0.5), Route("last")))
    assert told([0], form(), extra, serve("never"), form("last"))[:2] == [
        "0 form#0 0/0/0 served > last",
        "0 last#0 0/0/0 served > completed",
    ]


def test_visits_count_those_passed_over_in_every_lane():
    for lane in ("customer", "backstage"):
        loop = (Route("completed", when=VisitsAtLeast("start", 12)), Route("start"))
        log = told(
            [0], form("start", routes=(Route("maybe"),)), serve("maybe", lane=lane, skip=0.5, service=s(1), routes=loop)
        )
        made = journey([0], form("start", routes=(Route("maybe"),)), serve("maybe", skip=0.5, routes=loop))
        luck = Population(made, 1, 0).choices("maybe", "skip")
        visits = [int(text.split("#")[1].split(" ")[0]) for text in log if "maybe#" in text]
        assert visits == [visit for visit in range(12) if luck.at(0, visit) >= 0.5][: len(visits)]
        assert 2 < len(visits) < 12


def test_rework_goes_round_until_its_limit():
    loop = serve(service=s(2), routes=(Route("completed", when=VisitsAtLeast("serve", 3)), Route("serve", 1.0)))
    assert told([0, 1], loop)[:4] == [
        "0 serve#0 0/0/2 @0 served > serve",
        "1 serve#0 1/2/4 @0 served > serve",
        "0 serve#1 2/4/6 @0 served > serve",
        "1 serve#1 4/6/8 @0 served > serve",
    ]
    assert told([0], loop)[-2:] == ["0 serve#2 4/4/6 @0 served > completed", "0 exit 6 completed"]


def test_segments_and_facts_choose_the_way():
    ways = (
        Route("denied", when=InSegment(("b",))),
        Route("blue", when=FactIs("colour", ("blue",))),
        Route("completed"),
    )
    made = {"facts": (Fact(name="colour", label="Colour", kind="choice", choices=("blue",)),)}
    log = told([0, 1], serve(routes=ways), form("blue"), who="ab", **made)
    assert [text for text in log if "#" in text] == [
        "0 serve#0 0/0/10 @0 served > blue",
        "0 blue#0 10/10/10 served > completed",
        "1 serve#0 1/10/20 @0 served > denied",
    ]


def test_a_fact_asked_again_is_told_in_the_detail():
    parts = {
        "facts": (Fact(name="name", label="Name", effort=seconds(7)), Fact(name="age", label="Age", effort=seconds(2))),
        "systems": (System(name="web"), System(name="core"), System(name="desk", reads=("core",))),
    }
    log = told([0], form("web", system="web", asks=("name",)), form("core", system="core", asks=("name", "age")),
               form("desk", system="desk", asks=("name", "age")), **parts)  # fmt: skip
    assert log == [
        "0 web#0 7/7/7 served > core",
        "0 core#0 16/16/16 served > desk [re-asked: name]",
        "0 desk#0 16/16/16 served > completed",
        "0 exit 16 completed",
    ]


def test_what_is_asked_in_person_holds_the_server_and_what_is_known_does_not():
    asked = {"name": "call", "lane": "customer", "asks": ("name", "age"), "in_person": True, "think": s(1)}
    parts = {
        "facts": (Fact(name="name", label="Name", effort=seconds(7)), Fact(name="age", label="Age", effort=seconds(2))),
        "systems": (System(name="ivr"), System(name="agent")),
    }
    menu = form("menu", system="ivr", asks=("name",))
    assert told([0, 0], menu, serve(**asked, system="agent"), **parts)[2:] == [
        "0 call#0 8/8/27 @0 served > completed [re-asked: name]",
        "0 exit 27 completed",
        "1 call#0 8/27/46 @0 served > completed [re-asked: name]",
        "1 exit 46 completed",
    ]
    parts["systems"] = (System(name="ivr"), System(name="agent", reads=("ivr",)))
    assert told([0], menu, serve(**asked, system="agent"), **parts)[1] == "0 call#0 8/8/20 @0 served > completed"
    again = serve(**asked, system="agent", attempts=attempts(2, failure=1.0))
    assert [line.split(" ")[2] for line in told([0], again, **parts)[:2]] == ["1/1/20", "25/25/44"]


def test_a_segment_has_its_own_times():
    log = told([0, 1], serve(), who="ab", differs={"b": {"steps.serve.service": "Constant(value=3 s)"}})
    assert [text for text in log if "#" in text] == [
        "0 serve#0 0/0/10 @0 served > completed",
        "1 serve#0 1/10/13 @0 served > completed",
    ]


# The end of a run ----------------------------------------------------------------------------------------------------


def test_who_is_on_the_way_at_the_end_is_censored_wherever_they_are():
    log = told([0, 1, 2, 99], form(think=s(3)), serve(), until_s=12)
    assert log == [
        "0 form#0 3/3/3 served > serve",
        "1 form#0 4/4/4 served > serve",
        "2 form#0 5/5/5 served > serve",
        "0 exit 12 censored [still at serve]",
        "1 exit 12 censored [still at serve]",
        "2 exit 12 censored [still at serve]",
    ]


def test_who_would_arrive_after_the_end_never_comes():
    assert told([0, 50], serve(), until_s=20) == ["0 serve#0 0/0/10 @0 served > completed", "0 exit 10 completed"]


def test_a_schedule_may_hold_fewer_than_are_wanted():
    from simulators.simpy_engine import replicate

    made = journey([0, 1], serve(), stations=(desk(),))
    assert isinstance(made.arrivals, Schedule)
    assert {row.customer for row in replicate(made, 1, 0, 50)} == {0, 1}
