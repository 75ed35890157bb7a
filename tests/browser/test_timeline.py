from __future__ import annotations

import time
from typing import Any

import pytest

from journeys.browser.timeline import RunClock, view

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
