"""The page of `watch` in a browser: figures change without a reload, the run ends, and so may who serves it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from commands.watching import _handler
from journeys.eventlog import RunWriter
from reports.watching import Watched
from tests.reports.synthetic import manifest, population

pytestmark = pytest.mark.browser


class Served:
    """A run that is written, and its page while it goes."""

    def __init__(self, folder: Path) -> None:
        begun = replace(manifest(), kind="measured", engine="load", finished=False, started="")
        self.writer = RunWriter(folder / "runs/one", begun)
        self.watched = Watched(folder)
        handler = _handler(self.watched)
        handler.protocol_version = "HTTP/1.0"  # no connection outlives the server, as none outlives its process
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/"

    def more(self, seed: int, customers: int) -> None:
        self.writer.extend(population(seed, customers), seed)
        self.writer.flush()
        self.watched._rest_until = 0.0

    def end(self) -> None:
        if self.thread.is_alive():
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    made = Served(tmp_path)
    made.more(1, 10)
    yield made
    made.end()


def opened(launched: Browser, served: Served) -> tuple[Page, list[str]]:
    page, problems = launched.new_page(), list[str]()
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.clock.install()
    page.goto(served.url)
    page.evaluate("window.same = true")
    return page, problems


def looked(page: Page, times: int = 1) -> None:
    """Let the page's clock run until it has asked again."""
    for _ in range(times):
        page.clock.run_for(2100)


def test_figures_change_without_a_reload_until_the_run_ends(launched: Browser, served: Served) -> None:
    page, problems = opened(launched, served)
    expect(page.get_by_text("10 customers")).to_be_visible()
    served.more(2, 25)
    with page.expect_response("**/now"):
        looked(page)
    expect(page.get_by_text("35 customers")).to_be_visible()
    expect(page.locator(".state")).to_have_text("running")
    served.writer.close()
    served.watched._rest_until = 0.0
    with page.expect_response("**/now"):
        looked(page)
    expect(page.locator(".state")).to_have_text("finished")
    expect(page.get_by_role("status")).to_have_text("The run has ended.")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    looked(page, 3)
    assert (page.evaluate("window.same"), asked, problems) == (True, [], [])
    page.close()


def test_where_nobody_answers_any_more_the_page_says_so(launched: Browser, served: Served) -> None:
    page, problems = opened(launched, served)
    served.end()
    for _ in range(3):
        with page.expect_event("requestfailed"):
            looked(page)
    expect(page.locator(".state")).to_have_text("no longer watched")
    expect(page.get_by_role("status")).to_have_text("Nobody answers any more: watch has ended.")
    expect(page.get_by_text("10 customers")).to_be_visible()
    assert (page.evaluate("window.same"), problems) == (True, [])
    page.close()
