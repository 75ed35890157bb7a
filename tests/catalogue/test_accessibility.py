"""Every page that a bundled journey's mocked back end shows passes axe's rules for WCAG 2, level AA.

Pages are taken from the application itself, without a server: visitors walk each journey as the pages lead them, and
each kind of page is looked at once, in one browser context a journey.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.testclient import TestClient

from commands.scoring.pace import at_work
from journeys import Journey
from journeys.browser.finding import BrowserMissing, find
from journeys.browser.inspection import axe_source
from journeys.loading import load, registered
from journeys.population import Population
from simulators.backend.app import make_app, make_desk

pytestmark = pytest.mark.browser

BUNDLED = sorted(name for name in registered() if registered()[name].module.startswith("journeys.catalogue"))
SPEED = 400_000.0
WITHIN_S = 15.0
VISITORS = 2
FIELD = re.compile(r'name="fact:([^"]+)"')
AXE = "() => axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'], resultTypes: ['violations']})"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    try:
        found = find(headless=True)
    except BrowserMissing as missing:
        pytest.skip(str(missing))
    if not axe_source():
        pytest.skip("axe-core is not installed (extra: testing)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(found.executable))
        yield browser
        browser.close()


def pages_of(journey: Journey) -> dict[str, str]:
    """Return each kind of page that visitors meet, by what it is."""
    found: dict[str, str] = {}
    with TestClient(make_app(make_desk(journey, seed=4, speed=SPEED)), follow_redirects=False) as client:
        for path in ("/", "/status", "/nowhere"):
            found[path] = client.get(path).text
        ends_at = time.monotonic() + WITHIN_S
        for number in range(VISITORS):
            _walk(journey, client, number, found, ends_at)
    return found


def _walk(journey: Journey, client: TestClient, number: int, found: dict[str, str], ends_at: float) -> None:
    persona = Population(journey, 4).customer(number).persona
    now = client.post("/api/cases", headers={"Journeywright-Customer": str(number)}).json()
    where, acts = f"/cases/{now['case']}", 0
    while time.monotonic() < ends_at and acts < 30:
        page = client.get(where).text
        asks = FIELD.findall(page)
        kind = f"{now['step']}, {'asked' if now['acts'] else 'ended' if now['end'] else 'waiting'}"
        found.setdefault(kind, page)
        if now["end"]:
            return
        if not now["acts"]:
            now = client.get(f"/api{where}?wait_ms=500&since={now['version']}").json()
            continue
        act, acts = f"/api{where}/steps/{now['step']}", acts + 1
        if asks and not any(known.endswith("wrong") for known in found):
            found[f"{kind}, wrong"] = client.post(f"{where}/steps/{now['step']}", data={}).text
        client.post(act, json={"facts": {name: persona[name] for name in asks}})
        now = client.get(f"/api{where}").json()


def violations(page: Page, html: str) -> list[str]:
    page.set_content(html, wait_until="domcontentloaded")
    page.evaluate(axe_source())
    return [
        f"{found['id']}: {found['help']} ({found['nodes'][0]['html'][:120]})"
        for found in page.evaluate(AXE)["violations"]
    ]


@pytest.mark.parametrize("name", BUNDLED)
def test_each_page_of_a_bundled_journey_is_accessible(chromium: Browser, name: str) -> None:
    journey = at_work(load(name))
    pages = pages_of(journey)
    first = next(step for step in journey.steps if step.lane == "customer")
    assert f"{first.name}, asked" in pages
    assert any(kind.endswith("ended") for kind in pages)
    context = chromium.new_context()
    try:
        page = context.new_page()
        page.route("**/*", lambda route: route.abort())
        wrong = {kind: found for kind, html in pages.items() if (found := violations(page, html))}
    finally:
        context.close()
    assert wrong == {}


def test_a_page_that_shuts_people_out_is_noticed(chromium: Browser) -> None:
    page = chromium.new_page()
    bad = '<html><body><form><input name="x"><img src="data:,"></form><p style="color:#ccc">Read me</p></body></html>'
    found = " ".join(violations(page, bad))
    page.close()
    assert [rule in found for rule in ("label", "image-alt", "html-has-lang", "color-contrast")] == [True] * 4
