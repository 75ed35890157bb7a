"""What is told of a database that holds everybody up: by the mocked back end of its own, by PostgreSQL of a user's."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from load.sampling import ActiveSessions, MockDatabase, Sampler
from reports.capacity.finding import Capacity
from reports.capacity.search import Search, Trial
from reports.capacity.texts import sentence, sessions_text, what_gave_out
from simulators.backend.ledger import Ledger
from simulators.backend.postgres import connecting
from simulators.backend.private_postgres import PostgresServer
from simulators.backend.sqlite import Sqlite
from simulators.backend.store import Change
from simulators.backend.waits import Spells


def test_a_lock_that_somebody_else_holds_is_told_apart_from_writing(tmp_path: Path) -> None:
    async def story() -> tuple[float, float, float]:
        ledger = Ledger(Sqlite(tmp_path / "cases.db"))
        other = sqlite3.connect(tmp_path / "cases.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        asked_s = time.monotonic()
        ledger.add([Change("INSERT INTO rules (path, value) VALUES (?, ?)", ("a", "b"))])
        while not ledger.waited.locked_s:
            await asyncio.sleep(0)
        began_s = time.monotonic()
        await asyncio.sleep(0.3)
        held_s, under_way_s = time.monotonic() - began_s, ledger.waited.locked_s
        other.execute("COMMIT")
        await ledger.settled()
        took_s = time.monotonic() - asked_s
        waited = ledger.waited
        assert waited.locked_s + waited.writing_s <= took_s
        assert under_way_s > 0.7 * held_s  # also before it is over
        await asyncio.sleep(0.05)
        assert ledger.waited == waited  # nothing waits any more
        await ledger.close()
        return held_s, waited.locked_s, waited.writing_s

    held_s, locked_s, writing_s = asyncio.run(story())
    assert locked_s > 0.8 * held_s
    assert writing_s > 0


def test_a_writer_at_work_waits_for_no_lock(tmp_path: Path) -> None:
    async def story() -> Ledger:
        ledger = Ledger(Sqlite(tmp_path / "cases.db"))
        for number in range(200):
            ledger.add([Change("INSERT INTO rules (path, value) VALUES (?, ?)", (str(number), "b"))])
            await ledger.settled()
        await ledger.close()
        return ledger

    began_s = time.monotonic()
    waited = asyncio.run(story()).waited
    assert waited.writing_s > 0
    assert waited.locked_s < 0.5 * (time.monotonic() - began_s)


def test_spells_last_while_they_last() -> None:
    spells = Spells()
    spells.begin()
    spells.begin()
    assert spells.seconds <= spells.seconds
    spells.end()
    told = spells.seconds
    spells.end()
    assert spells.seconds == told


def test_the_back_end_tells_of_its_database(portal: Any) -> None:
    portal.begin()
    told = portal.client.get("/api/operations").json()["database"]
    assert set(told) == {"locked_s", "writing_s"}
    assert told["writing_s"] > 0


def test_a_back_end_that_does_not_answer_is_no_reason_to_stop() -> None:
    watched = MockDatabase("http://127.0.0.1:9")
    with Sampler([watched]):
        time.sleep(0.3)
    assert watched.busy(0.0, time.monotonic()) == {}


def test_shares_are_of_the_time_between_two_looks() -> None:
    watched = MockDatabase("http://127.0.0.1:9")
    watched._looks = [(0.0, 1.0, 1.0), (10.0, 2.0, 4.0), (20.0, 11.7, 4.3), (30.0, 11.7, 4.3)]
    assert watched.busy(5.0, 25.0) == {"database's write lock": 0.97, "database's only writer": pytest.approx(0.03)}


def test_a_row_that_everybody_updates_is_named(postgres: PostgresServer) -> None:
    connect = connecting(postgres.url("contended"))
    first = connect()
    cursor = first.cursor()
    cursor.execute("CREATE TABLE stock (id int PRIMARY KEY, left_over int)")
    cursor.execute("INSERT INTO stock VALUES (1, 1000)")
    first.commit()
    cursor.execute("UPDATE stock SET left_over = left_over - 1")  # and keeps the row

    def buy() -> None:
        own = connect()
        own.cursor().execute("UPDATE stock SET left_over = left_over - 1")
        own.commit()
        own.close()

    buyers = [threading.Thread(target=buy, daemon=True) for _ in range(3)]
    for buyer in buyers:
        buyer.start()
    asking, until_s = connect(), time.monotonic() + 20
    asked = asking.cursor()
    while time.monotonic() < until_s:
        asked.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'")
        if asked.fetchone()[0] == len(buyers):
            break
        asking.rollback()
    asking.close()
    sessions, began_at = ActiveSessions(connect), time.monotonic()
    with Sampler([sessions]):
        while len(sessions._looks) < 3:
            time.sleep(0.02)
    ended_at = time.monotonic()
    first.commit()
    for buyer in buyers:
        buyer.join(10)
    first.close()
    assert sessions.hidden == 0
    busy, mean = sessions.busy(began_at, ended_at), sessions.sessions(began_at, ended_at)
    assert busy["PostgreSQL's row locks (Lock: transactionid)"] == 1.0  # all the time, two or three of them
    assert 0 < busy["PostgreSQL's connections"] < 0.2
    assert sum(count for event, count in mean.items() if event.startswith("Lock")) == pytest.approx(3.0)

    belief = Search(1.0, 50.0, 0.1).belief
    trials = (Trial(20.0, False, hot=tuple(busy.items()), sessions=tuple(mean.items())),)
    found = Capacity(0, belief.estimate(1), belief, trials, "", "", tuple(busy.items()))
    assert "PostgreSQL's row locks (Lock: transactionid) (waited for 100% of" in what_gave_out(found)
    assert ", PostgreSQL's row locks (Lock: t" in sentence(found)  # transactionid, or tuple where two queue for the row
    assert " saturate first (waited for 100% of the time)" in sentence(found)
    assert "Lock: transactionid" in sessions_text(found)


def test_a_lock_is_called_by_its_name() -> None:
    belief = Search(1.0, 50.0, 0.1).belief
    hot = (("database's write lock", 0.97), ("station web", 0.4))
    found = Capacity(0, belief.estimate(1), belief, (Trial(20.0, False, hot=hot),), "", "", hot)
    assert "the database's write lock saturates first (waited for 97% of the time)" in sentence(found)
    idle = Capacity(0, belief.estimate(1), belief, (Trial(20.0, False),), "", "", (), unseen="a lock is not seen")
    assert what_gave_out(idle) == "nothing that was watched (a lock is not seen)"
