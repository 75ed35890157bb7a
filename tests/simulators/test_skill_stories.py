"""Skill groups: little stories with integer times, each with its exact log. `a` asks for skill a, `b` for b."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from journeys import At, Contact, Fault, Group, Shift, seconds
from tests.simulators.stories import desk, form, s, serve, told

EARLY = Shift("mon", "00:00", "00:01")  # 0 to 60 s
LATER = Shift("mon", "00:02", "00:03")  # 120 to 180 s

ONE = Group(name="one", skills=("a",))
OTHER = Group(name="other", skills=("b",))
BOTH = Group(name="both", skills=("a", "b"))
SKILLS = {"a": {"steps.serve.skill": "a"}, "b": {"steps.serve.skill": "b"}}


def story(groups: Sequence[Group], at: Sequence[float], who: str, *, step: dict[str, Any] | None = None,
          differs: dict[str, Any] | None = None, faults: tuple[Fault, ...] = (),
          **station: Any) -> list[str]:  # fmt: skip
    """Return the rows of the step, whose work takes ten seconds; customers other than `a` and `b` ask for nothing."""
    own = {name: {**SKILLS.get(name, {}), **(differs or {}).get(name, {})} for name in set(who)}
    stations = (desk(groups=tuple(groups), **station),)
    log = told(at, serve(**(step or {})), stations=stations, who=who, differs=own, faults=faults)
    return [text for text in log if "exit" not in text]


def test_work_is_served_by_those_alone_who_have_the_skill():
    assert story([ONE, OTHER], [0, 1, 2], "aab") == [
        "0 serve#0 0/0/10 @0 served > completed",
        "2 serve#0 2/2/12 @1 served > completed",
        "1 serve#0 1/10/20 @0 served > completed",
    ]


def test_a_server_that_frees_passes_over_those_it_cannot_serve():
    assert story([ONE, BOTH], [0, 1, 2, 3], "abba") == [
        "0 serve#0 0/0/10 @0 served > completed",
        "1 serve#0 1/1/11 @1 served > completed",
        "3 serve#0 3/10/20 @0 served > completed",
        "2 serve#0 2/11/21 @1 served > completed",
    ]


def test_a_server_of_many_skills_takes_the_first_in_the_queue_whatever_it_asks_for():
    assert story([BOTH], [0, 1, 2, 3], "abab") == [
        f"{n} serve#0 {n}/{10 * n}/{10 * n + 10} @0 served > completed" for n in range(4)
    ]


def test_priority_goes_before_coming_first_within_the_skill():
    assert story([BOTH], [0, 1, 2], "aab", differs={"a": {"steps.serve.priority": 1}}) == [
        "0 serve#0 0/0/10 @0 served > completed",
        "2 serve#0 2/10/20 @0 served > completed",
        "1 serve#0 1/20/30 @0 served > completed",
    ]


def test_an_arrival_takes_the_free_server_with_the_fewest_skills_and_then_the_lowest_number():
    some = [BOTH, Group(name="first", skills=("a",)), Group(name="second", servers=2, skills=("a",))]
    assert [text.split(" ")[3] for text in story(some, [0, 1, 2, 3], "aaaa")] == ["@1", "@2", "@3", "@0"]
    assert story([BOTH, ONE], [0], "b") == ["0 serve#0 0/0/10 @0 served > completed"]


def test_work_that_asks_for_nothing_is_anybodys():
    unskilled = Group(name="unskilled")
    assert story([ONE, unskilled], [0, 1, 2], "xxx") == [
        "0 serve#0 0/0/10 @1 served > completed",
        "1 serve#0 1/1/11 @0 served > completed",
        "2 serve#0 2/10/20 @1 served > completed",
    ]


def test_several_who_are_free_at_once_are_taken_in_the_order_of_the_queue():
    assert story([BOTH, ONE], [70, 71, 72], "aba", shifts=(LATER,)) == [
        "0 serve#0 70/120/130 @1 served > completed",
        "1 serve#0 71/120/130 @0 served > completed",
        "2 serve#0 72/130/140 @1 served > completed",
    ]
    assert story([ONE, BOTH], [70, 71, 72], "baa", shifts=(LATER,))[2] == "2 serve#0 72/130/140 @1 served > completed"


def test_shifts_that_overlap_count_once():
    night = (EARLY, Shift("mon", "00:00", "00:03"))
    assert story([ONE], [0, 1], "aa", shifts=night)[1] == "1 serve#0 1/10/20 @0 served > completed"


def test_work_laid_down_at_closing_goes_before_the_queue_to_somebody_who_has_the_skill():
    assert story([ONE, BOTH], [54, 55, 70, 71], "abba", shifts=(EARLY, LATER), at_closing="pause") == [
        "0 serve#0 54/54/124 @0 served > completed",
        "1 serve#0 55/55/125 @1 served > completed",
        "3 serve#0 71/124/134 @0 served > completed",
        "2 serve#0 70/125/135 @1 served > completed",
    ]


def test_the_limit_counts_all_who_wait_whatever_they_ask_for():
    assert story([ONE, OTHER], [0, 1, 2, 3], "aaab", queue_limit=1) == [
        "2 serve#0 2/-/2 rejected > rejected",
        "0 serve#0 0/0/10 @0 served > completed",
        "3 serve#0 3/3/13 @1 served > completed",
        "1 serve#0 1/10/20 @0 served > completed",
    ]


def test_an_arrival_interrupts_those_alone_who_have_its_skill():
    late = {"a": {"steps.serve.priority": 1}, "x": {"steps.serve.service": "2 s"}}
    assert story([ONE, BOTH], [0, 1, 3, 4], "xaab", differs=late, preemptive=True) == [
        "0 serve#0 0/0/2 @0 served > completed",
        "2 serve#0 3/3/13 @0 served > completed",
        "3 serve#0 4/4/14 @1 served > completed",
        "1 serve#0 1/1/20 @0 served > completed",
    ]


def test_what_an_arrival_lays_down_takes_the_server_of_what_stands_behind_it():
    late = {"a": {"steps.serve.priority": 2}, "x": {"steps.serve.priority": 3}}
    assert story([ONE, BOTH], [0, 1, 2], "xab", differs=late, preemptive=True) == [
        "1 serve#0 1/1/11 @0 served > completed",
        "2 serve#0 2/2/12 @1 served > completed",
        "0 serve#0 0/0/19 @0 served > completed",
    ]


def test_interrupted_work_may_go_on_elsewhere_at_once():
    late = {"a": {"steps.serve.priority": 1}}
    assert story([ONE, BOTH], [0, 5, 21], "xab", differs=late, preemptive=True, step={"service": s(20)}) == [
        "0 serve#0 0/0/20 @0 served > completed",
        "1 serve#0 5/5/25 @0 served > completed",
        "2 serve#0 21/21/41 @1 served > completed",
    ]


def test_after_a_pause_those_who_wait_interrupt_in_the_order_of_all_queues():
    asks = {"v": ("a", 3), "w": ("a", 4), "x": ("b", 5), "y": ("a", 2), "z": ("b", 1)}
    differs = {who: {"steps.serve.skill": skill, "steps.serve.priority": rank} for who, (skill, rank) in asks.items()}
    pause = Fault(name="pause", station="desk", kind="pause", at=seconds(4), lasting=seconds(4))
    log = story([ONE, BOTH, OTHER], [0, 1, 2, 5, 6], "vwxyz", differs=differs, preemptive=True, faults=(pause,))
    assert log == [
        "0 serve#0 0/0/14 @0 served > completed [pause]",
        "4 serve#0 6/8/18 @2 served > completed",
        "3 serve#0 5/8/18 @1 served > completed",
        "1 serve#0 1/1/21 @0 served > completed [pause]",
        "2 serve#0 2/2/26 @2 served > completed [pause]",
    ]


def test_a_call_asks_for_a_skill_too():
    why = Contact(name="why", arises=At("form", 1.0), station="desk", handling=s(5), skill="b")
    log = told([0, 1], form(), contacts=(why,), stations=(desk(groups=(ONE, OTHER)),))
    assert [text for text in log if "contact" in text] == [
        "0 contact:why#0 0/0/5 @1 served",
        "1 contact:why#0 1/5/10 @1 served",
    ]
