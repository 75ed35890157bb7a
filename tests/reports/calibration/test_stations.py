"""Servers and services are found from requests and answers alone, and what cannot be told is not."""

from __future__ import annotations

import numpy as np
import pytest

from reports.calibration.diagnosis import dependence, load_of
from reports.calibration.stations import StationFit, fit_station
from tests.reports.planted import arrivals, locked, seen_from_outside, served, services

MEAN_S = 0.02


def fitted(
    seed: int, *, servers: int = 4, busy: float = 0.6, cv: float = 0.5, n: int = 2000, overhead_s: float = 0.002,
    draws: int = 30,
) -> StationFit:  # fmt: skip
    random = np.random.default_rng(seed)
    ready_s, service_s = arrivals(random, n, servers, MEAN_S, busy), services(random, n, MEAN_S, cv)
    _, end_s = served(ready_s, service_s, servers)
    elsewhere = 0.8 * overhead_s + random.exponential(0.2 * overhead_s, n)
    found = fit_station(seen_from_outside(ready_s, end_s + elsewhere), seed=seed, draws=draws)
    assert isinstance(found, StationFit)
    return found


@pytest.mark.slow
@pytest.mark.parametrize(("servers", "cv"), [(1, 0.5), (4, 0.5), (4, 1.0), (9, 0.3)])
def test_planted_servers_and_services_are_found(servers: int, cv: float) -> None:
    found = [fitted(seed, servers=servers, cv=cv) for seed in range(3)]
    assert [one.servers for one in found] == [servers] * 3
    assert all(one.servers_known for one in found)
    services_ = [one.services["ask"] for one in found]
    covered = [one.mean_s.low <= MEAN_S <= one.mean_s.high for one in services_]
    assert sum(covered) >= 1  # of three intervals of 95%: none happens once in eight thousand times
    means = np.array([one.mean_s.value for one in services_])
    assert means.mean() == pytest.approx(MEAN_S, rel=4 * cv / np.sqrt(3 * 2000) + 0.02)
    assert np.mean([one.cv.value for one in services_]) == pytest.approx(cv, rel=0.08)


def test_time_spent_elsewhere_is_told_from_service() -> None:
    """Half of each request's time passes in the network, which takes no server: capacity is not what it seems."""
    service = fitted(3, overhead_s=0.02, n=4000).services["ask"]
    assert service.overhead_s.value == pytest.approx(0.02, rel=0.2)
    assert service.mean_s.value == pytest.approx(MEAN_S, rel=0.12)


def test_two_steps_at_one_station_have_laws_of_their_own() -> None:
    random = np.random.default_rng(5)
    step = (random.random(4000) < 0.3).astype(np.int64)
    service_s = np.where(step == 0, services(random, 4000, 0.01, 0.4), services(random, 4000, 0.04, 0.2))
    ready_s = arrivals(random, 4000, 3, float(service_s.mean()), 0.6)
    visits = seen_from_outside(ready_s, served(ready_s, service_s, 3)[1], steps=("look", "pay"), step=step)
    found = fit_station(visits, draws=40)
    assert isinstance(found, StationFit)
    assert found.servers == 3
    assert found.services["look"].mean_s.value == pytest.approx(0.01, rel=0.05)
    assert found.services["pay"].mean_s.value == pytest.approx(0.04, rel=0.05)


@pytest.mark.slow
def test_a_station_at_which_nobody_waits_does_not_tell_its_servers() -> None:
    found = fitted(1, servers=40, busy=0.3)
    assert not found.servers_known
    assert "too light" in found.why
    assert not found.draws
    assert found.services["ask"].mean_s.value == pytest.approx(MEAN_S, rel=0.15)  # services it does tell


def test_too_few_visits_tell_nothing() -> None:
    visits = seen_from_outside(np.arange(50.0), np.arange(50.0) + 0.5)
    assert fit_station(visits) == "too light: 50 visits, of which it takes 100"


def test_where_beginnings_were_seen_servers_are_those_at_work_while_somebody_waits() -> None:
    random = np.random.default_rng(2)
    ready_s, service_s = arrivals(random, 2000, 6, MEAN_S, 0.7), services(random, 2000, MEAN_S, 0.5)
    began_s, end_s = served(ready_s, service_s, 6)
    found = fit_station(seen_from_outside(ready_s, end_s, start_s=began_s, seen=True), draws=40)
    assert isinstance(found, StationFit)
    assert (found.servers, found.servers_known) == (6, True)
    assert found.services["ask"].overhead_s.value == 0
    assert found.services["ask"].mean_s.value == pytest.approx(service_s.mean(), rel=0.005)


@pytest.mark.parametrize("seed", range(3))
def test_a_sound_station_shows_no_dependence_on_load(seed: int) -> None:
    random = np.random.default_rng(seed)
    ready_s, service_s = arrivals(random, 4000, 4, MEAN_S, 0.6), services(random, 4000, MEAN_S, 0.5)
    visits = seen_from_outside(ready_s, served(ready_s, service_s, 4)[1])
    fit = fit_station(visits, draws=20)
    assert isinstance(fit, StationFit)
    found = dependence(fit.best, visits)
    assert found is not None
    assert not found.found


@pytest.mark.parametrize("seed", range(2))
def test_a_hidden_lock_shows(seed: int) -> None:
    """Eight servers, and a part of each service that only one of them can do at a time."""
    random = np.random.default_rng(seed)
    ready_s = arrivals(random, 6000, 1, 0.01, 0.6)  # the lock is at 60%
    end_s = locked(ready_s, services(random, 6000, 0.02, 0.4), services(random, 6000, 0.01, 0.4), 8)
    visits = seen_from_outside(ready_s, end_s)
    fit = fit_station(visits, draws=20)
    assert isinstance(fit, StationFit)
    found = dependence(fit.best, visits)
    assert found is not None
    assert found.found


def test_overload_is_told_from_a_busy_hour() -> None:
    random = np.random.default_rng(4)
    for busy, expected in ((0.6, False), (0.9, False), (1.15, True)):
        ready_s, service_s = arrivals(random, 6000, 4, MEAN_S, busy), services(random, 6000, MEAN_S, 0.5)
        visits = seen_from_outside(ready_s, served(ready_s, service_s, 4)[1])
        load = load_of(visits, 4)
        assert load.saturated is expected, busy
        assert load.utilisation == pytest.approx(min(busy, 1.0), abs=0.06)
        if expected:
            assert load.throughput_per_s == pytest.approx(4 / MEAN_S, rel=0.05)


def test_services_that_are_all_the_same_tell_their_servers() -> None:
    """Visits that did not wait took just as long for one server as for two: a heap of them is no proof of one."""
    random = np.random.default_rng(1)
    ready_s = arrivals(random, 505, 2, MEAN_S, 0.5)
    found = fit_station(seen_from_outside(ready_s, served(ready_s, np.full(505, MEAN_S), 2)[1]), draws=20)
    assert isinstance(found, StationFit)
    assert found.servers == 2
    assert found.services["ask"].mean_s.value == pytest.approx(MEAN_S, rel=0.01)
    at_once = seen_from_outside(np.ones(5), np.ones(5) + MEAN_S)
    assert 0 <= load_of(at_once, 2).utilisation <= 1
