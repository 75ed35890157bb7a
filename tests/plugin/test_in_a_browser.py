"""Bugs planted in a shop of somebody else's, and in the mocked portal, are found in a browser and named."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from journeys.browser.finding import BrowserMissing, find
from journeys.loading import load
from journeys.population import Population
from tests.plugin.shop import Shop

pytest_plugins = ["pytester"]
pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
ROOT = Path(__file__).parents[2]

PLANTING = f"""
import contextlib, sys
import pytest
sys.path.insert(0, {str(ROOT)!r})
from journeys.browser import mocked
from tests.plugin.planted import Planted

mocked.FOLLOWS_S = 3.0

@pytest.fixture(scope="session")
def journey_back_end(journey_back_end):
    @contextlib.contextmanager
    def start(journey, **told):
        with journey_back_end(journey, **told) as back_end:
            with Planted(back_end.url, ("nameless", "lying", "frozen", "double", "flaky")) as planted:
                yield planted
    return start
"""


@pytest.fixture(autouse=True)
def _chromium() -> None:
    try:
        find()
    except BrowserMissing as missing:
        pytest.skip(str(missing).splitlines()[0])


def test_a_shop_of_somebody_elses_is_walked_and_what_is_wrong_with_it_is_named(folder: pytest.Pytester):
    folder.makepyfile(
        """
        def test_a_page_of_ones_own(page):
            page.set_content("<h1>beside journeys</h1>")
            assert page.get_by_role("heading").inner_text() == "beside journeys"
        """
    )
    with Shop({"nameless", "lying", "link", "thrown", "double"}) as shop:
        result = folder.runpytest_subprocess(
            "--journey-target", shop.url, "--journey-engines", "browser", "--journey-customers", "1",
            "--journey-retries", "0", "--journey-checks", "double-submit", "-k", "reader or page",
        )  # fmt: skip
    result.assert_outcomes(failed=1, passed=1)
    text = result.stdout.str()
    for named in (
        "accessibility at choose: button-name: Buttons must have discernible text",
        "link at choose: leads to /imprnt: 404",
        "page-error at choose: basket is not defined: 1 of 1 first walks",
        "status at pay: Status: the page shows 'shipped', the back end holds 'new'",
        "double-submit at pay: POST /orders: sent twice, it was done twice",
        "pytest 'journey_lantern.py::browser[reader]' --journey-customer 0 --journey-target",
    ):
        assert named in text
    assert "--headed" in text
    kept = folder.path / "journey-results" / "walks" / "lantern-browser-reader" / "first" / "failures"
    assert sorted(path.name for path in kept.iterdir()) == ["customer-0-end.png", "customer-0.txt", "customer-0.zip"]
    journey = load(str(folder.path / "journey_lantern.py"))
    secret = Population(journey, 1).customer(0).persona["card"].encode()
    for path in (folder.path / "journey-results").rglob("*"):
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as trace:
                assert all(secret not in trace.read(name) for name in trace.namelist())
        elif path.is_file():
            assert secret not in path.read_bytes(), path


@pytest.mark.backend
def test_bugs_planted_in_the_mocked_portal_are_named(pytester: pytest.Pytester):
    pytester.makeconftest(PLANTING)
    result = pytester.runpytest_subprocess(
        "--journey", "first-journey", "--journey-customers", "3", "--journey-retries", "0",
        "--journey-speed", "1000000", "-k", "everyone",
    )  # fmt: skip
    result.assert_outcomes(failed=2)
    walks = pytester.path / "journey-results" / "walks"
    walked = {
        engine: json.loads((walks / f"first-journey-{engine}-everyone" / "walked.json").read_text())
        for engine in ("browser", "api")
    }
    found = {
        engine: {(one["check"], one["what"]) for attempt in [*of["attempts"], {"findings": of["inspected"]}]
                 for one in attempt["findings"]}
        for engine, of in walked.items()
    }  # fmt: skip
    assert ("accessibility", "button-name: Buttons must have discernible text") in found["browser"]
    assert ("double-submit", "POST /cases: sent twice, it was done twice") in found["browser"]
    assert any(check == "status" and "the page says 'Completed'" in what for check, what in found["browser"])
    assert any(
        check == "status" and "after the back end went on to 'completed'" in what for check, what in found["browser"]
    )
    assert any(check == "server-error" and what.endswith(": 500") for check, what in found["browser"])
    assert any(check == "double-submit" for check, _ in found["api"])
    assert any(check == "server-error" and what.endswith(": 500") for check, what in found["api"])
