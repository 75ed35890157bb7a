"""The log in one flat file, rows as they are."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from journeys.errors import CannotWrite
from journeys.eventlog import COLUMNS, Run

_ORDER = "replication, customer, end_s, intended_s, step, visit"


def write_csv(run: Run, zero: datetime, path: Path) -> None:
    """Write the rows as CSV; times stay seconds since the run's zero. Raises CannotRead or CannotWrite."""
    _copy(run, path, "FORMAT csv, HEADER")


def write_parquet(run: Run, zero: datetime, path: Path) -> None:
    """Write the rows as one Parquet file; times stay seconds since the run's zero. Raises as `write_csv` does."""
    _copy(run, path, "FORMAT parquet, COMPRESSION zstd")


def _copy(run: Run, path: Path, how: str) -> None:
    columns = ", ".join(f'"{name}"' for name in COLUMNS)
    beside = path.with_name(path.name + ".tmp")
    target = str(beside).replace("'", "''")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.touch()
        run.sql(f"COPY (SELECT {columns} FROM events ORDER BY {_ORDER}) TO '{target}' ({how})")
        beside.replace(path)
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror}); choose another with -o") from error
    finally:
        beside.unlink(missing_ok=True)
