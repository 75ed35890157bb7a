"""What the back end remembers, in either kind of database."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from journeys.errors import CannotWrite, InvalidInput
from simulators.backend.ledger import Ledger
from simulators.backend.private_postgres import programs
from simulators.backend.store import (
    Answer,
    Change,
    Store,
    StoredCase,
    StoreDown,
    acknowledged,
    begun,
    contacted,
    moved,
    open_store,
    told,
)
from tests.backend.small_journey import DETAILS, DOCUMENTS

ROOT = Path(__file__).parents[2]


def written(store: Store, *changes: Change) -> None:
    store.database.write(changes)


def test_a_case_outlives_the_connection(database: str | Path) -> None:
    store = open_store(database, "shop", "d1")
    past = '{"visits": {"apply": 2}}'
    written(store, begun(StoredCase("a", 1, "apply", False, 1), 0.5))
    written(store, begun(StoredCase("b", 1_000_004, "apply", False, 1, past), 0.6))
    written(store, moved(StoredCase("a", 1, "completed", True, 4), 2.0), *told("b", "portal", {"name": "Ann"}))
    written(store, *told("b", "portal", {"name": "Anne", "note": "'; DROP TABLE cases; --"}))
    written(store, acknowledged("/x", "k", Answer(200, {"n": 1})), acknowledged("/x", "k", Answer(503, {"n": 2})))
    written(store, contacted("a", "where", 0, "served", 3.0), contacted("a", "where", 1, "reneged", 4.0))
    store.database.close()
    again = open_store(database, "shop", "d1")
    assert again.open_cases() == [StoredCase("b", 1_000_004, "apply", False, 1, past)]
    assert again.case("a") == StoredCase("a", 1, "completed", True, 4)
    assert again.case("c") is None
    assert again.told("b") == {"portal": {"name": "Anne", "note": "'; DROP TABLE cases; --"}}
    assert again.answered("/x", "k") == Answer(200, {"n": 1})
    assert again.answered("/y", "k") is None
    assert again.last_visitor(1_000_000) == 1_000_004
    rows = again.database.rows("SELECT visit, outcome FROM contacts ORDER BY id")
    assert rows == [(0, "served"), (1, "reneged")]
    again.database.close()


def test_changes_are_written_all_or_not_at_all(database: str | Path) -> None:
    store = open_store(database, "shop", "d1")
    case = begun(StoredCase("a", 1, "apply", False, 1), 0.5)
    with pytest.raises(StoreDown):
        written(store, case, case)
    assert store.case("a") is None
    written(store, case)
    assert store.case("a") is not None
    store.database.close()


def test_the_database_of_another_journey_is_refused(database: str | Path) -> None:
    open_store(database, "shop", "d1").database.close()
    with pytest.raises(InvalidInput, match=r"cases.*: holds the cases of another journey.*got shop"):
        open_store(database, "bank", "d2")


def test_the_database_of_another_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "cases.db") as old:
        old.execute("CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        old.execute("INSERT INTO about VALUES ('journey', 'shop'), ('digest', 'd1')")
    with pytest.raises(InvalidInput, match="was made by another version"):
        open_store(tmp_path / "cases.db", "shop", "d1")


@pytest.mark.parametrize("name", ["missing/cases.db", "text.db"])
def test_what_is_no_database_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "text.db").write_text("no database at all, but a text that is long enough to be looked at" * 40)
    with pytest.raises(CannotWrite, match="cannot be used as a database"):
        open_store(tmp_path / name, "shop", "d1")


def test_secrets_are_never_stored_in_clear(open_portal: Any, tmp_path: Path) -> None:
    portal = open_portal(database=tmp_path / "cases.db")
    case = portal.begin()
    assert portal.act(case, "apply", DETAILS, key="k").status_code == 200
    stored = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"ann@example.org" in stored
    assert b"471147114" not in stored
    assert "471147114" not in repr(portal.desk.records[case].told)


# PostgreSQL's address ------------------------------------------------------------------------------------------------


def test_a_password_in_an_address_is_refused_and_not_repeated() -> None:
    with pytest.raises(InvalidInput, match=r"must not carry a password.*set the environment's PGPASSWORD") as caught:
        open_store("postgresql://ann:swordfish@localhost/shop", "shop", "d1")
    assert "swordfish" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://", "postgresql://h/", "postgresql://h:x/shop", "postgresql://h/s?a=b"])
def test_what_is_no_address_of_a_database_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput, match="is no address of a PostgreSQL database"):
        open_store(url, "shop", "d1")


def test_a_server_that_is_not_there_is_one_line() -> None:
    with pytest.raises(CannotWrite, match=r"^postgresql://ann@127.0.0.1:1/shop: cannot be used.*start it") as caught:
        open_store("postgresql://ann@127.0.0.1:1/shop", "shop", "d1")
    assert "\n" not in str(caught.value)


# The ledger ----------------------------------------------------------------------------------------------------------


class Flaky:
    """A database that is down until it is told otherwise."""

    def __init__(self, quick: bool) -> None:
        self.quick, self.down, self.locked_s = quick, True, 0.0
        self.kept: list[Change] = []

    def rows(self, query: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        return []

    def write(self, changes: Sequence[Change]) -> None:
        if self.down:
            raise StoreDown("it is locked")
        self.kept += changes

    def close(self) -> None:
        self.down = True


@pytest.mark.parametrize("quick", [True, False])
def test_nobody_is_told_before_it_is_written(quick: bool) -> None:
    async def story() -> None:
        database = Flaky(quick)
        ledger = Ledger(database)
        changes = [Change(str(number), ()) for number in range(4)]
        noted: list[str] = []
        ledger.add(changes[:2], lambda: noted.append("first"))
        with pytest.raises(StoreDown, match="it is locked"):
            await ledger.settled(patience_s=0.2)
        assert noted == database.kept == []
        ledger.add(changes[2:])
        database.down = False
        await ledger.settled()
        assert database.kept == changes
        assert noted == ["first"]
        await ledger.close()

    asyncio.run(story())


def test_a_locked_database_delays_answers_and_loses_nothing(open_portal: Any, tmp_path: Path) -> None:
    portal = open_portal(database=tmp_path / "cases.db")
    case = portal.begin()
    other = sqlite3.connect(tmp_path / "cases.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    portal.desk.once._patience_s = 0.1
    refused = portal.act(case, "apply", DETAILS, key="k")
    assert refused.status_code == 503
    assert "send the same again" in refused.json()["problem"]
    other.execute("COMMIT")
    other.close()
    portal.desk.once._patience_s = 10.0
    assert portal.act(case, "apply", DETAILS, key="k").json()["to"] == "documents"
    assert portal.act(case, "documents", DOCUMENTS).status_code == 200


@pytest.mark.slow
def test_a_server_that_stops_delays_answers_and_loses_nothing(open_portal: Any, postgres: Any) -> None:
    portal = open_portal(database=postgres.url("stopping"))
    case = portal.begin()
    portal.desk.once._patience_s = 0.3
    postgres.stop()
    try:
        assert portal.act(case, "apply", DETAILS, key="k").status_code == 503
    finally:
        postgres.start()
    portal.desk.once._patience_s = 10.0
    assert portal.act(case, "apply", DETAILS, key="k").json()["to"] == "documents"
    assert portal.look(case)["step"] == "documents"


KEEPER = """
import time
from simulators.backend.private_postgres import postgres_server
with postgres_server() as server:
    print(server.folder, server.port, flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the kernel ends it with its parent on Linux alone")
@pytest.mark.skipif(programs() is None, reason="PostgreSQL's server programs are not installed here")
def test_a_server_of_our_own_does_not_outlive_a_process_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", KEEPER], stdout=subprocess.PIPE, text=True, cwd=ROOT) as keeper:
        assert keeper.stdout is not None
        told = keeper.stdout.readline().split()
        keeper.kill()
    assert len(told) == 2, "the server did not start"
    folder, port = told
    ends_at = time.monotonic() + 30
    while time.monotonic() < ends_at:
        try:
            socket.create_connection(("127.0.0.1", int(port)), 1).close()
        except OSError:
            break
        time.sleep(0.02)
    else:
        pytest.fail("it still serves")
    shutil.rmtree(folder, ignore_errors=True)
