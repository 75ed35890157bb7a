"""The compiled engine writes the log of the SimPy engine, row for row and bit for bit, whatever the journey."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeys import (
    Attempts,
    Batch,
    Constant,
    Contact,
    During,
    Exponential,
    Fact,
    Fault,
    Fork,
    Gamma,
    Journey,
    Loyalty,
    Never,
    OutOfStock,
    Poisson,
    Redial,
    Replicas,
    Route,
    Schedule,
    Segment,
    Shift,
    Station,
    Step,
    Stock,
    System,
    VisitsAtLeast,
    Wait,
    hours,
    minutes,
    per_hour,
    seconds,
)
from journeys.arrivals import Arrivals
from journeys.checks import check
from journeys.columns import Columns
from journeys.eventlog import Row
from journeys.loading import load, registered
from simulators import compiled, simpy_engine
from simulators.compiled.tables import tables
from tests.property.journeys import Draw, durations, journeys, laws, probabilities
from tests.property.test_simulated_journeys import troubled_journeys

pytestmark = pytest.mark.skipif(bool(compiled.missing()), reason=compiled.missing())
# on a busy machine, journeys may be drawn slowly
bounded = settings(derandomize=True, database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
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


OWN = {name for name in registered() if any(step.process is not None for step in load(name).steps)}


@pytest.mark.parametrize("name", sorted(OWN))
def test_steps_with_a_process_of_their_own_are_refused_by_name(name: str) -> None:
    own = [f"steps.{step.name}.process" for step in load(name).steps if step.process is not None]
    assert [problem.path for problem in compiled.unsupported(load(name))] == own


@pytest.mark.parametrize("name", sorted(set(registered()) - OWN))
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


def compilable(journey: Journey) -> Journey:
    """Return a journey whose steps have no processes of their own."""
    return dataclasses.replace(journey, steps=tuple(dataclasses.replace(step, process=None) for step in journey.steps))


@st.composite
def stocked_journeys(draw: Draw) -> Journey:
    """Draw a journey whose steps take from stock, with a view of it that lags behind."""
    journey = draw(journeys(max_steps=5))
    stock = Stock(
        name="parts", initial=draw(st.integers(0, 20)), every=draw(durations(600)), sync=draw(durations(0)),
        **draw(st.sampled_from([{"replenish": 0}, {"replenish": 4}, {"up_to": 0}, {"up_to": 12}])),
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


@st.composite
def forked_journeys(draw: Draw) -> Journey:
    """Draw a journey with a fork within a fork, whose branches compete for few servers, fail, and end at one moment."""
    short = st.integers(0, 3).map(lambda many: Constant(minutes(many)))
    sometimes = st.sampled_from([None, None, Attempts(timeout=Constant(minutes(2)), limit=2, failure=0.3)])

    def step(name: str, *onwards: str, **more: Any) -> Step:
        return Step(
            name=name,
            lane="backstage",
            station=draw(st.sampled_from(["", "desk", "machine", "machine"])),
            service=draw(short),
            priority=draw(st.integers(0, 1)),
            attempts=draw(sometimes),
            skip=draw(st.sampled_from([0.0, 0.0, 0.3])),
            batch=draw(st.sampled_from([None, None, None, Batch(every=minutes(5))])),
            on_failure=draw(st.sampled_from([onwards[0], "denied"])),
            routes=(*(Route(to, 0.3) for to in onwards[1:]), Route(onwards[0])),
            **more,
        )

    def fork(name: str, branches: tuple[str, ...], joins: str) -> Step:
        needs = draw(st.sampled_from([None, *range(1, len(branches) + 1)]))
        return Step(name=name, lane="support", service=draw(short), fork=Fork(branches, joins, needs))

    limits = st.sampled_from([None, 3])
    dying = st.builds(
        Replicas, count=st.just(2), between_failures=laws(300, 900), repair=laws(60, 900), failover=durations(60, 900)
    )
    within = draw(st.sampled_from(["meet", "decide"]))
    again = Route("denied", when=VisitsAtLeast("decide", 3)), Route("outer", 0.4), Route("completed")
    return Journey(
        name="forked",
        title="Forks within forks",
        customers=CUSTOMERS,
        arrivals=Poisson(per_hour(20)),
        steps=(
            Step(name="form", lane="customer", think=draw(short)),
            fork("outer", ("first", "inner", "last"), "decide"),
            step("first", "second", "denied"),
            step("second", "decide", "first"),
            fork("inner", ("left", "right"), within),
            step("left", within, "denied"),
            step("right", within),
            step("meet", "decide", *(["inner"] if within == "meet" else [])),
            step("last", "decide"),
            dataclasses.replace(step("decide", "completed"), routes=again),
        ),
        stations=(
            Station(name="desk", servers=draw(st.integers(1, 2)), preemptive=draw(st.booleans())),
            Station(name="machine", kind="system", queue_limit=draw(limits), replicas=draw(dying)),
        ),
        faults=(Fault(name="slip", station="machine", kind="errors", at=minutes(20), lasting=minutes(30), share=0.3),),
    )  # fmt: skip


@st.composite
def tiered_journeys(draw: Draw) -> Journey:
    """Draw forks over a tier that retries, whose replicas fall silent, drain, slow down and die one by one."""
    journey = draw(forked_journeys())
    replicas = st.builds(
        Replicas, count=st.integers(1, 3), needed=st.just(1), repair=laws(60, 900), retries=st.integers(0, 2),
        between_failures=st.sampled_from([Never(), Exponential(minutes(40))]),
        failover=st.sampled_from([minutes(0), minutes(3), minutes(20)]), none_up=st.sampled_from(["wait", "fail"]),
    )  # fmt: skip
    kinds = st.sampled_from(["partition", "pause", "latency", "restart", "kill", "outage", "errors"])
    machine = dataclasses.replace(
        journey.station("machine"), replicas=draw(replicas), servers=draw(st.integers(1, 2)),
        at_closing=draw(st.sampled_from(["finish", "pause"])),
        shifts=draw(st.sampled_from([(), (), (Shift("mon", "00:00", "01:30"), Shift("mon", "02:00", "09:00"))])),
    )  # fmt: skip
    faults = []
    for number in range(draw(st.integers(1, 5))):
        kind = draw(kinds)
        replica = draw(st.one_of(st.none(), st.integers(0, machine.replicas.count - 1)))
        faults.append(Fault(
            name=f"fault-{number}", station="machine", kind=kind, at=minutes(draw(st.integers(0, 180))),
            lasting=minutes(draw(st.integers(1, 90))), share=0.3, delay=minutes(draw(st.integers(0, 4))),
            replica=None if kind in ("outage", "errors") else replica,
        ))  # fmt: skip
    return dataclasses.replace(journey, stations=(journey.station("desk"), machine), faults=tuple(faults))


@st.composite
def loyal_journeys(draw: Draw) -> Journey:
    """Draw a journey of two segments who are asked twice, and call, and come again or refer others, as that was."""
    times = st.one_of(laws(60, 7200), st.sampled_from([Never(), Constant(minutes(30))]))
    few = st.sampled_from([0.5, 0.9, 1.0, 1.2])
    loyalty = Loyalty(
        returns=draw(probabilities()), refers=draw(probabilities()), after=draw(times), refers_after=draw(times),
        per_reask=draw(few), per_call=draw(few), per_hour=draw(few), expected=draw(durations(0, 7200)),
        generations=draw(st.integers(1, 3)),
    )  # fmt: skip
    about = Contact(
        name="where", arises=During("decision", draw(laws(600, 3600))), station="phone", handling=draw(laws(60, 600)),
        patience=draw(laws(60, 600)), comes_back=draw(probabilities()),
        redial=draw(st.sampled_from([None, Redial(0.8, Exponential(minutes(5)), 2)])),
    )  # fmt: skip
    twice = {"asks": ("income",), "lane": "customer"}
    return Journey(
        name="loyal",
        title="Customers who come again",
        customers=CUSTOMERS,
        arrivals=Poisson(per_hour(20)),
        loyalty=loyalty,
        segments=(Segment("new", 0.5), Segment("known", 0.5, {"loyalty.returns": 0.9, "steps.check.skip": 0.5})),
        facts=(Fact(name="income", label="Income"),),
        systems=(System(name="web"), System(name="desk")),
        steps=(
            Step(name="apply", system="web", think=draw(laws(60, 600)), **twice),
            Step(name="check", system=draw(st.sampled_from(["web", "desk"])), **twice, skip=draw(probabilities())),
            Step(name="decide", lane="backstage", service=Exponential(hours(1)), awaits="decision"),
        ),
        waits=(Wait(name="decision"),),
        contacts=(about,),
        stations=(Station(name="phone", shifts=(Shift("mon-sun", "00:00", "03:00"),)),),
    )


def schedules() -> st.SearchStrategy[Arrivals | None]:
    """Draw whole minutes, several customers at the same time among them; or the journey's own law."""
    times = st.lists(st.integers(0, 600), min_size=1, max_size=CUSTOMERS)
    return st.one_of(st.none(), times.map(lambda them: Schedule(tuple(minutes(at) for at in sorted(them)))))


@given(st.one_of(journeys(), troubled_journeys(), stocked_journeys()), st.booleans(), schedules(), st.integers(0, 99))
@settings(bounded, max_examples=150)
def test_random_journeys(journey: Journey, ties: bool, arrivals: Arrivals | None, seed: int) -> None:
    journey = check(compilable(tied(journey) if ties else journey))
    expect_the_same_log(journey, seed, 1, CUSTOMERS, arrivals)


@given(forked_journeys(), st.booleans(), schedules(), st.integers(0, 99))
@settings(bounded, max_examples=60)
def test_forks_within_forks(journey: Journey, ties: bool, arrivals: Arrivals | None, seed: int) -> None:
    expect_the_same_log(check(tied(journey) if ties else journey), seed, 0, CUSTOMERS, arrivals)


@given(tiered_journeys(), st.booleans(), schedules(), st.sampled_from([1.0, 60.0]), st.integers(0, 99))
@settings(bounded, max_examples=80)
def test_tiers_of_replicas_hit_one_by_one(
    journey: Journey, ties: bool, arrivals: Arrivals | None, speed: float, seed: int
) -> None:
    expect_the_same_log(check(tied(journey) if ties else journey), seed, 0, CUSTOMERS, arrivals, None, speed)


@given(loyal_journeys(), st.booleans(), st.sampled_from([1.0, 60.0]), st.integers(0, 99))
@settings(bounded, max_examples=40)
def test_journeys_that_follow_from_others(journey: Journey, ties: bool, speed: float, seed: int) -> None:
    expect_the_same_log(check(tied(journey) if ties else journey), seed, 0, CUSTOMERS, None, None, speed)


def test_further_journeys_of_many_customers_keep_their_draws_apart() -> None:
    """More customers than are drawn for at a time, with a law that the kernel leaves to be inverted by others."""
    law = Gamma(hours(3), 1.5)
    steps = (
        Step(name="order", lane="customer", think=law),
        Step(name="deliver", lane="backstage", service=Gamma(hours(9), 2.0)),
    )
    loyalty = Loyalty(returns=0.5, after=law, refers=0.3, refers_after=law, generations=3)
    journey = Journey(
        name="drawn", title="Drawn", customers=1, arrivals=Poisson(per_hour(60)), steps=steps, loyalty=loyalty
    )
    expect_the_same_log(check(journey), 1, 0, 1500)


@given(st.one_of(journeys(), troubled_journeys()), st.sampled_from([3.0, 60.0, 1000.0]), st.integers(0, 100_000))
@settings(bounded, max_examples=40)
def test_on_a_scaled_clock_and_cut_short(journey: Journey, speed: float, until_s: int) -> None:
    expect_the_same_log(check(compilable(journey)), 5, 0, CUSTOMERS, None, seconds(until_s).s / speed, speed)


@pytest.mark.parametrize("name", ["loan-application", "first-journey"])
def test_both_kernels_write_the_same_log(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = dataclasses.replace(load(name), faults=())
    assert tables(journey).plain
    by_the_plain_one = list(map(repr, replicate(journey, 3, 0, 2000)))
    monkeypatch.setattr("simulators.compiled.tables.is_plain", lambda views, stations: False)
    by_the_other = list(map(repr, replicate(dataclasses.replace(journey), 3, 0, 2000)))
    assert by_the_plain_one == by_the_other


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
