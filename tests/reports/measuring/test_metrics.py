"""Metrics of logs whose numbers are known by hand."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from journeys import Closure, Duration, Shift
from journeys.budgets import Metric
from journeys.columns import Columns
from journeys.errors import CannotRead
from journeys.eventlog import Row, Run, RunWriter
from reports.judging import quantity_of
from reports.measuring import quantities
from reports.measuring.metrics import Results, conserve, measure, measure_replication, merged
from reports.measuring.quantities import share, whole
from reports.statistics import mean_interval, quantile_interval
from tests.reports.synthetic import DAY, LOAN, approved, arrival, leaving, manifest, population, row

HOUR = 3600.0


def measured(rows: list[Row], journey=LOAN, **changed: object) -> Results:
    described = manifest(**changed)
    return merged(journey, described, [measure_replication(journey, described, 0, Columns.of(rows))])


def value(results: Results, key: str) -> float:
    return float(results.quantities[key].values[0])


def test_entered_is_converted_plus_lost_at_every_step() -> None:
    results = measured(population(1, 200))
    assert results.entered == 200
    for step in results.funnel:
        lost = step.dropped + step.denied + step.rejected + step.censored
        assert np.array_equal(step.entered, step.converted + lost)
        assert np.array_equal(step.dropped, sum(step.causes.values(), np.zeros(1, dtype=np.int64)))
    submit = results.funnel[1]
    assert submit.entered[0] == 200
    assert submit.causes["gave up while acting"][0] == submit.dropped[0] == results.outcomes["dropped"][0]


def test_outcomes_that_do_not_add_up_are_refused() -> None:
    outcomes = dict(measured(population(1, 20)).outcomes)
    conserve(outcomes)
    outcomes["completed"] = outcomes["completed"] + 1
    with pytest.raises(CannotRead, match="entered 20 is not"):
        conserve(outcomes)


def test_contacts_by_reason_and_by_what_became_of_them() -> None:
    rows = [one for number in range(4) for one in approved(number, 10.0 * number, 500.0)]
    ask = "contact:where"
    rows += [
        row(0, ask, (50, 60, 90), station="desk"),
        row(0, ask, (100, np.nan, 130), "reneged", station="desk", visit=1),
        row(1, ask, 60, "deflected", detail="chatbot"),
        row(2, ask, 60, "deflected", detail="self-service"),
        row(3, "contact:how_to", (60, 61, 90), station="desk", detail="escalated by chatbot"),
        row(3, ask, 70, "balked", station="desk"),
    ]
    results = measured(rows)
    fates = {
        fate: value(results, f"contacts.where.{fate}") for fate in ("answered", "abandoned", "chatbot", "self_service")
    }
    assert fates == {"answered": 25, "abandoned": 25, "chatbot": 25, "self_service": 25}
    assert (value(results, "calls"), value(results, "contacts")) == (75, 150)
    assert value(results, "contacts.where.closed") == 25  # a question put away at a closed door is no call
    assert value(results, "calls.how_to") == 25


def test_latencies_are_of_the_step_and_on_the_clock_of_who_works() -> None:
    rows = approved(0, 0, 100.0)
    results = measured(rows)
    assert [value(results, f"latency.submit.{of}.p50") for of in ("wait", "service", "sojourn")] == [5, 5, 10]
    assert "latency.submit.intended.p50" not in results.quantities
    late = [one._replace(intended_s=one.ready_s - 2) if one.step == "submit" else one for one in rows]
    scaled = measured(late, speed=10.0, kind="measured", engine="load")
    assert value(scaled, "latency.submit.sojourn.p95") == 10
    assert value(scaled, "latency.submit.intended.p95") == 12
    assert value(scaled, "latency.review.service.mean") == 500


def test_failed_attempts_count_in_latency_but_not_in_service() -> None:
    rows = approved(0, 0, 100.0)
    rows.insert(2, row(0, "submit", (10, 10, 70), "timed_out", "submit"))
    results = measured(rows)
    assert value(results, "latency.submit.sojourn.mean") == 35
    assert value(results, "latency.submit.service.mean") == 5
    assert value(results, "failed-steps") == pytest.approx(1000 / 6)


def test_reasked_facts_are_counted_one_by_one() -> None:
    rows = approved(0, 0, 100.0) + approved(1, 5, 100.0)
    rows[2] = rows[2]._replace(detail="re-asked: phone, employer; attempt 2")
    assert value(measured(rows), "reasked") == 100


def test_people_are_busy_only_while_on_duty_where_work_is_laid_down() -> None:
    evening = 17 * HOUR
    rows = [
        arrival(0, evening), row(0, "start", evening, to="submit"), row(0, "submit", evening, to="intake"),
        row(0, "intake", (evening, evening, DAY + 9 * HOUR), to="review"), leaving(0, DAY + 9 * HOUR, "dropped", "x"),
    ]  # fmt: skip
    window = (evening, DAY + 9 * HOUR)  # one hour on Monday, one on Tuesday: two people, so four hours staffed
    results = measured(rows, cohort_s=window)
    assert value(results, "utilisation.desk") == pytest.approx(0.5)
    assert value(results, "work") == pytest.approx(200)
    holiday = Closure(name="holiday", at=Duration(evening + 0.5 * HOUR), lasting=Duration(DAY))
    shut = replace(LOAN, stations=(LOAN.stations[0], replace(LOAN.stations[1], closures=(holiday,))))
    results = measured(rows, shut, cohort_s=window)  # half an hour, of one of two
    assert value(results, "utilisation.desk") == pytest.approx(0.5)
    assert value(results, "work") == pytest.approx(50)
    stays = replace(LOAN.stations[1], at_closing="finish", shifts=(Shift("mon-fri", "08:00", "18:00"),))
    finishing = replace(LOAN, stations=(LOAN.stations[0], stays))
    assert value(measured(rows, finishing, cohort_s=window), "utilisation.desk") == pytest.approx(16 / 4)


def test_cost_is_staffed_hours_calls_and_losses() -> None:
    rows = [
        *approved(0, 8 * HOUR, 100.0),
        arrival(1, 8 * HOUR), row(1, "contact:where", (8 * HOUR, 8 * HOUR, 8 * HOUR + 60), station="desk"),
        leaving(1, 9 * HOUR, "dropped", "gave up at start"),
    ]  # fmt: skip
    results = measured(rows, cohort_s=(8 * HOUR, 10 * HOUR))
    spent = 2 * 2 * 30.0 + 2.0 + 10.0
    assert value(results, "cost") == pytest.approx(spent / 2 * 100)
    assert value(results, "cost.completed") == pytest.approx(spent)
    assert value(results, "net") == pytest.approx((500 - spent) / 2 * 100)


def test_a_log_without_customers_measures_nothing() -> None:
    results = measured(population(1, 5), cohort_s=(1e9, 2e9))
    assert results.entered == 0
    assert not results.quantities["completion"].estimate().measured


def test_no_interval_says_what_cannot_be() -> None:
    rare = share("rare", "Rare", [0, 0, 1], [10, 10, 10]).estimate()
    sure = share("sure", "Sure", [10, 10, 9], [10, 10, 10]).estimate()
    assert rare.low == 0 < rare.value < rare.high
    assert sure.low < sure.value < sure.high == 1
    loss = quantities.merged([whole("net", "Net", "money", value, 1.0) for value in (-3.0, -2.0, -4.0)]).estimate()
    assert loss.low < loss.high < 0


def test_calls_that_a_target_cannot_show_are_not_measured_rather_than_none() -> None:
    rows = [one for number in range(4) for one in approved(number, 10.0 * number, 500.0)]
    seen = measured(rows, kind="measured", engine="load")
    blind = measured(rows, kind="measured", engine="load", not_measured=("contacts.where",))
    assert seen.quantities["calls"].estimate().measured
    assert value(seen, "calls") == 0
    assert not blind.quantities["calls"].estimate().measured
    assert not blind.quantities["calls.where"].estimate().measured


def test_reasons_of_failures_are_counted_over_all_attempts() -> None:
    rows = [
        arrival(0, 0), row(0, "start", 1, "failed", "start", detail="POST /loans: 500, expected 200"),
        row(0, "start", 2, "failed", "start", detail="attempt 2; POST /loans: 500, expected 200"),
        row(0, "start", 3, "timed_out", "dropped", detail="attempt 3"), leaving(0, 3, "dropped", "failed at start"),
    ]  # fmt: skip
    assert measured(rows).failures == (("start", "POST /loans: 500, expected 200", 2), ("start", "", 1))


def test_abandonment_is_of_those_who_joined_the_queue() -> None:
    rows = [one for number in range(3) for one in approved(number, 10.0 * number, 500.0)]
    rows += [
        arrival(7, 5.0),
        row(7, "start", (5, np.nan, 9), "dropped", "dropped"),  # gave up while typing: never in a queue
        leaving(7, 9.0, "dropped"),
        arrival(8, 5.0),
        row(8, "start", (5, np.nan, 25), "reneged", "dropped"),
        leaving(8, 25.0, "dropped"),
        arrival(9, 5.0),
        row(9, "start", (5, 5, 6), to="submit"),
        row(9, "submit", (6, 6, 7), to="intake"),
        row(9, "intake", (7, np.nan, 90), "dropped", "dropped"),  # the patience of the wait ended in the queue
        leaving(9, 90.0, "dropped"),
    ]
    results = measured(rows)
    shares = {name: value(results, f"abandoned.{name}") for name in ("start", "submit", "intake", "review")}
    assert shares == pytest.approx({"start": 1 / 5, "submit": 0.0, "intake": 1 / 4, "review": 0.0})
    assert "abandoned.papers" not in results.quantities  # no station, no queue
    assert quantity_of(Metric.parse("abandonment(intake)"), results) is results.quantities["abandoned.intake"]
    assert quantity_of(Metric.parse("p95 wait(submit)"), results) is results.quantities["latency.submit.wait.p95"]


def test_parts_of_a_run_are_measured_apart_and_merged_in_any_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("journeys.eventlog.PART_ROWS", 100)
    crowds = [population(seed, 30, completes=0.3 + seed / 10) for seed in range(4)]
    failing = row(3, "start", 5.0, "failed", "start", detail="POST /loans: 500")
    crowds[2].append(failing)
    with RunWriter(tmp_path, manifest(replications=4, finished=False)) as writer:
        for number, rows in enumerate(crowds):
            for begin in range(0, len(rows), 37):
                writer.extend(rows[begin : begin + 37], number)
    run = Run.open(tmp_path)
    parts = run.parts()
    assert min(map(len, parts.values())) > 1  # a replication in several parts, and a part with two replications
    assert sum(map(len, parts.values())) > len(set().union(*parts.values()))
    whole = measure(LOAN, run)
    each = [measure_replication(LOAN, run.manifest, number, Columns.of(rows)) for number, rows in enumerate(crowds)]
    again = merged(LOAN, run.manifest, [pickle.loads(pickle.dumps(each[place])) for place in (2, 0, 3, 1)])
    assert again.replications == whole.replications == (0, 1, 2, 3)
    for key, quantity in whole.quantities.items():
        assert np.array_equal(quantity.values, again.quantities[key].values, equal_nan=True), key
        assert np.array_equal(quantity.values, [one.quantities[key].values[0] for one in each], equal_nan=True), key
        assert quantity.units == again.quantities[key].units == sum(one.quantities[key].units for one in each)
    for step, other in zip(whole.funnel, again.funnel, strict=True):
        assert step.entered.tolist() == other.entered.tolist()
        assert {cause: counts.tolist() for cause, counts in step.causes.items()} == {
            cause: counts.tolist() for cause, counts in other.causes.items()
        }
    assert again.failures == whole.failures == (("start", "POST /loans: 500", 1),)
    assert again.customers.outcome.values() == whole.customers.outcome.values()
    assert whole.customers.replication.tolist() == [number for number in range(4) for _ in range(30)]


def test_an_interval_of_one_replication_is_that_of_its_units() -> None:
    rows = [one for number in range(12) for one in approved(number, 10.0 * number, 100.0 + number**2)]
    results = measured(rows)
    spent = [100.0 + number**2 for number in range(12)]
    assert results.quantities["decision.mean"].estimate() == pytest.approx(mean_interval(spent, "decisions"))
    assert results.quantities["decision.p90"].estimate() == quantile_interval(spent, 0.9, "decisions")
