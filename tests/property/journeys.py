"""Hypothesis strategies for laws and whole journeys that are valid, end with probability 1, and end soon.

Why every walk ends: a step leads back with probability 0.4 at most (and a limited loop only so often); what is left
goes to a later step or to an end, failures included. Why soon: services and waits are minutes to hours, every station
is on duty some hours of most days, and calls are repeated only so often.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import simpy
from hypothesis import strategies as st

from journeys import (
    ZERO,
    At,
    Attempts,
    Batch,
    Callback,
    Closure,
    Constant,
    Contact,
    Distribution,
    Duration,
    During,
    Empirical,
    Exponential,
    Fact,
    FactIs,
    Fork,
    Gamma,
    Group,
    InSegment,
    Journey,
    Lognormal,
    LongSince,
    Loyalty,
    Never,
    Poisson,
    Process,
    Redial,
    Route,
    Segment,
    Shift,
    Spike,
    Station,
    Step,
    System,
    Uniform,
    VisitsAtLeast,
    Wait,
    Weibull,
    days,
    hours,
    minutes,
    per_hour,
    seconds,
)
from journeys.blueprint import Lane
from journeys.routes import ENDS

COLOURS = ("red", "green", "blue")
BATCHES = (Batch(every=hours(6), first=hours(2)), Batch(every=hours(5), first=hours(2), days="tue,sat"))
Draw = st.DrawFn


def durations(low_s: float = 1.0, high_s: float = 7200.0) -> st.SearchStrategy[Duration]:
    """Whole seconds, as people write them."""
    return st.integers(math.ceil(low_s), math.floor(high_s)).map(seconds)


@st.composite
def laws(draw: Draw, low_s: float = 1.0, high_s: float = 7200.0) -> Distribution:
    """Draw any law of finite durations whose mean is between `low_s` and `high_s`, in seconds."""
    mean = draw(durations(low_s, high_s))
    spread = draw(st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0]))
    kinds: tuple[Callable[[], Distribution], ...] = (
        lambda: Exponential(mean),
        lambda: Constant(mean),
        lambda: Uniform(mean * 0.5, mean * 1.5),
        lambda: Lognormal(mean, spread),
        lambda: Gamma(mean, spread),
        lambda: Weibull(mean, spread),
        lambda: Empirical((mean * 0.25, mean * 0.75, mean, mean * 2)),
    )
    return draw(st.sampled_from(kinds))()


def probabilities(high: float = 1.0) -> st.SearchStrategy[float]:
    """Hundredths from 0 to `high`."""
    return st.integers(0, round(100 * high)).map(lambda hundredths: hundredths / 100)


def rarely(strategy: st.SearchStrategy[Any], otherwise: Any = None) -> st.SearchStrategy[Any]:
    """Draw from `strategy` one time in four."""
    return st.integers(0, 3).flatmap(lambda luck: strategy if luck == 3 else st.just(otherwise))


@st.composite
def closures(draw: Draw) -> tuple[Closure, ...]:
    """Draw one or two closures that begin in the first days, and may overlap."""
    return tuple(
        Closure(name=f"closure-{index}", at=draw(durations(0, 200_000)), lasting=draw(durations(600, 90_000)))
        for index in range(draw(st.integers(1, 2)))
    )


GROUPS = (
    (Group(name="narrow", servers=2, skills=("red",)), Group(name="wide", skills=("red", "green"))),
    (Group(name="red", skills=("red",)), Group(name="green", servers=2, skills=("green",)), Group(name="none")),
)


@st.composite
def _stations(draw: Draw) -> tuple[Station, ...]:
    shifts = [
        (),
        (Shift("mon-fri", "08:00", "18:00"),),
        (Shift("mon-sun", "00:00", "06:00"), Shift("mon-sun", "22:00", "24:00", servers=1)),
        (Shift("mon-sat", "09:00", "12:00"), Shift("mon-sun", "11:00", "17:30", servers=2)),
    ]
    made = []
    for index in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["people", "system"]))
        groups = draw(rarely(st.sampled_from(GROUPS), ()))
        made.append(
            Station(
                name=f"station-{index}",
                kind=kind,
                servers=1 if groups else draw(st.integers(1, 5)),
                groups=groups,
                shifts=draw(rarely(st.sampled_from(shifts[:2] if groups else shifts), ())) if kind == "people" else (),
                closures=draw(rarely(closures(), ())),
                preemptive=draw(rarely(st.just(True), False)),
                at_closing=draw(st.sampled_from(["finish", "pause"])),
                queue_limit=draw(rarely(st.integers(0, 6))),
                cost_per_hour=draw(st.integers(0, 60)) / 1.0,
            )
        )
    return tuple(made)


@st.composite
def _routes(draw: Draw, index: int, names: list[str], segments: list[str], facts: list[str]) -> tuple[Route, ...]:
    """Draw the ways out of step `index`: at most one back, at most two aside, and the rest onwards."""
    onwards: list[str] = [*names[index + 1 :], *ENDS[:2]]
    if draw(st.booleans()):
        return ()
    routes: list[Route] = []
    if index and draw(st.booleans()):
        back = names[draw(st.integers(0, index))]
        limited = draw(st.booleans())
        if limited:
            past = draw(st.sampled_from(onwards))
            routes.append(Route(past, when=VisitsAtLeast(names[index], draw(st.integers(2, 4)))))
            onwards.remove(past)
        routes.append(Route(back, draw(probabilities(0.4))))
    if len(onwards) > 1 and draw(st.booleans()):
        conditions: list[Any] = [None, InSegment((draw(st.sampled_from(segments)),))]
        if facts:
            conditions.append(FactIs(facts[0], (draw(st.sampled_from(COLOURS)),)))
        back_to = draw(st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True))
        conditions.append(LongSince(tuple(back_to), draw(laws(60))))
        aside = draw(st.sampled_from(onwards))
        routes.append(Route(aside, draw(probabilities(0.5)), when=draw(st.sampled_from(conditions))))
        onwards.remove(aside)
    last = draw(st.sampled_from(onwards)) if onwards else None
    if last is None:
        return ()
    if draw(st.booleans()) and all(route.when is None for route in routes):
        # hundredths, so that they sum to 1
        return (*routes, Route(last, round(1 - sum(route.probability or 0.0 for route in routes), 2)))
    return (*routes, Route(last))


@st.composite
def _step(draw: Draw, index: int, names: list[str], journey: dict[str, list[str]], lane: Lane) -> Step:
    station = draw(st.sampled_from(["", *journey["stations"]]))
    customers = lane == "customer"
    onwards = [*names[index + 1 :], *ENDS]
    attempts = Attempts(
        timeout=draw(st.sampled_from([Never(), Constant(minutes(10)), Exponential(hours(2))])),
        limit=draw(st.integers(1, 3)),
        backoff=draw(durations(0, 30)),
        failure=draw(probabilities(0.3)),
    )
    step = Step(
        name=names[index],
        lane=lane,
        asks=tuple(draw(st.sets(st.sampled_from(journey["facts"])))) if customers and journey["facts"] else (),
        system=draw(st.sampled_from(journey["systems"])) if journey["systems"] else "",
        in_person=customers and draw(st.booleans()),
        think=draw(laws(1, 600)) if customers and draw(st.booleans()) else ZERO,
        abandon=draw(rarely(probabilities(0.3), 0.0)) if customers else 0.0,
        skip=draw(rarely(probabilities(0.5), 0.0)) if index else 0.0,
        batch=draw(rarely(st.sampled_from(BATCHES))) if not customers else None,
        station=station,
        service=draw(laws(1, 3600)) if station or not customers else ZERO,
        skill=draw(st.sampled_from(["", *journey["skilled"]])) if station in journey["grouped"] else "",
        priority=draw(st.integers(0, 2)),
        patience=draw(rarely(laws(60, 7200))) if station else None,
        response_patience=draw(rarely(laws(600, 7200))) if customers else None,
        balk_above=draw(rarely(st.integers(0, 5))) if station else None,
        attempts=draw(rarely(st.just(attempts))),
        routes=draw(_routes(index, names, journey["segments"], journey["facts"])),
        on_renege=draw(st.sampled_from(onwards)),
        on_balk=draw(st.sampled_from(onwards)),
        on_rejected=draw(st.sampled_from(onwards)),
        on_failure=draw(st.sampled_from(onwards)),
        awaits=draw(st.sampled_from(["", *journey["waits"]])) if not customers else "",
    )
    if not station and not customers and draw(rarely(st.just(True))):
        step = dataclasses.replace(step, service=ZERO, process=Process(wandering))
    return step


def wandering(environment: simpy.Environment) -> Callable[[Any], Iterator[simpy.Event]]:
    """Make a process in which each waits for the one before them, for a while of their own."""
    last = [environment.timeout(0)]

    def wander(visit: Any) -> Iterator[simpy.Event]:
        mine = environment.timeout(visit.draw("time", Exponential(minutes(10))))
        before, last[0] = last[0], mine
        if not before.processed:
            yield before
        if not mine.processed:
            yield mine

    return wander


def callbacks() -> st.SearchStrategy[Callback]:
    """Call-backs that are offered in short queues."""
    return st.builds(
        Callback, above=st.integers(0, 2), probability=probabilities(), reached=probabilities(), ring=durations(0, 60)
    )


@st.composite
def _contacts(draw: Draw, journey: dict[str, list[str]]) -> tuple[Contact, ...]:
    if not journey["stations"]:
        return ()
    made = []
    for index in range(draw(st.integers(0, 2))):
        arises: list[During | At] = [
            At(
                draw(st.sampled_from(journey["steps"])),
                draw(probabilities()),
                on=draw(st.sampled_from(["entry", "failure"])),
            )
        ]
        arises += [During(wait, draw(laws(1800, 7200))) for wait in journey["waits"]]
        station = draw(st.sampled_from(journey["stations"]))
        made.append(
            Contact(
                name=f"question-{index}",
                arises=draw(st.sampled_from(arises)),
                station=station,
                skill=draw(st.sampled_from(["", *journey["skilled"]])) if station in journey["grouped"] else "",
                handling=draw(laws(30, 900)),
                self_service=draw(probabilities()),
                chatbot=draw(probabilities()),
                chatbot_time=draw(durations(0, 300)),
                priority=draw(st.integers(0, 2)),
                patience=draw(laws(60, 1800)),
                comes_back=draw(probabilities()),
                morning=draw(laws(60, 7200)),
                callback=draw(rarely(callbacks())),
                redial=draw(rarely(st.just(Redial(0.5, Exponential(minutes(20)), 2)))),
                gives_up=draw(probabilities(0.5)),
            )
        )
    return tuple(made)


@st.composite
def _forked(draw: Draw, steps: tuple[Step, ...], known: dict[str, list[str]]) -> tuple[Step, ...]:
    """Draw a fork into a journey, behind some step: two or three branches of one or two steps each, that join.

    Whoever comes from the step before by the journey's order comes to the fork; by its routes, past it.
    """
    place = draw(st.integers(1, len(steps)))
    joins = draw(st.sampled_from([step.name for step in steps[place:]] or ["completed"]))
    wait = draw(st.sampled_from(["", *known["waits"]]))
    branches = [
        [f"branch-{index}-{number}" for number in range(draw(st.integers(1, 2)))]
        for index in range(draw(st.integers(2, 3)))
    ]
    made = []
    for branch in branches:
        for name, onwards in zip(branch, [*branch[1:], joins], strict=True):
            step = draw(_step(1, ["", name], known, draw(st.sampled_from(["frontstage", "backstage", "support"]))))
            ways = (Route("denied", 0.2), Route(name, 0.2), Route(onwards))
            # the last branch is followed by whatever comes next, which need not be the join
            routes = ways if draw(st.booleans()) else () if branch is not branches[-1] else (Route(onwards),)
            places = st.sampled_from([joins, "denied", "dropped", onwards])
            left = {on: draw(places) for on in ("on_renege", "on_balk", "on_rejected", "on_failure")}
            made.append(dataclasses.replace(step, routes=routes, awaits=wait, **left))
    needs = draw(st.sampled_from([None, *range(1, len(branches) + 1)]))
    fork = Step(
        name="fork",
        lane=draw(st.sampled_from(["frontstage", "backstage", "support"])),
        awaits=wait,
        skip=draw(rarely(probabilities(0.5), 0.0)),
        fork=Fork(tuple(branch[0] for branch in branches), joins, needs),
    )
    return (*steps[:place], fork, *made, *steps[place:])


@st.composite
def loyalties(draw: Draw) -> Loyalty:
    """Draw a loyalty of at most three generations."""
    return Loyalty(
        returns=draw(probabilities()),
        after=draw(laws(1, 90_000)),
        refers=draw(probabilities(0.5)),
        refers_after=draw(st.one_of(st.just(ZERO), laws(1, 90_000))),
        per_reask=draw(probabilities()),
        per_call=draw(probabilities()),
        per_hour=draw(probabilities()),
        expected=draw(durations(0, 7200)),
        generations=draw(st.integers(1, 3)),
    )


@st.composite
def journeys(draw: Draw, max_steps: int = 8) -> Journey:
    """Draw a valid journey of 1 to `max_steps` steps, with stations, rework, waits, contacts, facts and segments."""
    names = [f"step-{index}" for index in range(draw(st.integers(1, max_steps)))]
    lanes = st.sampled_from(["customer", "customer", "frontstage", "backstage", "support"])
    stations = draw(_stations())
    segments = [f"segment-{index}" for index in range(draw(st.integers(1, 3)))]
    shares = [draw(st.integers(1, 9)) for _ in segments]
    facts = [
        Fact(name=f"fact-{index}", label=f"Fact {index}", kind="choice", choices=COLOURS,
             effort=draw(durations(0, 60)), reask_abandon=draw(probabilities(0.3)))
        for index in range(draw(st.integers(0, 3)))
    ]  # fmt: skip
    systems = [System(name="web"), System(name="core", reads=draw(st.sampled_from([(), ("web",)])))]
    waits = [
        Wait(name=f"wait-{index}", uncertain=draw(laws(3600, 90_000)), informed=draw(laws(3600, 180_000)),
             visible=draw(probabilities()))
        for index in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    known = {
        "steps": names,
        "stations": [station.name for station in stations],
        "grouped": [station.name for station in stations if station.groups],
        "skilled": ["red", "green"],
        "segments": segments,
        "facts": [fact.name for fact in facts],
        "systems": draw(st.sampled_from([[], ["web", "core"]])),
        "waits": [wait.name for wait in waits],
    }
    steps = tuple(
        draw(_step(index, names, known, "customer" if not index else draw(lanes))) for index in range(len(names))
    )
    if draw(st.integers(0, 3)) == 3:
        steps = draw(_forked(steps, known))
    spikes = draw(rarely(st.just((Spike(hours(2), hours(3), 4.0),)), ()))
    return Journey(
        name="drawn",
        arrivals=Poisson(per_hour(draw(st.integers(2, 30))), spikes=spikes),
        steps=steps,
        stations=stations,
        segments=tuple(
            Segment(name, share / sum(shares), {f"steps.{names[0]}.think": f"Exponential(mean={30 * share} s)"})
            if index
            else Segment(name, share / sum(shares))
            for index, (name, share) in enumerate(zip(segments, shares, strict=True))
        ),
        waits=tuple(waits),
        contacts=draw(_contacts(known)),
        facts=tuple(facts),
        systems=tuple(systems),
        loyalty=draw(rarely(loyalties())),
        warm_up=draw(rarely(st.just(hours(3)), seconds(0))),
    )


# Journeys with something wrong ---------------------------------------------------------------------------------------

ODDITIES: tuple[Any, ...] = (
    -1, 0, 7, -0.5, 1.5, math.nan, math.inf, True, None, "", "nowhere", "5 min", (), ("nowhere",), ("step-0", "step-0"),
    {}, {"steps.nowhere.think": 3}, Duration(-5.0), Duration(math.nan), days(2), ZERO, Never(), Exponential(hours(-1)),
    Empirical(()), Route("nowhere"), Wait(name="wait-9"),
)  # fmt: skip


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of every field and element below a value, as names of fields and positions."""
    inside: list[tuple[str | int, Any]] = []
    if dataclasses.is_dataclass(value):
        inside = [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)]
    elif isinstance(value, tuple):
        inside = list(enumerate(value))
    for key, item in inside:
        yield (*path, key)
        yield from places(item, (*path, key))


def replaced(value: Any, place: tuple[str | int, ...], oddity: Any) -> Any:
    """Return `value` with something else at one place."""
    if not place:
        return oddity
    key, rest = place[0], place[1:]
    if isinstance(key, int):
        return tuple(replaced(item, rest, oddity) if index == key else item for index, item in enumerate(value))
    return dataclasses.replace(value, **{key: replaced(getattr(value, key), rest, oddity)})


@st.composite
def odd_journeys(draw: Draw) -> Journey:
    """Draw a journey that was valid until one to three of its values were replaced by anything at all."""
    odd = draw(journeys(max_steps=3))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(odd)) if dataclasses.is_dataclass(odd) else []
        place = draw(st.sampled_from(found))
        odd = replaced(odd, place, draw(st.sampled_from(ODDITIES)))
    return odd
