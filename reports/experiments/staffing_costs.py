"""What a staffing costs: the hours on duty of a week, at each station's price."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from journeys.arrivals import WEEK_S
from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Problem
from journeys.paths import apply
from journeys.ranges import Range
from reports.statistics import Floats


@dataclass(frozen=True, slots=True)
class Costs:
    """The cost of each staffing, one axis a range, in `unit` (a currency, or hours on duty) a week."""

    a_week: Floats
    unit: str


def costs_of(journey: Journey, ranges: Sequence[Range]) -> Costs:
    """Return what each staffing in the ranges costs, at the stations that they vary.

    Servers are paid for their hours on duty, busy or not. Where no such station has a price, hours stand for it. Raises
    InvalidInput where only some have one: the others would be hired for nothing.
    """
    names = list(dict.fromkeys(one.path.split(".")[1] for one in ranges))
    free = [name for name in names if not journey.station(name).cost_per_hour]
    if free and len(free) < len(names):
        raise InvalidInput(
            Problem(f"stations.{name}.cost_per_hour", "is 0 while another's is not", "", "a price", "use --set")
            for name in free
        )

    def weekly(changed: Journey) -> float:
        total = 0.0
        for name in names:
            station = changed.station(name)
            copies = station.replicas.count if station.replicas else 1
            hours = station.staffed_s(0.0, WEEK_S) / 3600 * copies
            total += hours * (1.0 if free else station.cost_per_hour)
        return total

    # each path adds hours of its own, whatever the others say
    lowest = apply(journey, {one.path: one.low for one in ranges})
    a_week = np.full([len(one.values) for one in ranges], weekly(lowest))
    for axis, one in enumerate(ranges):
        more = np.array([weekly(apply(lowest, {one.path: servers})) for servers in one.values]) - weekly(lowest)
        a_week += more.reshape([-1 if at == axis else 1 for at in range(len(ranges))])
        if not np.all(np.diff(more) > 0):
            raise InvalidInput([Problem(f"--vary {one.path}", "puts nobody on duty", str(one), "a path that does")])
    return Costs(a_week, "hours" if free else journey.money.currency)
