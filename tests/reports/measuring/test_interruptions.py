"""How long interrupted work was in somebody's hands, told from a log in which only its begin and its end stand."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings

from journeys import Constant, Journey, minutes
from journeys.columns import Columns
from reports.measuring.interruptions import in_hand_s
from reports.measuring.metrics import measure_replication
from simulators.simpy_engine import replicate
from tests.property.test_simulated_journeys import single_stations
from tests.reports.synthetic import manifest


def interrupting(journey: Journey) -> tuple[Journey, Columns]:
    """Return the journey with a pre-emptive station and ten minutes of work for everybody, and its rows."""
    (step,), (station,) = journey.steps, journey.stations
    made = dataclasses.replace(
        journey,
        steps=(dataclasses.replace(step, service=Constant(minutes(10))),),
        stations=(dataclasses.replace(station, preemptive=True),),
    )
    return made, Columns.of(replicate(made, 3, 0, 40))


@settings(derandomize=True, database=None)
@given(single_stations(least=30, gap=8))
def test_work_was_in_hand_for_as_long_as_it_took(journey: Journey) -> None:
    made, rows = interrupting(journey)
    (station,) = made.stations
    served = rows[rows.step.among("serve")]
    assert in_hand_s(made, station, served) == pytest.approx(np.full(len(served), 600.0))
    halves = [in_hand_s(made, station, served, begin=a, end=b) for a, b in ((-np.inf, 9000.0), (9000.0, np.inf))]
    assert sum(halves) == pytest.approx(np.full(len(served), 600.0))
    assert in_hand_s(made, station, served, scale=2.0, begin=0.0, end=0.0) == pytest.approx(np.zeros(len(served)))


@settings(derandomize=True, database=None, max_examples=20)
@given(single_stations(least=30, gap=8))
def test_people_work_as_long_as_the_work_takes_however_often_they_are_interrupted(journey: Journey) -> None:
    made, rows = interrupting(journey)
    results = measure_replication(made, manifest(customers=len(set(rows.customer))), 0, rows)
    assert results.quantities["work"].values[0] == pytest.approx(100 / 6)
