"""The compiled engine writes the log of the SimPy engine, row for row and bit for bit, whatever the journey."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from journeys import Constant, Journey, OutOfStock, Route, Schedule, Stock, hours, minutes, seconds
from journeys.arrivals import Arrivals
from journeys.checks import check
from journeys.columns import Columns
from journeys.eventlog import Row
from journeys.loading import load, registered
from simulators import compiled, simpy_engine
from tests.property.journeys import Draw, durations, journeys
from tests.property.test_simulated_journeys import troubled_journeys

pytestmark = pytest.mark.skipif(bool(compiled.missing()), reason=compiled.missing())
bounded = settings(derandomize=True, database=None, deadline=None)
CUSTOMERS = 60


def replicate(journey: Journey, seed: int, replication: int, customers: int, *more: Any) -> list[Row]:
    parts: list[Columns] = []
    compiled.replicate(journey, seed, replication, customers, *more, take=parts.append)
    return [row for part in parts for row in part.rows()]


def expect_the_same_log(journey: Journey, seed: int, replication: int, customers: int, *more: Any) -> None:
    """Compare by `repr`, so that times agree to the last bit, and a NaN is like another."""
    there = simpy_engine.replicate(journey, seed, replication, customers, *more)
    here = replicate(journey, seed, replication, customers, *more)
    for number, (own, reference) in enumerate(zip(here, there, strict=False)):
        assert tuple(map(repr, own)) == tuple(map(repr, reference)), f"row {number}"
    assert len(here) == len(there)


@pytest.mark.parametrize("name", sorted(registered()))
@pytest.mark.parametrize("replication", [0, 3])
def test_bundled_journeys(name: str, replication: int) -> None:
    expect_the_same_log(load(name), 7, replication, 700)


def tied(value: Any) -> Any:
    """Return a journey with every law a whole number of minutes, so that much happens at the same moment."""
    if hasattr(value, "mean_s") and 0 < value.mean_s < float("inf"):
        return Constant(minutes(max(1, round(value.mean_s / 60))))
    if isinstance(value, tuple):
        return tuple(tied(item) for item in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return type(value)(
            **{one.name: tied(getattr(value, one.name)) for one in dataclasses.fields(value) if one.init}
        )
    return value


@st.composite
def stocked_journeys(draw: Draw) -> Journey:
    """Draw a journey whose steps take from stock, with a view of it that lags behind."""
    journey = draw(journeys(max_steps=5))
    stock = Stock(
        name="parts", initial=draw(st.integers(0, 20)), replenish=draw(st.integers(0, 5)), every=draw(durations(600)),
        sync=draw(durations(0)),
    )  # fmt: skip
    steps = []
    for step in journey.steps:
        if draw(st.booleans()):
            routes = step.routes
            if not any(route.to == "rejected" for route in routes):
                routes = (Route("rejected", when=OutOfStock("parts", seen=draw(st.booleans()))), *routes)
            if all(route.when or route.probability is not None for route in routes):
                routes = step.routes
            step = dataclasses.replace(step, takes="parts", routes=routes)
        steps.append(step)
    return dataclasses.replace(journey, steps=tuple(steps), stock=(stock,))


def schedules() -> st.SearchStrategy[Arrivals | None]:
    """Draw whole minutes, several customers at the same time among them; or the journey's own law."""
    times = st.lists(st.integers(0, 600), min_size=1, max_size=CUSTOMERS)
    return st.one_of(st.none(), times.map(lambda them: Schedule(tuple(minutes(at) for at in sorted(them)))))


@given(st.one_of(journeys(), troubled_journeys(), stocked_journeys()), st.booleans(), schedules(), st.integers(0, 99))
@settings(bounded, max_examples=150)
def test_random_journeys(journey: Journey, ties: bool, arrivals: Arrivals | None, seed: int) -> None:
    assume(not compiled.unsupported(journey))
    journey = check(tied(journey) if ties else journey)
    expect_the_same_log(journey, seed, 1, CUSTOMERS, arrivals)


@given(st.one_of(journeys(), troubled_journeys()), st.sampled_from([3.0, 60.0, 1000.0]), st.integers(0, 100_000))
@settings(bounded, max_examples=40)
def test_on_a_scaled_clock_and_cut_short(journey: Journey, speed: float, until_s: int) -> None:
    assume(not compiled.unsupported(journey))
    expect_the_same_log(check(journey), 5, 0, CUSTOMERS, None, seconds(until_s).s / speed, speed)


def test_any_number_of_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    journey = load("first-journey")
    whole = replicate(journey, 1, 0, 300)
    monkeypatch.setattr("simulators.compiled.engine.PART_ROWS", 7)
    parts: list[Columns] = []
    compiled.replicate(journey, 1, 0, 300, take=parts.append)
    assert {len(part) for part in parts[:-1]} == {7}
    assert list(map(repr, (row for part in parts for row in part.rows()))) == list(map(repr, whole))


def test_an_error_while_rows_are_taken_ends_the_run() -> None:
    taken = 0

    def take(part: Columns) -> None:
        nonlocal taken
        taken += 1
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compiled.replicate(load("first-journey"), 1, 0, 30_000, take=take)
    assert taken == 1


def test_a_closed_station_is_not_called_at_night() -> None:
    journey = load("loan-application")
    expect_the_same_log(journey, 1, 0, 50, Schedule((hours(100),)))
