"""Figures of the report, worked out a second time from the rows by SQL that knows nothing of how the report does it."""

from __future__ import annotations

import json

import numpy as np
import pytest

from commands.running import Chosen
from journeys.eventlog import Run
from journeys.scenarios import Scenario
from reports.study import Arm, write_report
from simulators.simulation import Settings, Simulation, simulate_all

REPLICATIONS = 2
COHORT = """
    WITH arrived AS (
        SELECT replication, customer, ready_s AS at_s, segment FROM events WHERE step = 'arrival'
        AND intended_s BETWEEN {begin} AND {end}
    ), left_ AS (
        SELECT replication, customer, outcome, end_s FROM events WHERE step = 'exit'
    )
"""


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, dict]:
    folder = tmp_path_factory.mktemp("sql")
    arms = []
    for name, changes in {"as-is": {}, "faster": {"steps.employer_check.skip": 1.0}}.items():
        chosen = Chosen("loan-application", Scenario(name, name.capitalize(), changes))
        simulate_all(
            [Simulation(chosen.journey, folder / name, name, chosen.texts, "loan-application")],
            Settings(seed=4, replications=REPLICATIONS, customers=2200, engine="simpy", jobs=1),
        )
        arms.append(Arm(name, name.capitalize(), chosen.journey, Run.open(folder / name)))
    files = write_report(folder / "out", title="Loan", simulated=arms)
    return arms[0].run, json.loads(files.summary.read_text(encoding="utf-8"))


def ask(run: Run, query: str) -> np.ndarray:
    begin, end = run.manifest.cohort_s or (0.0, 1e18)
    return run.sql(COHORT.format(begin=begin, end=end) + query).to_numpy()


def shown(told: dict, key: str) -> float:
    return told["simulated"]["runs"]["as-is"]["quantities"][key]["value"]


@pytest.mark.parametrize(
    ("key", "outcome"), [("completion", "completed"), ("drop-off", "dropped"), ("denied", "denied")]
)
def test_outcomes(told: tuple[Run, dict], key: str, outcome: str) -> None:
    run, summary = told
    found = ask(
        run, f"SELECT avg(CASE WHEN outcome = '{outcome}' THEN 1.0 ELSE 0 END) FROM arrived JOIN left_ "
             "USING (replication, customer) GROUP BY replication"
    )  # fmt: skip
    assert len(found) == REPLICATIONS
    assert shown(summary, key) == pytest.approx(found.mean())


def test_calls_and_those_answered_in_time(told: tuple[Run, dict]) -> None:
    run, summary = told
    calls = ask(run, """
        SELECT replication, count(e.step) * 100.0 / count(DISTINCT a.customer),
            sum(CASE WHEN e.outcome = 'served' AND e.start_s - e.ready_s <= 20 THEN 1.0 ELSE 0 END) / count(e.step)
        FROM arrived a LEFT JOIN (
            SELECT * FROM events WHERE step LIKE 'contact:%' AND outcome NOT IN ('deflected', 'balked')
        ) e USING (replication, customer) GROUP BY replication
    """)  # fmt: skip
    assert shown(summary, "calls") == pytest.approx(calls[:, 1].mean())
    assert shown(summary, "answered") == pytest.approx(calls[:, 2].mean())


def test_time_waited(told: tuple[Run, dict]) -> None:
    run, summary = told
    waited = ask(run, """
        SELECT replication, sum(coalesce(e.end_s - e.ready_s, 0)) / count(DISTINCT a.customer) FROM arrived a
        LEFT JOIN (SELECT * FROM events WHERE step NOT IN ('arrival', 'exit') AND step NOT LIKE 'contact:%') e
        USING (replication, customer) GROUP BY replication
    """)  # fmt: skip
    assert shown(summary, "waiting") == pytest.approx(waited[:, 1].mean())


def test_steps_and_their_queues(told: tuple[Run, dict]) -> None:
    run, summary = told
    found = ask(run, """
        SELECT replication, quantile_cont(e.end_s - e.ready_s, 0.95), avg(e.start_s - e.ready_s),
            avg(e.end_s - e.start_s)
        FROM arrived JOIN events e USING (replication, customer)
        WHERE e.step = 'assessment' AND e.outcome = 'served' GROUP BY replication
    """)  # fmt: skip
    assert shown(summary, "latency.assessment.sojourn.p95") == pytest.approx(found[:, 1].mean())
    wait, service = found[:, 2].mean(), found[:, 3].mean()
    assert shown(summary, "latency.assessment.wait.mean") == pytest.approx(wait)
    assert summary["sections"]["steps"]["as-is"]["assessment"] == pytest.approx(wait / (wait + service))


def test_who_was_saved(told: tuple[Run, dict]) -> None:
    run, summary = told
    other = Run.open(run.folder.parent / "faster")
    before, after = (
        ask(one, "SELECT replication, customer, outcome FROM arrived JOIN left_ USING (replication, customer)")
        for one in (run, other)
    )
    fates = {(number, customer): outcome for number, customer, outcome in after}
    saved = [
        np.mean([outcome == "dropped" and fates[number, customer] == "completed" for number, customer, outcome in own])
        for own in (before[before[:, 0] == number] for number in range(REPLICATIONS))
    ]
    assert summary["sections"]["saved"]["faster"][0]["saved"]["value"] == pytest.approx(np.mean(saved))


def test_completed_within_five_days_and_by_day_of_arrival(told: tuple[Run, dict]) -> None:
    run, summary = told
    found = ask(run, """
        SELECT replication, avg(CASE WHEN outcome = 'completed' AND end_s - at_s <= 5 * 86400 THEN 1.0 ELSE 0 END)
        FROM arrived JOIN left_ USING (replication, customer) GROUP BY replication
    """)  # fmt: skip
    within = {one["seconds"]: one["value"] for one in summary["sections"]["times"]["completed_within"]["as-is"]}
    assert within[5 * 86400.0] == pytest.approx(found[:, 1].mean())
    days = ask(run, """
        SELECT CAST(floor(at_s / 86400) AS INTEGER) % 7, count(*) FROM arrived GROUP BY 1 ORDER BY 1
    """)  # fmt: skip
    told_days = summary["sections"]["customers"]["as-is"]["day"]
    assert dict(days.tolist()) == {at: one["customers"] for at, one in enumerate(told_days) if one["customers"]}
