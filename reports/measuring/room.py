"""Whether a run fits into this machine's memory, to be measured."""

from __future__ import annotations

from journeys.errors import Missing
from journeys.eventlog import Run

BYTES_A_ROW = 220
"""What measuring holds for each row of a replication, at its peak (measured: 220, of 300,000 loan customers)."""


class TooLarge(Missing):
    """A replication has more rows than there is memory to measure them in."""


def free_bytes() -> int:
    """Return how much memory processes can still have, in bytes."""
    import psutil

    return int(psutil.virtual_memory().available)


def expect_room(run: Run, free: int | None = None) -> None:
    """Raise TooLarge where a run's largest replication does not fit into the memory that is free, in bytes."""
    room = free_bytes() if free is None else free
    packed = sum(part.stat().st_size for parts in run.parts().values() for part in parts)
    if packed * BYTES_A_ROW < room:
        return  # a row takes more than a byte there, so there is room for all replications at once
    largest = run.sql("SELECT count(*) AS n FROM events GROUP BY replication ORDER BY n DESC LIMIT 1")["n"]
    rows = int(largest[0]) if len(largest) else 0
    needed = rows * BYTES_A_ROW
    if needed > room:
        raise TooLarge(
            f"{run.folder}: a replication of {rows:,} rows needs about {needed / 1e9:.0f} GB to be measured, and "
            f"{room / 1e9:.1f} GB are free; the run is whole: ask it with 'journeywright query {run.folder} \"SQL\"', "
            "or simulate more replications of fewer customers"
        )
