"""Walking: little stories of one customer, each with its exact log (times are planned/ready/start/end)."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from journeys import (
    ZERO,
    At,
    Attempts,
    Constant,
    Contact,
    Distribution,
    During,
    Exponential,
    Fact,
    Journey,
    Poisson,
    Redial,
    Route,
    Segment,
    Station,
    Step,
    System,
    VisitsAtLeast,
    Wait,
    per_hour,
    seconds,
)
from journeys.contacts import Contact as AnyContact
from journeys.population import Population
from journeys.walking import Act, Script
from tests.journeys.stories import Story


def s(number: float) -> Distribution:
    return Constant(seconds(number))


FORM = Step(name="form", lane="customer", think=s(60), station="desk")
REVIEW = Step(name="review", lane="backstage", awaits="answer")
CHECK = Step(name="check", lane="backstage", awaits="answer")
OFFER = Step(name="offer", lane="customer", think=s(5))
DESK = Station(name="desk")


def journey(*steps: Step, **parts: Any) -> Journey:
    parts.setdefault("waits", (Wait(name="answer"),))
    parts.setdefault("stations", (DESK,))
    return Journey(name="story", arrivals=Poisson(per_hour(6)), steps=steps, **parts)


def but(step: Step, **changes: Any) -> Step:
    return dataclasses.replace(step, **changes)


def question(**changes: Any) -> AnyContact:
    plain = {"name": "where", "arises": During("answer", s(100)), "station": "desk", "handling": s(30)}
    return Contact(**{**plain, **changes})


# Acting --------------------------------------------------------------------------------------------------------------


def test_a_customer_thinks_acts_waits_and_is_called_back():
    story = Story(
        journey(FORM, REVIEW, OFFER),
        acts={"form": [(3, "served", "review")], "offer": [(1, "served", "completed")]},
        news=[(500, "offer")],
        at_s=10,
    )
    assert story.told == ["10 think 60", "70 act form#0.0", "500 hear offer", "500 think 5", "505 act offer#0.0"]
    assert story.rows == [
        "arrival#0 10/10/10/10 served > form",
        "form#0 70/70/70/73 served > review",
        "offer#0 505/505/505/506 served > completed",
        "exit#0 506/506/506/506 completed",
    ]
    assert story.end == "completed"


def test_human_times_are_divided_by_the_speed_and_system_times_are_not():
    steps = (but(FORM, attempts=Attempts(timeout=s(9), limit=2, backoff=seconds(4))), REVIEW)
    story = Story(
        journey(
            *steps, stations=(Station(name="desk", kind="system"),), waits=(Wait(name="answer", uncertain=s(600)),)
        ),
        acts={"form": [(99, "served", "review"), (1, "served", "review")]},
        speed=60,
    )
    assert story.told == [
        "0 think 60", "1 act form#0.0 within 9", "10 pause 4", "14 act form#0.1 within 9", "25 hear nothing",
        "25 leave review: gave up waiting (answer)",
    ]  # fmt: skip
    assert story.end == "dropped"


def test_a_late_start_is_seen_in_what_was_planned():
    story = Story(journey(FORM), acts={"form": [(3, "served", "completed")]}, at_s=10, late_s=2)
    assert story.rows[:2] == ["arrival#0 10/12/12/12 served > form", "form#0 70/72/72/75 served > completed"]


def test_rework_is_another_visit():
    story = Story(
        journey(FORM, OFFER),
        acts={"form": [(3, "served", "form"), (4, "served", "offer")], "offer": [(0, "served", "denied")]},
    )
    assert story.rows[1:3] == ["form#0 60/60/60/63 served > form", "form#1 123/123/123/127 served > offer"]
    assert story.end == "denied"


def test_who_gives_up_leaves_after_thinking_and_says_where():
    story = Story(journey(but(FORM, abandon=1.0)))
    assert story.told == ["0 think 60", "60 leave form: gave up at form"]
    assert story.rows == [
        "arrival#0 0/0/0/0 served > form",
        "form#0 60/60/-/60 dropped > dropped",
        "exit#0 60/60/60/60 dropped [gave up at form]",
    ]


@pytest.mark.parametrize(("outcome", "end"), [("reneged", "denied"), ("balked", "dropped"), ("rejected", "rejected")])
def test_a_queue_left_not_joined_or_full(outcome: str, end: str):
    step = but(FORM, on_renege="denied")
    story = Story(journey(step), acts={"form": [(7, outcome, None)]})
    assert story.rows[1:] == [f"form#0 60/60/-/67 {outcome} > {end}", f"exit#0 67/67/67/67 {end} [{outcome} at form]"]
    assert story.told[-1] == "60 act form#0.0"


def test_the_organisation_may_send_someone_elsewhere_who_was_turned_away():
    story = Story(
        journey(FORM, OFFER), acts={"form": [(7, "rejected", "offer")], "offer": [(0, "served", "completed")]}
    )
    assert story.rows[1] == "form#0 60/60/-/67 rejected > offer"
    assert story.end == "completed"


# Attempts and latency ------------------------------------------------------------------------------------------------


TRIED = but(FORM, attempts=Attempts(timeout=s(10), limit=3, backoff=seconds(2)))


def test_an_attempt_without_an_answer_is_made_again_with_doubled_pauses():
    story = Story(
        journey(TRIED), acts={"form": [(99, "served", None), (4, "failed", None), (1, "served", "completed")]}
    )
    assert story.told[1:] == [
        "60 act form#0.0 within 10", "70 pause 2", "72 act form#0.1 within 10", "76 pause 4",
        "80 act form#0.2 within 10",
    ]  # fmt: skip
    assert story.rows[1:] == [
        "form#0 60/60/60/70 timed_out > form",
        "form#0 72/72/72/76 failed > form [attempt 2]",
        "form#0 80/80/80/81 served > completed [attempt 3]",
        "exit#0 81/81/81/81 completed",
    ]


def test_after_the_last_attempt_the_customer_turns_elsewhere_or_leaves():
    failing = {"form": [(4, "failed", None)] * 3}
    story = Story(journey(TRIED), acts=failing)
    assert story.rows[3:] == [
        "form#0 74/74/74/78 failed > dropped [attempt 3]",
        "exit#0 78/78/78/78 dropped [failed at form]",
    ]
    assert story.told[-1] == "78 leave form: failed at form"
    story = Story(
        journey(but(TRIED, on_failure="offer"), OFFER), acts=failing | {"offer": [(0, "served", "completed")]}
    )
    assert story.told[-3:] == ["78 go offer", "78 think 5", "83 act offer#0.0"]
    assert story.rows[3] == "form#0 74/74/74/78 failed > offer [attempt 3]"
    assert story.end == "completed"


def test_a_time_out_of_the_engines_own_is_a_failure_and_not_impatience():
    story = Story(journey(but(FORM, on_failure="rejected")), acts={"form": [(30, "timed_out", None)]})
    assert story.rows[1:] == [
        "form#0 60/60/60/90 timed_out > rejected",
        "exit#0 90/90/90/90 rejected [failed at form]",
    ]


def test_who_has_no_patience_for_the_answer_drops_off():
    story = Story(journey(but(FORM, response_patience=s(8))), acts={"form": [(9, "served", "completed")]})
    assert story.told[1:] == ["60 act form#0.0 within 8", "68 leave form: no patience for form"]
    assert story.rows[1:] == [
        "form#0 60/60/60/68 dropped > dropped [the answer took too long]",
        "exit#0 68/68/68/68 dropped [no patience for form]",
    ]


def test_patience_is_for_all_attempts_together():
    impatient = but(TRIED, response_patience=s(18))
    story = Story(journey(impatient), acts={"form": [(99, "served", None), (99, "served", None)]})
    assert story.told[1:] == [
        "60 act form#0.0 within 10", "70 pause 2", "72 act form#0.1 within 6", "78 leave form: no patience for form",
    ]  # fmt: skip
    assert story.rows[2] == "form#0 72/72/72/78 dropped > dropped [attempt 2; the answer took too long]"


def test_patience_may_end_during_a_pause():
    impatient = but(TRIED, response_patience=s(11))
    story = Story(journey(impatient), acts={"form": [(99, "served", None)]})
    assert story.told[1:] == ["60 act form#0.0 within 10", "70 pause 1", "71 leave form: no patience for form"]
    assert story.rows[1:] == [
        "form#0 60/60/60/70 timed_out > form",
        "form#0 71/71/-/71 dropped > dropped [attempt 2; the answer took too long]",
        "exit#0 71/71/71/71 dropped [no patience for form]",
    ]


# Facts ---------------------------------------------------------------------------------------------------------------


NAME = Fact(name="name", label="Name", effort=seconds(20))
INCOME = Fact(name="income", label="Income", effort=seconds(100))


def asking(reask_abandon: float = 0.0) -> Journey:
    return journey(
        but(FORM, asks=("name",), system="web"),
        Step(name="call", lane="customer", asks=("name", "income"), system="phone", attempts=Attempts(limit=2)),
        Step(name="sign", lane="customer", asks=("name", "income"), system="phone"),
        facts=(dataclasses.replace(NAME, reask_abandon=reask_abandon), INCOME),
        systems=(System(name="web"), System(name="phone")),
    )


def test_facts_take_effort_and_are_asked_again_by_a_system_apart():
    story = Story(
        asking(),
        acts={
            "form": [(0, "served", "call")],
            "call": [(1, "failed", None), (1, "served", "sign")],
            "sign": [(0, "served", "completed")],
        },
    )
    assert story.told == [
        "0 think 80", "80 act form#0.0 name", "80 think 120", "200 act call#0.0 name,income", "201 pause 1",
        "202 act call#0.1 name,income", "203 act sign#0.0",
    ]  # fmt: skip
    assert story.rows[1:5] == [
        "form#0 80/80/80/80 served > call",
        "call#0 200/200/200/201 failed > call [re-asked: name]",
        "call#0 202/202/202/203 served > sign [attempt 2]",
        "sign#0 203/203/203/203 served > completed",
    ]


def test_who_minds_being_asked_again_gives_up():
    story = Story(asking(1.0), acts={"form": [(0, "served", "call")]})
    assert story.rows[2:] == [
        "call#0 200/200/-/200 dropped > dropped [re-asked: name]",
        "exit#0 200/200/200/200 dropped [gave up at call]",
    ]


# Waiting -------------------------------------------------------------------------------------------------------------


def waiting(uncertain: float = 1000.0, informed: float = 5000.0, visible: float = 0.0, **parts: Any) -> Journey:
    wait = Wait(name="answer", uncertain=s(uncertain), informed=s(informed), visible=visible)
    return journey(but(FORM, think=ZERO), REVIEW, CHECK, OFFER, waits=(wait,), **parts)


SENT = {"form": [(0.0, "served", "review")] * 3, "offer": [(0.0, "served", "completed")]}


def test_steps_that_follow_each_other_in_one_wait_are_one_wait():
    story = Story(waiting(), acts=SENT, news=[(600, "check")])
    assert story.told[1:] == ["600 hear check", "1000 hear nothing", "1000 leave check: gave up waiting (answer)"]


def test_who_sees_how_things_stand_waits_longer():
    story = Story(waiting(visible=1.0), acts=SENT, news=[(4999, "offer")])
    assert story.end == "completed"
    assert Story(waiting(visible=1.0), acts=SENT, news=[(5001, "offer")]).end == "dropped"


def test_news_at_the_very_end_of_patience_comes_first():
    assert Story(waiting(), acts=SENT, news=[(1000, "offer")]).end == "completed"


def test_each_wait_is_a_new_one():
    news = [(900.0, "form"), (1800.0, "form"), (2700.0, "offer")]
    story = Story(waiting(), acts=SENT, news=news)
    assert story.end == "completed"


def test_an_end_behind_the_counter_ends_the_walk():
    story = Story(waiting(), acts=SENT, news=[(40, "denied")])
    assert story.rows[-1] == "exit#0 40/40/40/40 denied"


# Contacts ------------------------------------------------------------------------------------------------------------


def test_questions_arise_again_and_again_while_waiting():
    story = Story(
        waiting(450, contacts=(question(),)), acts=SENT, calls=[(30, "served"), (20, "served"), (10, "served")]
    )
    assert story.told[1:] == [
        "100 hear nothing", "100 ask where#0, served", "230 hear nothing", "230 ask where#1, served",
        "350 hear nothing", "350 ask where#2, served", "450 hear nothing", "450 leave review: gave up waiting (answer)",
    ]  # fmt: skip


def test_a_promised_call_back_settles_the_question():
    contact = question(redial=Redial(1.0, Constant(seconds(5)), limit=9), gives_up=1.0)
    story = Story(waiting(250, contacts=(contact,)), acts=SENT, calls=[(0, "callback"), (0, "callback")])
    assert story.told[1:-2] == [
        "100 hear nothing", "100 ask where#0, callback", "200 hear nothing", "200 ask where#1, callback",
    ]  # fmt: skip


def test_what_has_not_come_by_the_end_of_the_wait_never_comes():
    story = Story(waiting(contacts=(question(),)), acts=SENT, news=[(99, "offer")])
    assert not any("ask" in line for line in story.told)


def test_every_wait_has_a_hazard_of_its_own():
    contact = question(arises=During("answer", Exponential(seconds(100))))
    looping = waiting(10_000, contacts=(contact,))
    people = Population(looping, 1)
    every = people.stream("contact:where", "every", [Exponential(seconds(100))])
    # somebody whose second draw is far shorter than the first
    customer = next(k for k in range(1000) if every.at(k, 0) > 200 and every.at(k, 1) < 50)
    news = [(100.0, "form"), (250.0, "offer")]
    story = Story(looping, acts=SENT, news=news, calls=[(1, "served")] * 9, customer=customer)
    asked = [line for line in story.told if "ask" in line]
    assert asked[0] == f"{100 + every.at(customer, 1):g} ask where#0, served"


def test_self_service_answers_without_a_person():
    story = Story(waiting(150, contacts=(question(self_service=1.0),)), acts=SENT)
    assert "contact:where#0 100/100/-/100 deflected [self-service]" in story.rows
    assert not any("ask" in line for line in story.told)


def test_a_chatbot_takes_time_whether_it_helps_or_not():
    helpful = question(chatbot=1.0, chatbot_time=seconds(20))
    story = Story(waiting(150, contacts=(helpful,)), acts=SENT)
    assert story.told[1:] == [
        "100 hear nothing",
        "100 think 20",
        "150 hear nothing",
        "150 leave review: gave up waiting (answer)",
    ]
    assert "contact:where#0 100/100/-/120 deflected [chatbot]" in story.rows
    useless = question(chatbot=0.0, chatbot_time=seconds(20))
    story = Story(waiting(150, contacts=(useless,)), acts=SENT, calls=[(5, "served")])
    assert story.told[2:4] == ["100 think 20", "120 ask where#0, served"]
    assert not any("deflected" in line for line in story.rows)


def test_a_closed_line_is_called_after_it_opened():
    contact = question(morning=s(7), chatbot_time=seconds(1))
    story = Story(waiting(400, contacts=(contact,)), acts=SENT, calls=[(200, "closed"), (5, "served")])
    assert story.told[1:6] == [
        "100 hear nothing", "100 think 1", "101 ask where#0, closed", "308 hear nothing", "308 ask where#0, served",
    ]  # fmt: skip


def test_who_calls_too_late_in_the_morning_calls_right_at_the_next_opening():
    contact = question(arises=At("form", 1.0), morning=s(50))
    calls = [(200.0, "closed"), (100.0, "closed"), (5.0, "served")]
    story = Story(journey(FORM, contacts=(contact,)), acts={"form": [(0, "served", "completed")]}, calls=calls)
    assert story.told == [
        "0 think 60", "60 ask where#0, closed", "60 think 250", "310 ask where#0, closed", "310 think 100",
        "410 ask where#0, served", "415 act form#0.0",
    ]  # fmt: skip


def test_who_does_not_come_back_is_left_unanswered():
    contact = question(comes_back=0.0, gives_up=1.0)
    story = Story(waiting(contacts=(contact,)), acts=SENT, calls=[(200, "closed")])
    assert story.rows[2:] == [
        "contact:where#0 100/100/-/100 balked [closed]",
        "exit#0 100/100/100/100 dropped [nobody answered (where)]",
    ]


def test_an_unanswered_call_is_made_again_so_many_times_and_no_more():
    contact = question(redial=Redial(1.0, s(10), limit=2))
    story = Story(waiting(340, contacts=(contact,)), acts=SENT, calls=[(30, "reneged")] * 4)
    assert [line for line in story.told if "ask" in line] == [
        "100 ask where#0, reneged",
        "140 ask where#1, reneged",
        "180 ask where#2, reneged",
        # given up for now, and 100 later another question
        "310 ask where#3, reneged",
    ]
    assert story.end == "dropped"


def test_nobody_calls_again_who_does_not_want_to():
    contact = question(redial=Redial(0.0, s(10)))
    story = Story(waiting(190, contacts=(contact,)), acts=SENT, calls=[(30, "rejected")])
    assert story.told[-1] == "190 leave review: gave up waiting (answer)"


def test_a_question_never_answered_may_end_the_journey():
    contact = question(gives_up=1.0, redial=Redial(1.0, s(10), limit=1))
    story = Story(waiting(contacts=(contact,)), acts=SENT, calls=[(30, "reneged"), (30, "reneged")])
    assert story.told[-1] == "170 leave review: nobody answered (where)"
    assert story.rows[-1] == "exit#0 170/170/170/170 dropped [nobody answered (where)]"


def test_help_at_the_entry_comes_after_thinking_and_before_acting():
    contact = question(arises=At("form", 1.0))
    story = Story(
        journey(FORM, contacts=(contact,)), acts={"form": [(1, "served", "completed")]}, calls=[(40, "served")]
    )
    assert story.told == ["0 think 60", "60 ask where#0, served", "100 act form#0.0"]
    assert story.rows[1] == "form#0 100/100/100/101 served > completed"


def test_help_after_a_failure_comes_before_turning_elsewhere():
    contact = question(arises=At("form", 1.0, on="failure"))
    story = Story(
        journey(but(FORM, on_failure="offer"), OFFER, contacts=(contact,)),
        acts={"form": [(1, "failed", None)], "offer": [(0, "served", "completed")]}, calls=[(40, "served")],
    )  # fmt: skip
    assert story.told[1:4] == ["60 act form#0.0", "61 ask where#0, served", "101 go offer"]


# Without an organisation ---------------------------------------------------------------------------------------------


def alone(*steps: Step, **parts: Any) -> Story:
    return Story(journey(*steps, **parts), organisation=False)


def test_without_an_organisation_the_customer_draws_the_routes_and_passes_over_the_back_office():
    story = alone(but(FORM, routes=(Route("review", 1.0),)), REVIEW, OFFER, contacts=(question(),))
    assert story.told == ["0 think 60", "60 act form#0.0", "60 think 5", "65 act offer#0.0"]
    assert story.rows[1:] == [
        "form#0 60/60/60/60 served > review",
        "offer#0 65/65/65/65 served > completed",
        "exit#0 65/65/65/65 completed",
    ]


def test_without_an_organisation_a_limited_loop_ends():
    again = but(FORM, routes=(Route("completed", when=VisitsAtLeast("form", 3)), Route("form")))
    assert [line for line in alone(again).told if "act" in line] == [f"{60 * n} act form#{n - 1}.0" for n in (1, 2, 3)]


def test_a_skipped_visit_goes_to_the_remainder_of_its_routes():
    ways = (Route("denied", 0.0), Route("completed"))
    for lane in ("customer", "backstage"):
        skipped = Step(name="extra", lane=lane, think=s(9), skip=1.0, routes=ways)  # type: ignore[arg-type]
        story = alone(FORM, skipped, OFFER)
        assert story.told == ["0 think 60", "60 act form#0.0"]
        assert story.end == "completed"
    assert alone(FORM, Step(name="extra", lane="customer", skip=1.0), OFFER).told[-1] == "65 act offer#0.0"


def test_which_steps_the_customer_acts_in_may_be_told():
    told = Script(journey(FORM, REVIEW, OFFER), Population(journey(FORM), 1), organisation=False, acts=_reviews)
    walk = told.walk(0, 0.0, lambda: 0.0, lambda row: None)
    intent = walk.send(None)
    assert isinstance(intent, Act)
    assert intent.step is REVIEW


def _reviews(step: Step) -> bool:
    return step.name == "review"


# People --------------------------------------------------------------------------------------------------------------


def test_segments_walk_their_own_way():
    slow = Segment("slow", 0.5, {"steps.form.think": "Constant(value=10 min)", "steps.offer.abandon": 1.0})
    two = journey(FORM, OFFER, segments=(Segment("plain", 0.5), slow))
    people = Population(two, 1)
    for customer in range(6):
        acts = {"form": [(0.0, "served", "offer")], "offer": [(0.0, "served", "completed")]}
        story = Story(two, acts=acts, customer=customer)
        slowly = people.customer(customer).segment == "slow"
        assert story.told[0] == ("0 think 600" if slowly else "0 think 60")
        assert story.end == ("dropped" if slowly else "completed")


def test_the_same_customer_walks_the_same_walk_twice(shop: Journey):
    told = [
        Story(shop, acts={"order": [(1.0, "served", "review")]}, news=[(9e6, "denied")], calls=[(1.0, "served")] * 500,
              customer=4).told
        for _ in range(2)
    ]  # fmt: skip
    assert told[0] == told[1]
