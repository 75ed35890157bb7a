"""Scenarios compared, and measured runs laid beside their forecasts."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from journeys.budgets import Metric
from journeys.columns import Columns
from journeys.errors import InvalidInput
from journeys.eventlog import Row
from reports.comparison import compare
from reports.judging import judge, quantity_of
from reports.measuring.metrics import Results, measure_replication, merged
from reports.side_by_side import side_by_side
from tests.reports.synthetic import DAY, LOAN, leaving, manifest, population

N = 120


def results(replications: Sequence[Sequence[Row]], **changed: object) -> Results:
    described = manifest(**changed)
    each = [measure_replication(LOAN, described, at, Columns.of(rows)) for at, rows in enumerate(replications)]
    return merged(LOAN, described, each)


def scenario(replications: int = 6, **settings: float) -> Results:
    return results([population(seed, N, **settings) for seed in range(replications)])


def test_a_change_is_found_pair_by_pair_and_judged() -> None:
    arms = {
        "as-is": scenario(),
        "faster": scenario(decision_s=DAY / 24),
        "all": scenario(completes=0.7, decision_s=DAY / 24, calls=0.5),
    }
    found = compare(arms, "as-is")
    assert (found.combined, found.levers, found.replications) == ("all", ("faster",), 6)
    completion = found.metrics["completion"]
    assert completion.change("faster").verdict == "no difference"
    best = completion.change("all")
    assert best.verdict == "better"
    assert best.paired.change.low < best.paired.change.value == pytest.approx(0.4, abs=0.1)
    assert found.metrics["calls"].change("all").verdict == "better"
    decision = found.metrics["decision.median"].change("faster")
    assert decision.paired.change.value == pytest.approx(1 / 72 - 1, abs=1e-6)
    assert not found.warnings


def test_replications_without_a_partner_are_left_out_and_named() -> None:
    for base, other, name in ((5, 3, "as-is"), (3, 5, "all")):
        found = compare({"as-is": scenario(base), "all": scenario(other, completes=0.8)}, "as-is")
        assert found.replications == 3
        assert found.warnings == (
            f"{name}: 2 of its replications have no partner and are left out of the differences.",
        )


def test_one_replication_settles_nothing() -> None:
    found = compare({"as-is": scenario(1), "all": scenario(1, completes=0.9)}, "as-is")
    assert found.metrics["completion"].change("all").verdict == "inconclusive"
    assert "Fewer than two replications" in found.warnings[0]


def test_a_name_that_is_not_there_is_answered_with_a_near_one() -> None:
    with pytest.raises(InvalidInput, match="did you mean 'as-is'"):
        compare({"as-is": scenario(1), "all": scenario(1)}, "asis")


def test_customers_of_both_runs_are_compared_one_by_one() -> None:
    rows = population(3, N)
    flipped = [
        leaving(one.customer, one.end_s, "denied", segment=one.segment)
        if one.step == "exit" and one.customer < 60
        else one
        for one in rows
    ]
    twin = results([rows])
    side = side_by_side("load", "Loaded", results([flipped], kind="measured", engine="load"), twin)
    assert (side.word, side.n, side.n_forecast) == ("loaded", N, N)
    assert side.customers is not None
    assert side.customers.same_segment.value == 1
    assert side.customers.same_outcome.value == pytest.approx(1 - 60 / N)
    assert side.customers.decision_ratio.value == 1
    agreement = {pair.key: pair.agreement for pair in side.pairs}
    assert agreement["denied"] == agreement["completion"] == "differs"
    assert agreement["entered.submit"] == "agrees"


def test_a_measured_run_without_a_twin_stands_alone() -> None:
    side = side_by_side("load", "Loaded", results([population(3, N)], kind="measured", engine="load"), None)
    assert side.customers is None
    assert {pair.agreement for pair in side.pairs} == {"not measured"}


def test_budgets_are_kept_missed_or_left_open() -> None:
    def statuses(own: Results) -> list[str]:
        return [judgement.status for judgement in judge("run", own)]

    assert statuses(scenario(completes=0.9)) == ["kept", "missed", "missed"]  # submitting takes ten seconds, or two
    assert statuses(scenario(completes=0.1))[0] == "missed"
    assert statuses(results([population(1, 8, completes=0.45)]))[0] == "inconclusive"
    nobody = results([population(1, 8)], cohort_s=(1e9, 2e9))
    assert statuses(nobody) == ["not measured"] * 3


def test_a_budget_may_ask_for_any_percentile() -> None:
    rows = population(1, 21, completes=1.0)
    timed = [one._replace(end_s=one.ready_s + one.customer) if one.step == "submit" else one for one in rows]
    found = quantity_of(Metric.parse("p97.5(submit)"), results([timed]))
    assert found is not None
    assert found.estimate().value == pytest.approx(19.5)
