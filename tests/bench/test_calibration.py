"""How far calibrations and their forecasts are off, over many queues with planted numbers and no machine's noise.

``pytest -m bench tests/bench/test_calibration.py -s`` prints the figures; a few minutes of CPU time.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from commands.forecasting import arrivals_s, forecasts
from reports.calibration.evidence import read_rows
from reports.calibration.fitting import calibrate
from reports.calibration.forecast import put_to_test
from reports.calibration.stations import StationFit, fit_station
from tests.reports.calibration.test_forecasts import BELIEVED, measured
from tests.reports.planted import arrivals, seen_from_outside, served, services

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
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
