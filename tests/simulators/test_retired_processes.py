"""A process that has come to hold much memory is replaced by joblib, and the work goes on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from journeys.eventlog import Run
from journeys.loading import load
from simulators.pools import here
from simulators.simulation import Settings, Simulation, simulate_all


def retires(*anything: Any) -> int:
    """Let the process that does this be replaced right after it, as if it held too much."""
    from joblib.externals.loky import process_executor

    process_executor._MAX_MEMORY_LEAK_SIZE = -(10**15)
    process_executor._MEMORY_LEAK_CHECK_DELAY = -1.0
    return id(anything) > 0


@pytest.fixture(autouse=True)
def other_processes_afterwards() -> Iterator[None]:
    from joblib.externals.loky import get_reusable_executor

    yield
    get_reusable_executor().shutdown(wait=True)


@pytest.mark.slow
def test_tasks_are_done_though_each_process_is_replaced_after_two_of_them() -> None:
    found: dict[int, int] = {}
    here(2)(retires, range(5), found.__setitem__)
    assert found == dict.fromkeys(range(5), 1)


@pytest.mark.slow
def test_a_simulation_goes_on_where_its_processes_are_replaced(tmp_path: Path) -> None:
    journey = load("first-journey")
    replaced, alone = (Simulation(journey, tmp_path / name) for name in ("replaced", "alone"))
    simulate_all([replaced], Settings(replications=5, customers=20, jobs=2), watch=retires)
    simulate_all([alone], Settings(replications=5, customers=20, jobs=1))
    assert Run.open(replaced.folder).frame().equals(Run.open(alone.folder).frame())
