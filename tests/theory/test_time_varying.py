"""Demand that varies in time, and windows of work, against Poisson counts and convolutions."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from journeys import (
    Batch,
    Constant,
    Exponential,
    Gamma,
    Journey,
    Poisson,
    Spike,
    Station,
    Step,
    hours,
    minutes,
    per_hour,
)
from journeys.eventlog import ARRIVAL, Row
from tests.theory.experiments import HOUR_S, Engine, Visits, assert_within_interval, replicated

pytestmark = pytest.mark.slow

WEIGHTS = [(0.3 if day > 4 else 1.0) * (3.0 if 8 <= hour < 18 else 0.4) for day in range(7) for hour in range(24)]
RATE = 6.0
RATES = RATE * np.array(WEIGHTS) / np.mean(WEIGHTS)


def test_arrivals_of_a_weekly_profile_are_poisson_in_each_of_its_hours(engine: Engine) -> None:
    """Means and variances of counts in a quiet night, a busy day, a weekend, and a spike at four times the rate."""
    spike = Spike(hours(168 + 24), hours(3), 4.0)
    arrivals = Poisson(per_hour(RATE), profile=tuple(WEIGHTS), spikes=(spike,))
    journey = Journey(name="profile", arrivals=arrivals, steps=(Step(name="come", lane="support"),))
    windows_h = [(0, 8), (32, 37), (120, 144), (192, 195)]
    means = [float(RATES[[hour % 168 for hour in range(*window)]].sum()) for window in windows_h]
    means[-1] *= 4.0

    def counts(rows: list[Row]) -> list[int]:
        came_h = np.array([row.end_s for row in rows if row.step == ARRIVAL]) / HOUR_S
        return [int(np.sum((came_h >= begin) & (came_h < end))) for begin, end in windows_h]

    values = replicated(journey, counts, engine=engine, replications=60, customers=2000, until_s=200 * HOUR_S)
    assert_within_interval(values, means)
    assert_within_interval((values - means) ** 2, means, within=1.0)
    # disjoint hours are independent: E (a - Ea)(b - Eb) = 0, in units of the standard deviations
    scaled = (values - means) / np.sqrt(means)
    assert_within_interval(1 + scaled[:, 0] * scaled[:, 1], 1.0, within=1.0)


def test_m_t_g_infinity_holds_as_many_as_the_convolution_says(engine: Engine) -> None:
    """The mean number present is the integral of rate(u) P(S > t - u), at times of the second week."""
    shape, mean_h = 4.0, 5.0
    journey = Journey(
        name="open",
        arrivals=Poisson(per_hour(RATE), profile=tuple(WEIGHTS)),
        steps=(Step(name="stay", lane="support", service=Gamma(hours(mean_h), 1 / np.sqrt(shape))),),
    )
    survival = stats.gamma(shape, scale=mean_h / shape).sf
    times_h = [168.0 + 24 * day + hour for day, hour in ((0, 6), (2, 12), (5, 18))]

    def present(rows: list[Row]) -> list[int]:
        stays = Visits.of(rows, "stay")
        return [int(np.sum((stays.ready_h <= at) & (at < stays.end_h))) for at in times_h]

    # who is still there at the end has no row yet: let it go on for a while
    values = replicated(
        journey, present, engine=engine, replications=24, customers=2600, until_s=(times_h[-1] + 36) * HOUR_S
    )
    truth = [
        sum(
            RATES[hour % 168] * integrate.quad(lambda u, at=at: survival(at - u), hour, hour + 1)[0]
            for hour in range(int(at) - 36, int(at))
        )
        for at in times_h
    ]
    assert_within_interval(values, truth)


def test_m_g_infinity_is_poisson_and_so_are_its_departures(engine: Engine) -> None:
    """A delay serves everybody at once: means, variances and P(none) of who is present and of who leaves in an hour."""
    lam = 2.0
    step = Step(name="stay", lane="support", service=Gamma(hours(1), 2.0))
    journey = Journey(name="delay", arrivals=Poisson(per_hour(lam)), steps=(step,))
    marks_h = np.arange(100.0, 800.0, 5.0)

    def measured(rows: list[Row]) -> list[float]:
        stays = Visits.of(rows, "stay")
        left_h = np.sort(stays.end_h)
        present = np.searchsorted(stays.ready_h, marks_h) - np.searchsorted(left_h, marks_h)
        leaving = np.searchsorted(left_h, marks_h + 1) - np.searchsorted(left_h, marks_h)
        return [
            float(value) for n in (present, leaving) for value in (n.mean(), np.mean((n - lam) ** 2), (n == 0).mean())
        ]

    truth = [lam, lam, np.exp(-lam)] * 2
    assert_within_interval(replicated(journey, measured, engine=engine, customers=1800), truth, within=0.4)


# Windows of work -----------------------------------------------------------------------------------------------------


def test_poisson_arrivals_wait_half_a_period_for_a_batch_and_so_does_their_spread(engine: Engine) -> None:
    step = Step(name="serve", lane="backstage", service=Constant(minutes(5)), batch=Batch(hours(6), hours(2)))
    journey = Journey(name="batch", arrivals=Poisson(per_hour(3)), steps=(step,))

    def waits(rows: list[Row]) -> list[float]:
        visits = Visits.of(rows)
        wait_h = visits.wait_h[visits.ready_h > 2]
        return [float(np.mean(wait_h)), float(np.mean(wait_h**2)), float(np.mean(wait_h > 4.5))]

    # uniform over the period: its second moment is a third of the period's square
    assert_within_interval(replicated(journey, waits, engine=engine, customers=1500), [3.0, 12.0, 0.25])


def test_one_server_works_off_a_batch_in_the_order_of_arrival(engine: Engine) -> None:
    """Half a period, and the work of those of the same window who came before: lambda T / 2 on average, each E S.

    The server is done before the next window (40 customers of 1.5 minutes in 6 hours), but for one time in 10^50.
    """
    lam, period_h, service_h = 40 / 6, 6.0, 1.5 / 60
    step = Step(
        name="serve", lane="backstage", station="desk", service=Exponential(minutes(1.5)), batch=Batch(hours(6))
    )
    stations = (Station(name="desk"),)
    journey = Journey(name="batch", arrivals=Poisson(per_hour(lam)), steps=(step,), stations=stations)

    def waits(rows: list[Row]) -> list[float]:
        visits = Visits.steady(rows)
        window_h = np.ceil(visits.ready_h / period_h) * period_h
        return [float(np.mean(visits.wait_h)), float(np.mean(visits.start_h - window_h))]

    truth = [period_h / 2 + lam * period_h / 2 * service_h, lam * period_h / 2 * service_h]
    assert_within_interval(replicated(journey, waits, engine=engine, customers=2000), truth)
