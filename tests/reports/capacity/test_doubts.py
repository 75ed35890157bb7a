"""What is told beside a capacity: how much of it is not known, what more time gives, and whether the load was made."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from journeys import Budget
from journeys.eventlog import ARRIVAL, Manifest, Row, Run, RunWriter
from reports.capacity.finding import Capacity, CapacityStudy
from reports.capacity.judging import judged, shortfall
from reports.capacity.search import Search, Trial
from reports.capacity.texts import capacity_lines, doubts, lacking_text, sentence
from reports.loading.generation import Generation
from tests.reports.capacity.test_capacity import known, sharp

BEHIND = "the load generator fell behind: 20% of the customers had not started when it ended"


def test_what_is_not_known_is_told_with_the_time_that_would_narrow_it() -> None:
    belief, trials = sharp(50, 0.05), (Trial(48, True), Trial(53, False))
    ended = "the time was used up; allow more with --time"
    found = Capacity(0, belief.estimate(2), belief, trials, ended, "", (), within=0.1, spent_s=240.0)
    assert found.narrowing is not None
    narrow = found.narrowing
    assert narrow.more_s == pytest.approx(((found.width / 0.1) ** 2 - 1) * 240)
    assert (narrow.high_per_s - narrow.low_per_s) / found.estimate.value == pytest.approx(0.1, rel=0.02)
    assert lacking_text(found) == (
        "known within 19.6%, where 10% was asked for: the time was used up; allow more with --time; about 12 minutes "
        "more of trials would narrow it to 47.6 to 52.6"
    )
    vague = replace(found, within=0.01)
    assert vague.narrowing is not None
    assert vague.narrowing.more_s == pytest.approx(3 * 240)  # sixteen hours are no advice: half the width is
    assert lacking_text(replace(found, ended="")) == ""


def test_a_capacity_that_nothing_bounds_is_no_number() -> None:
    for kept, where, said in ((True, "above", "holds at 8 / s and may hold beyond"),
                              (False, "below", "does not hold at 8 / s already")):  # fmt: skip
        search_ = Search(1.0, 200.0, 0.1, 1.0, 8.0)
        search_.learn(Trial(8.0, kept, 0.5 if kept else 2.0))
        assert search_.one_sided == where
        found = Capacity(0, search_.belief.estimate(1), search_.belief, tuple(search_.trials), "time", where, ())
        assert sentence(found) == said
        assert found.narrowing is None
    assert Search(1.0, 200.0, 0.1).one_sided == ""


def made(**changes: Any) -> Generation:
    lag_s = {0.5: 0.001, 0.99: changes.pop("lag_s", 0.01), 1.0: 3.0}
    own = Generation("open", "20 / s", 10.0, 200, 0, 0, lag_s, 0.2, 0.1, 0.0, 60.0)
    return replace(own, **changes)


@pytest.mark.parametrize(
    ("value", "generator", "missing", "void"),
    [
        (0.5, {}, 3, ""),
        (0.5, {}, 40, f"{BEHIND}: this machine is too busy"),
        (0.5, {"busiest_ratio": 0.97}, 40, f"{BEHIND}: add --workers"),
        (2.0, {}, 40, ""),  # what is missed at less load than was told is missed at that load as well
        (2.0, {"busiest_ratio": 0.97}, 0, "the load generator was at its limit"),
        (1.2, {"lag_s": 0.4}, 0, "the load generator was late (400 ms)"),
        (0.5, {"dropped": 2}, 0, "2 arrivals were dropped"),
        (0.5, {"lost": 1}, 0, "1 arrival lost with their worker"),
        (math.nan, {}, 0, "nobody came to order within the trial"),
    ],
)  # fmt: skip
def test_a_trial_whose_load_was_not_made_says_nothing(
    value: float, generator: dict[str, Any], missing: int, void: str
) -> None:
    own = judged(Budget("p95(order) < 1 s"), 20.0, value, made(**generator), {"web": 0.5}, missing=missing, requests=9)
    assert own.void.startswith(void)
    assert bool(own.void) == bool(void)


def test_a_generator_that_falls_behind_is_seen_in_arrivals_whatever_the_budget_is_about(tmp_path: Path) -> None:
    manifest = Manifest("shop", "", "as-is", "load", "measured", 1, 1, 100, workload="open")
    for name, by, short in (("steady", 1.0, 0), ("behind", 1.25, 20)):
        with RunWriter(tmp_path / name, manifest) as writer:
            for k in range(100):
                planned_s, started_s = k / 10, k / 10 * by
                at = (planned_s, started_s, started_s, started_s)
                writer.add(Row(k, "all", ARRIVAL, 0, "customer", "", -1, *at, "served", "", ""))
        assert shortfall(Run.open(tmp_path / name), 0.0, 10.0) == pytest.approx(short, abs=1)


def test_a_capacity_whose_generator_was_late_says_so_first() -> None:
    late = replace(known(20, 0.02, "station web"), trials=(Trial(19, True, lag_s=0.02), Trial(22, False, lag_s=0.4)))
    (said,) = doubts(late)
    assert said.startswith("target rate missed: in 1 of 2 trials the load generator started 99% of customers up to")
    assert "400 ms late" in said
    assert list(doubts(known(20, 0.02, "station web"))) == []
    assert said in list(capacity_lines(CapacityStudy(Budget("p95(order) < 1 s"), "mock", (late,), None)))
