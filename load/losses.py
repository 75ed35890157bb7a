"""What went with a worker that died: its customers' last rows, written for it, so that the log still adds up."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from journeys.errors import CannotRead
from journeys.eventlog import ARRIVAL, EXIT, Row
from journeys.population import Population
from journeys.rows import exit_row
from load.job import LOST, Job


def cut_off(folder: Path, job: Job, *, whole: bool) -> Iterator[Row]:
    """Yield rows for customers whose worker could not write them any more: all of them censored.

    Of those who had arrived, the exit. Where the run was played to its end (`whole`), also the arrival and the exit of
    those who were planned and of whom there is no row: they had not come yet, or their rows were lost.
    """
    found = list(_unfinished(folder, job.worker))
    why = f"worker {job.worker} died"
    for customer, segment, last_s, left in found:
        if not left:
            yield exit_row(customer, segment, last_s, "censored", why)
    if not whole:
        return
    known = {customer for customer, *_ in found}
    population, segments = Population(job.journey, job.seed), job.journey.segments
    for customer, planned_s in zip(job.customers, job.planned_s, strict=False):  # nothing is planned where it is closed
        if customer in known:
            continue
        at, segment = (planned_s, planned_s, planned_s, planned_s), segments[population.segment(customer)].name
        for step in (ARRIVAL, EXIT):
            yield Row(customer, segment, step, 0, "customer", "", -1, *at, "censored", "", f"{LOST}: {why}")


def _unfinished(folder: Path, worker: int) -> list[tuple[int, str, float, bool]]:
    """Return (customer, segment, time of the last row, whether there is an exit) of all in the worker's parts."""
    if not list((folder / "events").glob(f"worker-{worker}-*.parquet")):
        return []
    import duckdb

    parts = str(folder / "events" / f"worker-{worker}-*.parquet").replace("'", "''")
    query = f"""
        SELECT customer, any_value(segment), max(coalesce(end_s, ready_s)), bool_or(step = '{EXIT}')
        FROM read_parquet('{parts}') GROUP BY customer ORDER BY customer
    """
    try:
        with duckdb.connect() as connection:
            return connection.execute(query).fetchall()
    except duckdb.Error as error:
        raise CannotRead(f"{folder}: events cannot be read ({str(error).splitlines()[0]})") from None
