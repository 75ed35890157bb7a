"""Rules changed while the back end runs, or at its restart: in force everywhere, for good, and only where they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from journeys.errors import InvalidInput
from simulators.backend.process import BackendProcess
from tests.backend.small_journey import DETAILS, small_journey
from tests.backend.test_replicas import needs_envoy
from tests.backend.tiers import call

LIMIT = {"path": "facts.amount.high", "value": "1500"}


def asked(portal: Any, case: str) -> str:
    return str(portal.client.get(f"/cases/{case}").text)


def test_a_live_rule_is_in_force_at_once_on_pages_and_for_programs(open_portal: Any) -> None:
    portal = open_portal(small_journey(rules="live"))
    case = portal.begin()
    assert 'max="50000"' in asked(portal, case)
    assert portal.client.post("/api/rules", json=LIMIT).json() == {"changed": {"facts.amount.high": "1500"}}
    assert 'max="1500"' in asked(portal, case)
    refused = portal.act(case, "apply", DETAILS)
    assert (refused.status_code, list(refused.json()["facts"])) == (422, ["amount"])
    assert portal.act(case, "apply", DETAILS | {"amount": 1500}).status_code == 200


@pytest.mark.slow
def test_rules_of_a_journey_that_needs_a_restart_wait_for_one(open_portal: Any, database: Any) -> None:
    portal = open_portal(database=database)
    case = portal.begin()
    refused = portal.client.post("/api/rules", json=LIMIT)
    assert (refused.status_code, "restart" in refused.json()["problem"]) == (409, True)
    assert portal.client.get("/api/rules").json() == {"rules": "restart", "changed": {}}
    portal.client.__exit__()
    again = open_portal(database=database, rules={"facts.amount.high": "1500"})
    assert again.look(case)["step"] == "apply"
    assert again.act(case, "apply", DETAILS).status_code == 422
    again.client.__exit__()
    third = open_portal(database=database)
    assert third.client.get("/api/rules").json()["changed"] == {"facts.amount.high": "1500"}


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("facts.amount.high", "many", "cannot be set to this"),
        ("facts.amount.high", "10", "low <= high"),
        ("facts.purpose.choices", "", "needs values to choose from"),
        ("facts.nothing.high", "10", "no 'nothing'"),
        ("stations.web.servers", "10", "is no rule"),
    ],
)
def test_what_is_no_rule_changes_nothing(open_portal: Any, path: str, value: str, said: str) -> None:
    portal = open_portal(small_journey(rules="live"))
    refused = portal.client.post("/api/rules", json={"path": path, "value": value})
    assert (refused.status_code, said in refused.json()["problem"]) == (422, True)
    assert portal.client.get("/api/rules").json()["changed"] == {}
    with pytest.raises(InvalidInput):
        open_portal(rules={path: value})


def test_choices_left_out_take_their_prices_along(open_portal: Any) -> None:
    portal = open_portal(small_journey(rules="live"))
    portal.client.post("/api/rules", json={"path": "facts.purpose.choices", "value": "Home, Other"})
    page = asked(portal, portal.begin())
    assert ("Car" in page, "Home" in page) == (False, True)


def test_operations_tell_the_stock_that_there_is_and_the_one_that_is_shown(open_portal: Any) -> None:
    from journeys import Stock, days

    portal = open_portal(small_journey(stock=(Stock(name="cards", initial=3, sync=days(1)),)))
    portal.desk.organisation.warehouse.take("cards")
    assert portal.client.get("/api/operations").json()["stock"] == [{"name": "cards", "there": 2, "shown": 3}]


@needs_envoy
@pytest.mark.backend
def test_a_live_rule_is_in_force_at_every_replica(tmp_path: Path) -> None:
    with BackendProcess(small_journey(rules="live"), replicas=2, database=tmp_path / "cases.db") as backend:
        case = call(f"{backend.url}/api/cases", {})[1]["case"]
        assert call(f"{backend.url}/api/rules", LIMIT)[0] == 200
        pages = [call(f"{backend.url}/cases/{case}")[1] for _ in range(4)]
        assert ['max="1500"' in page for page in pages] == [True] * 4
