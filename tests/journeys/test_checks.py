"""Checks: each thing that is wrong is one line with its path, all of them at once, and a sound journey has none."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pytest

from journeys import (
    At,
    Attempts,
    Batch,
    Budget,
    Contact,
    During,
    Exponential,
    FactIs,
    Fault,
    InSegment,
    Journey,
    Lognormal,
    OutOfStock,
    Poisson,
    Replicas,
    Route,
    Segment,
    Station,
    Step,
    System,
    VisitsAtLeast,
    Wait,
    days,
    hours,
    per_day,
    seconds,
)
from journeys.checks import check, problems
from journeys.errors import InvalidInput


def lines(journey: Journey) -> list[str]:
    return [str(problem) for problem in problems(journey)]


def with_step(journey: Journey, name: str, **changes: Any) -> Journey:
    steps = tuple(dataclasses.replace(step, **changes) if step.name == name else step for step in journey.steps)
    return dataclasses.replace(journey, steps=steps)


def with_routes(journey: Journey, *routes: Route) -> Journey:
    return with_step(journey, "review", routes=routes)


def test_a_sound_journey_has_no_problems(shop: Journey):
    assert lines(shop) == []
    assert check(shop) is shop


REVIEW = "steps.review.routes"


@pytest.mark.parametrize(
    ("routes", "said"),
    [
        ((Route("denied", 0.2), Route("recept")), [f"{REVIEW}.recept: there is no 'recept'; did you mean 'receipt'?"]),
        ((Route("denied", 0.2), Route("receipt", 0.7)),
         [(f"{REVIEW}: probabilities do not sum to 1 (got 0.9); 1; "
          "or leave the probability of one unconditional route out: it takes the remainder")]),
        ((Route("denied", 0.4), Route("receipt", 0.7)),
         [(f"{REVIEW}: probabilities do not sum to 1 (got 1.1); 1; "
          "or leave the probability of one unconditional route out: it takes the remainder")]),
        ((Route("denied", 0.6), Route("order", 0.6), Route("receipt")),
         [f"{REVIEW}: probabilities exceed 1 (got 1.2); 1 at most"]),
        ((Route("denied", 0.6, when=VisitsAtLeast("review", 2)), Route("order", 0.5), Route("receipt", 0.5)),
         [f"{REVIEW}: probabilities exceed 1 (got 1.6); 1 at most"]),
        ((Route("denied"), Route("receipt")),
         [f"{REVIEW}: more than one takes the remainder (got denied, receipt); one route without a probability"]),
        ((Route("denied", 0.5), Route("denied", 0.2), Route("receipt")),
         [f"{REVIEW}.denied: is declared more than once (got 2); one route to each place"]),
        ((Route("denied", -0.5), Route("receipt")),
         [f"{REVIEW}.denied.probability: must be a probability (got -0.5); 0 to 1"]),
        ((Route("denied", when=InSegment(("vips",))), Route("receipt")),
         [f"{REVIEW}.denied.when: there is no 'vips'; known: everyone"]),
        ((Route("denied", when=VisitsAtLeast("reviw", 2)), Route("receipt")),
         [f"{REVIEW}.denied.when: there is no 'reviw'; did you mean 'review'?"]),
        ((Route("denied", when=FactIs("colour", ("red",))), Route("receipt")),
         [f"{REVIEW}.denied.when: there is no 'colour'; known: none"]),
        ((Route("denied", when=OutOfStock("tea")), Route("receipt")),
         [f"{REVIEW}.denied.when: there is no 'tea'; known: none"]),
        ((Route("denied", when=VisitsAtLeast("review", 2)),),
         [(f"{REVIEW}: nobody is told where to go when none of the conditions holds; "
          "add a route without one, such as Route('completed'): it takes the remainder")]),
    ],
)  # fmt: skip
def test_routes(shop: Journey, routes: tuple[Route, ...], said: list[str]):
    assert lines(with_routes(shop, *routes)) == said


def test_chances_of_different_segments_exclude_each_other(shop: Journey):
    two = dataclasses.replace(shop, segments=(Segment("old", 0.5), Segment("new", 0.5)))
    routes = (Route("denied", 0.7, when=InSegment(("old",))), Route("order", 0.6, when=InSegment(("new",))))
    assert lines(with_routes(two, *routes, Route("receipt"))) == []
    assert lines(with_routes(two, *routes, Route("receipt", 0.5))) == [
        (
            f"{REVIEW}: probabilities do not sum to 1 (got 1.2); 1; "
            "or leave the probability of one unconditional route out: it takes the remainder"
        )
    ]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"asks": ("colour",)}, ["steps.review.asks: there is no 'colour'; known: none"]),
        ({"station": "clerk"}, ["steps.review.station: there is no 'clerk'; did you mean 'clerks'?"]),
        ({"awaits": "anser"}, ["steps.review.awaits: there is no 'anser'; did you mean 'answer'?"]),
        ({"takes": "tea"}, ["steps.review.takes: there is no 'tea'; known: none"]),
        ({"on_failure": "denid"}, ["steps.review.on_failure: there is no 'denid'; did you mean 'denied'?"]),
        ({"on_rejected": "x"}, [
            ("steps.review.on_rejected: there is no 'x'; "
            "known: completed, denied, dropped, order, receipt, rejected, review")
        ]),
        ({"service": Exponential(hours(-5))},
         ["steps.review.service.mean: must not be negative (got -5 h); a duration of zero or more"]),
        ({"abandon": 1.5}, ["steps.review.abandon: must be a probability (got 1.5); 0 to 1"]),
        ({"skip": math.nan}, ["steps.review.skip: must be a probability (got nan); 0 to 1"]),
        ({"patience": Exponential(hours(1)), "station": ""},
         ["steps.review.patience: there is no queue to leave; name a station, or use a wait"]),
        ({"balk_above": -1}, ["steps.review.balk_above: must not be negative (got -1)"]),
        ({"batch": Batch(hours(0))}, ["steps.review.batch.every: must be > 0 (got 0 s); a duration above zero"]),
        ({"attempts": Attempts(limit=0)}, ["steps.review.attempts.limit: must be 1 or more (got 0)"]),
        ({"attempts": Attempts(backoff=seconds(-1))},
         ["steps.review.attempts.backoff: must not be negative (got -1 s)"]),
        ({"attempts": Attempts(failure=2.0)},
         ["steps.review.attempts.failure: must be a probability (got 2); 0 to 1"]),
    ],
)  # fmt: skip
def test_steps(shop: Journey, changes: dict[str, Any], said: list[str]):
    assert lines(with_step(shop, "review", **changes)) == said


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "My shop"}, ["name: is not a name (got 'My shop'); lower-case letters, digits, - and _"]),
        ({"customers": 0}, ["customers: must be 1 or more (got 0)"]),
        ({"warm_up": days(-1)}, ["warm_up: must not be negative (got -1 d)"]),
        ({"arrivals": Poisson(per_day(0))}, ["arrivals.rate: must be > 0 (got 0 / d); a rate above zero"]),
        ({"steps": ()}, ["steps: a journey needs a step"]),
        ({"decision": ("order",)},
         ["decision: needs two steps: what starts and what stops the clock (got ('order',))"]),
        ({"decision": ("order", "revew")}, ["decision: there is no 'revew'; did you mean 'review'?"]),
        ({"budgets": (Budget("p95(revew) < 3 s"), Budget("p95(review) < 3"))}, [
            "budgets.0: there is no 'revew'; did you mean 'review'?",
            "budgets.1: not a duration: '3' (write a number with its unit: 250 ms, 3 min, 1 h, 2 d)",
        ]),
        ({"systems": (System(name="web", reads=("bank",)),)},
         ["systems.web.reads: there is no 'bank'; known: web"]),
        ({"faults": (Fault(name="cut", station="clerk", kind="outage", at=hours(1), lasting=hours(1)),)},
         ["faults.cut.station: there is no 'clerk'; did you mean 'clerks'?"]),
        ({"waits": (Wait(name="answer", visible=3.0),)},
         ["waits.answer.visible: must be a probability (got 3); 0 to 1"]),
        ({"segments": (Segment("a", 0.5), Segment("b", 0.4))}, ["segments: shares do not sum to 1 (got 0.9); 1"]),
        ({"segments": ()}, ["segments: shares do not sum to 1 (got 0); 1"]),
        ({"segments": (Segment("a", 1.5), Segment("b", -0.5))}, [
            "segments.a.share: must be a probability (got 1.5); 0 to 1",
            "segments.b.share: must be a probability (got -0.5); 0 to 1",
        ]),
        ({"segments": (Segment("a", 1.0, {"steps.ordr.think": "5 min"}),)}, [
            ("segments.a.differs.steps.ordr.think: steps has no 'ordr'; did you mean 'order'?; "
            "'journeywright show JOURNEY' lists the paths")
        ]),
        ({"segments": (Segment("a", 1.0, {"stations.nobody.servers": 5}),)}, [
            ("segments.a.differs.stations.nobody.servers: is not a customer's own; "
            "a path below steps, waits, contacts or loyalty")
        ]),
        ({"segments": (Segment("a", 1.0, {"steps.order.think.mean": "-5 min"}),)}, [
            "segments.a.differs.steps.order.think.mean: must not be negative (got -5 min); a duration of zero or more"
        ]),
        ({"segments": (Segment("a", 1.0, {"steps.review.routes.denied.probability": 0.95}),)},
         ["segments.a.differs.steps.review.routes: probabilities exceed 1 (got 1.05); 1 at most"]),
    ],
)  # fmt: skip
def test_the_journey_itself(shop: Journey, changes: dict[str, Any], said: list[str]):
    assert lines(dataclasses.replace(shop, **changes)) == said


@pytest.mark.parametrize(
    ("contact", "said"),
    [
        ({"station": "clerk"}, "contacts.where.station: there is no 'clerk'; did you mean 'clerks'?"),
        ({"arises": During("anwser", Exponential(hours(1)))},
         "contacts.where.arises.wait: there is no 'anwser'; did you mean 'answer'?"),
        ({"arises": At("ordre", 0.5)}, "contacts.where.arises.step: there is no 'ordre'; did you mean 'order'?"),
        ({"self_service": -1.0}, "contacts.where.self_service: must be a probability (got -1); 0 to 1"),
    ],
)  # fmt: skip
def test_contacts(shop: Journey, contact: dict[str, Any], said: str):
    asked = Contact(**{**{field.name: getattr(shop.contacts[0], field.name)
                          for field in dataclasses.fields(Contact)}, **contact})  # fmt: skip
    assert lines(dataclasses.replace(shop, contacts=(asked,))) == [said]


@pytest.mark.parametrize("field", ["steps", "stations", "segments", "waits", "contacts"])
def test_a_name_is_used_once(shop: Journey, field: str):
    first = getattr(shop, field)[0]
    twice = dataclasses.replace(shop, **{field: (first, *getattr(shop, field))})
    if field == "segments":
        twice = dataclasses.replace(twice, segments=tuple(dataclasses.replace(first, share=0.5) for _ in range(2)))
    assert lines(twice) == [f"{field}.{first.name}: is declared more than once (got 2); one of each name"]


@pytest.mark.parametrize("name", ["Order", "an order", "", "completed", "arrival", "exit"])
def test_a_name_is_a_name(name: str):
    journey = Journey(name="shop", arrivals=Poisson(per_day(1)), steps=(Step(name=name, lane="customer"),))
    assert lines(journey) == [
        f"steps.{name}: is not a name (got {name!r}); lower-case letters, digits, - and _, not an end's name"
    ]


def chain(**ways: str | tuple[Route, ...]) -> Journey:
    steps = tuple(
        Step(name=name, lane="backstage", routes=(Route(to),) if isinstance(to, str) else to)
        for name, to in ways.items()
    )
    return Journey(name="shop", arrivals=Poisson(per_day(1)), steps=steps)


OUT = "some route must lead to an end: completed, denied, dropped, rejected"


@pytest.mark.parametrize(
    ("journey", "said"),
    [
        (chain(a="a"), [f"steps.a.routes: is in a cycle with no way out (got a); {OUT}"]),
        (chain(a="b", b="c", c="b", d="completed"),
         [f"steps.b.routes: is in a cycle with no way out (got b, c); {OUT}"]),
        (chain(a=(Route("b", 0.5), Route("c")), b="b", c="c"), [
            f"steps.b.routes: is in a cycle with no way out (got b); {OUT}",
            f"steps.c.routes: is in a cycle with no way out (got c); {OUT}",
        ]),
        (chain(a="b", b=(Route("a"), Route("completed", 0.0))),
         [f"steps.a.routes: is in a cycle with no way out (got a, b); {OUT}"]),
        (chain(a="b", b=(Route("completed", when=VisitsAtLeast("b", 3)), Route("a"))), []),
        (chain(a="b", b=(Route("a", 0.99), Route("denied"))), []),
        (chain(a="completed", b="c", c="b"), []),
        (chain(a="b", b="cc", c="completed"), ["steps.b.routes.cc: there is no 'cc'; did you mean 'c'?"]),
    ],
)  # fmt: skip
def test_a_cycle_without_a_way_out_is_named_once(journey: Journey, said: list[str]):
    assert lines(journey) == said


def test_giving_up_is_a_way_out():
    journey = chain(a="a")
    assert lines(with_step(journey, "a", abandon=0.01)) == []


def test_the_first_step_cannot_be_skipped(shop: Journey):
    assert lines(with_step(shop, "order", skip=0.5)) == ["steps.order.skip: the first step cannot be skipped; 0"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"think": 5}, ("steps.review.think: is of another type (got 5); "
                       "a distribution, such as Exponential(minutes(3))")),
        ({"service": Exponential(300)}, ("steps.review.service.mean: is of another type (got 300); "  # type: ignore[arg-type]
                                        "a duration, such as minutes(3)")),
        ({"service": Lognormal(hours(1), "0.5")},  # type: ignore[arg-type]
         "steps.review.service.cv: is of another type (got '0.5'); a number"),
        ({"lane": "front"}, ("steps.review.lane: is of another type (got 'front'); "
                            "'customer', 'frontstage', 'backstage', 'support'")),
        ({"abandon": "5%"}, "steps.review.abandon: is of another type (got '5%'); a number"),
        ({"balk_above": True}, "steps.review.balk_above: is of another type (got True); a whole number or None"),
        ({"asks": ["name"]}, "steps.review.asks: is of another type (got ['name']); a tuple, each a text"),
        ({"routes": (Route("receipt", when="vip"),)},  # type: ignore[arg-type]
         ("steps.review.routes.receipt.when: is of another type (got 'vip'); "
         "InSegment or VisitsAtLeast or FactIs or OutOfStock or LongSince or None")),
        ({"attempts": Attempts(backoff=3)},  # type: ignore[arg-type]
         "steps.review.attempts.backoff: is of another type (got 3); a duration, such as minutes(3)"),
    ],
)  # fmt: skip
def test_a_bare_number_or_another_type_is_refused_where_it_stands(shop: Journey, changes: dict[str, Any], said: str):
    assert lines(with_step(shop, "review", **changes)) == [said]


def test_everything_wrong_is_said_at_once_and_under_the_journeys_name(shop: Journey):
    wrong = with_routes(with_step(shop, "order", station="sight", abandon=-1.0), Route("denied", 0.2))
    wrong = dataclasses.replace(wrong, stations=(*wrong.stations, Station(name="spare", servers=0)))
    with pytest.raises(InvalidInput) as refused:
        check(wrong)
    assert [problem.path for problem in refused.value.problems] == [
        "shop.steps.order.station",
        "shop.steps.order.abandon",
        "shop.steps.review.routes",
        "shop.stations.spare.servers",
    ]
    assert len(str(refused.value).splitlines()) == 4
    assert refused.value.exit_code == 2


def small(**fields: Any) -> Journey:
    return Journey(name="small", arrivals=Poisson(per_day(10)), **fields)


def test_a_rejection_that_leads_to_the_same_step_at_once_is_told():
    again = Step(name="pay", lane="backstage", station="desk", on_rejected="pay")
    found = list(problems(small(steps=(again,), stations=(Station(name="desk", queue_limit=0),))))
    assert [problem.path for problem in found] == ["steps.pay.on_rejected"]


def test_steps_that_are_all_skipped_in_a_circle_are_told():
    steps = (
        Step(name="enter", lane="customer", routes=(Route("a", 0.5), Route("completed"))),
        Step(name="a", lane="backstage", skip=1.0, routes=(Route("completed", 0.5), Route("b"))),
        Step(name="b", lane="backstage", skip=1.0, routes=(Route("completed", 0.5), Route("a"))),
    )
    assert [problem.path for problem in problems(small(steps=steps))] == ["steps.a.skip", "steps.b.skip"]


def test_a_fault_names_a_replica_that_there_is():
    fault = Fault(name="dies", station="desk", kind="kill", at=hours(1), lasting=hours(1), replica=2)
    pay = Step(name="pay", lane="backstage", station="desk")
    desk = Station(name="desk", replicas=Replicas(count=2))
    found = list(problems(small(steps=(pay,), stations=(desk,), faults=(fault,))))
    assert [problem.path for problem in found] == ["faults.dies.replica"]
