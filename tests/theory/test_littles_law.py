"""Little's law at every station of every bundled journey, between what stations hold and what the log says."""

from __future__ import annotations

from typing import Any

import pytest
import simpy

from journeys import Journey
from journeys.eventlog import EXIT
from journeys.loading import load, registered
from simulators import simpy_engine
from simulators.organisation import Organisation

pytestmark = pytest.mark.slow


class Watch:
    """Integrates the number at each station over the environment's time, after every event of it."""

    def __init__(self) -> None:
        self.area_s: dict[str, float] = {}
        self._present: dict[str, int] = {}
        self._organisation: Organisation | None = None
        self._last_s = 0.0

    def put_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        watch, step = self, simpy.Environment.step

        class Watched(Organisation):
            def start(self) -> None:
                super().start()
                watch._organisation = self

        def watched_step(environment: simpy.Environment) -> None:
            step(environment)
            watch.look(environment.now)

        monkeypatch.setattr(simpy_engine, "Organisation", Watched)
        monkeypatch.setattr(simpy.Environment, "step", watched_step)

    def look(self, now_s: float) -> None:
        assert self._organisation is not None
        for name, state in self._organisation.stations.items():
            self.area_s[name] = self.area_s.get(name, 0.0) + self._present.get(name, 0) * (now_s - self._last_s)
            self._present[name] = state.waiting + state.serving
        self._last_s = now_s


def joined_s(journey: Journey, row: Any) -> float:
    """Return when a visit came to its station: work that waits for a batch window is not there before it opens."""
    batch = next((step.batch for step in journey.steps if step.name == row.step), None)
    return row.ready_s if batch is None else max(row.ready_s, batch.opens_s(row.ready_s))


@pytest.mark.parametrize("name", sorted(registered()))
def test_littles_law_holds_at_every_station(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """L = lambda W over the whole run: stations' own time average, against arrivals per time x mean sojourn, from rows.

    The two are counted by different parts: what a station holds by its queue and servers, the rows by those whom it
    tells. Over a run that starts and ends empty the law holds for each path, so the tolerance is that of rounding.
    """
    watch = Watch()
    watch.put_on(monkeypatch)
    journey = load(name)
    rows: list[Any] = simpy_engine.replicate(journey, 11, 0, 500)
    over_s = max(row.end_s for row in rows if row.step == EXIT)
    assert {station.name for station in journey.stations} == watch.area_s.keys()
    for station in journey.stations:
        own = [row for row in rows if row.station == station.name]
        assert own, station.name
        rate_per_s = len(own) / over_s
        sojourn_s = sum(max(0.0, row.end_s - joined_s(journey, row)) for row in own) / len(own)
        assert watch.area_s[station.name] / over_s == pytest.approx(rate_per_s * sojourn_s, rel=1e-6), station.name
