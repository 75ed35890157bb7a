"""Booking a stay: double bookings follow from the age of the index, and the redesign does what its story claims."""

from __future__ import annotations

import pytest

from journeys.columns import Columns
from journeys.loading import load
from journeys.paths import apply
from simulators.engines import ENGINES, choose
from tests.catalogue.stories import Claim, expect, expect_levers, expect_sources, measured, values, what_if

NAME = "stay-booking"
REPLICATIONS, CUSTOMERS = 5, 3600
CLAIMS = (
    Claim("measure.search-to-book", 1.1, 1.4),
    Claim("measure.double-bookings", 0.0, 0.15),
    Claim("net", 1.2, 2.0),
    Claim("sold.town_midweek", 1.15, 1.8),
    # alone
    Claim("measure.double-bookings", 0.0, 0.1, "real-time-index"),
    Claim("measure.search-to-book", 1.01, 1.1, "real-time-index"),
    Claim("measure.search-to-book", 1.05, 1.3, "calendar-rules"),
    Claim("measure.search-to-book", 1.02, 1.15, "predicted-supply"),
    Claim("measure.search-to-book", 1.05, 1.3, "personal-ranking"),
    # more bookings from the same old index: more of them of what was taken
    Claim("measure.double-bookings", 1.1, 2.5, "calendar-rules"),
    Claim("measure.double-bookings", 1.1, 2.5, "personal-ranking"),
    # a wrong prediction: too few homes are not enough, and of too many some stay empty
    Claim("measure.search-to-book", 0.9, 1.0, "predicted-half", "predicted-supply"),
    Claim("sold.acquired", 0.3, 0.95, "predicted-double", "predicted-supply"),
)


def test_numbers_have_sources_and_levers_add_up() -> None:
    expect_sources(load(NAME))
    expect_levers(NAME)


def test_homes_acquired_a_week_late_are_as_good_as_none() -> None:
    late, never = (measured(NAME, scenario, 2, 1500) for scenario in ("predicted-too-late", "as-is"))

    assert values(late)["completion"] == values(never)["completion"]


def test_the_older_the_index_the_more_is_booked_twice() -> None:
    shares = []
    for sync in ("0 s", "6 h", "1 d"):
        homes = ("town_weekend", "town_midweek", "lake_weekend", "lake_midweek")
        journey = apply(load(NAME), {f"stock.{name}.sync": sync for name in homes})
        rows: list[Columns] = []
        engine = ENGINES[choose("", journey, lambda text: None)]
        engine.replicate(journey, 3, 0, 3000, None, None, 1.0, rows.append)
        steps = Columns.joined(rows).step
        shares.append(steps.among("double_booked").sum() / steps.among("double_booked", "confirmed").sum())
    assert shares[0] < 0.01
    assert shares[0] < shares[1] < shares[2]


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.scenario}-{claim.key}")
def test_the_story_on_a_fresh_seed(claim: Claim) -> None:
    expect(NAME, claim, REPLICATIONS, CUSTOMERS)


@pytest.mark.slow
def test_search_is_slow_in_a_spike_that_was_not_prepared_for() -> None:
    p95 = {
        scenario.name: values(measured(NAME, scenario.name, 1, 4000, what="spike"))["latency.search.sojourn.p95"]
        for scenario in what_if(NAME, "spike").scenarios
    }

    assert p95["spike"] > 1.5 * p95["usual"]
    assert p95["spike-predicted"] < 1.1 * p95["usual"]
    assert p95["spike-underestimated"] > 1.05 * p95["spike-predicted"]
