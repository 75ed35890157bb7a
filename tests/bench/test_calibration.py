"""How far calibrations and their forecasts are off, over many queues with planted numbers.

The first two have no machine's noise. The last has that of real runs: what timers of a busy machine were late, added to
services and to what requests spend elsewhere; it repeats the judging experiment of `test_twin` by hundreds.

``pytest -m bench tests/bench/test_calibration.py -s`` prints the figures; a few minutes of CPU time.
"""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from commands.forecasting import arrivals_s, forecasts
from journeys.distributions import Lognormal
from journeys.durations import Duration
from reports.calibration.evidence import Visits, read_rows
from reports.calibration.fitting import calibrate
from reports.calibration.forecast import put_to_test
from reports.calibration.stations import StationFit, fit_station
from tests.reports.calibration.test_forecasts import BELIEVED, measured
from tests.reports.planted import Floats, arrivals, seen_from_outside, served, services

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
TRIALS = int(os.environ.get("JOURNEYWRIGHT_BENCH_TRIALS", "200"))
LATE_AT = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999)
LATE_S = (0.0001, 0.0005, 0.0007, 0.0011, 0.0017, 0.0038, 0.0050, 0.0090, 0.0227)
"""How late customers were sent: quantiles of 24,612 of three runs on two cores that others kept busy (load 20)."""
MEAN_S = 0.02
ELSEWHERE_S = 0.004


@pytest.mark.parametrize(("servers", "cv", "n"), [(1, 1.0, 3000), (4, 0.5, 3000), (4, 1.0, 3000), (12, 0.5, 3000)])
def test_bias_and_coverage(servers: int, cv: float, n: int) -> None:
    right, errors, covered, trials = 0, [], 0, 30
    for seed in range(trials):
        random = np.random.default_rng(seed)
        ready_s, service_s = arrivals(random, n, servers, MEAN_S, 0.6), services(random, n, MEAN_S, cv)
        elsewhere = 0.002 + random.exponential(0.0003, n)
        found = fit_station(seen_from_outside(ready_s, served(ready_s, service_s, servers)[1] + elsewhere), draws=100)
        assert isinstance(found, StationFit)
        mean_s = found.services["ask"].mean_s
        right += found.servers == servers
        errors.append(found.servers / servers * MEAN_S / mean_s.value - 1)
        covered += mean_s.low <= MEAN_S <= mean_s.high
    print(
        f"\n{servers} servers, cv {cv}: right {right} of {trials}; capacity off by {np.mean(errors):+.2%} on average, "
        f"sd {np.std(errors):.2%}; mean service within its 95% interval {covered} of {trials}"
    )
    assert right >= 0.9 * trials
    assert abs(np.mean(errors)) < 0.03


def test_forecasts_at_ninety_per_cent(tmp_path: Path) -> None:
    """Six servers of 120 ms at 58% for five minutes; then five minutes at 90% of what that showed."""
    mean_s, servers, cv, lasts_s = 0.12, 6, 0.5, 300.0
    errors, capacities = [], []
    for seed in range(12):
        random = np.random.default_rng(seed)
        n = round(0.58 * servers / mean_s * lasts_s)
        ready_s = arrivals(random, n, servers, mean_s, 0.58)
        run = measured(
            tmp_path / f"light-{seed}",
            ready_s,
            served(ready_s, services(random, n, mean_s, cv), servers)[1] + ELSEWHERE_S,
            seed,
        )
        known = calibrate(BELIEVED, run)
        (expected,) = forecasts(known, run.manifest, [0.9], lasts_s)
        ready_s = arrivals_s(known, seed + 1, expected.rate_per_s, lasts_s)
        ended_s = served(ready_s, services(random, len(ready_s), mean_s, cv), servers)[1] + ELSEWHERE_S
        again = measured(tmp_path / f"heavy-{seed}", ready_s, ended_s, seed + 1)
        found = put_to_test(known, expected, again, read_rows(again))
        errors.append(found.error("p95(buy)"))
        capacities.append(known.capacity_per_s.value / (servers / mean_s) - 1)
        print(f"\n{found.verdict}: p95 {errors[-1]:+.1%}, capacity {capacities[-1]:+.1%}", end="")
    print(
        f"\np95 at 90%: {sum(abs(error) <= 0.1 for error in errors)} of {len(errors)} within 10%, median error "
        f"{np.median(np.abs(errors)):.1%}; capacity within {np.abs(capacities).max():.1%}"
    )
    assert np.median(np.abs(errors)) < 0.10
    assert np.abs(capacities).max() < 0.05


def test_rate_with_a_machines_noise() -> None:
    """Stations as `test_twin` draws them: 7 minutes at 58%, then 140 s at 90% of what that showed."""
    capacities, mocked, own = [], [], []
    for seed in range(TRIALS):
        random = np.random.default_rng([seed, 77])
        servers, per_s = int(random.integers(2, 13)), float(random.uniform(25, 45))
        law = Lognormal(Duration(servers / per_s), float(random.uniform(0.25, 0.9)))
        light = noisy(random, law, servers, 0.58 * per_s, 420.0)[0]
        fit = fit_station(light, draws=2)
        assert isinstance(fit, StationFit)
        found, elsewhere_s = fit.services["ask"].law, fit.services["ask"].overhead_s.value
        capacity = fit.servers / found.mean_s
        capacities.append(capacity / per_s - 1)
        near, drawn = noisy(random, law, servers, 0.9 * capacity, 140.0)
        measured_s = np.quantile(near.end_s - near.ready_s, 0.95)
        for errors, luck in ((mocked, [drawn]), (own, [random.random(len(near)) for _ in range(9)])):
            forecast_s = [
                np.quantile(served(near.ready_s, found.quantile_s(u), fit.servers)[1] - near.ready_s, 0.95)
                for u in luck
            ]
            errors.append(float(np.median(forecast_s)) + elsewhere_s)
            errors[-1] = errors[-1] / measured_s - 1
    within = {name: int((np.abs(errors) <= 0.10).sum()) for name, errors in (("mocked", mocked), ("own", own))}
    right = int((np.abs(capacities) <= 0.05).sum())
    print(
        f"\ncapacity within 5%: {right} of {TRIALS}, on average {np.mean(capacities):+.2%}; p95 at 90% within 10%: "
        f"{within['mocked']} of these very customers (median error {np.median(np.abs(mocked)):.1%}), {within['own']} "
        f"where the target has luck of its own (median error {np.median(np.abs(own)):.1%})"
    )
    assert right >= 0.95 * TRIALS
    assert within["mocked"] >= 0.8 * TRIALS


def noisy(
    random: np.random.Generator, law: Lognormal, servers: int, per_s: float, lasts_s: float
) -> tuple[Visits, Floats]:
    """Return visits as a busy machine shows them, and the uniform draws behind their services."""
    n = round(per_s * lasts_s)
    u, late_s = random.random(n), np.interp(random.random((2, n)), LATE_AT, LATE_S)
    ready_s = np.cumsum(random.exponential(1 / per_s, n))
    ended_s = served(ready_s, law.quantile_s(u) + late_s[0], servers)[1]
    return seen_from_outside(ready_s, ended_s + 0.002 + late_s[1]), u
