"""How often a test at 90% of capacity calls a model wrong: one that is, in several ways, and one that isn't.

``pytest -m bench tests/bench/test_power.py -s`` prints the counts; about a second of CPU time each. Stations have 2 to
12 servers and services with a cv of 0.25 to 0.9, drawn anew each time; 7,000 visits at 58%, 6,000 at 90% of what those
showed. Queues are walked by hand (`tests/reports/planted.py`): no engine of the project's has a part in them.
"""

from __future__ import annotations

import heapq
import os
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest

from reports.calibration.causes import UnderTest
from reports.calibration.diagnosis import dependence, load_of
from reports.calibration.evidence import Visits
from reports.calibration.laws import cv_of
from reports.calibration.shift import shift
from reports.calibration.stations import StationFit, fit_station, implied
from tests.reports.planted import Floats, locked, seen_from_outside, served, services

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]
TRIALS = int(os.environ.get("JOURNEYWRIGHT_BENCH_TRIALS", "20"))
MEAN_S, ELSEWHERE_S = 0.05, 0.004
LIGHT, NEAR, CALIBRATED_AT, TESTED_AT = 7000, 6000, 0.58, 0.90


@dataclass(frozen=True, slots=True)
class Planted:
    """A station, and what is wrong with it.

    Parameters
    ----------
    longer: how many times as long services take that begin with so many at work, of how many servers.
    lost, cold: servers that stop, and the share of services that take three times as long, under the heavier load.
    held: the share of each service that only one at a time can do. restless: mean of an exponential time elsewhere, as
    a share of a service.
    """

    longer: Callable[[int, int], float] | None = None
    lost: int = 0
    cold: float = 0.0
    held: bool = False
    restless: float = 0.0


WRONG = {
    "15% longer while nearly all work": Planted(lambda busy, servers: 1.15 if busy >= servers - 1 else 1.0),
    "30% longer while nearly all work": Planted(lambda busy, servers: 1.30 if busy >= servers - 1 else 1.0),
    "longer with each at work, to 15%": Planted(lambda busy, servers: 1 + 0.15 * (busy - 1) / (0.9 * servers - 0.9)),
    "longer with each at work, to 30%": Planted(lambda busy, servers: 1 + 0.30 * (busy - 1) / (0.9 * servers - 0.9)),
    "longer with each at work, to 60%": Planted(lambda busy, servers: 1 + 0.60 * (busy - 1) / (0.9 * servers - 0.9)),
    "one server less": Planted(lost=1),
    "5% of services thrice as long": Planted(cold=0.05),
    "a lock": Planted(held=True),
}
RIGHT = {"nothing": Planted(), "a restless network, 5%": Planted(restless=0.05)}


def crowded(ready_s: Floats, service_s: Floats, servers: int, longer: Callable[[int, int], float]) -> Floats:
    """Return when each ended whose service takes longer by how many are at work when it begins."""
    free, ended = [0.0] * servers, np.empty_like(ready_s)
    for place, (ready, service) in enumerate(zip(ready_s.tolist(), service_s.tolist(), strict=True)):
        begins = max(ready, free[0])
        busy = 1 + sum(at > begins for at in free)
        ended[place] = begins + service * longer(busy, servers)
        heapq.heapreplace(free, ended[place])
    return ended


def visits(random: np.random.Generator, planted: Planted, servers: int, cv: float, n: int, per_s: float) -> Visits:
    """Return the visits to a station under a load; the heavier one, where it is at its test."""
    ready_s, heavy = np.cumsum(random.exponential(1 / per_s, n)), n == NEAR
    service_s = services(random, n, MEAN_S, cv)
    if heavy and planted.cold:
        service_s = np.where(random.random(n) < planted.cold, 3 * service_s, service_s)
    if planted.held:  # the lock lets through a tenth more than the servers would
        alone_s = MEAN_S / servers / 1.1
        parts = services(random, n, MEAN_S - alone_s, cv), services(random, n, alone_s, cv)
        ended = locked(ready_s, *parts, servers)
    elif planted.longer is not None:
        ended = crowded(ready_s, service_s, servers, planted.longer)
    else:
        ended = served(ready_s, service_s, servers - planted.lost * heavy)[1]
    return seen_from_outside(ready_s, ended + ELSEWHERE_S + random.exponential(planted.restless * MEAN_S + 1e-9, n))


def reasons(seed: int, planted: Planted) -> tuple[bool, list[str]]:
    """Return whether the calibration calls a model wrong already, and what the test at 90% says is wrong with it."""
    random = np.random.default_rng(seed)
    servers, cv = int(random.integers(2, 13)), float(random.uniform(0.25, 0.9))
    light = visits(random, planted, servers, cv, LIGHT, CALIBRATED_AT * servers / MEAN_S)
    fit = fit_station(light, draws=60)
    assert isinstance(fit, StationFit)
    law, outside_s = fit.services["ask"].law, fit.services["ask"].overhead_s.value
    near = visits(random, planted, servers, cv, NEAR, TESTED_AT * fit.servers / law.mean_s)
    drawn = services(random, NEAR, law.mean_s, cv_of(law))
    forecast_s = np.quantile(served(near.ready_s, drawn, fit.servers)[1] + outside_s - near.ready_s, 0.95)
    error = float(forecast_s / np.quantile(near.end_s - near.ready_s, 0.95)) - 1
    _, service = implied(near, fit.servers, fit.best.overheads_s)
    found = UnderTest(
        "web", CALIBRATED_AT, TESTED_AT, fit.servers, load_of(near, fit.servers), shift(near, fit),
        dependence(fit.best, light, near), float(np.mean(service <= 0)),
    )  # fmt: skip
    alone = dependence(fit.best, light)
    return alone is not None and alone.found, list(found.wrong(slower=error < -0.10))


def counted(name: str, planted: Planted, first: int) -> int:
    """Print and return of how many tests the model is called wrong."""
    found = [reasons(seed, planted) for seed in range(first, first + TRIALS)]
    wrong = sum(bool(said) for _, said in found)
    print(f"\n{name}: {wrong} of {TRIALS} tests, {sum(early for early, _ in found)} calibrations", end="")
    print("".join(f"\n    {said[0]}" for said in [said for _, said in found if said][:1]), end="")
    return wrong


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_model_is_called_wrong(name: str) -> None:
    assert counted(name, WRONG[name], 0) >= 0.5 * TRIALS


@pytest.mark.parametrize("name", RIGHT)
def test_a_right_model_is_not(name: str) -> None:
    assert counted(name, RIGHT[name], 100_000) <= 0.05 * TRIALS + 2 * (0.0475 * TRIALS) ** 0.5
