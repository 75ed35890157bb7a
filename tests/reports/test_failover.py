"""Failover's figures, from rows written by hand, and what is said of them."""

from __future__ import annotations

import math
from typing import Any

import pytest

from journeys.budgets import Budget
from journeys.columns import Columns
from journeys.eventlog import Row
from reports.failover import Foreseen, Measure, Trial, Window, figures
from reports.failover_texts import lines, missed, noticed, overall, redundancy, sums, values
from reports.pictures.drawing import svg_text
from reports.pictures.redundancy import redundancy_figure

WINDOW = Window(begin_s=10.0, end_s=20.0, lasts_s=30.0)
PAY = frozenset({"pay"})


def arrival(customer: int, at_s: float) -> Row:
    return Row(customer, "all", "arrival", 0, "customer", "", -1, at_s, at_s, at_s, at_s, "served", "pay", "")


def act(customer: int, at_s: float, took_s: float, outcome: str = "served", **more: Any) -> Row:
    row = Row(customer, "all", "pay", 0, "customer", "till", 0, at_s, at_s, at_s, at_s + took_s, outcome, "", "")
    return row._replace(**more)


def left(customer: int, at_s: float, outcome: str = "completed") -> Row:
    return Row(customer, "all", "exit", 0, "customer", "", -1, at_s, at_s, at_s, at_s, outcome, "", "")


def found(*rows: Row) -> dict[str, float]:
    return figures(Columns.of(rows), WINDOW, PAY)


def test_customers_count_where_they_arrived_and_steps_where_they_were_meant() -> None:
    told = found(
        arrival(0, 9.0), act(0, 11.0, 1.0), left(0, 12.0),
        arrival(1, 10.0), act(1, 12.0, 3.0, "failed"), left(1, 16.0, "dropped"),
        arrival(2, 25.0), left(2, 26.0, "censored"),
    )  # fmt: skip
    assert (told["conversion.before"], told["conversion.during"]) == (1.0, 0.0)
    assert math.isnan(told["conversion.after"])  # still on their way
    assert math.isnan(told["p95.before"])
    assert told["p95.during"] == 1.0
    assert told["failed.during"] == 500.0


def test_a_step_takes_until_its_last_attempt_and_each_failed_one_counts() -> None:
    told = found(
        arrival(0, 1.0), act(0, 2.0, 1.0), left(0, 3.0),
        arrival(1, 11.0), act(1, 12.0, 0.5, "failed"), act(1, 13.0, 0.5, "timed_out"), act(1, 14.0, 1.0), left(1, 15.0),
    )  # fmt: skip
    assert told["p95.during"] == 3.0
    assert told["failed.during"] == 2000.0
    assert told["attempts"] == 200.0  # four attempts at two steps


def test_recovery_lasts_until_nothing_fails_or_drags_any_more() -> None:
    before = (arrival(0, 1.0), act(0, 2.0, 1.0), left(0, 3.0))
    assert found(*before, arrival(1, 11.0), act(1, 11.0, 2.0), left(1, 13.0))["recovery"] == 0.0
    assert found(*before, arrival(1, 11.0), act(1, 11.0, 2.5), left(1, 13.5))["recovery"] == 3.5
    assert found(*before, arrival(1, 21.0), act(1, 21.0, 0.1, "failed"), left(1, 22.0, "dropped"))[
        "recovery"
    ] == pytest.approx(11.1)


def test_calls_and_nobody_at_all() -> None:
    call = Row(0, "all", "contact:where", 0, "support", "phone", 0, 4.0, 4.0, 4.0, 5.0, "served", "", "")
    assert found(arrival(0, 1.0), arrival(1, 1.0), call, left(0, 3.0), left(1, 3.0))["calls"] == 50.0
    nothing = found()
    assert nothing["recovery"] == 0.0
    assert math.isnan(nothing["calls"])


def trial(**more: Any) -> Trial:
    own = found(arrival(0, 1.0), act(0, 2.0, 1.0), left(0, 3.0), arrival(1, 11.0), act(1, 12.0, 1.5), left(1, 14.0))
    told: dict[str, Any] = {
        "replicas": 3, "fault": "kill", "window": WINDOW, "measured": own, "twin": [own, own | {"p95.during": 1.2}],
        "acknowledged": 2, "lost": 0, "doubled": 0, "requests": 100, "tries": 103, "detected_s": 0.1, "expected_s": 1.4,
    }  # fmt: skip
    return Trial(**told | more)


def test_the_model_foresaw_what_is_within_its_range() -> None:
    verdicts = {one.measure.key: one.verdict for one in trial().foreseen()}
    assert verdicts["p95.during"] == "foreseen"
    assert verdicts["conversion.after"] == "not measured"
    outside = trial(measured=trial().measured | {"p95.during": 1.6})
    assert {one.measure.key: one.verdict for one in outside.foreseen()}["p95.during"] == "not foreseen"
    assert Foreseen(Measure("x", "x", "s", -1), 1.0, math.nan, math.nan, math.nan).verdict == "not modelled"
    assert {one.verdict for one in trial(twin=[]).foreseen()} == {"not modelled", "not measured"}
    assert "The model does not foresee such a fault" in sums(trial(twin=[]))
    assert "begin anew twice" not in sums(trial())
    assert "The office had to begin anew once" in sums(trial(office_restarts=1))


def test_extra_calls_are_those_of_the_same_customers_without_the_fault() -> None:
    assert trial().extra_calls() is None
    calm = trial().measured | {"calls": -10.0}
    extra = trial(quiet=calm, quiet_twin=[calm, calm]).extra_calls()
    assert extra is not None
    assert (extra.measured, extra.low, extra.high) == (10.0, 10.0, 10.0)


def test_one_trial_is_told_in_full_and_several_as_a_table() -> None:
    one = trial(lost=1, steady=("2 of 3 replicas were well after it",))
    assert "2 steps were acknowledged: 1 of them lost, 0 done twice. Not as it should be: 2 of" in sums(one)
    told = "\n".join(lines([one]))
    assert "Requests to replicas for 100 of customers      103" in told
    trials = [trial(), trial(replicas=1, doubled=2), trial(fault="pause")]
    columns, by_fault = redundancy(trials)
    assert columns == ["1 replica", "3 replicas"]
    assert [[cell.text for cell in cells] for _, cells in by_fault] == [
        ["0 failed per 1,000"] * 2,
        ["–", "0 failed per 1,000"],
    ]
    assert by_fault[0][1][0].tone == "missed"
    assert "6 steps were acknowledged: 0 of them lost, 2 done twice." in "\n".join(lines(trials))


BUDGETS = (
    "conversion during failover >= 99%", "recovered within 10 s", "lost submissions = 0", "p95 during failover < 1 s",
    "detected <= 50 ms", "conversion kept during failover >= 95%", "failed steps per 1000 after failover <= 5",
)  # fmt: skip


def test_budgets_are_judged_by_what_was_measured() -> None:
    judged = trial(lost=1, budgets=tuple(map(Budget, BUDGETS))).judged()
    assert [one.status for one in judged] == [
        "kept", "kept", "missed", "missed", "missed", "not measured", "not measured",
    ]  # fmt: skip
    assert missed(judged[3]) == "budget missed: p95 during failover < 1 s (1.5 s)"
    half = trial(quiet=trial().measured | {"conversion.during": 1.0}, budgets=(Budget(BUDGETS[5]),))
    assert [one.status for one in half.judged()] == ["kept"]
    told = "\n".join(lines([trial(budgets=tuple(map(Budget, BUDGETS)))]))
    assert "p95 during failover < 1 s                  1.5 s   missed" in told
    own = trial(acknowledged=None, budgets=(Budget("doubled submissions = 0"),))  # an application of one's own
    assert [one.status for one in own.judged()] == ["not measured"]


def test_what_customers_noticed_is_told_in_sentences() -> None:
    assert noticed(trial()) == (
        "Of 100 who came during it and reached an end, 100 completed, as many as before. No attempt at a step failed. "
        "Steps were about as fast as before. Nothing failed or dragged."
    )
    bad = trial().measured | {"conversion.during": 0.5, "failed.during": 250.0, "p95.during": 4.0, "recovery": 9.0}
    told = noticed(trial(measured=bad, quiet=trial().measured, lost=3))
    assert "50 completed, 100 undisturbed. During it 25 attempts failed for 100 steps." in told
    assert "took 4 s or longer, 1.5 s undisturbed. Nothing failed or dragged any more 9 s after it began." in told
    assert told.endswith("3 steps that customers were told were done are lost, 0 done twice.")


def test_several_trials_are_summed_up_and_drawn() -> None:
    hurt, slow = (trial().measured | more for more in ({"failed.during": 40.0}, {"p95.during": 3.0}))
    trials = [
        trial(replicas=1, measured=hurt),
        trial(replicas=1, fault="pause"),
        trial(replicas=2, measured=slow),
        trial(fault="pause"),
    ]
    assert overall(trials) == [
        "With 1 replica, attempts failed by kill (4 for 100 steps); nobody noticed pause.",
        "With 2 replicas, no attempt failed, and the slowest twentieth of steps took longer by kill (3 s, 1 s before).",
        "With 3 replicas, nobody noticed pause.",
    ]
    drawn = svg_text(redundancy_figure(trials))
    assert all(text in drawn for text in ("kill", "pause", "1 replica", "3 replicas", "the model"))


def test_machines_are_told_the_same() -> None:
    told = values(trial())
    assert (told["lost"], told["tries"], told["detected_s"]) == (0, 103, 0.1)
    assert told["figures"]["p95.during"]["verdict"] == "foreseen"
    assert told["figures"]["conversion.after"]["measured"] is None
