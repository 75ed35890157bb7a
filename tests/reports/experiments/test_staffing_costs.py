"""What staffings cost: hours on duty by hand, at each station's price."""

from __future__ import annotations

import numpy as np
import pytest

from journeys.errors import InvalidInput
from journeys.paths import apply
from journeys.ranges import read_ranges
from reports.experiments.staffing_costs import costs_of
from tests.reports.synthetic import LOAN


def test_hours_on_duty_are_paid_at_the_stations_price() -> None:
    found = costs_of(LOAN, read_ranges(LOAN, ["stations.desk.servers=1..3"]))
    assert found.unit == "USD"
    assert found.a_week == pytest.approx(np.array([1, 2, 3]) * 50 * 30.0)  # five days of ten hours


def test_stations_without_prices_are_compared_by_their_hours() -> None:
    free = apply(LOAN, {"stations.desk.cost_per_hour": 0})
    found = costs_of(free, read_ranges(free, ["stations.desk.servers=1..3", "stations.portal.servers=2..3"]))
    assert found.unit == "hours"
    expected = [[desk * 50 + portal * 168 for portal in (2, 3)] for desk in (1, 2, 3)]
    assert found.a_week == pytest.approx(np.array(expected))


def test_a_station_hired_for_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"stations.portal.cost_per_hour: is 0 while another's is not"):
        costs_of(LOAN, read_ranges(LOAN, ["stations.desk.servers=1..3", "stations.portal.servers=2..3"]))


def test_a_path_that_puts_nobody_on_duty_is_refused() -> None:
    given = apply(LOAN, {"stations.desk.shifts.0.servers": 4})  # which leaves nothing for the station's own number
    with pytest.raises(InvalidInput, match=r"--vary stations.desk.servers: puts nobody on duty"):
        costs_of(given, read_ranges(given, ["stations.desk.servers=1..3"]))
    by_shift = costs_of(given, read_ranges(given, ["stations.desk.shifts.0.servers=1..2"]))
    assert by_shift.a_week == pytest.approx([1500.0, 3000.0])
