"""A back end in a long run: who is through is forgotten in memory, and what is told of them stays true."""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from typing import Any

import pytest

from journeys import Constant, Route, minutes, seconds
from simulators.backend import rowlog
from simulators.backend.app import make_desk
from simulators.backend.desk import Desk
from simulators.backend.submissions import Act, Begin, Phone, Refused
from simulators.cases import Case, Work
from tests.backend.small_journey import DETAILS, DOCUMENTS, small_journey

FACTS = {name: str(value) for name, value in DETAILS.items()}
TOLD = dict(DOCUMENTS)


async def through(desk: Desk, customer: int) -> str:
    """Walk one customer to the end, and return the case."""
    case = str((await desk.submit("/api/cases", f"begin-{customer}", Begin(customer))).body["case"])
    await desk.submit(f"/{case}/apply", "a", Act(case, "apply", FACTS, 1e6))
    await desk.submit(f"/{case}/documents", "d", Act(case, "documents", TOLD, 1e6))
    standing = await desk.look(case)
    while not standing.acts:
        standing = await desk.look(case, standing.version, 20.0)
    await desk.submit(f"/{case}/offer", "o", Act(case, "offer", {"email": FACTS["email"]}, 1e6))
    return case


def cases_and_works() -> list[Case | Work]:
    return [one for one in gc.get_objects() if isinstance(one, Case | Work)]


def served(customers: int) -> Any:
    """Return a desk's coroutine that walks customers, and what is then told of them."""

    before = cases_and_works()  # of other tests, kept here so that nothing new has the place of one
    known = {id(one) for one in before}

    async def all_of_it() -> tuple[Any, ...]:
        journey = small_journey(stations=tuple(replace(one, servers=50) for one in small_journey().stations))
        desk = make_desk(journey, seed=5, speed=360_000.0)
        await desk.open()
        try:
            cases = await asyncio.gather(*(through(desk, customer) for customer in range(customers)))
            await desk.ledger.settled()
            kept = [one for one in cases_and_works() if id(one) not in known]
            again = await desk.submit(f"/{cases[0]}/offer", "o", Act(cases[0], "offer", {"email": "x"}, 1e6))
            with pytest.raises(Refused, match="the case has ended: completed"):
                await desk.submit(f"/{cases[0]}/offer", "new", Act(cases[0], "offer", {"email": "x"}, 1e6))
            with pytest.raises(Refused, match="the case has ended: completed"):
                await desk.submit(f"/{cases[0]}/where", "c", Phone(cases[0], "where", 0, 60.0))
            rows: list[list[Any]] = []
            while found := await desk.rows_since(len(rows)):
                rows += found
            operations = await desk.operations()
            return len(desk.records), len(kept), await desk.look(cases[0]), again, rows, operations
        finally:
            desk.stop()
            await desk.end()

    return asyncio.run(all_of_it())


def test_who_is_through_is_told_of_and_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rowlog, "PAGE", 7)  # several pages of rows
    records, kept, standing, again, rows, operations = served(20)
    assert (records, kept) == (0, 0)
    assert (standing.step, standing.ended, standing.acts, standing.busy) == ("completed", True, False, False)
    assert standing.last is not None
    assert (standing.last.outcome, standing.last.to) == ("served", "completed")
    assert again.body["version"] == standing.version
    assert again.body["outcome"] == "served"
    assert sorted((row[0], row[2]) for row in rows) == [(k, step) for k in range(20) for step in ("review", "verify")]
    assert operations.ends == {"completed": 20}
    assert operations.open_cases == 0


def test_one_who_withdraws_in_the_middle_of_an_act_is_forgotten_too(open_portal: Any) -> None:
    slow = small_journey(stations=tuple(replace(one, queue_limit=None) for one in small_journey().stations))
    steps = (replace(slow.steps[0], service=Constant(seconds(30))), *slow.steps[1:])
    portal = open_portal(replace(slow, steps=steps))
    case = portal.begin()

    async def both() -> Any:
        acting = asyncio.ensure_future(portal.desk.submit("/x", "k", Act(case, "apply", FACTS, 1e6)))
        await asyncio.sleep(0)
        return acting

    assert portal.client.portal is not None
    acting = portal.client.portal.call(both)
    assert portal.look(case)["step"] == "apply"
    assert portal.client.post(f"/api/cases/{case}/leave", json={}).json()["step"] == "dropped"
    portal.look(case)
    assert portal.client.portal.call(lambda: _ended(acting)) == "the customer has withdrawn"
    assert portal.desk.records == {}
    assert portal.look(case)["step"] == "dropped"


async def _ended(acting: Any) -> str:
    try:
        await acting
    except Refused as refused:
        await asyncio.sleep(0.01)
        return str(refused.answer.body["problem"])
    return "nothing"


def test_the_end_is_shown_as_it_was_before(open_portal: Any) -> None:
    journey = small_journey()
    at_once = (replace(journey.steps[0], routes=(Route("completed"),)), *journey.steps[1:])
    portal = open_portal(replace(journey, steps=at_once, contacts=(), waits=journey.waits), speed=minutes(1).s)
    case = portal.begin()
    told = portal.act(case, "apply", DETAILS).json()
    assert told["to"] == "completed"
    portal.look(case)
    assert portal.desk.records == {}
    page = portal.client.get(f"/cases/{case}").text
    for name, value in (("outcome", "served"), ("to", "completed"), ("queue-ms", told["queue_ms"]), ("server", 0)):
        assert f'data-{name}="{value}"' in page
