"""Breakdowns, time-varying demand, redials, batches, and Little's law; the tolerance is the interval at 99.9%."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import integrate, stats

from journeys import (
    ZERO,
    At,
    Batch,
    Constant,
    Contact,
    Exponential,
    Fault,
    Gamma,
    Journey,
    Poisson,
    Redial,
    Replicas,
    Station,
    Step,
    hours,
    minutes,
    per_hour,
    weeks,
)
from journeys.eventlog import EXIT, Row
from journeys.loading import load
from simulators import simpy_engine
from simulators.organisation import Organisation
from simulators.simpy_engine import replicate
from tests.theory.closed_forms import m_m_1_with_breakdowns, up_at_least
from tests.theory.experiments import CONFIDENCE, assert_within_interval, replicated, served_after_warm_up

pytestmark = pytest.mark.slow

HOUR_S = 3600.0


def breaking(replicas: Replicas, lam_per_h: float, **step: object) -> Journey:
    return Journey(
        name="breaking",
        arrivals=Poisson(per_hour(lam_per_h)),
        steps=(Step(name="serve", lane="backstage", station="desk", **step),),  # type: ignore[arg-type]
        stations=(Station(name="desk", kind="system", replicas=replicas),),
    )


# Breakdowns ----------------------------------------------------------------------------------------------------------


def test_k_of_n_is_available_as_independent_machines_are() -> None:
    """Customers who need no time are served at once exactly if the station serves (PASTA)."""
    replicas = Replicas(3, needed=2, between_failures=Exponential(hours(8)), repair=Gamma(hours(2), 0.5))
    journey = breaking(replicas, 10.0, service=ZERO)

    def at_once(rows: list[Row]) -> float:
        return float(np.mean([row.start_s == row.ready_s for row in served_after_warm_up(rows, 3000)]))

    values = replicated(journey, at_once, replications=16)
    assert_within_interval(values, up_at_least(2, 3, 0.8))
    with pytest.raises(AssertionError, match="theory"):
        assert_within_interval(values, up_at_least(1, 3, 0.8))


def test_m_m_1_with_breakdowns_loses_and_waits_as_its_chain_says() -> None:
    lam, mu, xi, eta = 0.5, 1.0, 0.1, 0.4
    replicas = Replicas(1, between_failures=Exponential(hours(1 / xi)), repair=Exponential(hours(1 / eta)))
    journey = breaking(replicas, lam, service=Exponential(hours(1 / mu)))
    lost, waiting = m_m_1_with_breakdowns(lam, mu, xi, eta)

    losses, waits_h = [], []
    for number in range(30):
        chosen = served_after_warm_up(replicate(journey, 11, number, 2500), 2500)
        losses.append(float(np.mean([row.outcome == "failed" for row in chosen])))
        waits_h.append(float(np.mean([row.start_s - row.ready_s for row in chosen])) / HOUR_S)
    assert_within_interval(losses, lost)
    assert_within_interval(waits_h, waiting / lam)


# Time-varying demand -------------------------------------------------------------------------------------------------


def test_m_t_g_infinity_holds_as_many_as_the_convolution_says() -> None:
    """The mean number present is the integral of rate(u) P(S > t - u) (Palm 1943), at times of the second week."""
    shape, mean_h, rate = 4.0, 5.0, 6.0
    weights = [(0.3 if day > 4 else 1.0) * (3.0 if 8 <= hour < 18 else 0.4) for day in range(7) for hour in range(24)]
    journey = Journey(
        name="open",
        arrivals=Poisson(per_hour(rate), profile=tuple(weights)),
        steps=(Step(name="stay", lane="support", service=Gamma(hours(mean_h), 1 / np.sqrt(shape))),),
    )
    rates = rate * np.array(weights) / np.mean(weights)
    survival = stats.gamma(shape, scale=mean_h / shape).sf
    times_h = [168.0 + 24 * day + hour for day, hour in ((0, 6), (2, 12), (5, 18))]
    present: dict[float, list[float]] = {at_h: [] for at_h in times_h}
    for number in range(40):
        # who is still there at the end has no row yet: let it go on for a while
        rows = replicate(journey, 11, number, 2600, until_s=(times_h[-1] + 36) * HOUR_S)
        for at_h in times_h:
            present[at_h].append(
                float(sum(row.ready_s <= at_h * HOUR_S < row.end_s for row in rows if row.step == "stay"))
            )
    for at_h in times_h:
        truth = sum(
            rates[hour % 168] * integrate.quad(lambda u, at_h=at_h: survival(at_h - u), hour, hour + 1)[0]
            for hour in range(int(at_h) - 36, int(at_h))
        )
        assert_within_interval(present[at_h], truth)


# Redials and batches -------------------------------------------------------------------------------------------------


def test_calls_of_somebody_who_is_never_answered_are_geometric() -> None:
    redial = Redial(0.6, Exponential(minutes(20)), limit=1000)
    question = Contact(
        name="why", arises=At("form", 1.0), station="phone", handling=ZERO, patience=Constant(minutes(1)), redial=redial
    )
    journey = Journey(
        name="redial",
        arrivals=Poisson(per_hour(60)),
        steps=(Step(name="form", lane="customer"),),
        stations=(Station(name="phone"),),
        contacts=(question,),
        faults=(Fault(name="dead-line", station="phone", kind="outage", at=hours(0), lasting=weeks(52)),),
    )

    def calls(rows: list[Row]) -> NDArray[np.int64]:
        counted = np.zeros(400, dtype=np.int64)
        for row in rows:
            if row.step == "contact:why":
                assert row.outcome == "reneged"
                counted[row.customer] += 1
        return counted

    logs = [calls(replicate(journey, 11, number, 400)) for number in range(20)]
    assert_within_interval([float(np.mean(counted)) for counted in logs], 1 / 0.4)
    for number in (1, 2, 3):
        assert_within_interval([float(np.mean(counted == number)) for counted in logs], 0.4 * 0.6 ** (number - 1))


def test_poisson_arrivals_wait_half_a_period_for_a_batch_and_so_does_their_spread() -> None:
    batch = Batch(every=hours(6), first=hours(2))
    step = Step(name="serve", lane="backstage", service=Constant(minutes(5)), batch=batch)
    journey = Journey(name="batch", arrivals=Poisson(per_hour(3)), steps=(step,))

    def waits_h(rows: list[Row]) -> NDArray[np.float64]:
        return (
            np.array([row.start_s - row.ready_s for row in rows if row.step == "serve" and row.ready_s > 2 * HOUR_S])
            / HOUR_S
        )

    logs = [waits_h(replicate(journey, 11, number, 1500)) for number in range(20)]
    assert_within_interval([float(np.mean(waits)) for waits in logs], 3.0)
    assert_within_interval([float(np.mean(waits**2)) for waits in logs], 12.0)  # a third of the period's square


# Little's law --------------------------------------------------------------------------------------------------------


def _sampling(every_s: float, offset_s: float, samples: dict[str, list[int]]) -> type[Organisation]:
    """Return an organisation that counts who is at each of its stations, every so often on its own clock."""

    class Sampled(Organisation):
        def start(self) -> None:
            super().start()
            self._human.after(offset_s, self._sample)

        def _sample(self) -> None:
            for name, state in self.stations.items():
                samples.setdefault(name, []).append(state.waiting + state.serving)
            self._human.after(every_s, self._sample)

    return Sampled


def test_littles_law_holds_at_each_station_of_people_of_the_loan_application(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time-average number present, sampled, against arrivals per time x mean sojourn, from the log."""
    journey = load("loan-application")
    people = [station.name for station in journey.stations if station.kind == "people"]
    sampled: dict[str, list[float]] = {name: [] for name in people}
    from_rows: dict[str, list[float]] = {name: [] for name in people}
    offsets = np.random.default_rng(5).uniform(0, 600, 8)
    for number, offset_s in enumerate(offsets):
        samples: dict[str, list[int]] = {}
        monkeypatch.setattr(simpy_engine, "Organisation", _sampling(600.0, offset_s, samples))
        rows = replicate(journey, 11, number, 500)
        monkeypatch.undo()
        over_s = max(row.end_s for row in rows if row.step == EXIT)
        for name in people:
            own = [row for row in rows if row.station == name]
            rate_per_s, sojourn_s = len(own) / over_s, np.mean([row.end_s - row.ready_s for row in own])
            from_rows[name].append(float(rate_per_s * sojourn_s))
            sampled[name].append(float(np.mean(samples[name])))
    reach = float(stats.t.ppf(0.5 + CONFIDENCE / 2, len(offsets) - 1))
    for name in people:
        differences = np.array(sampled[name]) - np.array(from_rows[name])
        error = float(np.std(differences, ddof=1) / np.sqrt(len(differences)))
        assert abs(float(np.mean(differences))) <= reach * error, (name, differences)
        assert reach * error < 0.05 * float(np.mean(from_rows[name])), (name, error)
