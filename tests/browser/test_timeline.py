from __future__ import annotations

import time
from typing import Any

import pytest

from journeys.browser.finding import Browser
from journeys.browser.timeline import LISTEN, READ, RunClock, Split, View, view
from tests.browser.conftest import Shop

TIMES = [0.0, 40.0, 41.0, 51.0, 53.0, 83.0, 93.0]


def seen(clock: RunClock, began_s: float, now_ms: float, **more: Any) -> dict[str, Any]:
    zero_ms = time.time() * 1000 - clock.now_s() * 1000
    return {
        "url": "http://x/", "data": {"step": "a"}, "controls": 2, "status": 200, "times": TIMES,
        "origin": zero_ms + began_s * 1000, "now": now_ms, **more,
    }  # fmt: skip


def test_a_document_s_times_are_put_on_the_run_s_clock() -> None:
    clock = RunClock()

    found = view(seen(clock, 5.0, 200.0), clock, before_s=5.19, after_s=5.21)

    assert found.began_s == pytest.approx(5.0, abs=1e-3)
    assert found.ended_s == pytest.approx(5.093, abs=1e-3)
    assert found.split == {
        "redirect_ms": 40.0, "ttfb_ms": 10.0, "response_ms": 2.0, "dom_ms": 30.0, "load_ms": 10.0, "total_ms": 93.0,
    }  # fmt: skip


@pytest.mark.parametrize(("wrong_s", "expected"), [(3600.0, 5.01), (-3600.0, 4.99)])
def test_a_browser_s_clock_that_was_set_moves_nothing_by_more_than_the_round_trip(
    wrong_s: float, expected: float
) -> None:
    clock = RunClock()

    found = view(seen(clock, 5.0 + wrong_s, 200.0), clock, before_s=5.19, after_s=5.21)

    assert found.began_s == pytest.approx(expected)
    assert found.ended_s == pytest.approx(expected + 0.093)


def test_what_has_not_happened_yet_is_not_taken_for_the_end() -> None:
    clock = RunClock()

    found = view(seen(clock, 5.0, 200.0, times=[0.0, 0.0, 1.0, 9.0, 11.0, 30.0, 0.0]), clock, 5.19, 5.21)

    assert found.ended_s == pytest.approx(5.03, abs=1e-3)
    assert found.split["load_ms"] == 0.0


def test_a_document_without_a_navigation_ends_when_it_was_looked_at() -> None:
    clock = RunClock()

    found = view(seen(clock, 5.0, 200.0, times=None), clock, 5.19, 5.21)

    assert found.ended_s == pytest.approx(5.2, abs=1e-3)
    assert found.split == {}


def test_the_zero_may_lie_before_now() -> None:
    clock = RunClock()

    clock.zero(time.perf_counter() - 10.0)

    assert clock.now_s() == pytest.approx(10.0, abs=0.5)
    assert clock.of_epoch_ms(time.time() * 1000) == pytest.approx(clock.now_s(), abs=0.5)


def spent(origin_ms: float, network_ms: float, rendering_ms: float, lcp_ms: float | None = None) -> View:
    return View("http://x/", {}, 0, 200, origin_ms, 0.0, 0.0, {}, network_ms, rendering_ms, lcp_ms, 0.02)


def test_a_step_s_time_is_split_over_its_documents() -> None:
    split = Split()
    split.add(spent(1.0, 50.0, 20.0))
    split.add(spent(2.0, 30.0, 10.0))
    split.add(spent(2.0, 45.0, 10.0, 60.0))  # scripts asked for more
    assert split.take(200.0, 1.5) == {
        "think_s": 1.5, "took_ms": 200.0, "network_ms": 95.0, "rendering_ms": 30.0, "acting_ms": 75.0, "lcp_ms": 60.0,
        "cls": 0.02,
    }  # fmt: skip


def test_what_a_document_spent_before_is_not_the_next_step_s() -> None:
    split = Split()
    split.add(spent(1.0, 50.0, 20.0))
    split.take(100.0, 0.0)
    split.add(spent(1.0, 58.0, 20.0))
    after = split.take(10.0, 0.0)
    assert (after["network_ms"], after["rendering_ms"], after["acting_ms"]) == (8.0, 0.0, 2.0)


@pytest.mark.browser
def test_a_browser_tells_what_was_drawn_and_what_scripts_asked_for(chromium: Browser, shop: Shop) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.executable)
        context = browser.new_context()
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.goto(f"{shop.url}/offer?name=Ada")
        page.wait_for_function("() => window.__journeywright.lcp !== null")
        before = page.evaluate(READ)
        page.evaluate("() => fetch('/done').then(answer => answer.text())")
        after = page.evaluate(READ)
        browser.close()
    assert before["lcp"] > 0
    assert before["cls"] == 0
    assert before["network"] >= before["times"][4] > 0
    assert after["network"] > before["network"]
    assert after["rendering"] == before["rendering"] >= 0
