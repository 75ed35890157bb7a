"""Logs made by hand: a small loan, rows of single customers, and a whole run whose numbers are known by design."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from journeys import (
    At,
    Budget,
    Contact,
    During,
    Exponential,
    Journey,
    Money,
    Poisson,
    Route,
    Segment,
    Shift,
    Source,
    Station,
    Step,
    Wait,
    days,
    hours,
    minutes,
    per_day,
    seconds,
)
from journeys.eventlog import NAN, Manifest, Row, Run, RunWriter
from reports.pictures.drawing import Picture
from reports.sections import sections_of
from reports.sections.section import Section
from reports.study import Study

DAY = 86400.0
OFFICE = (Shift("mon-fri", "08:00", "18:00"),)

LOAN = Journey(
    name="loan",
    title="Loan",
    arrivals=Poisson(per_day(50)),
    steps=(
        Step(name="start", lane="customer", station="portal", service=Exponential(seconds(1)), abandon=0.1),
        Step(name="submit", lane="customer", station="portal", service=Exponential(seconds(1))),
        Step(name="intake", lane="backstage", station="desk", service=Exponential(minutes(10)), awaits="decision"),
        Step(
            name="review", lane="backstage", station="desk", service=Exponential(hours(1)), awaits="decision",
            routes=(Route("denied", 0.2), Route("papers", 0.1), Route("offer")),
        ),
        Step(name="papers", lane="customer", think=Exponential(days(1)), routes=(Route("review"),)),
        Step(name="offer", lane="customer", station="portal", service=Exponential(seconds(1))),
    ),
    stations=(
        Station(name="portal", kind="system", servers=4),
        Station(name="desk", servers=2, shifts=OFFICE, at_closing="pause", cost_per_hour=30.0),
    ),
    segments=(Segment("simple", 0.8), Segment("complex", 0.2)),
    waits=(Wait(name="decision", uncertain=Exponential(days(9))),),
    contacts=(
        Contact(
            name="where", reason="Where is it?", arises=During("decision", Exponential(days(3))), station="desk",
            handling=Exponential(minutes(5)), cost=2.0,
        ),
        Contact(
            name="how_to", reason="How?", arises=At("start", 0.2), station="desk", handling=Exponential(minutes(5)),
        ),
    ),
    budgets=(Budget("completion >= 40%"), Budget("p95(submit) < 5 s"), Budget("p97.5(submit) < 5 s")),
    money=Money(completion_value=500.0, drop_off_cost=10.0),
    sources=(Source("stations.desk", "given", "the case"), Source("arrivals", "derived", "query a1")),
    decision=("submit", "review"),
)  # fmt: skip


def row(
    customer: int, step: str, at: float | Sequence[float], outcome: str = "served", to: str = "", **more: Any
) -> Row:
    """Return a row; `at` is (ready, start, end), or one time for all three."""
    ready_s, start_s, end_s = at if isinstance(at, Sequence) else (at, at, at)
    known = {known.name: known for known in LOAN.steps}
    lane, station = (known[step].lane, known[step].station) if step in known else ("customer", "")
    given = {"visit": 0, "lane": lane, "station": station, "server": -1, "intended_s": ready_s, "detail": ""} | more
    times = {"ready_s": ready_s, "start_s": start_s, "end_s": end_s}
    segment = given.pop("segment", "simple")
    return Row(customer=customer, segment=segment, step=step, outcome=outcome, to=to, **times, **given)


def arrival(customer: int, at: float, **more: Any) -> Row:
    return row(customer, "arrival", at, "served", "start", **more)


def leaving(customer: int, at: float, outcome: str, detail: str = "", **more: Any) -> Row:
    return row(customer, "exit", at, outcome, detail=detail, **more)


def approved(customer: int, at: float, decision_s: float, **more: Any) -> list[Row]:
    """Return the rows of a customer who is approved `decision_s` after submitting, and completes."""
    done = at + 20 + decision_s
    return [
        arrival(customer, at, **more),
        row(customer, "start", (at, at, at + 10), to="submit", **more),
        row(customer, "submit", (at + 10, at + 15, at + 20), to="intake", **more),
        row(customer, "intake", (at + 20, at + 20, at + 20 + decision_s / 2), to="review", **more),
        row(customer, "review", (at + 20 + decision_s / 2, at + 20 + decision_s / 2, done), to="offer", **more),
        row(customer, "offer", (done + 30, done + 30, done + 31), to="completed", **more),
        leaving(customer, done + 31, "completed", **more),
    ]


def manifest(**changed: Any) -> Manifest:
    plain = Manifest(
        journey="loan", journey_digest="0123456789abcdef", scenario="as-is", engine="simpy", kind="simulated", seed=1,
        replications=1, customers=10, human_steps=("intake", "review", "papers"), finished=True,
    )  # fmt: skip
    return replace(plain, **changed)


def write_run(folder: Path, replications: Sequence[Sequence[Row]], **changed: Any) -> Run:
    """Write a run; `changed` are fields of its manifest."""
    described = manifest(replications=len(replications), **({"finished": False} | changed))
    with RunWriter(folder, described) as writer:
        for number, rows in enumerate(replications):
            writer.extend(rows, number)
        if changed.get("reason"):
            writer.close(finished=False, reason=changed["reason"])
    return Run.open(folder)


def population(
    seed: int, customers: int, *, completes: float = 0.5, decision_s: float = 3 * DAY, calls: float = 1.0
) -> list[Row]:
    """Return rows of customers whose draws are shared by all settings: who is patient here is patient there."""
    rows: list[Row] = []
    for customer in range(customers):
        draw = random.Random(f"{seed}/{customer}")
        luck, patience, length, asks = (draw.random() for _ in range(4))
        more = {"segment": "complex" if luck < 0.2 else "simple"}
        at = customer * 1800.0
        own = approved(customer, at, decision_s * (0.5 + length), **more)
        if asks < calls / 2:
            own.append(row(customer, "contact:where", (at + 50, at + 60, at + 360), station="desk", **more))
        if patience >= completes:
            kept = [one for one in own if one.step in ("arrival", "start") or one.step.startswith("contact:")]
            kept.append(row(customer, "submit", (at + 10, NAN, at + 12), "dropped", "dropped", **more))
            own = [*kept, leaving(customer, at + 400, "dropped", "gave up at submit", **more)]
        rows += own
    return rows


def bare(study: Study) -> Iterator[tuple[Section, tuple[Picture, ...]]]:
    """Yield a study's sections without their pictures, for a page of which the text is looked at."""
    for section in sections_of(study):
        yield section, ()
