"""Questions and calls: hazards, deflection, redials, closed nights and retrials, against closed forms."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pytest

from journeys import (
    ZERO,
    At,
    Constant,
    Contact,
    During,
    Exponential,
    Fault,
    Journey,
    Poisson,
    Redial,
    Shift,
    Station,
    Step,
    Wait,
    hours,
    minutes,
    per_hour,
    weeks,
)
from journeys.eventlog import EXIT, Row
from tests.theory.chains import retrials
from tests.theory.closed_forms import truncated_geometric
from tests.theory.experiments import HOUR_S, Engine, Floats, assert_within_interval, replicated

pytestmark = pytest.mark.slow

CALL = "contact:why"


def asking(lam_per_h: float, station: Station, faults: tuple[Fault, ...] = (), **contact: Any) -> Journey:
    """Return a form at which every customer phones, and waits for the answer."""
    question = Contact(name="why", arises=At("form", 1.0), station=station.name, **contact)
    return Journey(
        name="asking",
        arrivals=Poisson(per_hour(lam_per_h)),
        steps=(Step(name="form", lane="customer"),),
        stations=(station,),
        contacts=(question,),
        faults=faults,
    )


def tries_each(rows: list[Row]) -> Floats:
    """Return the number of calls of each customer."""
    counted = Counter(row.customer for row in rows if row.step == CALL)
    return np.array([counted[row.customer] for row in rows if row.step == EXIT], dtype=np.float64)


@pytest.mark.parametrize("limit", [3, 1000])
def test_calls_of_somebody_who_is_never_answered_are_geometric(engine: Engine, limit: int) -> None:
    dead = Fault(name="dead-line", station="phone", kind="outage", at=hours(0), lasting=weeks(52))
    journey = asking(
        60, Station(name="phone"), (dead,), handling=ZERO, patience=Constant(minutes(1)),
        redial=Redial(0.6, Exponential(minutes(20)), limit), gives_up=0.3,
    )  # fmt: skip

    def measured(rows: list[Row]) -> list[float]:
        assert {row.outcome for row in rows if row.step == CALL} == {"reneged"}
        tries = tries_each(rows)
        dropped = np.mean([row.outcome == "dropped" for row in rows if row.step == EXIT])
        return [float(np.mean(tries)), *(float(np.mean(tries == number)) for number in (1, 2, 3)), float(dropped)]

    truth = [truncated_geometric(0.6, min(limit + 1, 200)), 0.4, 0.4 * 0.6, 0.4 * 0.36, 0.3]
    assert_within_interval(replicated(journey, measured, engine=engine, customers=400), truth)


@pytest.mark.parametrize("again", [1.0, 0.5])
def test_one_line_with_retrials_is_met_busy_as_its_chain_says(engine: Engine, again: float) -> None:
    """M/M/1/1 whose blocked callers try again: how many meet it busy at first, and how often they try."""
    lam, mu, nu = 0.5, 1.0, 2.0
    journey = asking(
        lam, Station(name="phone", queue_limit=0), handling=Exponential(hours(1 / mu)),
        redial=Redial(again, Exponential(hours(1 / nu)), 100_000),
    )  # fmt: skip

    def measured(rows: list[Row]) -> list[float]:
        first = {row.customer: row.outcome for row in reversed(rows) if row.step == CALL}
        return [float(np.mean([outcome == "rejected" for outcome in first.values()])), float(np.mean(tries_each(rows)))]

    values = replicated(journey, measured, engine=engine, customers=2000)
    assert_within_interval(values, retrials(lam, mu, nu, again))


def test_questions_during_a_wait_are_poisson_and_deflection_thins_them(engine: Engine) -> None:
    """Ten hours at one question in four: counts of all, and of those that a share of each kind leaves over."""
    lasting_h, every_h, self_service, chatbot = 10.0, 4.0, 0.3, 0.5
    mean = lasting_h / every_h
    question = Contact(
        name="why", arises=During("answer", Exponential(hours(every_h))), station="phone", handling=ZERO,
        self_service=self_service, chatbot=chatbot,
    )  # fmt: skip
    journey = Journey(
        name="questions",
        arrivals=Poisson(per_hour(10)),
        steps=(Step(name="work", lane="backstage", service=Constant(hours(lasting_h)), awaits="answer"),),
        stations=(Station(name="phone", servers=1000),),
        waits=(Wait(name="answer"),),
        contacts=(question,),
    )

    def measured(rows: list[Row]) -> list[float]:
        tries = tries_each(rows)
        kinds = Counter(row.detail for row in rows if row.step == CALL)
        shares = [kinds[detail] / len(tries) for detail in ("self-service", "chatbot", "")]
        none = [float(np.mean(tries == number)) for number in (0, 1, 4)]
        return [float(np.mean(tries)), float(np.mean((tries - mean) ** 2)), *shares, *none]

    thinned = [mean * self_service, mean * (1 - self_service) * chatbot, mean * (1 - self_service) * (1 - chatbot)]
    chances = [math.exp(-mean) * mean**number / math.factorial(number) for number in (0, 1, 4)]
    values = replicated(journey, measured, engine=engine, customers=500)
    assert_within_interval(values, [mean, mean, *thinned, *chances])


def test_questions_end_with_the_wait_and_are_geometric_where_it_is_exponential(engine: Engine) -> None:
    """A hazard against an end: the question is first with probability p = r / (1 + r), r the ratio of the rates."""
    question = Contact(
        name="why", arises=During("answer", Exponential(hours(2))), station="phone", handling=ZERO
    )  # fmt: skip
    journey = Journey(
        name="questions",
        arrivals=Poisson(per_hour(10)),
        steps=(Step(name="work", lane="backstage", service=Exponential(hours(3)), awaits="answer"),),
        stations=(Station(name="phone", servers=1000),),
        waits=(Wait(name="answer"),),
        contacts=(question,),
    )

    def measured(rows: list[Row]) -> list[float]:
        tries = tries_each(rows)
        return [float(np.mean(tries)), *(float(np.mean(tries == number)) for number in (0, 1, 2))]

    p = 1.5 / 2.5
    values = replicated(journey, measured, engine=engine, customers=600)
    assert_within_interval(values, [1.5, *((1 - p) * p**number for number in (0, 1, 2))])


def test_who_finds_the_phone_closed_comes_back_after_a_uniform_rest_of_the_night(engine: Engine) -> None:
    """Open from 0 to 12: half find it closed, six in ten of those come back, on average 6 hours and a morning later."""
    journey = asking(
        20, Station(name="phone", servers=1000, shifts=(Shift("mon-sun", "00:00", "12:00"),)), handling=ZERO,
        comes_back=0.6, morning=Exponential(hours(1)),
    )  # fmt: skip

    def measured(rows: list[Row]) -> list[float]:
        arrived = {row.customer: row.end_s for row in rows if row.step == "arrival"}
        closed = [row.customer for row in rows if row.step == EXIT and arrived[row.customer] % 86400 >= 43200]
        dropped = {row.customer for row in rows if row.step == CALL and row.detail == "closed"}
        later_h = [
            (row.end_s - arrived[row.customer]) / HOUR_S
            for row in rows
            if row.step == EXIT and row.customer in set(closed) - dropped
        ]
        return [len(dropped) / len(closed), float(np.mean(later_h))]

    # whole days, so that the arrivals are uniform over them: the first 1,000 of about 1,200 in 60 hours
    values = replicated(journey, measured, engine=engine, customers=1000)
    assert_within_interval(values, [0.4, 7.0])
