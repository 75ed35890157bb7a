"""A back end in this process, and what its tests say to it again and again."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from journeys import Journey
from simulators.backend.app import make_app, make_desk
from simulators.backend.desk import Desk
from simulators.backend.private_postgres import PostgresServer, postgres_server, programs
from tests.backend.small_journey import DETAILS, DOCUMENTS, small_journey


@dataclass
class Portal:
    """A desk, and a client of the application that serves it."""

    desk: Desk
    client: TestClient

    def begin(self, customer: int = 7) -> str:
        answer = self.client.post("/api/cases", headers={"Journeywright-Customer": str(customer)})
        assert answer.status_code == 201
        return str(answer.json()["case"])

    def act(self, case: str, step: str, facts: dict[str, Any], key: str = "", **more: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/api/cases/{case}/steps/{step}", json={"facts": facts, **more}, headers=headers)

    def look(self, case: str, since: int | None = None) -> dict[str, Any]:
        news = "" if since is None else f"?wait_ms=20000&since={since}"
        answer = self.client.get(f"/api/cases/{case}{news}")
        assert answer.status_code == 200
        return dict(answer.json())

    def submitted(self, customer: int = 7) -> str:
        """Bring a case to where the organisation works on it."""
        case = self.begin(customer)
        assert self.act(case, "apply", DETAILS).status_code == 200
        assert self.act(case, "documents", DOCUMENTS).status_code == 200
        return case


@pytest.fixture
def open_portal() -> Iterator[Any]:
    """Opens back ends of a journey, and closes them at the end of the test."""
    opened: list[TestClient] = []

    def open_one(journey: Journey | None = None, speed: float = 36_000.0, **more: Any) -> Portal:
        desk = make_desk(journey or small_journey(), seed=5, speed=speed, **more)
        client = TestClient(make_app(desk), follow_redirects=False)
        client.__enter__()
        opened.append(client)
        return Portal(desk, client)

    yield open_one
    for client in opened:
        client.__exit__()


@pytest.fixture
def portal(open_portal: Any) -> Portal:
    """A back end of the small journey, an hour of its people in a tenth of a second."""
    made: Portal = open_portal()
    return made


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server; skips where its programs are not installed."""
    if programs() is None:
        pytest.skip("PostgreSQL's server programs (initdb, postgres) are not installed here")
    with postgres_server() as server:
        yield server


_NUMBERS = itertools.count()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """The address of an empty database, of each kind."""
    if request.param == "sqlite":
        return tmp_path / "cases.db"
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.url(f"cases_{next(_NUMBERS)}")
