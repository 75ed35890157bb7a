"""Mixed runs: browsers beside a load of the same mocked back end, whose one server makes everybody queue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from commands.peak import at_peak
from commands.reading import Chosen
from journeys import Journey, Poisson, Step, per_second
from journeys.eventlog import Manifest, Row, Run, RunWriter
from journeys.scenarios import Scenario
from reports.loading.peak import ALL, peak
from tests.load.test_load import conserved

FIRST = 1000


@pytest.mark.load
@pytest.mark.browser
def test_who_walks_in_a_browser_under_load_waits_longer_than_alone(tmp_path: Path) -> None:
    # 40 requests a second of 20 ms each at one server: it is busy for four fifths of the time
    steps = {f"steps.{step}.service.mean": "20 ms" for step in ("join", "plan")}
    changes = {"stations.website.servers": "1", **steps}
    chosen = Chosen("first-journey", Scenario("as-is", "As is", changes))
    told = {"seed": 1, "customers": None, "speed": None, "rate": per_second(20), "duration_s": 8.0, "workload": None,
            "max_customers": FIRST, "most_lag_s": 1.0}  # fmt: skip
    loaded, alone, felt = at_peak(chosen, tmp_path, "mock", browsers=3, browsers_from_s=1.5, told=told)
    assert [arm.title for arm in (alone, felt)] == ["As is, in the browser, alone", "As is, in the browser, at peak"]
    # all three runs add up, and nobody is in two of them, but for those who walk again
    counts = [conserved(arm.run) for arm in (loaded, alone, felt)]
    assert counts[1] == counts[2] == felt.run.manifest.customers >= 3
    who = [set(arm.run.sql("SELECT DISTINCT customer FROM events").customer) for arm in (loaded, alone, felt)]
    assert who[1] == who[2] == set(range(FIRST, FIRST + counts[1]))
    assert not who[0] & who[1]
    # they came on the load's clock, while it lasted
    came = felt.run.sql("SELECT ready_s FROM events WHERE step = 'arrival'").ready_s
    assert came.min() > 1.4
    assert came.max() < 8.5
    found = peak(chosen.journey, {arm.name: arm.run for arm in (loaded, alone, felt)})
    assert found is not None
    whole = found.steps[-1]
    assert (whole.step, whole.paired) == (ALL, True)
    assert whole.ratio.value > 1.0
    assert whole.peak[0.5].value > whole.alone[0.5].value
    joined = loaded.run.sql("SELECT count(*) AS n FROM events WHERE step = 'join' AND outcome = 'served'").n[0]
    assert found.steps[0].api[0.5].n == joined


def walked(folder: Path, engine: str, took_s: dict[int, float], at_s: float = 1.0, **settings: object) -> Run:
    """Write a run in which each customer takes one step so long."""
    told = {"duration_s": 10.0, **settings}
    manifest = Manifest("pay", "", "as-is", engine, "measured", 1, 1, len(took_s), settings=told)
    with RunWriter(folder, manifest) as writer:
        for customer, took in took_s.items():
            at = (at_s, at_s, at_s, at_s + took)
            writer.add(Row(customer, "everyone", "pay", 0, "customer", "till", 0, *at, "served", "completed", ""))
    return Run.open(folder)


PAY = Journey(name="pay", arrivals=Poisson(per_second(1)), steps=(Step(name="pay", lane="customer"),))


def test_the_same_customers_are_compared_one_by_one(tmp_path: Path) -> None:
    alone_s = dict(enumerate(np.linspace(0.1, 1.0, 40)))
    runs = {
        "alone": walked(tmp_path / "alone", "browser", alone_s, phase="alone"),
        "peak": walked(tmp_path / "peak", "browser", {who: 3 * took for who, took in alone_s.items()}, phase="at peak"),
        "load": walked(tmp_path / "load", "load", {100: 0.25}),
    }
    found = peak(PAY, runs)
    assert found is not None
    step, whole = found.steps
    # by medians alone the interval would be wide: customers differ tenfold among themselves
    assert [step.ratio.low, step.ratio.value, step.ratio.high] == pytest.approx([3.0, 3.0, 3.0])
    assert whole.ratio.value == pytest.approx(3.0)
    assert step.api[0.5].value == pytest.approx(0.25)


def test_other_customers_are_compared_by_medians_and_steps_after_the_load_left_out(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    runs = {
        "alone": walked(tmp_path / "alone", "browser", dict(enumerate(random.exponential(1, 300))), phase="alone"),
        "peak": walked(
            tmp_path / "peak", "browser", dict(enumerate(random.exponential(2, 300), 1000)), phase="at peak"
        ),
        "load": walked(tmp_path / "load", "load", {5000: 0.25}),
    }
    found = peak(PAY, runs)
    assert found is not None
    ratio = found.steps[0].ratio
    assert not found.steps[0].paired
    assert ratio.low < 2.0 < ratio.high
    assert 1.4 < ratio.low < ratio.high < 2.9
    late = {**runs, "peak": walked(tmp_path / "late", "browser", {1: 1.0}, at_s=11.0, phase="at peak")}
    found = peak(PAY, late)
    assert found is not None
    assert (found.steps, found.after) == ((), 1)


def test_runs_without_both_phases_have_no_such_section(tmp_path: Path) -> None:
    assert peak(PAY, {"load": walked(tmp_path / "load", "load", {1: 1.0})}) is None
