"""What levers do together is shared among them without a remainder, in every journey that has levers."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from commands.cells import Cells
from journeys.columns import Columns
from journeys.durations import Duration
from journeys.loading import load, registered
from reports.attribution.blame import LEVERED, lever_shares
from reports.measuring.metrics import measure_replication
from reports.measuring.results import Results, merged
from simulators.engines import ENGINES, choose
from tests.catalogue.stories import manifest_of, what_if

NAMES = sorted(set(registered()) - {"first-journey"})
SEED, CUSTOMERS = 5, 40


@pytest.mark.parametrize("name", NAMES)
def test_the_levers_of_a_journey_share_all_that_they_do_together(name: str) -> None:
    found, whole = what_if(name), Duration(0.0)
    journey = dataclasses.replace(load(name), warm_up=whole, cool_down=whole)
    levers = found.levers()
    assert len(found.scenarios) >= 4
    assert len(levers) >= 3

    def simulated(scenario: str) -> Results:
        own, rows = found.scenario(scenario).of(journey), list[Columns]()
        ENGINES[choose("", own, lambda text: None)].replicate(own, SEED, 0, CUSTOMERS, None, None, 1.0, rows.append)
        manifest = manifest_of(own, scenario, SEED, 0, CUSTOMERS)
        return merged(own, manifest, [measure_replication(own, manifest, 0, Columns.joined(rows))])

    before, after = simulated(found.baseline), simulated(found.scenarios[-1].name)
    changes = {lever.name: lever.changes for lever in levers}
    shared = lever_shares(journey, changes, {frozenset(): before}, Cells(SEED, CUSTOMERS, "", 1).quantities)

    assert set(shared.keys) <= set(LEVERED)
    assert shared.shares.exact
    together = [after.quantities[key].values[0] - before.quantities[key].values[0] for key in shared.keys]
    assert shared.shares.shares.sum(axis=1)[0] == pytest.approx(together, abs=1e-9)
    assert np.abs(shared.shares.shares).sum() > 0
