"""The security probe finds each planted defect by its name, nothing where there is nothing, and keeps to itself."""

from __future__ import annotations

import socket

import pytest

from journeys.errors import TargetUnreachable
from journeys.evidence import Evidence
from journeys.probing.asking import MOST
from journeys.probing.doors import bits
from journeys.probing.probe import probe
from reports.scorecard.qualities import scores
from tests.journeys.probing.leaky_server import SHOP, shop


def found(*defects: str) -> list[Evidence]:
    with shop(*defects) as (url, _):
        return probe(SHOP, url, mocked=False, seed=3)


def broken(rows: list[Evidence]) -> set[str]:
    return {row.measure for row in rows if row.verdict == "broken"}


def test_a_well_kept_shop_has_nothing_broken_or_weak() -> None:
    rows = found()
    assert [(row.measure, row.detail) for row in rows if row.verdict in ("broken", "weak")] == []
    held = {row.measure for row in rows if row.verdict == "held"}
    expected = {"unauthenticated", "other-customer", "script", "query", "cookies", "headers", "secrets", "cross-site"}
    assert held == expected | {"errors", "doors"}
    assert scores(rows)["secure"].value == 1.0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("defect", "measure", "said"),
    [
        ("no-owner", "other-customer", "another visitor's session reads full_name"),
        ("open-list", "unauthenticated", "of customers to anybody"),
        ("no-session", "unauthenticated", "can be guessed"),
        ("crossed", "other-customer", "another visitor's own walk shows full_name"),
        ("cookie", "cookies", "cookie sid without HttpOnly, SameSite"),
        ("script", "script", "stands in the page as a script"),
        ("query", "query", "became part of a query"),
        ("secret", "secrets", "shows the secret pin"),
        ("cors", "cross-site", "may be read by any site"),
        ("trace", "errors", "traces"),
        ("door", "doors", "for operators"),
    ],
)
def test_a_planted_defect_is_found_and_named(defect: str, measure: str, said: str) -> None:
    rows = found(defect)
    assert broken(rows) == {measure}
    assert any(said in row.detail for row in rows if row.verdict == "broken")
    score = scores(rows)["secure"]
    assert score.value is not None
    assert (score.value == 0.0) == (measure in ("other-customer", "unauthenticated", "script", "query", "secrets"))
    assert said in " ".join(score.notes)


@pytest.mark.parametrize(("defect", "measure"), [("headers", "headers"), ("breaks-off", "errors")])
def test_what_lets_nobody_in_is_weak(defect: str, measure: str) -> None:
    rows = found(defect)
    assert {row.measure for row in rows if row.verdict == "weak"} == {measure}
    assert broken(rows) == set()


def test_few_requests_go_to_the_target_and_no_more_than_told() -> None:
    with shop() as (url, server):
        rows = probe(SHOP, url, mocked=False, seed=3)
        (made,) = [row.value for row in rows if row.measure == "requests"]
        assert made == len(server.asked) < MOST / 2
        server.asked.clear()
        rows = probe(SHOP, url, mocked=False, seed=3, most=9)
        assert len(server.asked) == 9
        assert any("stopped after 9 requests" in row.detail for row in rows)


def test_another_machine_is_asked_nothing_unless_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", lambda *_: pytest.fail("it was connected to"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("10.1.2.3", 0))])
    (row,) = probe(SHOP, "http://shop.example", mocked=False, seed=3)
    assert (row.verdict, "--allow-probe" in row.detail) == ("not measured", True)
    assert scores([row])["secure"].value is None


def test_nobody_there_is_told() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(TargetUnreachable):
            probe(SHOP, f"http://127.0.0.1:{free.getsockname()[1]}", mocked=False, seed=3)


@pytest.mark.parametrize(
    ("one", "other", "enough"),
    [
        ("/orders/17", "/orders/18", False),
        ("/orders/8f3a", "/orders/91bc", False),
        ("/c/0b1c6a1e-5d0f-4a55-9c1e-0f3d1f2a3b4c", "/c/7a9d2e41-33aa-4b1f-8a55-9be2c1d0e5f6", True),
    ],
)
def test_what_can_be_guessed(one: str, other: str, enough: bool) -> None:
    assert (bits(one, other) >= 64) == enough
