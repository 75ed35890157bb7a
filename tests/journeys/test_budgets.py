"""Budgets: read from words, judged in the unit of their limit."""

from __future__ import annotations

import pytest

from journeys import Budget
from journeys.budgets import Metric


@pytest.mark.parametrize(
    ("text", "metric", "step", "relation", "limit"),
    [
        ("completion >= 55%", "completion", "", ">=", 0.55),
        ("drop-off < 0.3", "drop-off", "", "<", 0.3),
        ("  denied<=20% ", "denied", "", "<=", 0.2),
        ("calls per 100 <= 30", "calls per 100", "", "<=", 30),
        ("failed steps per 1000 < 2.5", "failed steps per 1000", "", "<", 2.5),
        ("time to decision < 3 d", "time to decision", "", "<", 259200),
        ("p95(submit) < 800 ms", "p95", "submit", "<", 0.8),
        ("p99.9( submit-form ) < 2 s", "p99.9", "submit-form", "<", 2),
        ("mean(submit) > 1 min 30 s", "mean", "submit", ">", 90),
        ("median(submit) >= 1 h", "median", "submit", ">=", 3600),
        ("p95 wait(submit) < 2 min", "p95", "submit", "<", 120),
        ("abandonment(submit) < 3%", "abandonment", "submit", "<", 0.03),
        ("within 20 s(agent) >= 80%", "within", "agent", ">=", 0.8),
        ("reach(sold-out) <= 5%", "reach", "sold-out", "<=", 0.05),
        ("through(extra) > 0.2", "through", "extra", ">", 0.2),
        ("re-asks per 100 < 10", "re-asks per 100", "", "<", 10),
        ("value per completion >= 420", "value per completion", "", ">=", 420),
        ("cost per completion < 12.5", "cost per completion", "", "<", 12.5),
        ("earned per 100 >= -3", "earned per 100", "", ">=", -3),
        ("tally(extras) >= 12", "tally", "extras", ">=", 12),
        ("returned >= 20%", "returned", "", ">=", 0.2),
        ("utilisation(desk) <= 85%", "utilisation", "desk", "<=", 0.85),
    ],
)
def test_a_budget_is_read(text: str, metric: str, step: str, relation: str, limit: float):
    budget = Budget(text)
    assert budget.problem() == ""
    assert (budget.metric, budget.step, budget.relation) == (metric, step, relation)
    assert budget.limit == pytest.approx(limit)
    assert str(budget) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("completion", "not a budget"),
        ("happiness > 3", "not a budget"),
        ("completion == 55%", "not a budget"),
        ("p95 < 800 ms", "not a budget"),
        ("p95 delay(submit) < 800 ms", "not a budget"),
        ("abandonment wait(submit) < 3%", "not a budget"),
        ("within(submit) < 3%", "not a budget"),
        ("within 20 parsecs(submit) < 3%", "not a budget"),
        ("within 20 s(submit) < 3 s", "not a limit of within: '3 s'"),
        ("abandonment(submit) < 3 s", "not a limit of abandonment: '3 s' (write 55% or 0.55)"),
        ("completion >= much", "not a limit of completion: 'much' (write 55% or 0.55)"),
        ("completion >= 55 ms", "not a limit of completion: '55 ms'"),
        ("calls per 100 <= 30%", "not a limit of calls per 100: '30%' (write 30)"),
        ("p95(submit) < 800", "not a duration: '800'"),
        ("time to decision < 3", "not a duration: '3'"),
    ],
)
def test_what_is_no_budget_tells_why(text: str, said: str):
    assert said in Budget(text).problem()


def test_the_limit_itself_keeps_only_the_budgets_that_say_so():
    for relation, below, at, above in (
        ("<", True, False, False), ("<=", True, True, False), (">", False, False, True), (">=", False, True, True),
    ):  # fmt: skip
        budget = Budget(f"completion {relation} 50%")
        assert [budget.holds(value) for value in (0.4, 0.5, 0.6)] == [below, at, above]


def test_a_metric_is_read_with_what_it_is_of():
    assert Metric.parse(" mean  wait ( submit-form ) ") == Metric("mean", "submit-form", "wait")
    assert Metric.parse("calls per 100") == Metric("calls per 100")
    for text in ("completion", "p99.9(submit)", "median service(submit)", "abandonment(submit)"):
        assert str(Metric.parse(text)) == text
    with pytest.raises(ValueError, match=r"not a metric: 'happiness' \(one of completion, .* p95\(submit\)"):
        Metric.parse("happiness")


@pytest.mark.parametrize(
    ("text", "relation", "limit"),
    [
        ("conversion during failover >= 99%", ">=", 0.99), ("recovered within 10 s", "<=", 10.0),
        ("lost submissions = 0", "=", 0.0), ("p95 after failover < 800 ms", "<", 0.8),
        ("failed steps per 1000 during failover <= 5", "<=", 5.0),
    ],
)  # fmt: skip
def test_budgets_of_a_failover(text: str, relation: str, limit: float):
    budget = Budget(text)
    assert not budget.problem()
    assert budget.of.is_of_failover
    assert (budget.relation, budget.limit) == (relation, limit)


def test_only_what_is_counted_can_equal_a_limit():
    assert Budget("lost submissions = 0").holds(0)
    assert not Budget("lost submissions = 0").holds(1)
    assert "completion is measured, not counted: write <= or >=" in Budget("completion = 55%").problem()
