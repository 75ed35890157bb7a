"""Waits and contacts: little stories with integer times, each with its exact log."""

from __future__ import annotations

from typing import Any

from journeys import At, Attempts, Contact, During, Redial, Shift, Wait, seconds
from tests.simulators.stories import desk, form, s, serve, told

OPEN_LATE = (Shift("mon", "00:02", "00:10"),)  # 120 to 600 s


def wait(**parts: Any) -> dict[str, Any]:
    return {"waits": (Wait(**{"name": "answer", **parts}),)}


def review(**parts: Any) -> Any:
    return serve("review", **{"awaits": "answer", **parts})


def ask(arises: Any, **parts: Any) -> Any:
    return Contact(**{"name": "why", "arises": arises, "station": "phone", "handling": s(5), **parts})


def phone(**parts: Any) -> Any:
    return desk(name="phone", **parts)


# Waits ---------------------------------------------------------------------------------------------------------------


def test_a_customer_leaves_the_queue_when_the_wait_is_too_long():
    log = told([0, 1, 2], review(), **wait(uncertain=s(15)))
    assert log == [
        "0 review#0 0/0/10 @0 served > completed",
        "0 exit 10 completed",
        "1 review#0 1/10/16 @0 dropped > dropped [gave up waiting (answer)]",
        "1 exit 16 dropped [gave up waiting (answer)]",
        "2 review#0 2/16/17 @0 dropped > dropped [gave up waiting (answer)]",
        "2 exit 17 dropped [gave up waiting (answer)]",
    ]


def test_who_leaves_out_of_a_servers_hands_frees_the_server_for_the_next_at_that_moment():
    log = told([0, 1], review(service=s(30)), **wait(uncertain=s(20)), who="ab",
               differs={"b": {"waits.answer.uncertain": "Never()"}})  # fmt: skip
    assert log[0] == "0 review#0 0/0/20 @0 dropped > dropped [gave up waiting (answer)]"
    assert log[2] == "1 review#0 1/20/50 @0 served > completed"


def test_patience_that_ends_with_the_service_loses_and_with_a_service_begun_later_wins():
    assert told([0], review(), **wait(uncertain=s(10)))[0].endswith("served > completed")
    log = told([0, 1], review(), **wait(uncertain=s(19)))
    assert log[2] == "1 review#0 1/10/20 @0 dropped > dropped [gave up waiting (answer)]"


def test_who_sees_how_things_stand_has_another_patience():
    log = told(
        [0, 0], review(service=s(30)), **wait(uncertain=s(10), informed=s(20), visible=0.5), stations=(desk(servers=2),)
    )
    ends = {text.split(" ")[2] for text in log if "exit" in text}
    assert ends <= {"10", "20"}
    for share, at_s in ((0.0, 10), (1.0, 20)):
        log = told([0], review(service=s(30)), **wait(uncertain=s(10), informed=s(20), visible=share))
        assert log[-1] == f"0 exit {at_s} dropped [gave up waiting (answer)]"


def test_one_wait_goes_on_over_steps_and_begins_anew_after_the_customers_turn():
    first, second = review(), serve("second", awaits="answer")
    assert told([0], first, second, **wait(uncertain=s(15)))[1:] == [
        "0 second#0 10/10/15 @0 dropped > dropped [gave up waiting (answer)]",
        "0 exit 15 dropped [gave up waiting (answer)]",
    ]
    assert told([0], first, form(), second, **wait(uncertain=s(15)))[-1] == "0 exit 20 completed"


def test_work_tried_again_later_is_withdrawn_too():
    attempts = Attempts(limit=2, failure=1.0, backoff=seconds(30))
    assert told([0, 20], review(attempts=attempts), **wait(uncertain=s(15)))[:3] == [
        "0 review#0 0/0/10 @0 failed > review",
        "0 review#0 10/-/15 dropped > dropped [gave up waiting (answer)]",
        "0 exit 15 dropped [gave up waiting (answer)]",
    ]


def test_a_delay_is_withdrawn():
    assert told([0], review(station="", service=s(30)), **wait(uncertain=s(15)))[0] == (
        "0 review#0 0/0/15 dropped > dropped [gave up waiting (answer)]"
    )


# Contacts ------------------------------------------------------------------------------------------------------------


def with_phone(arises: Any, shifts: tuple[Shift, ...] = (), **parts: Any) -> dict[str, Any]:
    return {"contacts": (ask(arises, **parts),), "stations": (desk(), phone(shifts=shifts))}


def test_questions_arise_while_waiting_and_again_after_each_answer():
    log = told([0], review(service=s(50)), **wait(), **with_phone(During("answer", s(20))))
    assert log == [
        "0 contact:why#0 20/20/25 @0 served",
        "0 review#0 0/0/50 @0 served > completed",
        "0 contact:why#1 45/45/50 @0 served",
        "0 exit 50 completed",
    ]


def test_a_question_that_has_not_come_by_the_end_of_the_wait_never_comes():
    log = told([0], review(), **wait(), **with_phone(During("answer", s(10))))
    assert log == ["0 review#0 0/0/10 @0 served > completed", "0 exit 10 completed"]


def test_a_customer_waits_for_help_before_acting():
    log = told([0, 1], form(think=s(4)), **with_phone(At("form", 1.0)))
    assert log == [
        "0 contact:why#0 4/4/9 @0 served",
        "0 form#0 9/9/9 served > completed",
        "0 exit 9 completed",
        "1 contact:why#0 5/9/14 @0 served",
        "1 form#0 14/14/14 served > completed",
        "1 exit 14 completed",
    ]


def test_help_after_a_failure():
    log = told(
        [0], form(attempts=Attempts(failure=1.0), on_failure="denied"), **with_phone(At("form", 1.0, on="failure"))
    )
    assert log == [
        "0 form#0 0/0/0 failed > denied",
        "0 contact:why#0 0/0/5 @0 served",
        "0 exit 5 denied [failed at form]",
    ]


def test_who_calls_while_nobody_is_on_duty_comes_back_at_the_opening_and_some():
    log = told([0, 10], form(), **with_phone(At("form", 1.0), OPEN_LATE, morning=s(30)))
    assert [text for text in log if "contact" in text] == [
        "0 contact:why#0 150/150/155 @0 served",
        "1 contact:why#0 150/155/160 @0 served",
    ]


def test_who_does_not_come_back_finds_it_closed():
    log = told([0], form(), **with_phone(At("form", 1.0), OPEN_LATE, comes_back=0.0))
    assert log[0] == "0 contact:why#0 0/-/0 balked [closed]"
    assert log[-1] == "0 exit 0 completed"
    log = told([0], form(), **with_phone(At("form", 1.0), OPEN_LATE, comes_back=0.0, gives_up=1.0))
    assert log[-1] == "0 exit 0 dropped [nobody answered (why)]"


def test_who_calls_at_opening_time_is_served_and_at_closing_time_finds_it_closed():
    log = told([120, 600], form(), **with_phone(At("form", 1.0), OPEN_LATE, comes_back=0.0))
    assert [text for text in log if "contact" in text] == [
        "0 contact:why#0 120/120/125 @0 served",
        "1 contact:why#0 600/-/600 balked [closed]",
    ]


def test_an_unanswered_caller_calls_again_so_many_times():
    busy = with_phone(At("form", 1.0), patience=s(2), redial=Redial(1.0, s(10), limit=2), handling=s(100))
    log = told([0, 1], form(), **busy)
    assert [text for text in log if text.startswith("1")] == [
        "1 contact:why#0 1/-/3 reneged",
        "1 contact:why#1 13/-/15 reneged",
        "1 contact:why#2 25/-/27 reneged",
        "1 form#0 27/27/27 served > completed",
        "1 exit 27 completed",
    ]
    gives_up = with_phone(At("form", 1.0), patience=s(2), handling=s(100), gives_up=1.0)
    assert told([0, 1], form(), **gives_up)[1] == "1 exit 3 dropped [nobody answered (why)]"


def test_an_unanswered_question_in_a_wait_that_has_ended_costs_nobody_the_journey():
    # customer 0 keeps the line busy; customer 1 would hang up at 28 and give up, but hears then that the review is done
    why = ask(During("answer", s(3)), patience=s(20), gives_up=1.0)
    busy = ask(At("form", 1.0), name="long", handling=s(90))
    log = told([0, 5], review(), form(), **wait(), contacts=(why, busy), stations=(desk(), phone()), who="ab", differs={
        "a": {"steps.review.service": "1 s"}, "b": {"contacts.long.arises.probability": 0.0},
    })  # fmt: skip
    assert [text for text in log if text.startswith("1")] == [
        "1 review#0 5/5/15 @0 served > form",
        "1 contact:why#0 8/-/28 reneged",
        "1 form#0 28/28/28 served > completed",
        "1 exit 28 completed",
    ]


def test_an_unanswered_question_in_a_wait_that_goes_on_may_end_the_journey():
    parts = with_phone(During("answer", s(3)), patience=s(20), gives_up=1.0, handling=s(90))
    log = told([0, 1], review(station="", service=s(99)), **wait(), **parts)
    assert log[:3] == [
        "1 contact:why#0 4/-/24 reneged",
        "1 review#0 1/1/24 dropped > dropped [nobody answered (why)]",
        "1 exit 24 dropped [nobody answered (why)]",
    ]


def test_self_service_and_chatbot_deflect():
    log = told([0], form(), **with_phone(At("form", 1.0), self_service=1.0, chatbot=1.0, chatbot_time=seconds(6)))
    assert log[0] == "0 contact:why#0 0/-/0 deflected [self-service]"
    log = told([0], form(), **with_phone(At("form", 1.0), chatbot=1.0, chatbot_time=seconds(6)))
    assert log[:2] == ["0 contact:why#0 0/-/6 deflected [chatbot]", "0 form#0 6/6/6 served > completed"]
    log = told([0], form(), **with_phone(At("form", 1.0), chatbot=0.0, chatbot_time=seconds(6)))
    assert log[0] == "0 contact:why#0 6/6/11 @0 served [escalated by chatbot]"


def test_one_agent_serves_calls_before_cases_but_interrupts_nothing():
    shared = {"contacts": (ask(During("answer", s(12)), station="desk"),), "stations": (desk(),)}
    log = told([0, 1, 2], review(priority=1, service=s(10)), **wait(), **shared)
    assert [text for text in log if "exit" not in text] == [
        "0 review#0 0/0/10 @0 served > completed",
        "1 review#0 1/10/20 @0 served > completed",
        "1 contact:why#0 13/20/25 @0 served",
        "2 contact:why#0 14/25/30 @0 served",
        "2 review#0 2/30/40 @0 served > completed",
    ]


def test_calls_may_come_after_cases_instead():
    shared = {"contacts": (ask(During("answer", s(12)), station="desk", priority=2),), "stations": (desk(),)}
    log = told([0, 1, 2], review(priority=1, service=s(10)), **wait(), **shared)
    assert [text for text in log if "exit" not in text][-3:] == [
        "2 review#0 2/20/30 @0 served > completed",
        "1 contact:why#0 13/30/35 @0 served",
        "2 contact:why#0 14/35/40 @0 served",
    ]


def test_patience_with_the_wait_that_ends_during_a_call_counts_when_it_is_over():
    log = told([0], review(service=s(50)), **wait(uncertain=s(22)), **with_phone(During("answer", s(20))))
    assert log == [
        "0 contact:why#0 20/20/25 @0 served",
        "0 review#0 0/0/25 @0 dropped > dropped [gave up waiting (answer)]",
        "0 exit 25 dropped [gave up waiting (answer)]",
    ]


def test_two_questions_in_one_wait_come_one_after_the_other():
    contacts = (ask(During("answer", s(20))), ask(During("answer", s(22)), name="when", handling=s(9)))
    log = told([0], review(service=s(45)), **wait(), contacts=contacts, stations=(desk(), phone()))
    assert [text for text in log if "contact" in text] == [
        "0 contact:why#0 20/20/25 @0 served",
        "0 contact:when#0 25/25/34 @0 served",
    ]
