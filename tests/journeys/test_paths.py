"""Dotted paths: reading, changing with types, listing, and the digest of a whole journey."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys import (
    At,
    Attempts,
    Constant,
    Contact,
    Exponential,
    Journey,
    Never,
    Poisson,
    Rate,
    Replicas,
    Segment,
    Shift,
    Source,
    Station,
    Step,
    Stock,
    Wait,
    days,
    hours,
    minutes,
    per_day,
    per_hour,
    seconds,
)
from journeys.errors import InvalidInput
from journeys.paths import apply, digest, get, parameters, source_of


def refusals(journey: Journey, changes: Mapping[str, Any]) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        apply(journey, changes)
    return str(refused.value).splitlines()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("customers", 200),
        ("arrivals.rate", per_hour(12)),
        ("stations.clerks.servers", 6),
        ("steps.order.think", Exponential(minutes(3))),
        ("steps.order.think.mean", minutes(3)),
        ("steps.review.routes.denied.probability", 0.2),
        ("steps.review.routes.receipt.probability", None),
        ("segments.everyone.share", 1.0),
        ("contacts.where.arises.every.mean", hours(5)),
    ],
)
def test_a_value_is_read_by_its_path(shop: Journey, path: str, value: object):
    assert get(shop, path) == value


@pytest.mark.parametrize(
    ("path", "given_", "value"),
    [
        ("customers", "500", 500),
        ("customers", 500.0, 500),
        ("stations.clerks.servers", 8, 8),
        ("stations.clerks.queue_limit", "12", 12),
        ("stations.clerks.queue_limit", "none", None),
        ("stations.clerks.kind", "system", "system"),
        ("stations.clerks.title", "Clerks", "Clerks"),
        ("arrivals.rate", "20 / d", per_day(20)),
        ("steps.order.think", "Exponential(mean=9 min)", Exponential(minutes(9))),
        ("steps.order.think", "5 min", Constant(minutes(5))),
        ("steps.order.think.mean", "1h", hours(1)),
        ("steps.order.abandon", "5%", 0.05),
        ("steps.order.abandon", 1, 1.0),
        ("steps.order.patience", "Exponential(mean=1 h)", Exponential(hours(1))),
        ("steps.order.patience", None, None),
        ("steps.order.asks", "a, b", ("a", "b")),
        ("steps.order.attempts", Attempts(limit=2), Attempts(limit=2)),
        ("steps.review.routes.receipt.probability", "0.7", 0.7),
        ("stations.clerks.shifts", (Shift("mon", "08:00", "09:00"),), (Shift("mon", "08:00", "09:00"),)),
        ("waits.answer.informed", "Never()", Never()),
        ("warm_up", "2 d", days(2)),
        ("decision", ["order", "review"], ("order", "review")),
    ],
)
def test_a_value_is_set_as_its_field_is_typed(shop: Journey, path: str, given_: object, value: object):
    changed = apply(shop, {path: given_})
    assert get(changed, path) == value
    assert type(get(changed, path)) is type(value)
    assert apply(changed, {path: get(shop, path)}) == shop


@pytest.mark.parametrize(
    ("path", "given_", "said"),
    [
        ("customers", "many", "cannot be set to this (got 'many'); a whole number"),
        ("customers", 2.5, "cannot be set to this (got 2.5); a whole number"),
        ("customers", math.inf, "cannot be set to this (got inf); a whole number"),
        ("customers", True, "cannot be set to this (got True); a number or a text, not true or false"),
        ("steps.order.abandon", "x%", "cannot be set to this (got 'x%'); a number"),
        ("steps.order.abandon", "nan", "cannot be set to this (got 'nan'); a number"),
        ("steps.order.think.mean", 5, "cannot be set to this (got 5); a text with its unit, such as '3 h'"),
        ("warm_up", "5", "cannot be set to this (got '5'); not a duration: '5'"),
        ("steps.order.think", "Exponetial(mean=3 h)", "did you mean 'Exponential'?"),
        ("arrivals.rate", 20, "cannot be set to this (got 20); a text of events per time, such as '12 / h'"),
        ("stations.clerks.kind", "robots", "cannot be set to this (got 'robots'); one of people, system"),
        ("stations.clerks.title", 5, "cannot be set to this (got 5); a text"),
        ("stations.clerks.queue_limit", "some", "cannot be set to this (got 'some'); a whole number"),
        ("steps", 5, "cannot be set to this (got 5); a list"),
    ],
)
def test_a_value_of_another_type_is_refused_with_what_is_allowed(shop: Journey, path: str, given_: object, said: str):
    (line,) = refusals(shop, {path: given_})
    assert line.startswith(f"{path}: ")
    assert said in line


def test_what_is_not_set_begins_with_its_defaults(shop: Journey):
    station = shop.stations[0].name
    changed = apply(shop, {f"stations.{station}.replicas.count": "3"})
    assert get(changed, f"stations.{station}.replicas") == Replicas(count=3)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("steps.ordr.think", "steps has no 'ordr'; did you mean 'order'?"),
        ("steps.order.thnk", "steps.order has no 'thnk'; did you mean 'think'?"),
        ("step.order", "the journey has no 'step'; did you mean 'steps'?"),
        ("steps.review.routes.zzz.probability", "steps.review.routes has no 'zzz'; known: denied, order, receipt"),
        ("steps.order.patience.mean", "steps.order.patience is not set; set steps.order.patience as a whole"),
        ("customers.many", "customers has no 'many'; customers is a single value"),
        ("", "the journey has no ''"),
    ],
)
def test_an_unknown_path_names_what_is_near(shop: Journey, path: str, said: str):
    assert said in refusals(shop, {path: "5 min"})[0]
    with pytest.raises(InvalidInput) as refused:
        get(shop, path)
    assert said in str(refused.value)


def test_all_problems_come_at_once(shop: Journey):
    lines = refusals(
        shop, {"steps.ordr.think": "5 min", "customers": "9", "stations.clerks.servers": "x", "warm_up": 3}
    )
    assert [line.partition(":")[0] for line in lines] == ["steps.ordr.think", "stations.clerks.servers", "warm_up"]


def test_nothing_else_changes(shop: Journey):
    changed = apply(shop, {"stations.clerks.servers": 9})
    assert changed != shop
    assert dataclasses.replace(changed, stations=shop.stations) == shop
    assert changed.stations[0] is shop.stations[0]


def test_what_a_segment_differs_in_is_a_path_of_its_own(shop: Journey):
    vip = Segment("vip", 0.5, {"steps.order.think.mean": "9 min"})
    two = dataclasses.replace(shop, segments=(Segment("everyone", 0.5), vip))
    path = "segments.vip.differs.steps.order.think.mean"
    assert get(two, path) == "9 min"
    assert get(apply(two, {path: "2 min"}), "segments.vip").differs == {"steps.order.think.mean": "2 min"}
    assert (path, "9 min") in list(parameters(two))
    assert "did you mean" in refusals(two, {path[:-1]: "2 min"})[0]


def test_parameters_are_the_numbers_that_are_not_defaults(shop: Journey):
    stocked = dataclasses.replace(shop, stock=(Stock(name="tea", initial=7),), warm_up=hours(2))
    found = dict(parameters(stocked))
    assert found["steps.order.think"] == Exponential(minutes(3))
    assert found["steps.review.routes.order.probability"] == 0.1
    assert found["stations.clerks.servers"] == 6
    assert found["stock.tea.initial"] == 7
    assert found["warm_up"] == hours(2)
    assert found["arrivals.rate"] == per_hour(12)
    assert "stations.clerks.name" not in found
    assert "steps.receipt.think" not in found
    assert "customers" not in found


def test_a_profile_is_one_parameter(shop: Journey):
    law = Poisson(per_hour(3), profile=(1.0,) * 168)
    assert dict(parameters(dataclasses.replace(shop, arrivals=law)))["arrivals.profile"] == (1.0,) * 168


def test_the_longest_source_above_a_path_is_its_own(shop: Journey):
    sources = (
        Source("steps", "assumed", "all"), Source("steps.review", "given", "case"),
        Source("steps.review.service", "derived", "log"),
    )  # fmt: skip
    sourced = dataclasses.replace(shop, sources=sources)
    assert source_of(sourced, "steps.review.service.mean").note == "log"
    assert source_of(sourced, "steps.review.routes.denied.probability").note == "case"
    assert source_of(sourced, "steps.reviewed").note == "all"
    assert source_of(sourced, "stations.clerks.servers") == Source("stations.clerks.servers", "assumed", "")


def test_equal_journeys_have_equal_digests_however_their_numbers_are_written(shop: Journey):
    assert digest(shop) == digest(apply(shop, {"customers": "200"}))
    floats = dataclasses.replace(shop, money=dataclasses.replace(shop.money, drop_off_cost=0))
    assert floats == shop
    assert digest(floats) == digest(shop)
    assert len(digest(shop)) == 16


@given(st.data())
def test_the_digest_changes_when_any_parameter_does(data: st.DataObject):
    journey = Journey(
        name="shop", arrivals=Poisson(Rate(1.0)),
        steps=(Step(name="pay", lane="customer", think=Exponential(seconds(3))),),
        stations=(Station(name="desk", servers=2),), waits=(Wait(name="w", uncertain=Exponential(hours(1))),),
        contacts=(Contact(name="c", arises=At("pay", 0.25), station="desk", handling=Exponential(minutes(1))),),
    )  # fmt: skip
    path, value = data.draw(st.sampled_from(list(parameters(journey))))
    other: Any = Exponential(seconds(77)) if isinstance(value, Exponential) else "7 / h" if path.endswith("rate") else 1
    changed = apply(journey, {path: other})
    assert (digest(changed) == digest(journey)) == (changed == journey)
    assert changed != journey or value == 1
    assert digest(apply(changed, {path: value})) == digest(journey)
