"""Customers moving through the blueprint: where a dot is, and what is counted, is what the rows say."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from journeys.columns import Columns
from reports.animation.page import alt, page
from reports.animation.scene import LEAST_MS, PLAYS_MS, SAMPLES, Window, cast, every_of, visited, window_of
from reports.animation.stage import stage
from tests.reports.synthetic import LOAN, arrival, leaving, manifest, population, row

HOSTILE = "</script><img src=x onerror=alert(1)>"
STEPS = [step.name for step in LOAN.steps]
FIRST, SECOND = STEPS[:2]
# one waits 100 s in the second step's queue and is lost there; two completes at 900 s; three is there at the end
ROWS = Columns.of([
    arrival(1, 0.0), row(1, FIRST, (0.0, 0.0, 100.0)), row(1, SECOND, (100.0, 200.0, 300.0)),
    leaving(1, 300.0, "dropped"),
    arrival(2, 400.0), row(2, FIRST, (400.0, 400.0, 900.0)), leaving(2, 900.0, "completed"),
    arrival(3, 500.0), row(3, FIRST, (600.0, 990.0, 2000.0)), leaving(3, 2000.0, "completed"),
])  # fmt: skip
WINDOW = Window(0.0, 1000.0)


def test_a_dot_is_where_its_customer_is() -> None:
    found = cast("As is", ROWS, WINDOW, STEPS, 1)
    ms = PLAYS_MS / 1000
    assert found.dots == (
        (1, 2, (1, 2, 3, -3), (0, int(100 * ms), int(200 * ms), int(300 * ms))),
        (2, 0, (0, 1, -1), (int(400 * ms), int(400 * ms) + LEAST_MS, int(900 * ms))),
        (3, 0, (0, 1), (int(500 * ms), int(990 * ms))),
    )


def test_what_is_counted_is_what_the_rows_say() -> None:
    found = cast("As is", ROWS, WINDOW, STEPS, 1)
    at = {s: SAMPLES * s // 1000 for s in (0, 150, 450, 700, 950, 1000)}
    assert [found.counts["on their way"][at[s]] for s in (0, 150, 450, 700, 950, 1000)] == [1, 1, 1, 2, 1, 1]
    assert [int(found.counts[name][-1]) for name in ("arrived", "completed", "dropped")] == [3, 1, 1]
    assert [found.queues[SECOND][at[s]] for s in (0, 150, 450)] == [0, 1, 0]
    assert [found.queues[FIRST][at[s]] for s in (450, 700, 1000)] == [0, 1, 0]
    assert [found.lost[SECOND][at[s]] for s in (150, 450)] == [0, 1]
    assert not found.lost[FIRST].any()


def test_a_window_leaves_out_what_was_before_and_comes_after() -> None:
    found = cast("As is", ROWS, Window(350.0, 800.0), STEPS, 1)
    assert [who for who, *_ in found.dots] == [2, 3]
    assert int(found.counts["completed"][-1]) == 0
    assert window_of([ROWS], None, None) == Window(0.0, 500.0)
    assert window_of([ROWS], 100.0, 50.0) == Window(100.0, 150.0)


def test_many_customers_are_shown_by_a_part_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, window = Columns.of(population(1, 300)), Window(0.0, 30 * 86400.0)
    assert every_of([rows], window) == 1
    monkeypatch.setattr("reports.animation.scene.MOST_DOTS", 100)
    every = every_of([rows], window)
    assert every >= 3
    all_of_them, some = cast("a", rows, window, STEPS, 1), cast("a", rows, window, STEPS, every)
    assert len(some.dots) <= 101 < len(all_of_them.dots)
    assert all(np.array_equal(some.counts[name], all_of_them.counts[name]) for name in some.counts)


def test_the_page_holds_the_saved_and_no_hostile_name() -> None:
    redesigned = Columns.of([arrival(1, 0.0), row(1, FIRST, (0.0, 0.0, 100.0)), leaving(1, 300.0, "completed")])
    journey = replace(LOAN, title=HOSTILE, steps=tuple(replace(step, title=HOSTILE) for step in LOAN.steps))
    steps = visited(journey, [ROWS, redesigned])
    casts = [cast(HOSTILE, rows, WINDOW, steps, 1) for rows in (ROWS, redesigned)]
    text = page(HOSTILE, journey, casts, [manifest(), manifest()], stage(journey, casts), WINDOW)
    assert "<img" not in text
    assert text.count("</script>") == 2
    data = json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])  # type: ignore[index]
    assert [[dot[1] for dot in panel["dots"]] for panel in data["panels"]] == [[0, 0, 0], [1]]
    assert not re.search(r"(?:src|href)=\"(?!#)|url\(", text)
    assert "3 customers who arrive, 1 complete, 0 are denied and 1 are lost" in alt(casts, WINDOW)


def test_boxes_of_a_lane_stand_beside_each_other(tmp_path: Path) -> None:
    rows = Columns.of(population(1, 200))
    steps = visited(LOAN, [rows])
    made = stage(LOAN, [cast("a", rows, Window(0.0, 86400.0), steps, 1)])
    lanes: dict[float, list[tuple[float, float]]] = {}
    for step in made.steps:
        lanes.setdefault(step["y"], []).append((step["x"], step["x"] + step["w"]))
    for boxes in lanes.values():
        assert all(end <= begin for (_, end), (begin, _) in pairwise(boxes))
