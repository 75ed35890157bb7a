"""The protocol between the back end and those who act for customers, version 1."""

from __future__ import annotations

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from journeys import Constant, Route, Station, Step, minutes, seconds
from journeys.blueprint import Attempts
from journeys.eventlog import ARRIVAL, CONTACT, EXIT, Row
from journeys.intents import Act, Acted, Answered, Ask, Go, Heard, Leave, Listen
from journeys.paths import digest
from journeys.population import Population
from journeys.walking import Script
from simulators.backend.guards import BODY_LIMIT
from tests.backend.small_journey import DETAILS, DOCUMENTS, small_journey


def one_step(**step: Any) -> Any:
    """A journey of one step at one system's only server."""
    made = Step(name="pay", lane="customer", station="till", routes=(Route("completed"),), **step)
    return small_journey(
        steps=(made,), waits=(), contacts=(), stations=(Station(name="till", kind="system", queue_limit=1),)
    )


def test_health_tells_what_is_served(portal: Any) -> None:
    told = portal.client.get("/health").json()
    assert told["status"] == "ok"
    assert (told["journey"], told["digest"], told["speed"]) == ("small-loan", digest(small_journey()), 36_000.0)
    assert told["now_s"] >= 0


def test_a_life_to_the_end(portal: Any) -> None:
    begun = portal.client.post("/api/cases").json()
    case = begun.pop("case")
    assert begun == {"step": "apply", "acts": True, "end": False, "wait": "", "version": begun["version"]}
    assert portal.desk.records[case].case.customer == 1_000_000
    acted = portal.act(case, "apply", DETAILS).json()
    assert (acted["outcome"], acted["to"], acted["acts"], acted["server"]) == ("served", "documents", True, 0)
    assert acted["service_ms"] >= 20
    assert acted["queue_ms"] >= 0
    acted = portal.act(case, "documents", DOCUMENTS).json()
    assert (acted["to"], acted["acts"], acted["wait"]) == ("verify", False, "decision")
    assert acted["version"] > begun["version"]
    news = portal.look(case, since=acted["version"])
    assert (news["step"], news["acts"], news["wait"]) == ("offer", True, "")
    end = portal.act(case, "offer", {}).json()
    assert (end["to"], end["step"], end["end"], end["acts"]) == ("completed", "completed", True, False)
    rows = portal.client.get("/api/rows").json()
    assert [row[2] for row in rows["rows"]] == ["verify", "review"]
    assert portal.client.get(f"/api/rows?since={rows['next']}").json() == {"rows": [], "next": rows["next"]}


def test_peoples_time_stands_until_who_looks_closely_has_seen_it(open_portal: Any) -> None:
    portal = open_portal(speed=1e9)
    case = portal.client.post("/api/cases", headers={"Journeywright-Closely": "yes"}).json()["case"]
    portal.act(case, "apply", DETAILS)
    waiting = portal.act(case, "documents", DOCUMENTS).json()
    assert waiting["step"] == "verify"
    version = waiting["version"]
    assert portal.client.get(f"/api/cases/{case}?wait_ms=50&since={version}").json()["step"] == "verify"
    portal.client.post(f"/api/cases/{case}/seen", json={"version": version - 1})  # is not what there is to see
    assert portal.look(case)["step"] == "verify"
    assert portal.client.post(f"/api/cases/{case}/seen", json={"version": version}).status_code == 200
    assert portal.look(case, since=version)["step"] == "offer"
    # who withdraws, or never tells, stops nobody
    hurried = portal.begin()
    portal.act(hurried, "apply", DETAILS)
    assert portal.look(hurried, since=portal.act(hurried, "documents", DOCUMENTS).json()["version"])["step"] == "offer"


def test_peoples_work_is_scaled_and_machines_work_is_not(portal: Any) -> None:
    case = portal.submitted()
    portal.look(case, since=portal.look(case)["version"])
    review = Row(*portal.client.get("/api/rows").json()["rows"][1])
    assert review.step == "review"
    assert 0.1 <= review.end_s - review.start_s < 1.0  # an hour, 36,000 times as fast


def test_a_repeated_key_is_given_the_first_answer(portal: Any) -> None:
    case = portal.begin()
    first = portal.act(case, "apply", DETAILS, key="once")
    again = portal.act(case, "apply", DETAILS, key="once")
    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert portal.act(case, "apply", DETAILS, key="twice").status_code == 409
    begun = [portal.client.post("/api/cases", headers={"Idempotency-Key": "c"}).json()["case"] for _ in range(2)]
    assert begun[0] == begun[1]


def test_a_repeated_key_waits_for_the_first_answer(open_portal: Any) -> None:
    portal = open_portal(one_step(service=Constant(seconds(0.3))), speed=1)
    case = portal.begin()
    with ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(portal.act, case, "pay", {}, "same") for _ in range(4)]
        told = [one.result(10) for one in asked]
    assert [one.status_code for one in told] == [200] * 4
    assert len({one.text for one in told}) == 1
    assert portal.desk.ends == {"completed": 1}


def test_a_refused_submission_may_be_put_right_under_its_key(portal: Any) -> None:
    case = portal.begin()
    assert portal.act(case, "apply", {}, key="k").status_code == 422
    assert portal.act(case, "apply", DETAILS, key="k").status_code == 200


def test_an_answer_outlives_the_process(open_portal: Any, tmp_path: Path) -> None:
    portal = open_portal(database=tmp_path / "cases.db")
    case = portal.begin()
    first = portal.act(case, "apply", DETAILS, key="k").json()
    again = open_portal(database=tmp_path / "cases.db")
    assert again.act(case, "apply", DETAILS, key="k").json() == first
    assert again.look(case)["step"] == "documents"
    assert again.act(case, "documents", DOCUMENTS).json()["to"] == "verify"


@pytest.mark.parametrize(
    ("step", "status", "problem"),
    [
        ("documents", 409, "not the customer's turn"),
        ("review", 409, "not the customer's"),
        ("dance", 404, "no such step"),
    ],
)
def test_the_wrong_step(portal: Any, step: str, status: int, problem: str) -> None:
    answer = portal.act(portal.begin(), step, {})
    assert answer.status_code == status
    assert problem in answer.json()["problem"]
    assert answer.json()["step"] == "apply"


def test_what_there_is_not(portal: Any) -> None:
    case = portal.begin()
    for method, path in [
        ("GET", "/api/cases/nobody"), ("POST", "/api/cases/nobody/steps/apply"), ("GET", "/api/nothing"),
        ("POST", f"/api/cases/{case}/contacts/mother"),
    ]:  # fmt: skip
        answer = portal.client.request(method, path)
        assert (answer.status_code, next(iter(answer.json()))) == (404, "problem")
    assert portal.client.delete("/api/cases").status_code == 405


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"email": None}, "email is missing"),
        ({"amount": ""}, "amount is missing"),
        ({"amount": 999}, "amount must be a number from 1000 to 50000"),
        ({"amount": "nan"}, "amount must be a number"),
        ({"birth": "soon"}, "birth must be a date"),
        ({"purpose": "Boat"}, "purpose must be one of: Car, Home, Other"),
        ({"email": "ann at home"}, "email must be an e-mail address"),
        ({"full_name": "x" * 2001}, "full_name is too long"),
        ({"emial": "a@b.c"}, "emial is not asked here; did you mean 'email'?"),
        ({"amount": [1]}, "must be texts or numbers: amount"),
    ],
)
def test_facts_that_will_not_do(portal: Any, changed: dict[str, Any], named: str) -> None:
    case = portal.begin()
    facts = {name: value for name, value in (DETAILS | changed).items() if value is not None}
    answer = portal.act(case, "apply", facts)
    assert answer.status_code == 422
    assert named in answer.json()["problem"]
    assert list(answer.json()["facts"]) == [next(iter(changed))]
    assert portal.look(case)["step"] == "apply"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400), ("[]", 400), ('{"facts": 3}', 400), ('{"facts": {}, "deadline_ms": -1}', 400),
        (f'{{"deadline_ms": {"9" * 400}}}', 400),
    ],
)  # fmt: skip
def test_bodies_that_will_not_do(portal: Any, body: str, status: int) -> None:
    answer = portal.client.post(f"/api/cases/{portal.begin()}/steps/apply", content=body)
    assert answer.status_code == status
    assert "problem" in answer.json()


def test_headers_that_will_not_do(portal: Any) -> None:
    for headers in [
        {"Journeywright-Customer": "-1"},
        {"Journeywright-Customer": "9" * 20},
        {"Journeywright-Customer": "9" * 5000},
        {"Idempotency-Key": "k" * 201},
    ]:
        assert portal.client.post("/api/cases", headers=headers).status_code == 400
    assert portal.client.post("/api/cases", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_bodies_are_limited(portal: Any) -> None:
    path = f"/api/cases/{portal.begin()}/steps/apply"
    assert portal.client.post(path, content=b"x" * (BODY_LIMIT + 1)).status_code == 413
    pieces = (b"x" * 1024 for _ in range(BODY_LIMIT // 1024 + 1))  # of a length not declared
    assert portal.client.post(path, content=pieces).status_code == 413


def test_a_long_poll_answers_at_once_when_something_is_new(portal: Any) -> None:
    case = portal.begin()
    version = portal.look(case)["version"]
    assert portal.look(case, since=version - 1)["version"] == version
    assert portal.client.get(f"/api/cases/{case}?wait_ms=1&since={version}").json()["version"] == version


def test_a_long_poll_answers_when_something_changes(open_portal: Any) -> None:
    portal = open_portal(speed=1)
    case = portal.submitted()
    version = portal.look(case)["version"]
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(portal.look, case, version) for _ in range(3)]
        left = portal.client.post(f"/api/cases/{case}/leave", json={"reason": "tired"}).json()
        assert [one.result(10) for one in waiting] == [left] * 3
    assert (left["step"], left["end"], left["version"] > version) == ("dropped", True, True)
    row = Row(*portal.client.get("/api/rows").json()["rows"][-1])
    assert (row.step, row.outcome, row.detail) == ("verify", "dropped", "tired")


def test_withdrawing_lets_go_of_a_submission(open_portal: Any) -> None:
    portal = open_portal(one_step(service=Constant(minutes(10))), speed=1)
    case = portal.begin()
    with ThreadPoolExecutor(1) as pool:
        acting = pool.submit(portal.act, case, "pay", {})
        until_acting(portal, case)
        assert portal.act(case, "pay", {}).status_code == 409
        portal.client.post(f"/api/cases/{case}/leave", json={"reason": "tired"})
        assert acting.result(10).status_code == 409
    assert portal.desk.organisation.stations["till"].serving == 0
    assert portal.client.post(f"/api/cases/{case}/leave").status_code == 200


def until_acting(portal: Any, case: str) -> None:
    while portal.look(case)["acts"]:
        pass


def test_a_full_queue_rejects(open_portal: Any) -> None:
    portal = open_portal(one_step(service=Constant(seconds(0.5))), speed=1)
    cases = [portal.begin(customer) for customer in range(3)]
    with ThreadPoolExecutor(3) as pool:
        told = [one.result(10) for one in [pool.submit(portal.act, case, "pay", {}) for case in cases]]
    outcomes = sorted((one.status_code, one.json()["outcome"], one.json()["service_ms"] is None) for one in told)
    assert outcomes == [(200, "served", False), (200, "served", False), (503, "rejected", True)]
    assert max(one.json()["queue_ms"] for one in told) > 0


def test_deadlines_withdraw_the_work(open_portal: Any) -> None:
    portal = open_portal(one_step(service=Constant(minutes(10)), attempts=Attempts(limit=2)), speed=1)
    case = portal.begin()
    answer = portal.act(case, "pay", {}, deadline_ms=50)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["to"]) == (504, "timed_out", None)
    assert answer.json()["acts"] is True
    assert portal.desk.organisation.stations["till"].serving == 0


def test_a_failed_attempt_may_be_made_again_with_the_same_facts(open_portal: Any) -> None:
    failing = one_step(asks=("email",), system="portal", attempts=Attempts(failure=1.0), on_failure="rejected")
    portal = open_portal(failing)
    case = portal.begin()
    for facts in ({"email": "a@example.org"}, {"email": "a@example.org"}, {}):
        answer = portal.act(case, "pay", facts)
        assert (answer.status_code, answer.json()["outcome"], answer.json()["step"]) == (502, "failed", "pay")
    assert portal.client.post(f"/api/cases/{case}/go", json={"to": "completed"}).status_code == 422
    gone = portal.client.post(f"/api/cases/{case}/go", json={"to": "rejected"}).json()
    assert (gone["step"], gone["end"]) == ("rejected", True)
    assert portal.client.post(f"/api/cases/{case}/go", json={"to": "rejected"}).status_code == 409


def test_contacts(open_portal: Any) -> None:
    portal = open_portal()
    case = portal.submitted()
    call = {"visit": 0, "patience_s": None}
    assert portal.client.post(f"/api/cases/{case}/contacts/where", json=call).json() == {"outcome": "served"}
    rows = [Row(*row) for row in portal.client.get("/api/rows").json()["rows"]]
    assert [row.station for row in rows if row.step == "contact:where"] == ["phone"]
    from journeys import Shift

    closed = small_journey(
        stations=(
            *small_journey().stations[:2],
            Station(name="phone", shifts=(Shift("sun", "09:00", "10:00"),)),
        )
    )
    portal = open_portal(closed, speed=1)
    told = portal.client.post(f"/api/cases/{portal.submitted()}/contacts/where", json=call).json()
    assert told["outcome"] == "closed"
    assert 6 * 86400 < told["opens_in_human_s"] <= 6 * 86400 + 9 * 3600


def test_a_caller_without_patience_was_never_served(open_portal: Any) -> None:
    portal = open_portal(speed=3600)
    cases = [portal.submitted(customer) for customer in range(2)]
    with ThreadPoolExecutor(2) as pool:
        calls = [
            pool.submit(portal.client.post, f"/api/cases/{case}/contacts/where", json={"visit": 0, "patience_s": 36.0})
            for case in cases
        ]
        assert sorted(call.result(10).json()["outcome"] for call in calls) == ["reneged", "served"]
    rows = [Row(*row) for row in portal.client.get("/api/rows").json()["rows"]]
    started = {row.outcome: row.start_s for row in rows if row.step == "contact:where"}
    assert started["reneged"] is None
    assert started["served"] >= 0


def test_the_zero_of_a_run(portal: Any) -> None:
    case = portal.submitted()
    refused = portal.client.post("/api/clock/zero")
    assert (refused.status_code, refused.json()["open"]) == (409, 1)
    portal.client.post(f"/api/cases/{case}/leave")
    before_s = portal.client.get("/health").json()["now_s"]
    assert portal.client.post("/api/clock/zero").json() == {"now_s": 0}
    assert portal.client.get("/health").json()["now_s"] < before_s
    assert portal.client.get("/api/rows").json() == {"rows": [], "next": 0}
    assert portal.look(case)["step"] == "dropped"


def walk(portal: Any, script: Script, customer: int, rows: list[Row]) -> str:
    """Walk one customer through the protocol; thinking takes no time here."""
    clock = portal.desk.now_s
    walker = script.walk(customer, clock(), clock, rows.append)
    persona = script.population.customer(customer).persona
    case, version, answer = portal.begin(customer), -1, None
    version = portal.look(case)["version"]
    while True:
        try:
            intent = walker.send(answer)
        except StopIteration as end:
            return str(end.value)
        answer = None
        if isinstance(intent, Act):
            sent_s = clock()
            told = portal.act(case, intent.step.name, {name: persona[name] for name in intent.asks}).json()
            version = told["version"]
            answer = Acted(told["outcome"], told["to"], sent_s, clock(), clock(), told["server"], told["detail"])
        elif isinstance(intent, Listen):
            wait_ms = int(min(20.0, intent.human_s / portal.desk.speed) * 1000) + 1
            told = portal.client.get(f"/api/cases/{case}?wait_ms={wait_ms}&since={version}").json()
            answer = Heard(told["step"] if told["version"] != version else None)
            version = told["version"]
        elif isinstance(intent, Ask):
            body = {"visit": intent.visit, "patience_s": None}
            told = portal.client.post(f"/api/cases/{case}/contacts/{intent.contact.name}", json=body).json()
            answer = Answered(told["outcome"])
        elif isinstance(intent, Go | Leave):
            portal.client.post(f"/api/cases/{case}/leave", json={})


def test_rows_of_both_sides_conserve(portal: Any) -> None:
    journey, rows = portal.desk.journey, []
    script = Script(journey, Population(journey, 5), speed=portal.desk.speed)
    with ThreadPoolExecutor(8) as pool:
        ends = list(pool.map(lambda customer: walk(portal, script, customer, rows), range(8)))
    assert ends == ["completed"] * 8
    rows += [
        Row(*(float("nan") if value is None else value for value in row))
        for row in asyncio.run(portal.desk.rows_since(0))
    ]
    for customer in range(8):
        own = [row for row in rows if row.customer == customer and not row.step.startswith(CONTACT)]
        by_step = {row.step: row for row in own}
        assert len(by_step) == len(own)
        chain, step = [by_step[ARRIVAL]], by_step[ARRIVAL].to
        while step != "completed":
            chain.append(by_step[step])
            step = by_step[step].to
        assert [row.step for row in chain] == [ARRIVAL, "apply", "documents", "verify", "review", "offer"]
        assert {EXIT, *(row.step for row in chain)} == set(by_step)
        assert by_step[EXIT].outcome == "completed"
        assert all(row.ready_s <= row.start_s <= row.end_s for row in own)
    assert portal.desk.open_cases == 0
    assert portal.desk.ends == {"completed": 8}
    assert json.dumps(portal.client.get("/api/rows").json())  # no number that JSON does not have
