"""The scorecard's ways of measuring see what is planted: another database, parts that disagree, a question repeated."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from commands.scoring import agreement, asking, databases, rules
from commands.scoring.pace import at_work
from journeys import Stock, System, days
from journeys.probing.probe import probe
from reports.scorecard.qualities import scores
from simulators.backend.process import BackendProcess
from tests.backend.small_journey import small_journey

QUICK = 100_000.0


class Contradictory(BaseHTTPRequestHandler):
    """Says of a case one thing on its page and another by its API, and sells what it does not have."""

    def do_GET(self) -> None:
        told = {"step": "review", "end": False, "version": 3}
        body = json.dumps({"stock": [{"name": "clubs", "shown": 2, "there": 0}]})
        if self.path.startswith("/api/cases/"):
            body = json.dumps(told)
        elif self.path.startswith("/cases/"):
            body = '<main id="content" data-step="offer" data-end="false">'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextlib.contextmanager
def served(handler: Any) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def until(reached: Any, within_s: float = 20.0) -> None:
    import time

    ends_at = time.monotonic() + within_s
    while not reached():
        assert time.monotonic() < ends_at
        time.sleep(0.01)


def test_parts_that_disagree_are_named() -> None:
    with served(Contradictory) as url, agreement.Onlooker(url, None, ("c1",)) as onlooker:
        until(lambda: onlooker.compared["page and API"] >= 2)
    found = list(onlooker.evidence())
    score = scores(found)["integrated"]
    assert score.value == 0.0
    said = " ".join(score.notes)
    assert "page says offer, API review" in said
    assert "shop front and warehouse: clubs: shown 2, there are 0" in said


def walk(odd: Sequence[int], luck: Sequence[int] = ()) -> Any:
    """A walk on two databases; the second one answers `odd` otherwise, and did `luck` once."""
    seen: set[int] = set()

    def walked(name: str, numbers: Sequence[int]) -> databases.Walked:
        found = dict.fromkeys(numbers, ("apply: served", "exit: completed"))
        for who in numbers:
            if name == "other" and (who in odd or (who in luck and who not in seen)):
                seen.add(who)
                found[who] = ("apply: served", "exit: denied")
        return found

    return walked


def test_a_second_database_that_answers_otherwise_is_found_and_luck_is_not() -> None:
    found = databases.compared(walk(odd=[4], luck=[2]), "one", "other")
    score = scores(found)["database-agnostic"]
    assert score.value == pytest.approx(1 - 1 / databases.CUSTOMERS)
    assert "customer 4: one says exit: completed, other exit: denied" in score.notes
    assert any("1 differed once and not again" in note for note in score.notes)
    assert scores(databases.compared(walk(odd=[]), "one", "other"))["database-agnostic"].value == 1.0


@pytest.mark.backend
def test_a_running_back_end_is_asked_changed_and_probed(tmp_path: Path) -> None:
    journey = at_work(small_journey(stock=(Stock(name="cards", initial=3, sync=days(1)),)))
    database, made = tmp_path / "cases.db", list[BackendProcess]()

    def serve(**more: Any) -> BackendProcess:
        made.append(BackendProcess(journey, seed=1, speed=QUICK, database=database, **more))
        return made[-1].__enter__()

    def restarted(rule: rules.Rule) -> BackendProcess:
        made[-1].stop()
        return serve(rules={rule.path: rule.value})

    try:
        backend = serve()
        with agreement.Onlooker(backend.url, database) as onlooker:
            found = asking.by_pages(journey, backend.url, 1, 6.0)
            until(lambda: min(onlooker.compared[what] for what in ("page and API", "database and API")) > 2)
        found += onlooker.evidence()
        found += probe(journey, backend.url, mocked=True, seed=1)
        found += rules.changed(journey, backend, 1, restarted)
    finally:
        for one in made:
            one.stop()
    got = scores(found)
    # full_name is asked again, by a system of its own that reads no other; email is not, by one that reads
    assert "asked again at documents: full_name" in got["integrated"].notes
    assert got["integrated"].value is not None
    assert 0.5 < got["integrated"].value < 1.0
    assert "0 contradictions" in got["integrated"].raw
    assert (got["flexible"].value, got["flexible"].raw[:17]) == (pytest.approx(1 / 3), "1 file, 1 restart")
    assert "0 broken" in got["secure"].raw


@pytest.mark.backend
def test_what_reads_is_not_asked_again_and_a_live_rule_needs_no_restart() -> None:
    reads = (System(name="portal"), System(name="core", reads=("portal",)), System(name="apart", reads=("portal",)))
    journey = at_work(replace(small_journey(), systems=reads, rules="live"))
    with BackendProcess(journey, seed=1, speed=QUICK) as backend:
        found = asking.by_pages(journey, backend.url, 1, 6.0)
        found += rules.changed(journey, backend, 1, lambda rule: pytest.fail("it was restarted"))
    got = scores(found)
    assert (got["integrated"].value, got["flexible"].value) == (1.0, 1.0)
