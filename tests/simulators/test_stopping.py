"""A simulation that is stopped between two replications says nothing of its own."""

from __future__ import annotations

import gc
import warnings
from pathlib import Path

import pytest

from journeys.catalogue.first_journey import journey
from simulators.simulation import Settings, simulate


@pytest.mark.slow
def test_stopping_is_silent(tmp_path: Path) -> None:
    def stop(done: int, of: int) -> None:
        raise KeyboardInterrupt

    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with pytest.raises(KeyboardInterrupt):
            simulate(journey, tmp_path, Settings(replications=40, customers=50, jobs=2), progress=stop)
        gc.collect()
    assert [str(warning.message) for warning in told] == []
