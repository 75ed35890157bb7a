"""Whatever the journey: customers are conserved, servers are nobody's twice, and luck belongs to the customer alone."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from journeys import (
    ZERO,
    At,
    Constant,
    Contact,
    Exponential,
    Fault,
    Fork,
    Group,
    Journey,
    Lognormal,
    Replicas,
    Schedule,
    Segment,
    Shift,
    Station,
    Step,
    hours,
    minutes,
    seconds,
)
from journeys.arrivals import WEEK_S
from journeys.checks import check
from journeys.eventlog import ARRIVAL, CONTACT, EXIT, Row
from journeys.loyalty import SPAN, referred, returned
from journeys.routes import ENDS
from simulators.simpy_engine import replicate
from tests.property.journeys import Draw, durations, journeys, laws

CUSTOMERS = 40
EPS_S = 1e-6

bounded = settings(derandomize=True, database=None)


@st.composite
def troubled_journeys(draw: Draw) -> Journey:
    """Draw a journey whose stations may break and are hit by faults in the first days."""
    journey = draw(journeys(max_steps=5))
    replicas = st.builds(
        Replicas,
        count=st.just(3),
        needed=st.integers(1, 3),
        between_failures=laws(3600, 40_000),
        repair=laws(600, 7200),
        failover=durations(0, 1200),
    )
    stations = tuple(
        dataclasses.replace(station, replicas=draw(replicas)) if not station.groups and draw(st.booleans()) else station
        for station in journey.stations
    )
    hit = [draw(st.sampled_from(stations)) for _ in range(draw(st.integers(0, 4)) if stations else 0)]
    kinds = [draw(st.sampled_from(["outage", "kill", "pause", "latency", "errors"])) for _ in hit]
    faults = tuple(
        Fault(
            name=f"fault-{index}",
            station=station.name,
            kind=kinds[index],
            at=draw(durations(0, 86_400)),
            lasting=draw(durations(60, 20_000)),
            replica=draw(st.integers(0, 2)) if station.replicas and kinds[index] == "kill" else None,
            delay=draw(durations(0, 600)),
            share=draw(st.integers(0, 100)) / 100,
        )
        for index, station in enumerate(hit)
    )
    return check(dataclasses.replace(journey, stations=stations, faults=faults))


def rows_of(journey: Journey, **parts: Any) -> list[Row]:
    return replicate(journey, 3, 0, CUSTOMERS, **parts)


@bounded
@given(troubled_journeys(), st.sampled_from([None, 40_000.0]))
def test_customers_are_conserved_and_go_where_their_rows_say(journey: Journey, until_s: float | None) -> None:
    rows = rows_of(journey, until_s=until_s)
    own: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        own[row.customer].append(row)
        assert row.end_s >= row.ready_s - EPS_S
        assert not row.start_s < row.ready_s - EPS_S
        assert not row.start_s > row.end_s + EPS_S
    first = [number for number in sorted(own) if number < SPAN]
    assert until_s is not None or first == list(range(CUSTOMERS))
    loyal = {row.customer for row in rows if row.step == EXIT and row.outcome == "completed"}
    further = {returned(number) for number in loyal} | {referred(number) for number in loyal}
    assert further >= own.keys() - set(first)
    for found in own.values():
        (arrival,) = (row for row in found if row.step == ARRIVAL)
        (exit_,) = (row for row in found if row.step == EXIT)
        assert exit_.outcome in (*ENDS, "censored")
        assert until_s is not None or exit_.outcome != "censored"
        steps = [row for row in found if row.step not in (ARRIVAL, EXIT) and not row.step.startswith(CONTACT)]
        follow(journey, arrival, steps, exit_)


def follow_branches(journey: Journey, forked: Row, steps: list[Row], fork: Fork) -> Row:
    """Take the rows of a fork's branches out of `steps`; return the one with which the case went on."""
    again = next((index for index, row in enumerate(steps) if row.step == forked.step), len(steps))
    lasts: list[Row] = []
    for head in fork.branches:
        own = [row for row in steps[:again] if row.step.startswith(head.removesuffix("0"))]
        for row, following in pairwise(own):
            assert row.to == following.step or journey.step(row.to).skip
            assert following.ready_s >= row.end_s - EPS_S
        lasts += own[-1:]
        for row in own:
            steps.remove(row)
            assert row.ready_s >= forked.end_s - EPS_S
            again -= 1
    withdrawn = [row for row in lasts if row.outcome == "withdrawn"]
    arrived = sorted((row for row in lasts if row.to == fork.joins), key=lambda row: row.end_s)
    over = [row for row in lasts if row.to in ENDS and row.to != fork.joins]
    at_once = len(fork.branches) - len(lasts)
    assert len(arrived) <= fork.needed
    if over:
        assert len(over) == 1 or {row.outcome for row in over} == {"dropped"}
        assert all(row.to == "" and row.end_s == over[0].end_s for row in withdrawn)
        return over[0]
    if arrived and len(arrived) + at_once >= fork.needed:
        assert all(row.to == "" and row.end_s == arrived[-1].end_s for row in withdrawn)
        return arrived[-1]
    assert not withdrawn or at_once
    return forked


def follow(journey: Journey, arrival: Row, steps: list[Row], exit_: Row) -> None:
    """Assert that the rows of one customer are one way from arrival to exit, with its forks."""
    last = arrival
    while True:
        fork = journey.step(last.step).fork if last.step != ARRIVAL and last.outcome == "served" else None
        if fork is not None:
            last = follow_branches(journey, last, steps, fork)
        if last.to in ENDS:
            break
        if fork is not None and journey.step(last.to).skip:
            return  # the join may have been passed over
        following = next((row for row in steps if row.step == last.to), None)
        if following is None and last.outcome in ("failed", "timed_out") and journey.step(last.to).skip:
            return  # the customer turned to a step over which this visit passes
        if following is None:
            assert exit_.outcome == "censored" or "nobody answered" in exit_.detail, (last, exit_)
            assert not steps
            return
        steps.remove(following)
        assert following.ready_s >= last.end_s - EPS_S
        last = following
    assert not steps
    assert exit_.outcome == last.to or "nobody answered" in exit_.detail or exit_.outcome == "censored"


@bounded
@given(troubled_journeys())
def test_no_server_serves_two_at_once_and_nobody_begins_off_duty(journey: Journey) -> None:
    spans: dict[tuple[str, int], list[tuple[float, float]]] = defaultdict(list)
    for row in rows_of(journey):
        if row.server >= 0:
            spans[row.station, row.server].append((row.start_s, row.end_s))
    for (name, server), found in spans.items():
        station = journey.station(name)
        if station.preemptive or ((station.shifts or station.closures) and station.at_closing == "pause"):
            continue  # the server of the row is the one who ended what another may have begun
        for (_, end_s), (start_s, _) in pairwise(sorted(found)):
            assert end_s <= start_s + EPS_S
        copies = station.replicas.count if station.replicas else 1
        for start_s, _ in found:
            assert server < max(_level(station, start_s - EPS_S), _level(station, start_s + EPS_S)) * copies


def _level(station: Station, time_s: float) -> int:
    if any(begin_s <= time_s < end_s for begin_s, end_s in station.closed_s()):
        return 0
    return [level for at_s, level in station.roster() if at_s <= max(0.0, time_s) % WEEK_S][-1]


@bounded
@given(troubled_journeys())
def test_the_same_seed_gives_the_same_log(journey: Journey) -> None:
    assert str(rows_of(journey)) == str(rows_of(journey))


# Common random numbers -----------------------------------------------------------------------------------------------


def _plain(row: Row) -> str:
    return str(row._replace(to=""))


@bounded
@given(troubled_journeys())
def test_a_step_more_at_the_end_disturbs_nobody(journey: Journey) -> None:
    more = dataclasses.replace(
        journey, steps=(*journey.steps, Step(name="more", lane="support", service=Exponential(hours(1))))
    )
    # who comes again comes later where it takes longer
    before, after = (rows_of(dataclasses.replace(each, loyalty=None)) for each in (journey, check(more)))
    kept = [_plain(row) for row in after if row.step not in (EXIT, "more")]
    assert sorted(kept) == sorted(_plain(row) for row in before if row.step != EXIT)


@bounded
@given(troubled_journeys())
def test_a_contact_that_takes_no_time_disturbs_nobody(journey: Journey) -> None:
    assume(journey.stations)
    question = Contact(
        name="more",
        arises=At(journey.steps[0].name, 0.5),
        station=journey.stations[0].name,
        handling=ZERO,
        self_service=1.0,
    )
    more = dataclasses.replace(journey, contacts=(*journey.contacts, question))
    after = [row for row in rows_of(check(more)) if row.step != "contact:more"]
    intended = [str(row._replace(intended_s=row.ready_s)) for row in after]
    assert intended == [str(row._replace(intended_s=row.ready_s)) for row in rows_of(journey)]


@bounded
@given(journeys(max_steps=5))
def test_a_server_more_leaves_every_customers_own_luck_alone(journey: Journey) -> None:
    def alone(step: Step) -> Step:
        return dataclasses.replace(step, attempts=None, response_patience=None, process=None, skill="")

    def luck(servers: int) -> dict[tuple[int, str, int], float]:
        stations = [
            dataclasses.replace(
                station,
                servers=station.capacity + servers,
                groups=(),
                shifts=(),
                closures=(),
                preemptive=False,
                queue_limit=None,
            )
            for station in journey.stations
        ]
        steps = tuple(alone(step) for step in journey.steps)
        rows = rows_of(dataclasses.replace(journey, steps=steps, stations=tuple(stations), loyalty=None))
        known: dict[tuple[int, str, int], float] = {}
        for row in rows:
            if row.step == ARRIVAL:
                known[row.customer, row.segment, 0] = row.start_s
            elif row.outcome == "served" and not row.step.startswith(CONTACT):
                known[row.customer, row.step, row.visit] = row.end_s - row.start_s
        return known

    one, another = luck(0), luck(1)
    both = one.keys() & another.keys()
    assert len(both) >= CUSTOMERS
    assert all(abs(one[key] - another[key]) < 0.001 for key in both)


# One station ---------------------------------------------------------------------------------------------------------


@st.composite
def single_stations(draw: Draw, least: int = 2, gap: int = 20) -> Journey:
    """Draw one station without impatience, at which customers of two priorities arrive in whole minutes.

    At least so many arrive, and none more than `gap` minutes after another.
    """
    gaps = draw(st.lists(st.integers(0, gap), min_size=least, max_size=CUSTOMERS))
    shifts = draw(st.sampled_from([(), (Shift("mon-sun", "08:00", "18:00"),), (Shift("mon-sun", "00:00", "02:00"),)]))
    law = draw(st.sampled_from([Constant(minutes(10)), Exponential(minutes(20)), Lognormal(minutes(15), 1.5)]))
    return Journey(
        name="single",
        arrivals=Schedule.from_seconds([60.0 * sum(gaps[: n + 1]) for n in range(len(gaps))]),
        steps=(Step(name="serve", lane="backstage", station="desk", service=law),),
        stations=(
            Station(
                name="desk",
                servers=draw(st.integers(1, 4)),
                shifts=shifts,
                preemptive=draw(st.booleans()),
                at_closing=draw(st.sampled_from(["finish", "pause"])),
            ),
        ),
        segments=(Segment("first", 0.5), Segment("second", 0.5, {"steps.serve.priority": 1})),
    )


def served(journey: Journey) -> list[Row]:
    return sorted((row for row in rows_of(journey) if row.step == "serve"), key=lambda row: row.customer)


@bounded
@given(single_stations())
def test_within_a_priority_who_comes_first_is_served_first(journey: Journey) -> None:
    rows = served(journey)
    for name in ("first", "second"):
        starts = [row.start_s for row in rows if row.segment == name]
        assert starts == sorted(starts)


@bounded
@given(single_stations())
def test_no_server_is_idle_while_somebody_waits(journey: Journey) -> None:
    """At each moment at which somebody who waited is taken, a server had just freed, opened or was taken by others."""
    (station,) = journey.stations
    assume(not station.shifts)
    rows = served(journey)
    for row in rows:
        if row.start_s > row.ready_s:
            busy = sum(other.start_s < row.start_s <= other.end_s for other in rows)
            assert busy >= station.servers


@bounded
@given(single_stations(least=30, gap=8))
def test_who_goes_first_at_a_pre_emptive_station_does_not_notice_the_others(journey: Journey) -> None:
    (station,), (first, second) = journey.stations, journey.segments
    elsewhere = dataclasses.replace(second, differs={"steps.serve.station": ""})

    def times(*segments: Segment) -> list[tuple[float, float]]:
        stations = (dataclasses.replace(station, preemptive=True),)
        rows = served(dataclasses.replace(journey, segments=segments, stations=stations))
        return [(row.start_s, row.end_s) for row in rows if row.segment == "first"]

    assert np.allclose(times(first, second), times(first, elsewhere), rtol=0, atol=EPS_S)


def _grouped(journey: Journey, *skills: tuple[str, ...], servers: tuple[int, ...] = ()) -> Journey:
    """Return the station with groups of these skills; the first segment asks for red, the second for green."""
    (station,), (first, second) = journey.stations, journey.segments
    groups = tuple(
        Group(name=f"group-{index}", servers=number, skills=own)
        for index, (own, number) in enumerate(zip(skills, servers or (station.servers,), strict=True))
    )
    segments = tuple(
        dataclasses.replace(segment, differs={**segment.differs, "steps.serve.skill": skill})
        for segment, skill in ((first, "red"), (second, "green"))
    )
    grouped = dataclasses.replace(station, servers=1, groups=groups)
    return check(dataclasses.replace(journey, stations=(grouped,), segments=segments))


@bounded
@given(single_stations(least=30, gap=8))
def test_servers_who_can_all_do_everything_are_a_plain_station(journey: Journey) -> None:
    assert served(_grouped(journey, ("red", "green"))) == served(journey)


@bounded
@given(single_stations(least=30, gap=8), st.integers(1, 3))
def test_servers_of_one_skill_each_are_stations_apart(journey: Journey, more: int) -> None:
    (station,), (first, second) = journey.stations, journey.segments
    one, other = (dataclasses.replace(station, name=name, servers=number) for name, number in
                  (("one", station.servers), ("other", more)))  # fmt: skip
    apart = dataclasses.replace(
        journey,
        steps=(dataclasses.replace(journey.steps[0], station="one"),),
        stations=(one, other),
        segments=tuple(
            dataclasses.replace(segment, differs={**segment.differs, "steps.serve.station": name})
            for segment, name in ((first, "one"), (second, "other"))
        ),
    )
    grouped = _grouped(journey, ("red",), ("green",), servers=(station.servers, more))
    assert [row[7:] for row in served(grouped)] == [row[7:] for row in served(check(apart))]


@bounded
@given(single_stations())
def test_more_servers_never_lengthen_anybodys_wait_first_come_first_served(journey: Journey) -> None:
    one_class = dataclasses.replace(journey, segments=(Segment("everyone"),))

    def starts(more: int) -> Sequence[float]:
        (station,) = journey.stations
        more_of_them = (dataclasses.replace(station, servers=station.servers + more, at_closing="finish"),)
        return [row.start_s for row in served(dataclasses.replace(one_class, stations=more_of_them))]

    fewer, more = starts(0), starts(1)
    assert all(later >= sooner - EPS_S for later, sooner in zip(fewer, more, strict=True))


@bounded
@given(single_stations(), st.integers(0, 3600))
def test_patience_and_limits_only_take_customers_away(journey: Journey, patience_s: int) -> None:
    (step,), (station,) = journey.steps, journey.stations
    hurried = dataclasses.replace(
        journey,
        steps=(dataclasses.replace(step, patience=Constant(seconds(patience_s))),),
        stations=(dataclasses.replace(station, queue_limit=3),),
    )
    rows = served(hurried)
    assert len(rows) == len(served(journey))
    for row in rows:
        if row.outcome == "served":
            assert row.start_s <= row.ready_s + patience_s + EPS_S
        elif row.outcome == "reneged":
            assert abs(row.end_s - row.ready_s - patience_s) < EPS_S
        else:
            assert row.outcome == "rejected"
            assert sum(other.ready_s <= row.ready_s < _left(other) for other in rows if other is not row) >= 3


def _left(row: Row) -> float:
    """Return when a customer left the queue; a moment after it, for whoever left it at the moment of joining."""
    return (row.start_s if row.start_s == row.start_s else row.end_s) + EPS_S
