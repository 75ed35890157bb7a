"""Pre-emptive stations: little stories with integer times, each with its exact log; `a` goes before `b` before `c`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from journeys import Attempts, Fault, Replicas, Shift, Wait, seconds
from tests.simulators.stories import desk, s, serve, told

EARLY = Shift("mon", "00:00", "00:01")  # 0 to 60 s
LATER = Shift("mon", "00:02", "00:03")  # 120 to 180 s
RANKS = {"b": {"steps.serve.priority": 1}, "c": {"steps.serve.priority": 2}}


def story(at: Sequence[float], who: str, step: dict[str, Any] | None = None, *, differs: dict[str, Any] | None = None,
          waits: tuple[Wait, ...] = (), faults: tuple[Fault, ...] = (), **station: Any) -> list[str]:  # fmt: skip
    """Return the rows of the step, whose work takes ten seconds, in the order in which they were written."""
    ranks = {name: {**RANKS.get(name, {}), **(differs or {}).get(name, {})} for name in set(who)}
    log = told(at, serve(**(step or {})), stations=(desk(preemptive=True, **station),), who=who, differs=ranks,
               waits=waits, faults=faults)  # fmt: skip
    return [text for text in log if "exit" not in text]


def test_an_arrival_takes_the_server_of_work_of_lower_priority_which_goes_on_where_it_was_left():
    assert story([0, 4], "ba") == [
        "1 serve#0 4/4/14 @0 served > completed",
        "0 serve#0 0/0/20 @0 served > completed",
    ]


def test_nobody_interrupts_their_own_priority_or_a_higher_one():
    assert story([0, 4], "bb")[1] == "1 serve#0 4/10/20 @0 served > completed"
    assert story([0, 4], "ab")[1] == "1 serve#0 4/10/20 @0 served > completed"


def test_laid_down_work_goes_before_the_queue_of_its_own_priority_and_after_that_of_a_higher_one():
    assert story([0, 1, 4, 5], "bbaa") == [
        "2 serve#0 4/4/14 @0 served > completed",
        "3 serve#0 5/14/24 @0 served > completed",
        "0 serve#0 0/0/30 @0 served > completed",
        "1 serve#0 1/30/40 @0 served > completed",
    ]


def test_work_is_laid_down_again_and_again_and_in_turn():
    assert story([0, 2, 4, 25], "cbaa") == [
        "2 serve#0 4/4/14 @0 served > completed",
        "1 serve#0 2/2/22 @0 served > completed",
        "3 serve#0 25/25/35 @0 served > completed",
        "0 serve#0 0/0/40 @0 served > completed",  # 2 s, 3 s from 22 on, 5 s from 35 on
    ]


def test_of_several_the_lowest_priority_gives_way_and_within_it_who_came_last():
    assert story([0, 1, 2, 5, 6], "cbcaa", servers=3) == [
        "1 serve#0 1/1/11 @1 served > completed",
        "3 serve#0 5/5/15 @2 served > completed",
        "0 serve#0 0/0/15 @1 served > completed",
        "4 serve#0 6/6/16 @0 served > completed",
        "2 serve#0 2/2/22 @2 served > completed",
    ]


def test_work_that_ends_at_this_very_moment_is_not_laid_down():
    assert story([0, 10], "ba") == [
        "0 serve#0 0/0/10 @0 served > completed",
        "1 serve#0 10/10/20 @0 served > completed",
    ]
    # the arrival at 10 was asked for before the work that ends then, so it meets a full queue
    assert story([0, 10], "ba", queue_limit=0)[0] == "1 serve#0 10/-/10 rejected > rejected"


def test_who_interrupts_neither_balks_nor_is_rejected_and_laid_down_work_takes_nobodys_place():
    assert story([0, 4, 5, 6], "baab", {"balk_above": 0}, queue_limit=1) == [
        "3 serve#0 6/-/6 balked > dropped",
        "1 serve#0 4/4/14 @0 served > completed",
        "2 serve#0 5/14/24 @0 served > completed",
        "0 serve#0 0/0/30 @0 served > completed",
    ]


def test_patience_is_for_those_who_have_not_begun():
    assert story([0, 4, 5], "bab", {"patience": s(7)}) == [
        "2 serve#0 5/-/12 reneged > dropped",
        "1 serve#0 4/4/14 @0 served > completed",
        "0 serve#0 0/0/20 @0 served > completed",
    ]


def test_patience_that_ends_at_the_moment_of_interrupting_changes_nothing():
    assert story([0, 1, 8], "bba", {"patience": s(7)}) == [
        "1 serve#0 1/-/8 reneged > dropped",
        "2 serve#0 8/8/18 @0 served > completed",
        "0 serve#0 0/0/20 @0 served > completed",
    ]


def test_laid_down_work_is_taken_back_by_its_deadline_and_by_its_customer():
    assert story([0, 4, 5], "bab", {"attempts": Attempts(timeout=s(12))}) == [
        "0 serve#0 0/0/12 @0 timed_out > dropped",
        "1 serve#0 4/4/14 @0 served > completed",
        "2 serve#0 5/14/17 @0 timed_out > dropped",
    ]
    answer = Wait(name="answer", uncertain=s(12))
    left = story([0, 4], "ba", {"awaits": "answer"}, waits=(answer,))
    assert left[0] == "0 serve#0 0/0/12 @0 dropped > dropped [gave up waiting (answer)]"


def test_work_laid_down_at_closing_goes_back_to_its_place_in_the_queue():
    shifts = {"shifts": (EARLY, LATER), "at_closing": "pause"}
    assert story([55, 70, 71], "bba", **shifts) == [
        "2 serve#0 71/120/130 @0 served > completed",
        "0 serve#0 55/55/135 @0 served > completed",
        "1 serve#0 70/135/145 @0 served > completed",
    ]


def test_work_that_is_being_finished_off_duty_is_let_alone_and_outranked_at_the_opening():
    assert story([55, 61], "ba", {"service": s(40)}, shifts=(EARLY, LATER)) == [
        "0 serve#0 55/55/95 @0 served > completed",
        "1 serve#0 61/120/160 @0 served > completed",
    ]
    assert story([55, 61], "ba", {"service": s(100)}, shifts=(EARLY, LATER, Shift("mon", "00:04", "00:09"))) == [
        "1 serve#0 61/120/220 @0 served > completed",
        "0 serve#0 55/55/275 @0 served > completed",  # 65 s until 120, the rest from 240
    ]


def test_paused_work_is_let_alone_and_outranked_after_the_pause():
    pause = Fault(name="pause", station="desk", kind="pause", at=seconds(2), lasting=seconds(6))
    assert story([0, 4], "ba", faults=(pause,)) == [
        "1 serve#0 4/8/18 @0 served > completed",
        "0 serve#0 0/0/26 @0 served > completed [pause]",
    ]


def test_laid_down_work_is_nobodys_to_lose():
    kill = Fault(name="kill", station="desk", kind="kill", at=seconds(6), lasting=seconds(4))
    assert story([0, 4], "ba", faults=(kill,), replicas=Replicas()) == [
        "1 serve#0 4/4/6 @0 failed > dropped [kill]",
        "0 serve#0 0/0/16 @0 served > completed",
    ]


def test_whoever_is_sent_to_the_dead_leaves_the_server_to_the_work_that_it_interrupted():
    kill = Fault(name="kill", station="desk", kind="kill", at=seconds(0), lasting=seconds(40))
    assert story([1, 3], "ba", faults=(kill,), replicas=Replicas(2, failover=seconds(30))) == [
        "1 serve#0 3/3/3 failed > dropped [failover]",
        "0 serve#0 1/1/11 @1 served > completed",
    ]
