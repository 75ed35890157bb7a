"""Ranges: read by the path's own type, with all problems at once, and spread evenly."""

from __future__ import annotations

import numpy as np
import pytest

from journeys import Duration, Exponential, Journey, Poisson, Rate, Route, Shift, Station, Step, minutes, per_hour
from journeys.errors import InvalidInput
from journeys.ranges import Range, read_ranges

SHOP = Journey(
    name="shop",
    arrivals=Poisson(per_hour(10)),
    steps=(
        Step(name="pay", lane="customer", station="desk", service=Exponential(minutes(2)),
             routes=(Route("denied", 0.1), Route("completed"))),
    ),
    stations=(Station(name="desk", servers=2, shifts=(Shift("mon-fri", "08:00", "12:00", servers=3),)),),
)  # fmt: skip


def test_ranges_are_read_by_the_type_of_their_path() -> None:
    found = read_ranges(
        SHOP,
        ["stations.desk.servers=1..3", "stations.desk.shifts.0.servers = 2..5", "steps.pay.service.mean=1 min .. 1 h",
         "arrivals.rate=5 / h..20 / h", "steps.pay.routes.denied.probability=10%..0.3"],
    )  # fmt: skip
    assert [(one.low, one.high) for one in found] == [
        (1, 3), (2, 5), (minutes(1), minutes(60)), (per_hour(5), per_hour(20)), (0.1, 0.3),
    ]  # fmt: skip
    assert [one.whole for one in found] == [True, True, False, False, False]
    assert found[1].values == (2, 3, 4, 5)
    assert str(found[2]) == "steps.pay.service.mean=1 min..1 h"


def test_each_value_of_a_range_is_equally_likely() -> None:
    u = (np.arange(1000) + 0.5) / 1000
    servers = [Range("x", 2, 5).at(share) for share in u]
    assert [servers.count(number) for number in (1, 2, 3, 4, 5, 6)] == [0, 250, 250, 250, 250, 0]
    assert Range("x", minutes(1), minutes(3)).at(0.25) == Duration(90.0)
    assert Range("x", Rate(1.0), Rate(2.0)).at(0.5) == Rate(1.5)
    assert Range("x", 0.1, 0.3).at(0.5) == pytest.approx(0.2)


def test_all_problems_come_at_once() -> None:
    texts = ["stations.desk.servers", "stations.dest.servers=1..3", "stations.desk.servers=3..1", "name=a..b",
             "steps.pay.routes.denied.probability=0.5..2", "arrivals.rate=1 / h..2 / h",
             "arrivals.rate=1 / h..3 / h"]  # fmt: skip
    with pytest.raises(InvalidInput) as refused:
        read_ranges(SHOP, texts)
    said = "\n".join(map(str, refused.value.problems))
    for part in (
        "--vary: is not PATH=LOW..HIGH (got stations.desk.servers)",
        "did you mean 'desk'?",
        "--vary stations.desk.servers: does not rise (got 3..1)",
        "--vary name: has no values in between (got a..b)",
        "steps.pay.routes",
        "--vary arrivals.rate: is varied twice",
    ):
        assert part in said
    with pytest.raises(InvalidInput, match="--servers: is missing"):
        read_ranges(SHOP, [], "--servers")


def test_only_whole_numbers_can_be_listed() -> None:
    with pytest.raises(ValueError, match="arrivals has more than whole numbers"):
        _ = Range("arrivals", 0.5, 2.0).values
