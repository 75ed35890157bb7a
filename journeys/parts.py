"""Parts of the event log: rows by column, written as Parquet files through DuckDB."""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from journeys.columns import NUMBERS, Coded, Columns
from journeys.errors import CannotWrite
from journeys.rows import COLUMNS, Row

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

# Chosen by CPU time, by file size where that is equal: DuckDB's own defaults take three times as long for files that
# are a fifth larger. Times hardly repeat, so looking for a dictionary of them is given up early.
_PARQUET = "FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 300"
_ERRNO = re.compile(r'"errno":\s*"(\d+)"')  # in what DuckDB says of the system's errors


def write_part(scenario: str, blocks: Sequence[tuple[int, Columns]], path: Path) -> None:
    """Write rows of one or more replications, (replication, rows), as one Parquet file, whole or not at all.

    The rows keep their order. Raises CannotWrite.
    """
    import duckdb

    table = frame_of(scenario, blocks)
    beside = path.with_suffix(".tmp")
    target = str(beside).replace("'", "''")
    try:
        with _database().cursor() as connection:
            connection.register("part", table)
            connection.execute(f"COPY part TO '{target}' ({_PARQUET})")
        beside.replace(path)
    except (OSError, duckdb.Error) as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        code = _ERRNO.search(str(error))
        said = os.strerror(int(code[1])) if code else str(error).partition("\n")[0]
        raise CannotWrite(f"{path}: cannot be written ({said}); choose another with --out") from error


def frame_of(scenario: str, blocks: Sequence[tuple[int, Columns]]) -> pd.DataFrame:
    """Return rows of replications, (replication, rows), as a frame of COLUMNS in their order; texts as categories."""
    import pandas as pd

    rows = Columns.joined([columns for _, columns in blocks]) if blocks else Columns.of([])
    lengths = [len(columns) for _, columns in blocks]
    columns: dict[str, Any] = {
        "scenario": _categories(Coded(np.zeros(len(rows), dtype=np.int32), (scenario,) if len(rows) else ())),
        "replication": np.repeat(np.array([number for number, _ in blocks], dtype=np.int32), lengths),
    }
    for name in Row._fields:
        column = getattr(rows, name)
        columns[name] = column if name in NUMBERS else _categories(column)
    return pd.DataFrame(columns, columns=list(COLUMNS), copy=False)


def _categories(column: Coded) -> pd.Categorical:
    import pandas as pd

    return pd.Categorical.from_codes(column.codes, pd.Index(column.texts, dtype=object), validate=False)


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return this process's own database: opening one takes as long as writing 70,000 rows."""
    import duckdb

    return duckdb.connect(config={"threads": 1})
