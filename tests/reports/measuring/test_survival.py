"""Survival and incidence: against SciPy's, against counting, and against the patience that a simulation was given."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from journeys import Exponential, Journey, Poisson, Step, Wait, days, hours, per_hour
from journeys.eventlog import Run
from reports.measuring.metrics import measure
from reports.measuring.survival import incidence, survival
from reports.measuring.time_curves import converted, staying_at
from simulators.simulation import Settings, Simulation, simulate_all
from tests.reports.synthetic import DAY, LOAN, population, write_run


@pytest.mark.parametrize("seed", range(5))
def test_survival_is_scipys(seed: int) -> None:
    random = np.random.default_rng(seed)
    lasted = random.integers(1, 30, 200).astype(float)  # ties among ends, among censored ones, and between both
    observed = random.random(200) < 0.4
    curve = survival(lasted, observed)
    theirs = stats.ecdf(stats.CensoredData(uncensored=lasted[observed], right=lasted[~observed])).sf
    at = np.arange(0.0, 35.0, 0.5)
    assert curve.at(at) == pytest.approx(theirs.evaluate(at))


def test_incidence_without_censoring_is_a_share() -> None:
    lasted = np.array([1.0, 2.0, 2.0, 3.0, 5.0])
    ours = np.array([True, False, True, False, True])
    assert incidence(lasted, ours, ~ours).at([0.5, 1, 2, 4, 5]) == pytest.approx([0, 0.2, 0.4, 0.4, 0.6])


def test_incidences_of_all_ends_and_survival_make_one() -> None:
    random = np.random.default_rng(7)
    lasted, way = random.integers(1, 20, 300).astype(float), random.integers(0, 3, 300)
    at = np.arange(0.0, 21.0)
    ends = [incidence(lasted, way == one, way == other).at(at) for one, other in ((1, 2), (2, 1))]
    assert sum(ends) + survival(lasted, way > 0).at(at) == pytest.approx(np.ones(len(at)))


def test_very_many_durations_a_stretch_at_a_time_are_as_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(11)
    lasted, way = random.exponential(1.0, 6000).round(3), random.integers(0, 3, 6000)
    exact, between = [0.0, 0.1, 1.0, 2.5], np.linspace(0.0, 3.0, 200)
    whole = survival(lasted, way == 1), incidence(lasted, way == 1, way == 2)
    monkeypatch.setattr("reports.measuring.survival.MOST_AT_ONCE", 700)
    parts = survival(lasted, way == 1), incidence(lasted, way == 1, way == 2)
    for one, other in zip(whole, parts, strict=True):
        assert [one.at_s.tolist(), one.value.tolist(), one.at_risk.tolist()] == [
            other.at_s.tolist(), other.value.tolist(), other.at_risk.tolist(),
        ]  # fmt: skip
    monkeypatch.setattr("reports.measuring.survival.MOST_STEPS", 300)
    thin = survival(lasted, way == 1, exact), incidence(lasted, way == 1, way == 2, exact)
    for one, other in zip(whole, thin, strict=True):
        assert len(other.at_s) < len(one.at_s) / 3
        assert other.at(exact).tolist() == one.at(exact).tolist()
        assert other.at(between) == pytest.approx(one.at(between), abs=1 / 300)


def test_nothing_ended() -> None:
    assert survival([3.0, 4.0], [False, False]).at([0.0, 9.0]).tolist() == [1.0, 1.0]
    assert survival([], []).at([1.0]).tolist() == [1.0]


@pytest.mark.slow
def test_the_patience_of_a_simulation_is_found_again(tmp_path: Path) -> None:
    """News comes to most before their patience ends, so counting those who gave up would overestimate it."""
    journey = Journey(
        name="waiting", arrivals=Poisson(per_hour(60)), customers=1500,
        steps=(
            Step(name="ask", lane="customer"),
            Step(name="check", lane="backstage", service=Exponential(hours(24)), awaits="news"),
        ),
        waits=(Wait(name="news", uncertain=Exponential(days(1))),),
    )  # fmt: skip
    simulate_all(
        [Simulation(journey, tmp_path / "run", "as-is", {}, "")],
        Settings(seed=5, replications=8, engine="simpy", jobs=1),
    )
    results = measure(journey, Run.open(tmp_path / "run"))
    spells = results.spells["news"]
    assert len(spells) == 8 * 1500
    known = dict(staying_at(results, "news"))
    for at_s in (6 * 3600.0, DAY, 2 * DAY):
        law, t = np.exp(-at_s / DAY), at_s / DAY
        # Greenwood's formula, where both patience and news come at a rate of one a day: n e^(-2 t) are at risk
        error = law * np.sqrt((np.exp(2 * t) - 1) / 2 / len(spells))
        assert known[at_s].value == pytest.approx(law, abs=4 * error)
        assert np.mean(~spells.gave_up | (spells.lasted_s > at_s)) > law + 4 * error


def test_completed_by_a_time_ends_at_the_completion_ratio(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [population(seed, 60) for seed in range(3)])
    results = measure(LOAN, run)
    curve = converted(results)
    assert curve.value[-1] == pytest.approx(results.outcomes["completed"].sum() / results.entered)
    times = results.customers.stay_s[results.customers.outcome.among("completed")]
    assert curve.at([2 * DAY]) == pytest.approx([(times <= 2 * DAY).sum() / results.entered])
