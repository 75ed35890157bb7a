from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from journeys import (
    Attempts,
    Constant,
    Contact,
    During,
    Exponential,
    Fact,
    Journey,
    Poisson,
    Route,
    Station,
    Step,
    Wait,
    hours,
    milliseconds,
    minutes,
    per_minute,
    seconds,
)
from journeys.browser.engine import browse
from journeys.browser.finding import Browser
from journeys.errors import InvalidInput, Missing
from journeys.eventlog import Run
from journeys.population import Population
from simulators.backend.process import BackendProcess

pytestmark = [pytest.mark.browser, pytest.mark.backend]

SPEED = 600.0
PERMIT = Journey(
    name="permit",
    arrivals=Poisson(per_minute(60)),
    facts=(
        Fact(name="full_name", label="Full name", faker="name"),
        Fact(name="amount", label="Amount", kind="number", low=1000, high=5000, round_to=100),
        Fact(name="car", label="Kind of car", kind="choice", choices=("petrol", "electric")),
        Fact(name="born", label="Date of birth", kind="date"),
        Fact(name="pin", label="PIN", kind="secret"),
        Fact(name="proof", label="Proof", kind="file"),
    ),
    stations=(
        Station(name="server", servers=2, kind="system"),
        Station(name="clerks", servers=2, kind="people"),
        Station(name="phone", servers=1, kind="people"),
    ),
    waits=(
        Wait(name="decision", visible=0.5),
        Wait(name="forever", uncertain=Constant(minutes(10))),
    ),
    contacts=(
        Contact(
            name="where", arises=During("decision", Constant(minutes(2))), station="phone",
            handling=Constant(minutes(1)), patience=Exponential(minutes(20)),
        ),
    ),
    steps=(
        Step(
            name="start", lane="customer", asks=("full_name", "car", "born"), station="server",
            service=Constant(milliseconds(20)), think=Constant(seconds(30)),
        ),
        Step(
            name="details", lane="customer", asks=("amount", "pin", "proof"), station="server",
            service=Constant(milliseconds(30)),
        ),
        Step(name="review", lane="backstage", station="clerks", service=Constant(minutes(10)), awaits="decision"),
        Step(name="sign", lane="customer", station="server", routes=(Route("archive", 0.5), Route("completed"))),
        Step(name="archive", lane="backstage", service=Constant(hours(9)), awaits="forever"),
    ),
)  # fmt: skip


def walked(journey: Journey, url: str, folder: Path, chromium: Browser, **more: object) -> tuple[Run, pd.DataFrame]:
    options = {"customers": 6, "contexts": 3, "seed": 3, "speed": SPEED, **more}
    run = Run.open(browse(journey, target=url, mocked=True, folder=folder, browser=chromium, **options))  # type: ignore[arg-type]
    return run, run.frame()


@pytest.fixture(scope="module")
def permits() -> Iterator[str]:
    with BackendProcess(PERMIT, seed=3, speed=SPEED) as back_end:
        yield back_end.url


def test_customers_walk_the_pages_from_the_first_to_an_end(permits: str, tmp_path: Path, chromium: Browser) -> None:
    seen: list[tuple[int, int]] = []

    run, rows = walked(PERMIT, permits, tmp_path, chromium, progress=lambda done, total: seen.append((done, total)))

    assert seen == [(done, 6) for done in range(1, 7)]
    assert run.manifest.finished
    assert run.manifest.human_steps == ("review", "archive")
    assert run.manifest.not_measured == ()
    assert run.manifest.settings["failed_steps"] == 0
    assert run.manifest.settings["page_errors"] == 0
    for number in range(6):
        own = rows[rows.customer == number]
        steps = list(own.loc[~own.step.str.startswith("contact:"), "step"])
        ends = list(own.loc[own.step == "exit", "outcome"])
        assert set(steps) >= {"arrival", "start", "details", "review", "sign", "exit"}
        assert ends == (["dropped"] if "archive" in steps else ["completed"])
        own_words = own.loc[own.step == "exit", "detail"].iloc[0]
        assert own_words == ("gave up waiting (forever)" if ends == ["dropped"] else "")
    acted = rows[rows.step.isin(["start", "details"])]
    assert (acted.outcome == "served").all()
    assert (acted.server >= 0).all()
    assert (acted.intended_s <= acted.ready_s).all()
    assert (acted.ready_s <= acted.start_s).all()
    assert ((acted.end_s - acted.ready_s) >= 0.02).all()
    assert (rows.step == "contact:where").sum() >= 1
    assert len((tmp_path / "timeline.jsonl").read_text().splitlines()) == 18


def test_the_back_end_is_left_ready_for_the_next_run(tmp_path: Path, chromium: Browser) -> None:
    own = Journey(
        name="endless", arrivals=PERMIT.arrivals,
        steps=(Step(name="ask", lane="customer"), Step(name="think", lane="backstage", service=Constant(hours(9000)))),
    )  # fmt: skip

    with BackendProcess(own, seed=3, speed=SPEED) as back_end:
        for name in ("first", "second"):
            run, rows = walked(own, back_end.url, tmp_path / name, chromium, give_up_s=4.0, customers=2)

            assert list(rows.loc[rows.step == "exit", "outcome"]) == ["censored"] * 2
            assert list(rows.loc[rows.step == "ask", "to"]) == ["think"] * 2
            assert run.manifest.finished


def test_everybody_is_the_population_s_own(tmp_path: Path, chromium: Browser) -> None:
    own = Journey(name="one", arrivals=Poisson(per_minute(1)), facts=PERMIT.facts[:1], steps=(
        Step(name="name", lane="customer", asks=("full_name",)),
    ))  # fmt: skip
    database = tmp_path / "cases.sqlite"

    with BackendProcess(own, seed=3, speed=SPEED, database=database) as back_end:
        walked(own, back_end.url, tmp_path / "run", chromium, customers=2, first_customer=17)

    import sqlite3

    with sqlite3.connect(database) as connection:
        content = "\n".join(connection.iterdump())
    for number in (17, 18):
        assert Population(own, 3).customer(number).persona["full_name"] in content


def test_a_step_without_an_answer_in_time_is_given_up(tmp_path: Path, chromium: Browser) -> None:
    tries = Attempts(timeout=Constant(milliseconds(100)), limit=2, backoff=milliseconds(10))
    own = Journey(
        name="slow", arrivals=Poisson(per_minute(1)), stations=(Station(name="server", servers=1, kind="system"),),
        steps=(
            Step(
                name="ask", lane="customer", station="server", service=Constant(seconds(9)), attempts=tries,
                on_failure="mail",
            ),
            Step(name="mail", lane="customer"),
        ),
    )  # fmt: skip

    with BackendProcess(own, seed=3, speed=SPEED) as back_end:
        run, rows = walked(own, back_end.url, tmp_path, chromium, customers=1)

    assert list(rows.step) == ["arrival", "ask", "ask", "mail", "exit"]
    assert list(rows.outcome) == ["served", "timed_out", "timed_out", "served", "completed"]
    assert (rows.loc[rows.step == "ask", "end_s"] - rows.loc[rows.step == "ask", "ready_s"]).between(0.1, 2.0).all()
    assert run.manifest.finished


def test_a_back_end_that_is_not_the_journey_s_is_refused(permits: str, tmp_path: Path, chromium: Browser) -> None:
    other = Journey(name="other", arrivals=PERMIT.arrivals, steps=PERMIT.steps[:1], facts=PERMIT.facts)

    with pytest.raises(InvalidInput) as caught:
        walked(other, permits, tmp_path, chromium, speed=7.0)

    assert str(caught.value) == (
        "--target: plays another journey (got permit); other\n--speed: is not the back end's (got 7); 600"
    )


def test_cases_left_open_by_others_are_told(permits: str, tmp_path: Path, chromium: Browser) -> None:
    with urllib.request.urlopen(urllib.request.Request(f"{permits}/api/cases", b"{}", method="POST")) as answer:
        case = json.load(answer)["case"]
    try:
        with pytest.raises(Missing, match="cases of an earlier run are still open there"):
            walked(PERMIT, permits, tmp_path, chromium)
    finally:
        leave = urllib.request.Request(f"{permits}/api/cases/{case}/leave", b'{"reason": "test"}', method="POST")
        urllib.request.urlopen(leave).close()

    run = Run.open(tmp_path)
    assert not run.manifest.finished
    assert run.frame().empty


def test_a_back_end_that_ends_meanwhile_leaves_what_was_measured(tmp_path: Path, chromium: Browser) -> None:
    with BackendProcess(PERMIT, seed=3, speed=SPEED) as back_end, pytest.raises(Missing, match="nothing answers"):
        walked(PERMIT, back_end.url, tmp_path, chromium, customers=4, progress=lambda *_: back_end.stop())

    run = Run.open(tmp_path)
    rows = run.frame()
    assert not run.manifest.finished
    assert sorted(rows.loc[rows.step == "arrival", "customer"]) == sorted(rows.loc[rows.step == "exit", "customer"])
