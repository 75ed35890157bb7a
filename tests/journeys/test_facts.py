"""Facts: what is asked, what is asked again, and what is wrong with a fact, a contact, a stock or a fault."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

import pytest

from journeys import At, Contact, Duration, During, Exponential, Fact, Fault, Redial, Stock, System, hours, minutes
from journeys.errors import Problem
from journeys.facts import Asked, Knowledge

WEB, BANK, PHONE = System(name="web"), System(name="bank", reads=("web",)), System(name="phone")


def test_a_fact_is_asked_once_at_each_system():
    asked, told = Knowledge().ask(WEB, ("name", "income"))
    assert asked == Asked(("name", "income"), ())
    assert told.ask(WEB, ("name", "income")) == (Asked((), ()), told)


def test_a_system_that_reads_another_does_not_ask_again():
    _, told = Knowledge().ask(WEB, ("name",))
    asked, _ = told.ask(BANK, ("name", "income"))
    assert asked == Asked(("income",), ())


def test_reading_goes_one_way():
    _, told = Knowledge().ask(BANK, ("name",))
    asked, _ = told.ask(WEB, ("name",))
    assert asked == Asked(("name",), ("name",))


def test_a_system_apart_asks_again_and_that_is_counted():
    _, told = Knowledge().ask(WEB, ("name",))
    asked, told = told.ask(PHONE, ("pin", "name"))
    assert asked == Asked(("pin", "name"), ("name",))
    asked, _ = told.ask(PHONE, ("name",))
    assert asked == Asked((), ())


def test_customers_do_not_share_what_they_told():
    nothing = Knowledge()
    nothing.ask(WEB, ("name",))
    asked, _ = nothing.ask(PHONE, ("name",))
    assert asked == Asked(("name",), ())


class HasProblems(Protocol):
    def problems(self, path: str) -> Iterator[Problem]: ...


def contact(**changes: object) -> Contact:
    plain = {"name": "where", "arises": During("answer", Exponential(hours(5))), "station": "desk",
             "handling": Exponential(minutes(4))}  # fmt: skip
    return Contact(**{**plain, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        (Fact(name="a", label="A"), []),
        (Fact(name="a", label="A", kind="choice"), ["at.choices"]),
        (Fact(name="a", label="A", low=5, high=4), ["at.high"]),
        (Fact(name="a", label="A", round_to=0), ["at.high"]),
        (Fact(name="a", label="A", reask_abandon=1.5, effort=minutes(-1)), ["at.effort", "at.reask_abandon"]),
        (contact(), []),
        (contact(self_service=1.1, chatbot=-0.1, gives_up=2.0, comes_back=-1.0),
         ["at.chatbot", "at.comes_back", "at.gives_up", "at.self_service"]),
        (contact(arises=During("answer", Exponential(hours(0)))), ["at.arises.every"]),
        (contact(arises=During("answer", Exponential(hours(-1)))), ["at.arises.every.mean"]),
        (contact(arises=At("order", 1.2)), ["at.arises.probability"]),
        (contact(handling=Exponential(minutes(-4)), patience=Exponential(minutes(-1))),
         ["at.handling.mean", "at.patience.mean"]),
        (contact(redial=Redial(1.5, Exponential(minutes(-1)), -1)),
         ["at.redial.after.mean", "at.redial.limit", "at.redial.probability"]),
        (contact(chatbot_time=minutes(-1)), ["at.chatbot_time"]),
        (Stock(name="tea", initial=3, replenish=2), []),
        (Stock(name="tea", initial=-3), ["at.initial"]),
        (Stock(name="tea", initial=3, replenish=2, every=Duration(0)), ["at.every"]),
        (Stock(name="tea", initial=3, sync=Duration(-1)), ["at.sync"]),
        (Fault(name="f", station="desk", kind="latency", at=hours(-1), lasting=hours(0), delay=hours(-1), share=2),
         ["at.at", "at.delay", "at.lasting", "at.share"]),
    ],
)  # fmt: skip
def test_each_value_tells_what_is_wrong_with_it(value: HasProblems, paths: list[str]):
    assert sorted(problem.path for problem in value.problems("at")) == paths
