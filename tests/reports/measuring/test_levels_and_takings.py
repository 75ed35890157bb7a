"""Service levels, ways through and takings of logs whose numbers are known by hand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from journeys import Budget, Exponential, Journey, Money, Poisson, Station, Step, minutes, per_hour
from journeys.budgets import Metric
from journeys.eventlog import Row
from reports.judging import judge, quantity_of
from reports.measuring.metrics import merged
from tests.reports.measuring.test_metrics import measured, value
from tests.reports.synthetic import leaving, row

CALLS = Journey(
    name="calls",
    arrivals=Poisson(per_hour(9)),
    steps=(
        Step(
            name="talk", lane="customer", station="agents", service=Exponential(minutes(3)),
            patience=Exponential(minutes(2)), value=5.0,
        ),
        Step(name="extra", lane="frontstage", value=48.0),
        Step(name="refund", lane="backstage", cost=9.0, station="agents"),
    ),
    stations=(Station(name="agents"),),
    money=Money(completion_value=100.0),
    budgets=(Budget("within 20 s(talk) >= 80%"), Budget("through(extra) <= 60%")),
)  # fmt: skip


def calls(waits: Sequence[float], *more: Row) -> list[Row]:
    """Return the rows of callers who wait so long for an agent, below zero if they hang up then, and what they add."""
    rows = list(more)
    for customer, wait in enumerate(waits):
        rows.append(row(customer, "arrival", 0, "served", "talk"))
        if wait < 0:
            rows.append(row(customer, "talk", (0, np.nan, -wait), "reneged", to="dropped", lane="customer"))
            rows.append(leaving(customer, -wait, "dropped", "reneged at talk"))
        else:
            rows.append(row(customer, "talk", (0, wait, wait + 60), to="completed", lane="customer"))
            rows.append(leaving(customer, 999, "completed"))
    return rows


def test_a_service_level_is_of_all_who_joined_and_counts_at_its_very_second() -> None:
    results = measured(calls([0, 20, 20.5, 100, -5]), CALLS)
    assert value(results, "level.talk") == pytest.approx(2 / 5)
    assert results.quantities["level.talk"].title == "Talk: answered within 20 s"
    for seconds_, share in ((10, 1 / 5), (21, 3 / 5), (100, 4 / 5), (1000, 4 / 5)):
        level = quantity_of(Metric.parse(f"within {seconds_} s(talk)"), results)
        assert level is not None
        assert (level.values[0], level.units, level.successes) == (pytest.approx(share), 5, round(share * 5))
    assert "level.refund" not in results.quantities  # nobody may leave that queue


def test_a_service_level_of_several_replications_has_a_value_of_each() -> None:
    parts = [measured(calls(waits), CALLS) for waits in ([0, 30], [5, 6, 7, 8])]
    level = quantity_of(Metric.parse("within 25 s(talk)"), merged(CALLS, parts[0].manifest, parts))
    assert level is not None
    assert level.values.tolist() == [0.5, 1.0]
    assert (level.units, level.successes) == (6, 5)


def test_a_scaled_run_waits_on_the_journeys_clock() -> None:
    results = measured(calls([0, 1, 3]), CALLS, speed=10.0, human_steps=("talk",))
    assert value(results, "level.talk") == pytest.approx(2 / 3)


def test_through_is_of_those_who_completed() -> None:
    extra = [row(customer, "extra", 90, to="completed", lane="frontstage") for customer in (0, 1, 3)]
    results = measured(calls([0, 0, 0, -5], *extra), CALLS)
    assert value(results, "through.extra") == pytest.approx(2 / 3)
    assert value(results, "through.talk") == 1.0
    assert quantity_of(Metric.parse("through(extra)"), results) is results.quantities["through.extra"]
    assert quantity_of(Metric.parse("reach(extra)"), results) is results.quantities["entered.extra"]


def test_steps_add_to_the_value_of_what_is_completed_and_cost_whatever_the_end() -> None:
    more = [
        row(0, "extra", 90, to="completed", lane="frontstage"),
        row(0, "extra", 91, "failed", to="extra", lane="frontstage"),
        row(3, "extra", 90, to="dropped", lane="frontstage"),
        row(3, "refund", 95, to="dropped", lane="backstage"),
    ]
    results = measured(calls([0, 0, 0, -5], *more), CALLS)
    assert value(results, "value.completed") == pytest.approx((3 * 105 + 48) / 3)
    assert value(results, "cost") == pytest.approx(9 / 4 * 100)
    assert value(results, "net") == pytest.approx((3 * 105 + 48 - 9) / 4 * 100)


def test_budgets_on_them_are_judged_as_shares() -> None:
    found = judge("as-is", measured(calls([0.0] * 400 + [60.0] * 20), CALLS))
    assert [(item.status, item.unit) for item in found] == [("kept", "share"), ("kept", "share")]
    assert Budget("within 1 min 30 s(talk) >= 80%").problem() != ""  # one number and its unit
    assert Metric.parse("within 1.5 min(talk)").span == "1.5 min"
