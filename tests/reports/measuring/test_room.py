"""A run that does not fit into memory says so, and what to do instead; one that fits is measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys.catalogue.first_journey import journey
from journeys.eventlog import Run
from reports.measuring.room import TooLarge, expect_room
from simulators.simulation import Settings, simulate


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("run")
    return Run.open(simulate(journey, folder, Settings(replications=2, customers=100, jobs=1)))


def test_a_run_that_fits(run: Run) -> None:
    expect_room(run)
    expect_room(run, free=1_000_000)


def test_a_replication_that_does_not(run: Run, tmp_path: Path) -> None:
    rows = int(run.sql("SELECT max(n) AS n FROM (SELECT count(*) AS n FROM events GROUP BY replication)")["n"][0])
    with pytest.raises(TooLarge, match=f"a replication of {rows} rows needs about 0 GB"):
        expect_room(run, free=rows * 200)
