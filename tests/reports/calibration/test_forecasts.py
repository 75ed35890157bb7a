"""Forecasts put to a test on runs with planted servers: borne out, overloaded as forecast, or the model is wrong."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from commands import forecasting
from commands.forecasting import arrivals_s, forecasts
from journeys import Journey, Poisson, Station, Step, milliseconds, per_second
from journeys.distributions import Lognormal
from journeys.eventlog import ARRIVAL, EXIT, Manifest, Row, Run, RunWriter
from reports.calibration.causes import UnderTest
from reports.calibration.diagnosis import Dependence, Load
from reports.calibration.evidence import read_rows
from reports.calibration.fitting import Calibration, calibrate
from reports.calibration.forecast import Examined, forecast, put_to_test
from reports.calibration.forecast_texts import forecast_lines
from reports.calibration.record import NAME, beside, carry_over, found_in, record_of, write_record
from reports.calibration.shift import Shift
from reports.calibration.texts import calibration_lines
from reports.statistics import Estimate
from tests.reports.planted import Floats, arrivals, locked, served, services

BELIEVED = Journey(
    name="shop", arrivals=Poisson(per_second(1)),
    steps=(Step(name="buy", lane="customer", station="web", service=Lognormal(milliseconds(500), cv=1.0)),),
    stations=(Station(name="web", kind="system", servers=1),),
)  # fmt: skip
MEAN_S, CV, SERVERS = 0.05, 0.5, 6
LASTS_S = 100.0
DRAWS = 12


def measured(folder: Path, ready_s: Floats, end_s: Floats, seed: int, late_s: float = 0.0) -> Run:
    """Write what the load engine writes of an application of one's own; it started customers `late_s` too late."""
    manifest = Manifest(
        journey="shop", journey_digest="", scenario="as-is", engine="load", kind="measured", seed=seed, replications=1,
        customers=len(ready_s), settings={"duration_s": float(ready_s[-1]), "most_lag_s": 0.1, "most_dropped": 0.0},
    )  # fmt: skip
    with RunWriter(folder, manifest) as writer:
        for number, (ready, end) in enumerate(zip(ready_s.tolist(), end_s.tolist(), strict=True)):
            who = (number, "everyone")
            at, gone = (ready - late_s, ready, ready, ready), (end,) * 4
            writer.extend([
                Row(*who, ARRIVAL, 0, "customer", "", -1, *at, "served", "buy", ""),
                Row(*who, "buy", 0, "customer", "web", -1, ready, ready, ready, end, "served", "completed", ""),
                Row(*who, EXIT, 0, "customer", "", -1, *gone, "completed", "", ""),
            ])  # fmt: skip
    return Run.open(folder)


@pytest.fixture(autouse=True)
def fewer_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasting, "DRAWS", DRAWS)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[Calibration, Run]:
    random = np.random.default_rng(11)
    ready_s = arrivals(random, 4000, SERVERS, MEAN_S, 0.6)
    _, end_s = served(ready_s, services(random, 4000, MEAN_S, CV), SERVERS)
    run = measured(tmp_path_factory.mktemp("calibrated") / "run", ready_s, end_s, 11)
    return calibrate(BELIEVED, run), run


def examined(known: tuple[Calibration, Run], folder: Path, share: float, end_s: Any = None) -> Examined:
    """Forecast a load, and put that to the test of a station that serves as `end_s` tells, given when who comes."""
    calibration, run = known
    (expected,) = forecasts(calibration, run.manifest, [share], LASTS_S)
    ready_s = arrivals_s(calibration, run.manifest.seed + 1, expected.rate_per_s, LASTS_S)
    assert len(ready_s) == expected.customers
    random = np.random.default_rng(99)
    if callable(end_s):
        ended = end_s(random, ready_s)
    else:
        ended = served(ready_s, services(random, len(ready_s), MEAN_S, CV), SERVERS)[1]
    again = measured(folder / "test", ready_s, ended, run.manifest.seed + 1)
    return put_to_test(calibration, expected, again, read_rows(again))


@pytest.mark.slow
def test_a_load_that_was_not_made_as_planned_tests_nothing(known: tuple[Calibration, Run], tmp_path: Path) -> None:
    calibration, run = known
    (expected,) = forecasts(calibration, run.manifest, [0.6], LASTS_S)
    late = measured(tmp_path / "late", np.arange(1.0, 200.0), np.arange(1.0, 200.0) + MEAN_S, 1, late_s=5.0)
    found = put_to_test(calibration, expected, late, read_rows(late))
    assert (found.verdict, found.holds) == ("inconclusive", False)
    assert found.reasons[0].startswith("99% of customers started up to 5 s late")


def test_capacity_is_within_five_per_cent(known: tuple[Calibration, Run]) -> None:
    calibration, _ = known
    assert calibration.known["web"].servers == SERVERS
    assert calibration.capacity_per_s.value == pytest.approx(SERVERS / MEAN_S, rel=0.05)
    assert calibration.load == pytest.approx(0.6, abs=0.05)
    assert not calibration.wrong
    assert not calibration.saturated


def test_a_load_not_seen_is_forecast(known: tuple[Calibration, Run], tmp_path: Path) -> None:
    found = examined(known, tmp_path, 0.75)
    assert found.verdict == "validated", found.reasons
    assert found.holds
    assert found.worst < 0.1
    p95 = found.forecast.values["p95(buy)"]
    assert p95.low < p95.value < p95.high
    assert found.stations["web"].load.utilisation == pytest.approx(0.75, abs=0.06)


def test_the_interval_of_a_forecast_holds_the_next_run_as_often_as_it_says(known: tuple[Calibration, Run]) -> None:
    """95% of the next ones, of as many draws as are made; quantiles of the sample itself held 90%."""
    random, times, held = np.random.default_rng(8), 1500, 0
    for _ in range(times):
        *drawn, following = random.exponential(1.0, 41).tolist()
        expected = forecast(known[0], 0.9, 1.0, 1, [({"p95(buy)": one}, ()) for one in drawn], luck=True)
        held += expected.values["p95(buy)"].low <= following <= expected.values["p95(buy)"].high
    assert held / times == pytest.approx(0.95, abs=3 * (0.95 * 0.05 / times) ** 0.5)


def test_what_a_calibration_cannot_tell_is_said_with_how_much_more_would_do(known: tuple[Calibration, Run]) -> None:
    expected = forecast(known[0], 0.9, 1.0, 1, [({"p95(buy)": one}, ()) for one in np.linspace(0.8, 1.2, 41).tolist()])
    (line,) = (line for line in forecast_lines([expected], []) if "known within" in line)
    assert line.strip() == "p95(buy) is known within 20%; within 10% takes a calibration from about 16,000 visits"


@pytest.mark.slow
def test_overload_is_forecast_and_recognised(known: tuple[Calibration, Run], tmp_path: Path) -> None:
    found = examined(known, tmp_path, 1.15)
    assert (found.verdict, found.holds) == ("saturated", True), found.reasons
    assert found.forecast.saturated["web"] > 0.5
    assert found.measured["throughput"] == pytest.approx(SERVERS / MEAN_S, rel=0.05)


def slowing_when_crowded(factor: float) -> Any:
    """Return how a station ends that takes `factor` times as long for what begins while nearly all are at work."""

    def ended(random: np.random.Generator, ready_s: Floats) -> Floats:
        service_s, free, found = services(random, len(ready_s), MEAN_S, CV), np.zeros(SERVERS), np.zeros(len(ready_s))
        for place, ready in enumerate(ready_s):
            at = int(free.argmin())
            begins = max(ready, free[at])
            crowded = int((free > begins).sum()) >= SERVERS - 2
            free[at] = found[place] = begins + service_s[place] * (factor if crowded else 1.0)
        return found

    return ended


def test_a_dependency_that_slows_down_under_load_is_a_wrong_model(
    known: tuple[Calibration, Run], tmp_path: Path
) -> None:
    """It shows no sign at sixty per cent, and makes services longer by 30% when nearly all are at work."""
    found = examined(known, tmp_path, 0.85, slowing_when_crowded(1.3))
    assert (found.verdict, found.holds) == ("model wrong", False)
    assert any("service times at web are " in reason and " longer " in reason for reason in found.reasons)


def test_a_hidden_lock_is_a_wrong_model(tmp_path: Path) -> None:
    random = np.random.default_rng(5)

    def ended(random: np.random.Generator, ready_s: Floats) -> Floats:
        n = len(ready_s)
        return locked(ready_s, services(random, n, 0.04, 0.4), services(random, n, 0.012, 0.4), 8)

    ready_s = arrivals(random, 5000, 1, 0.012, 0.55)
    run = measured(tmp_path / "run", ready_s, ended(random, ready_s), 5)
    calibration = calibrate(BELIEVED, run)
    if not calibration.wrong:
        assert examined((calibration, run), tmp_path, 0.9, ended).verdict == "model wrong"
    assert calibration.wrong == ("web",)


@pytest.mark.slow
def test_a_failed_test_is_stamped_on_every_run_made_with_the_model(
    known: tuple[Calibration, Run], tmp_path: Path
) -> None:
    calibration, _ = known
    good = examined(known, tmp_path / "good", 0.75)
    bad = examined(known, tmp_path / "bad", 0.6, lambda random, at: at + services(random, len(at), 2 * MEAN_S, CV))
    what_if, run = tmp_path / "calibrated.toml", tmp_path / "run"
    run.mkdir()
    for tests, status in (((), "not validated"), ((good,), "validated"), ((good, bad), "not validated")):
        write_record(beside(what_if), record_of(calibration.source, [one.forecast for one in (good, bad)], tests))
        carry_over(what_if, run)
        trust = found_in({"as-is": run, "other": tmp_path})["validation"]
        assert trust.status == status
        assert calibration.source in trust.sentence
    assert "model wrong" in trust.sentence
    json.loads((run / NAME).read_text())
    carry_over(None, run)  # simulated again, with another model
    assert found_in({"as-is": run}) == {}


@pytest.mark.slow
def test_a_crowd_that_slows_down_shows_beside_the_quieter_run(tmp_path: Path) -> None:
    """At 90% nearly all is served in a crowd: the run by itself shows no slope, only both together do."""
    random, slow = np.random.default_rng(21), slowing_when_crowded(1.15)
    ready_s = arrivals(random, 4000, SERVERS, MEAN_S, 0.5)
    run = measured(tmp_path / "light", ready_s, slow(random, ready_s), 21)
    found = examined((calibrate(BELIEVED, run), run), tmp_path, 0.9, slow)
    assert (found.verdict, found.holds) == ("model wrong", False)
    assert any("longer with 6 at work than with " in reason for reason in found.reasons), found.reasons


def test_a_server_that_stops_under_load_is_counted(known: tuple[Calibration, Run], tmp_path: Path) -> None:
    def fewer(random: np.random.Generator, ready_s: Floats) -> Floats:
        return served(ready_s, services(random, len(ready_s), MEAN_S, CV), SERVERS - 1)[1]

    found = examined(known, tmp_path, 0.75, fewer)
    assert found.verdict == "model wrong"
    share = f"{known[0].load:.0%}"
    assert found.reasons[0] == (
        f"web works as 5 servers would at 75% of capacity, not as the 6 that it showed at {share}"
    )


def test_services_that_differ_by_little_are_named_only_where_a_forecast_missed(known: tuple[Calibration, Run]) -> None:
    change, apart = Estimate(0.02, 0.01, 0.03), Dependence(Estimate(0.03, 0.01, 0.05), 2, 6, "at work")
    quiet = Load(0.9, 0.0, 1, 1.0)
    one = UnderTest("web", 0.58, 0.9, 6, quiet, Shift(change, {"buy": change}, 6), apart, 0.0)
    assert list(one.wrong()) == []
    assert list(one.wrong(slower=False)) == []
    assert list(one.wrong(slower=True)) == [
        "service times at web are 2% (1% to 3%) longer at 90% of capacity than at 58%",
        "service times at web are 3% (1% to 5%) longer with 6 at work than with 2",
    ]


@pytest.mark.parametrize(("change", "found"), [(0.06, True), (-0.06, False), (-0.11, True)])
def test_shorter_services_must_differ_by_more_than_a_restless_network_makes_believe(change: float, found: bool) -> None:
    far = Estimate(change, change - 0.02, change + 0.02)
    assert Dependence(far, 2, 6).found is found
    apart = UnderTest("web", 0.58, 0.9, 6, Load(0.9, 0.0, 1, 1.0), Shift(far, {"buy": far}, 6), None, 0.0)
    assert bool(list(apart.wrong())) is found


def test_a_machine_that_was_busier_in_the_test_is_named_beside_what_it_may_have_brought_about(
    known: tuple[Calibration, Run], tmp_path: Path
) -> None:
    calibration, run = known
    assert calibration.late_s == 0.0
    assert not any("late on average" in line for line in calibration_lines(calibration))
    restless = replace(calibration, late_s=0.03 * MEAN_S)
    (line,) = (line for line in calibration_lines(restless) if "late on average" in line)
    assert line.startswith("note: customers were sent 1.5 ms late on average, 3.0% of a service at web")
    (expected,) = forecasts(calibration, run.manifest, [0.6], LASTS_S)
    ready_s = arrivals_s(calibration, run.manifest.seed + 1, expected.rate_per_s, LASTS_S)
    longer_s = services(np.random.default_rng(4), len(ready_s), 1.3 * MEAN_S, CV)
    again = measured(tmp_path / "busy", ready_s, served(ready_s, longer_s, SERVERS)[1], 12, late_s=0.008)
    found = put_to_test(calibration, expected, again, read_rows(again))
    assert found.verdict == "model wrong"
    assert found.reasons[-1] == (
        "the machine was busier: customers were sent 8 ms late on average, 0 ms in the calibration"
    )
