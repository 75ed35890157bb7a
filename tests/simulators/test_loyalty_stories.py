"""Repeat custom and referral: who comes when and why, what an experience does to it; each story with its exact log."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from journeys import (
    Contact,
    During,
    Exponential,
    Fact,
    Loyalty,
    Never,
    Poisson,
    Route,
    Schedule,
    Segment,
    System,
    Wait,
    minutes,
    per_hour,
    seconds,
)
from journeys.checks import problems
from journeys.eventlog import ARRIVAL, EXIT, Row
from journeys.loyalty import SPAN, generation, person, referred, returned
from journeys.population import BLOCK, Population
from simulators.simpy_engine import replicate
from tests.contract.soundness import expect_a_sound_log
from tests.simulators.stories import desk, form, journey, s, serve


def who(number: int) -> str:
    """Return a customer's number in short: that of the first journey, and the place in the tree of those after it."""
    place, first = divmod(number, SPAN)
    return f"{first}.{place}" if place else str(first)


def told(rows: list[Row]) -> list[str]:
    """Return who arrived and left when, and why."""
    return [
        f"{who(row.customer)} {row.step} {row.end_s:g}" + f" {row.detail or row.outcome}"
        for row in rows
        if row.step in (ARRIVAL, EXIT)
    ]


def story(loyalty: Loyalty, at: list[float] | None = None, until_s: float | None = None, **parts: Any) -> list[str]:
    steps = parts.pop("steps", (serve(),))
    made = journey(at or [0], *steps, loyalty=loyalty, **parts)
    return told(replicate(made, 1, 0, len(at or [0]), until_s=until_s))


def test_who_completes_comes_again_after_a_while_as_somebody_with_a_number_of_their_own():
    assert story(Loyalty(returns=1.0, after=s(100), generations=2), [0, 3]) == [
        "0 arrival 0 served",
        "1 arrival 3 served",
        "0 exit 10 completed",
        "1 exit 20 completed",
        "0.1 arrival 110 returned",
        "1.1 arrival 120 returned",
        "0.1 exit 120 completed",
        "1.1 exit 130 completed",
        "0.3 arrival 220 returned",
        "1.3 arrival 230 returned",
        "0.3 exit 230 completed",
        "1.3 exit 240 completed",
    ]


def test_both_may_follow_and_at_the_same_moment_the_return_is_first():
    assert story(Loyalty(returns=1.0, after=s(5), refers=1.0, refers_after=s(5))) == [
        "0 arrival 0 served",
        "0 exit 10 completed",
        "0.1 arrival 15 returned",
        "0.2 arrival 15 referred",
        "0.1 exit 25 completed",
        "0.2 exit 35 completed",
    ]
    assert [line for line in story(Loyalty(returns=1.0, refers=1.0, generations=2)) if "exit" not in line] == [
        "0 arrival 0 served",
        "0.1 arrival 10 returned",
        "0.2 arrival 10 referred",
        "0.3 arrival 20 returned",
        "0.4 arrival 20 referred",
        "0.5 arrival 30 returned",
        "0.6 arrival 30 referred",
    ]


def test_only_who_completes_is_loyal():
    assert len(story(Loyalty(returns=1.0, refers=1.0), steps=(serve(routes=(Route("denied"),)),))) == 2


def test_a_return_after_the_end_of_the_run_never_comes_and_nor_does_one_after_never():
    assert len(story(Loyalty(returns=1.0, after=s(100)), until_s=50)) == 2
    assert len(story(Loyalty(returns=1.0, after=Never()))) == 2
    assert story(Loyalty(returns=1.0, after=s(100)), until_s=115)[-1] == "0.1 exit 115 still at serve"


def test_arrivals_replayed_from_elsewhere_bring_nobody_besides():
    made = journey([0], serve(), loyalty=Loyalty(returns=1.0))
    assert len(told(replicate(made, 1, 0, 1, Schedule.from_seconds([4.0])))) == 2


def test_time_beyond_what_was_expected_counts_by_the_hour_and_on_the_human_clock():
    """Half an hour over halves what is certain at 0.25 an hour: half of them return, by their own draw."""
    loyalty = Loyalty(returns=1.0, per_hour=0.25, expected=minutes(30))
    made = journey([0.0] * 400, serve(service=s(3600), station=""), loyalty=loyalty)
    luck = Population(made, 1).choices("loyalty", "returns")
    wanted = {returned(number) for number in range(400) if luck.at(number) < 0.5}
    for speed in (1.0, 60.0):
        rows = replicate(made, 1, 0, 400, speed=speed)
        assert {row.customer for row in rows if row.detail == "returned"} == wanted
    assert 160 < len(wanted) < 240


def test_each_visit_that_asks_again_counts_and_each_call_to_a_person():
    facts = {
        "facts": (Fact(name="a", label="A"), Fact(name="b", label="B")),
        "systems": (System(name="x"), System(name="y")),
    }
    twice = (form("one", system="x", asks=("a", "b")), form("two", system="y", asks=("a", "b")))
    assert len(story(Loyalty(returns=1.0, per_reask=0.0), steps=twice, **facts)) == 2
    assert len(story(Loyalty(returns=1.0, per_reask=0.0), steps=twice[:1], **facts)) == 4
    question = Contact(name="when", arises=During("news", s(4)), station="desk", handling=s(1))
    slow = serve(service=s(6), station="", awaits="news")
    waits = {"waits": (Wait(name="news"),)}
    assert len(story(Loyalty(returns=1.0, per_call=0.0), steps=(slow,), contacts=(question,), **waits)) == 2
    assert len(story(Loyalty(returns=1.0, per_call=0.0), steps=(slow,), **waits)) == 4
    asked = {
        "contacts": (
            Contact(name="when", arises=During("news", s(4)), station="desk", handling=s(1), self_service=1.0),
        )
    }
    assert len(story(Loyalty(returns=1.0, per_call=0.0), steps=(slow,), **asked, **waits)) == 4
    assert Loyalty(per_reask=0.9, per_call=0.5).factor(2, 3, 0.0) == 0.9**2 * 0.5**3


def test_who_returns_is_the_same_person_and_who_is_referred_is_somebody_else():
    made = journey(
        [0], serve(), loyalty=Loyalty(returns=1.0), segments=(Segment("a", 0.5), Segment("b", 0.5)),
        facts=(Fact(name="name", label="Name", faker="name"),),
    )  # fmt: skip
    population = Population(made, 1)

    def is_like(number: int) -> tuple[str, str]:
        customer = population.customer(number)
        return customer.segment, customer.persona["name"]

    numbers = range(BLOCK - 20, BLOCK + 20)
    assert all(is_like(returned(number)) == is_like(number) for number in numbers)
    assert all(is_like(returned(returned(referred(number)))) == is_like(referred(number)) for number in numbers)
    segments = [
        [is_like(of(number))[0] for number in numbers] for of in (person, referred, lambda n: referred(returned(n)))
    ]
    assert segments[0] != segments[1] != segments[2]
    assert all(is_like(referred(number))[1] != is_like(number)[1] for number in numbers)
    assert [generation(number) for number in (5, returned(5), referred(5), referred(returned(5)))] == [0, 1, 1, 2]
    assert {generation(number) for number in (SPAN * 254 + 3, SPAN * 127)} == {7}


def test_a_segment_has_a_loyalty_of_its_own():
    made = journey(
        [0.0] * 50, serve(station=""), loyalty=Loyalty(returns=0.0),
        segments=(Segment("a", 0.5), Segment("b", 0.5, {"loyalty.returns": 1.0})),
    )  # fmt: skip
    rows = replicate(made, 1, 0, 50)
    assert {row.segment for row in rows if row.detail == "returned"} == {"b"}
    assert (
        sum(row.detail == "returned" for row in rows)
        == sum(row.segment == "b" and row.step == EXIT for row in rows) / 2
    )


def test_loyalty_disturbs_nobody_and_more_of_it_only_adds():
    """Where nobody queues, whoever came without it fares the same with it, to the last bit."""
    made = journey([60.0 * number for number in range(200)], serve(station="", service=Exponential(minutes(9))))

    def rows(returns: float) -> dict[int, str]:
        loyal = dataclasses.replace(
            made, loyalty=Loyalty(returns=returns, after=Exponential(minutes(9)), generations=3)
        )
        found: dict[int, str] = {}
        for row in replicate(loyal, 1, 0, 200):
            found[row.customer] = found.get(row.customer, "") + str(row)
        return found

    none, some, more = rows(0.0), rows(0.3), rows(0.6)
    assert len(none) == 200 < len(some) < len(more)
    assert none.items() <= some.items() <= more.items()


def test_a_log_with_loyalty_conserves_its_customers():
    made = journey(
        [0], form("form", think=s(60), abandon=0.3), serve(service=Exponential(minutes(3))),
        loyalty=Loyalty(returns=0.5, after=Exponential(minutes(9)), refers=0.4, generations=4),
    )  # fmt: skip
    many = dataclasses.replace(made, arrivals=Poisson(per_hour(20)))
    rows = replicate(many, 1, 0, 100)
    numbers = sorted({row.customer for row in rows})
    assert len(numbers) > 150
    again = {number: place for place, number in enumerate(numbers)}
    expect_a_sound_log(many, [row._replace(customer=again[row.customer]) for row in rows], range(len(numbers)))


@pytest.mark.parametrize(
    ("loyalty", "said"),
    [
        (Loyalty(returns=1.5), "loyalty.returns: must be a probability (got 1.5)"),
        (Loyalty(refers=-0.5), "loyalty.refers: must be a probability (got -0.5)"),
        (Loyalty(per_call=-1.0), "loyalty.per_call: must not be negative (got -1)"),
        (Loyalty(after=Exponential(minutes(-1))), "loyalty.after"),
        (Loyalty(expected=seconds(-1)), "loyalty.expected: must not be negative"),
        (Loyalty(generations=8), "loyalty.generations: out of range (got 8); 1 to 7"),
    ],
)
def test_a_loyalty_that_cannot_be_is_refused(loyalty: Loyalty, said: str):
    found = list(problems(dataclasses.replace(journey([0], serve(), stations=(desk(),)), loyalty=loyalty)))
    assert said in "\n".join(map(str, found))
