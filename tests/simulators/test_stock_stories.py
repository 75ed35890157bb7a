"""Stock: little stories with integer times, each with its exact log."""

from __future__ import annotations

from typing import Any

from journeys import Attempts, OutOfStock, Route, Stock, seconds
from tests.simulators.stories import form, s, serve, told


def lamps(initial: int, **parts: Any) -> dict[str, Any]:
    for name in ("every", "sync"):
        if name in parts:
            parts[name] = seconds(parts[name])
    return {"stock": (Stock(name="lamps", initial=initial, **parts),), "stations": ()}


def buy(*routes: Route, **parts: Any) -> Any:
    ways = routes or (Route("denied", when=OutOfStock("lamps")), Route("completed"))
    return form("buy", takes="lamps", routes=ways, **parts)


LOOK = form("look", routes=(Route("denied", when=OutOfStock("lamps", seen=True)), Route("buy")))


def ends(log: list[str]) -> list[str]:
    return [text.split(" ")[3] for text in sorted(log) if "exit" in text]


def test_the_last_unit_goes_to_who_is_served_first():
    assert told([0, 1, 1], buy(service=s(5)), **lamps(2)) == [
        "0 buy#0 0/0/5 served > completed",
        "0 exit 5 completed",
        "1 buy#0 1/1/6 served > completed",
        "1 exit 6 completed",
        "2 buy#0 1/1/6 served > denied [out of stock: lamps]",
        "2 exit 6 denied",
    ]


def test_steps_behind_the_counter_take_units_too():
    pick = serve(
        "pick", station="", takes="lamps", routes=(Route("denied", when=OutOfStock("lamps")), Route("completed"))
    )
    assert told([0, 1], pick, **lamps(1))[2] == "1 pick#0 1/1/11 served > denied [out of stock: lamps]"


def test_a_unit_is_taken_at_the_end_of_service_and_by_who_is_served_alone():
    log = told([0, 1], buy(service=s(5), response_patience=s(4)), who="ab", **lamps(1),
               differs={"b": {"steps.buy.response_patience": "Never()"}})  # fmt: skip
    assert log[0] == "0 buy#0 0/0/4 dropped > dropped [the answer took too long]"
    assert log[2] == "1 buy#0 1/1/6 served > completed"


def pick(*routes: Route, name: str = "pick", **parts: Any) -> Any:
    return serve(name, station="", takes="lamps", routes=routes or (Route("completed"),), **parts)


def test_no_unit_is_taken_where_work_failed():
    failing = pick(attempts=Attempts(failure=1.0))
    log = told([0, 5], failing, **lamps(1), who="ab", differs={"b": {"steps.pick.attempts.failure": 0.0}})
    assert log[2] == "1 pick#0 5/5/15 served > completed"


def test_what_was_out_of_stock_earlier_is_not_told_again_where_work_failed():
    log = told([0], pick(Route("again")), pick(name="again", attempts=Attempts(failure=1.0)), **lamps(0))
    assert log[:2] == [
        "0 pick#0 0/0/10 served > again [out of stock: lamps]",
        "0 again#0 10/10/20 failed > dropped",
    ]


def test_nothing_is_out_of_stock_where_work_failed():
    failing = buy(Route("completed"), attempts=Attempts(failure=1.0))
    first = form("first", takes="lamps", routes=(Route("buy"),))
    assert told([0], first, failing, **lamps(0))[:2] == [
        "0 first#0 0/0/0 served > buy [out of stock: lamps]",
        "0 buy#0 0/0/0 failed > dropped",
    ]


def test_a_step_without_stock_goes_by_what_there_is():
    ask = form("ask", routes=(Route("denied", when=OutOfStock("lamps")), Route("completed")))
    assert ends(told([0], ask, **lamps(0))) == ["denied"]
    assert ends(told([0], ask, **lamps(1))) == ["completed"]


def test_the_front_end_sells_what_it_no_longer_has_until_the_next_sync():
    log = told([0, 3, 9, 11], LOOK, buy(), **lamps(1, sync=10))
    assert ends(log) == ["completed", "denied", "denied", "denied"]
    last = [text for text in log if "denied" in text and "exit" not in text]
    assert [text.split("#")[0] for text in last] == ["1 buy", "2 buy", "3 look"]


def test_a_sync_comes_before_customers_of_the_same_moment():
    log = told([0, 10], LOOK, buy(), **lamps(1, sync=10))
    assert next(text for text in log if "denied" in text) == "1 look#0 10/10/10 served > denied"


def test_a_delivery_comes_before_customers_of_the_same_moment_whoever_was_asked_for_first():
    # the customer's service of 20 s was asked for at 0, before the delivery of 10 s
    assert ends(told([0], buy(service=s(20)), **lamps(0, replenish=1, every=20))) == ["completed"]
    assert ends(told([0, 0], buy(service=s(20)), **lamps(0, replenish=1, every=10))) == ["completed", "completed"]
    assert ends(told([0], buy(service=s(19)), **lamps(0, replenish=1, every=20))) == ["denied"]


def test_a_delivery_comes_before_a_sync_of_the_same_moment():
    assert ends(told([10], LOOK, buy(), **lamps(0, replenish=1, every=5, sync=10))) == ["completed"]
    assert ends(told([10], LOOK, buy(), **lamps(0, replenish=1, every=10, sync=5))) == ["completed"]


def test_a_delivery_after_the_last_sync_is_not_seen():
    assert told([8], LOOK, buy(), **lamps(0, replenish=1, every=7, sync=5))[0] == "0 look#0 8/8/8 served > denied"
    assert ends(told([10], LOOK, buy(), **lamps(0, replenish=1, every=7, sync=5))) == ["completed"]


def test_a_live_view_is_the_truth():
    assert ends(told([0, 1], LOOK, buy(), **lamps(1))) == ["completed", "denied"]


def test_stock_is_brought_up_to_its_level_from_wherever_it_was() -> None:
    at = [0, 1, 2, 10, 11, 12, 13, 19, 30]

    assert ends(told(at, buy(), **lamps(3, up_to=2, every=10))) == [
        "completed", "completed", "completed",  # none left
        "completed", "completed", "denied", "denied", "denied",  # two came at 10 s, and no more until 20 s
        "completed",
    ]  # fmt: skip


def test_no_units_are_added_where_there_are_enough() -> None:
    assert ends(told([0, 11, 12, 13], buy(), **lamps(4, up_to=2, every=10))) == ["completed"] * 4
    assert ends(told([11, 12, 13], buy(), **lamps(0, up_to=2, every=10))) == ["completed", "completed", "denied"]


def test_a_late_picture_shows_what_there_was_before_or_after_the_refill() -> None:
    """Looked at at 18 s, with pictures of 8 s and 16 s, before and after the refill at 10 s."""
    before = told([0, 15], LOOK, buy(), **lamps(1, up_to=1, every=10, sync=8))
    after = told([0, 18], LOOK, buy(), **lamps(1, up_to=1, every=10, sync=8))

    assert (ends(before), ends(after)) == (["completed", "denied"], ["completed", "completed"])
