"""Routes: in order, conditions first, the rest by one uniform."""

from __future__ import annotations

import pytest

from journeys import FactIs, InSegment, OutOfStock, Route, VisitsAtLeast
from journeys.routes import Condition, Ways, choose, remainder


def chosen(routes: tuple[Route, ...], uniform: float, *holding: Condition) -> str | None:
    return choose(routes, uniform, lambda condition: condition in holding)


VIP, LATE = InSegment(("vip",)), VisitsAtLeast("check", 3)


def test_without_routes_the_choice_is_left_to_the_order_of_steps():
    assert chosen((), 0.5) is None


@pytest.mark.parametrize(
    ("uniform", "to"), [(0.0, "a"), (0.199, "a"), (0.2, "b"), (0.499, "b"), (0.5, "rest"), (0.999, "rest")]
)
def test_one_uniform_picks_by_probability_and_the_remainder_takes_what_is_left(uniform: float, to: str):
    assert chosen((Route("rest"), Route("a", 0.2), Route("b", 0.3)), uniform) == to


def test_a_condition_that_holds_is_taken_at_once_and_one_that_does_not_is_passed_over():
    routes = (Route("limit", when=LATE), Route("again", 0.6), Route("done"))
    assert chosen(routes, 0.1) == "again"
    assert chosen(routes, 0.1, LATE) == "limit"


def test_order_matters_between_a_chance_and_a_condition():
    routes = (Route("again", 0.6), Route("limit", when=LATE), Route("done"))
    assert chosen(routes, 0.1, LATE) == "again"
    assert chosen(routes, 0.7, LATE) == "limit"
    assert chosen(routes, 0.7) == "done"


def test_a_conditional_chance_takes_its_share_only_where_it_holds():
    routes = (Route("fast", 0.5, when=VIP), Route("denied", 0.2), Route("slow"))
    assert [chosen(routes, u, VIP) for u in (0.4, 0.6, 0.8)] == ["fast", "denied", "slow"]
    assert [chosen(routes, u) for u in (0.1, 0.4, 0.8)] == ["denied", "slow", "slow"]


def test_rounding_falls_to_the_last_route_that_may_be_taken():
    tenths = tuple(Route(f"r{index}", 0.1) for index in range(10))
    last = 1 - 2**-53
    assert sum(route.probability or 0 for route in tenths) < 1
    assert chosen((*tenths, Route("never", when=LATE)), last) == "r9"


def test_the_remainder_is_the_route_without_chance_and_condition():
    assert remainder((Route("a", 0.2), Route("b", when=OutOfStock("tea")), Route("c"))) == "c"
    assert remainder((Route("a", 1.0), Route("b", when=FactIs("colour", ("red",))))) is None


@pytest.mark.parametrize(
    "routes",
    [
        (),
        (Route("only"),),
        (Route("rest"), Route("a", 0.2), Route("b", 0.0), Route("c", 0.3)),
        (Route("a", 0.25), Route("a", 0.25), Route("b", 0.5)),
        tuple(Route(f"r{index}", 0.1) for index in range(10)),
    ],
)
def test_ways_worked_out_beforehand_lead_where_the_choice_does(routes: tuple[Route, ...]):
    ways = Ways(routes, following="next")
    uniforms = [nth / 20 for nth in range(20)] + [0.1 + 0.1 + 0.1, 1 - 2**-53]
    for uniform in uniforms:
        assert ways.at(uniform) == (chosen(routes, uniform) or "next")
    assert ways.only in (None, *(ways.at(uniform) for uniform in uniforms))
    assert (ways.only is None) == any(route.probability for route in routes)
