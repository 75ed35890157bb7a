"""The rows of a run in the order in which customers lived them, read as a stream, and times as moments."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any

from journeys.errors import CannotRead, CannotWrite
from journeys.eventlog import ARRIVAL, EXIT, Manifest, Row, Run

BATCH = 20_000
_FIRST, _LAST = Row._fields.index("intended_s"), Row._fields.index("end_s") + 1


class Visit(Row):
    """A row of the log, with its replication; NaN for times that never came."""

    replication: int

    @classmethod
    def of(cls, values: Sequence[Any]) -> Visit:
        """Return a visit of its replication and then the fields of a row, None for times that never came."""
        replication, *row = values
        row[_FIRST:_LAST] = [math.nan if value is None else value for value in row[_FIRST:_LAST]]
        visit = cls(*row)
        visit.replication = replication
        return visit

    @property
    def over_s(self) -> float:
        """When it was over, or, where that never came, the last that is known of it."""
        known = [value for value in (self.end_s, self.start_s, self.ready_s, self.intended_s) if not math.isnan(value)]
        return known[0] if known else 0.0

    @property
    def who(self) -> str:
        """The customer's identity in the run."""
        return f"{self.replication}-{self.customer}"


def visits(run: Run) -> Iterator[Visit]:
    """Yield the rows of a run, by replication, customer and time; raises CannotRead.

    At equal times an arrival comes first and an exit last.
    """
    import duckdb

    parts = [str(part) for part in sorted((run.folder / "events").glob("*.parquet"))]
    if not parts:
        return
    columns = ", ".join(f'"{name}"' for name in ("replication", *Row._fields))
    place = f"CASE step WHEN '{ARRIVAL}' THEN 0 WHEN '{EXIT}' THEN 2 ELSE 1 END"
    query = (
        f"SELECT {columns} FROM read_parquet($1) "
        f"ORDER BY replication, customer, end_s, intended_s, {place}, step, visit"
    )
    try:
        with duckdb.connect() as connection:
            asked = connection.execute(query, [parts])
            while batch := asked.fetchmany(BATCH):
                yield from map(Visit.of, batch)
    except duckdb.Error as error:
        said = (str(error).splitlines() or ["?"])[0]
        raise CannotRead(f"{run.folder}: events cannot be read ({said})") from error


def customers(run: Run) -> Iterator[tuple[str, list[Visit]]]:
    """Yield each customer's identity and rows; raises CannotRead."""
    for who, own in itertools.groupby(visits(run), key=lambda row: row.who):
        yield who, list(own)


def zero_of(manifest: Manifest) -> datetime:
    """Return the moment that a run's zero stands for, UTC.

    A measured run's is when it started. A simulation's is a Monday, 00:00: the last one before it was made.
    """
    started = datetime.now(UTC)
    if manifest.started:
        started = datetime.fromisoformat(manifest.started.replace("Z", "+00:00"))
    if manifest.kind == "measured":
        return started
    midnight = started.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight - timedelta(days=midnight.weekday())


def moment(zero: datetime, seconds: float) -> str:
    """Return a time of the log as ISO 8601, to the millisecond."""
    return (zero + timedelta(seconds=seconds)).isoformat(timespec="milliseconds")


@contextmanager
def written(path: Path) -> Iterator[IO[str]]:
    """Give a text file that appears under its name when it is whole; raises CannotWrite."""
    beside = path.with_name(path.name + ".tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("w", encoding="utf-8", newline="\n") as file:
            yield file
        beside.replace(path)
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror}); choose another with -o") from error
    finally:
        beside.unlink(missing_ok=True)
