"""The rate of arrivals is that of the whole week, whichever part of it a log shows."""

from __future__ import annotations

import numpy as np
import pytest

from journeys import Journey, Poisson, Station, Step, minutes, per_hour
from journeys.columns import Columns
from journeys.distributions import Exponential
from journeys.eventlog import ARRIVAL, Manifest, Row
from reports.calibration.arrivals import fit_arrivals

OFFICE = tuple(1.0 if day < 5 and 9 <= hour < 17 else 0.0 for day in range(7) for hour in range(24))


def believed(profile: tuple[float, ...]) -> Journey:
    return Journey(
        name="desk", arrivals=Poisson(per_hour(1), profile),
        steps=(Step(name="ask", lane="customer", station="desk", service=Exponential(minutes(1))),),
        stations=(Station(name="desk", servers=1),),
    )  # fmt: skip


def logged(law: Poisson, seed: int, until_s: float) -> tuple[Columns, Manifest]:
    times = law.times_s(np.cumsum(np.random.default_rng(seed).exponential(1.0, 4000)))
    at = times[times < until_s]
    rows = [Row(k, "all", ARRIVAL, 0, "customer", "", -1, s, s, s, s, "served", "", "") for k, s in enumerate(at)]
    return Columns.of(rows), Manifest("desk", "", "log", "log", "measured", 1, 1, len(rows))


@pytest.mark.parametrize("days", [3, 7])
def test_the_rate_of_a_few_days_is_that_of_the_week_when_the_hours_are_believed_in(days: int) -> None:
    planted, covered = Poisson(per_hour(6), OFFICE), 0
    for seed in range(20):
        found = fit_arrivals(believed(OFFICE), *logged(planted, seed, days * 86400.0))
        assert found is not None
        assert found.dispersion == pytest.approx(1.0, abs=0.35)
        covered += found.rate_per_s.low <= planted.rate.per_s <= found.rate_per_s.high
    assert covered >= 16  # of 20 at 95%: fewer than that has probability 0.003


def test_arrivals_in_hours_that_are_believed_to_bring_nobody_tell_no_rate() -> None:
    night = tuple(1.0 - weight for weight in OFFICE)
    found = fit_arrivals(believed(night), *logged(Poisson(per_hour(60), OFFICE), 1, 16 * 3600.0))
    assert found is not None
    assert not found.rate_per_s.measured
    assert "believed to bring nobody" in found.why
