"""Blame and break-even, worked out a second time from written rows by SQL that knows nothing of how they are found."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import ttest_1samp

from commands.cells import Cells
from commands.explaining import Wanted, explained
from journeys import Constant, Exponential, Journey, Poisson, Station, Step, Wait, days, hours, per_hour
from journeys.eventlog import Run
from journeys.paths import apply
from journeys.ranges import read_ranges
from journeys.scenarios import Scenario, WhatIf
from reports.attribution.assumptions import declared
from reports.attribution.blame import who_is_to_blame
from reports.attribution.break_even import doubted
from reports.attribution.counterfactuals import parts, perfect
from reports.attribution.looks import Condition
from reports.study import Arm
from simulators.simulation import Settings, Simulation, simulate_all

SEED, REPLICATIONS, CUSTOMERS = 5, 4, 1200
BASE = Journey(
    name="small", arrivals=Poisson(per_hour(80)), customers=CUSTOMERS, warm_up=hours(2), cool_down=hours(1),
    steps=(
        Step(name="apply", lane="customer", abandon=0.2),
        Step(name="check", lane="backstage", station="clerks", service=Constant(days(1)), awaits="answer"),
        Step(name="sign", lane="customer", abandon=0.1, station="desk", service=Constant(hours(1))),
    ),
    stations=(Station(name="clerks", servers=5_000), Station(name="desk", servers=64)),
    waits=(Wait(name="answer", uncertain=Exponential(days(1.9))),),
)  # fmt: skip
CHANGES = {"steps.check.service": Constant(days(0.5)), "steps.apply.abandon": 0.35}
LOST = """
    SELECT avg(CASE WHEN outcome = '{outcome}' THEN 1.0 ELSE 0 END) FROM events WHERE step = 'exit' AND
    (replication, customer) IN (SELECT (replication, customer) FROM events WHERE step = 'arrival' AND intended_s
    BETWEEN {begin} AND {end}) GROUP BY replication ORDER BY replication
"""


def run_of(journey: Journey, folder: Path) -> Run:
    simulate_all(
        [Simulation(journey, folder, folder.name, {}, "")],
        Settings(seed=SEED, replications=REPLICATIONS, customers=CUSTOMERS, engine="", jobs=1),
    )
    return Run.open(folder)


def by_sql(run: Run, outcome: str) -> np.ndarray:
    begin, end = run.manifest.cohort_s or (0.0, 0.0)
    return run.sql(LOST.format(outcome=outcome, begin=begin, end=end)).to_numpy()[:, 0].astype(float)


def test_blame_by_all_orders_and_sql(tmp_path: Path) -> None:
    known = parts(BASE)
    assert len(known) == 3
    lost = {
        chosen: by_sql(run_of(perfect(BASE, chosen), tmp_path / f"{len(chosen)}-{at}"), "dropped")
        for size in range(4)
        for at, chosen in enumerate(itertools.combinations(known, size))
    }
    blame = who_is_to_blame(BASE, Cells(SEED, CUSTOMERS, "", 1, run_of=REPLICATIONS).quantities, REPLICATIONS)
    orders = list(itertools.permutations(known))
    for part in known:
        caused = np.zeros(REPLICATIONS)
        for order in orders:
            before = tuple(one for one in known if order.index(one) < order.index(part))
            after = tuple(one for one in known if one in before or one == part)
            caused += (lost[before] - lost[after]) / len(orders)
        found = blame.caused([part], "drop-off")
        assert found.value == pytest.approx(caused.mean())
        assert blame.part([part], "drop-off").value == pytest.approx(caused.mean() / lost[()].mean())
    assert blame.before("drop-off") == pytest.approx(lost[()].mean())


def test_a_break_even_by_sql(tmp_path: Path) -> None:
    """At the value found, completion is on average the same in both; at the interval's ends a t-test just tells."""
    scenario = apply(BASE, CHANGES)
    ranges = declared(BASE, scenario, read_ranges(scenario, ["waits.answer.uncertain.mean=12 h..8 d"]))
    cells = Cells(SEED, CUSTOMERS, "", 1, run_of=REPLICATIONS)
    rises = Condition("completion rises", "completion", 1)
    found = doubted(BASE, scenario, [rises], cells.quantities, REPLICATIONS, ranges)
    (one,) = found.overturned or found.declared
    tests = {}
    for name in ("near", "at", "far"):
        value = one.assumption.at(getattr(one.crossing, name))
        completed = [
            by_sql(run_of(apply(journey, {one.assumption.path: value}), tmp_path / f"{name}-{side}"), "completed")
            for side, journey in (("base", BASE), ("scenario", scenario))
        ]
        difference = completed[1] - completed[0]
        tests[name] = difference.mean(), ttest_1samp(difference, 0.0).pvalue
    assert abs(tests["at"][0]) < 0.002  # two of the thousand customers who count
    assert [tests[name][1] for name in ("near", "far")] == pytest.approx([0.05, 0.05], abs=0.04)


def test_a_comparison_explains_the_very_figures_that_it_shows(tmp_path: Path) -> None:
    scenario = apply(BASE, CHANGES)
    runs = {"as-is": run_of(BASE, tmp_path / "as-is"), "other": run_of(scenario, tmp_path / "other")}
    arms = [Arm("as-is", "As it is", BASE, runs["as-is"]), Arm("other", "Other", scenario, runs["other"])]
    what_if = WhatIf("small", "as-is", (Scenario("as-is", "As it is", {}), Scenario("other", "Other", {})))
    found = explained(what_if, arms, Wanted(blamed=("other",)), engine="", jobs=1)
    assert list(found["blame"]) == ["as-is", "other"]
    for name, blame in found["blame"].items():
        assert blame.before("drop-off") == pytest.approx(by_sql(runs[name], "dropped").mean())
