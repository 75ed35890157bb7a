"""Parts of the event log: rows by column, written and read as Parquet files through DuckDB."""

from __future__ import annotations

import contextlib
import functools
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from journeys.columns import NUMBERS, Coded, Columns
from journeys.errors import CannotRead, CannotWrite
from journeys.rows import COLUMNS, Row

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

_MOST_TEXTS = 300  # of a column that is stored as codes
_FEW = 500_000  # rows
_TOGETHER = 256  # customers who are never in different groups
# Chosen by CPU time, by file size where that is equal: DuckDB's own defaults take three times as long for files that
# are a fifth larger. Times hardly repeat, so looking for a dictionary of them is given up early.
_PARQUET = (
    f"FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT {_MOST_TEXTS}"
)
_ERRNO = re.compile(r'"errno":\s*"(\d+)"')  # in what DuckDB says of the system's errors


def write_part(scenario: str, blocks: Sequence[tuple[int, Columns]], path: Path) -> None:
    """Write rows of one or more replications, (replication, rows), as one Parquet file, whole or not at all.

    The rows keep their order. Raises CannotWrite.
    """
    import duckdb

    table, query = _plain(scenario, blocks) if _writes_few(blocks) else (frame_of(scenario, blocks), "FROM part")
    beside = path.with_suffix(".tmp")
    try:
        with _database().cursor() as connection:
            connection.register("part", table)
            connection.execute(f"COPY ({query}) TO {_literal(beside)} ({_PARQUET})")
        beside.replace(path)
    except (OSError, duckdb.Error) as error:
        with contextlib.suppress(OSError):
            beside.unlink(missing_ok=True)
        code = _ERRNO.search(str(error))
        said = os.strerror(int(code[1])) if code else str(error).partition("\n")[0]
        raise CannotWrite(f"{path}: cannot be written ({said}); choose another with --out") from error


def _writes_few(blocks: Sequence[tuple[int, Columns]]) -> bool:
    """Tell whether this process still does without pandas: to import it takes as long as it saves on a million rows."""
    _written[0] += sum(len(columns) for _, columns in blocks)
    return _written[0] <= _FEW


_written = [0]


def parts_by_replication(folder: Path) -> dict[int, tuple[Path, ...]]:
    """Return which Parquet files of a folder hold rows of which replication; raises CannotRead."""
    found: dict[int, tuple[Path, ...]] = {}
    if any(folder.glob("*.parquet")):
        query = (
            f"SELECT DISTINCT replication, filename FROM read_parquet({_literal(folder / '*.parquet')}, filename=true)"
        )
        with _readable(folder), _database().cursor() as connection:
            for number, name in sorted(connection.execute(query).fetchall()):
                found[number] = (*found.get(number, ()), Path(name))
    return found


def read_parts(replication: int, paths: Sequence[Path], customers: tuple[int, int] | None = None) -> Columns:
    """Return a replication's rows in some Parquet files, in the order in which they were written.

    `customers`: those from the first to the second number alone. Raises CannotRead.
    """
    read = [_read_part(replication, path, customers) for path in paths]
    return Columns.joined(read) if read else Columns.of([])


class Group(NamedTuple):
    """Customers whose numbers follow each other, the first and the last of them, and the files with rows of theirs."""

    first: int
    last: int
    paths: tuple[Path, ...]


def rows_in(paths: Sequence[Path]) -> int:
    """Return how many rows some Parquet files have; raises CannotRead."""
    return int(_asked("SELECT sum(num_rows) FROM parquet_file_metadata($1)", paths)[0][0] or 0) if paths else 0


def last_moment_s(replication: int, paths: Sequence[Path]) -> float:
    """Return the latest end of a replication's rows, in seconds of the log; raises CannotRead."""
    found = _asked(f"SELECT max(end_s) FROM read_parquet($1) WHERE replication = {replication}", paths)
    return float(found[0][0] or 0.0)


def groups_of(replication: int, paths: Sequence[Path], rows: int) -> list[Group]:
    """Return a replication's customers in groups of about so many rows, by their numbers; raises CannotRead.

    Each group has all rows of its customers. Engines write as time goes, so that few files hold rows of one group.
    """
    source = f"FROM read_parquet($1, filename=true) WHERE replication = {replication}"
    counted = _asked(f"SELECT customer // {_TOGETHER} AS place, count(*) {source} GROUP BY place ORDER BY place", paths)
    spans = _asked(f"SELECT filename, min(customer), max(customer) {source} GROUP BY filename ORDER BY filename", paths)
    edges: list[tuple[int, int]] = []
    held = 0
    for place, count in counted:
        if not edges or held + count > rows:
            edges.append((place * _TOGETHER, place))
            held = 0
        held += count
        edges[-1] = (edges[-1][0], place)
    groups = [(first, (place + 1) * _TOGETHER - 1) for first, place in edges]
    return [
        Group(first, last, tuple(Path(name) for name, low, high in spans if low <= last and high >= first))
        for first, last in groups
    ]  # fmt: skip


def _asked(query: str, paths: Sequence[Path]) -> list[tuple[Any, ...]]:
    with _readable(paths[0].parent), _database().cursor() as connection:
        return connection.execute(query, [list(map(str, paths))]).fetchall()


def _read_part(replication: int, path: Path, customers: tuple[int, int] | None) -> Columns:
    rows = f"FROM read_parquet({_literal(path)}) WHERE replication = {replication}"
    if customers is not None:
        rows += f" AND customer BETWEEN {customers[0]} AND {customers[1]}"
    names = [name for name in Row._fields if name not in NUMBERS]
    with _readable(path), _database().cursor() as connection:
        distinct = ", ".join(f'list(DISTINCT "{name}")' for name in names)
        found = connection.execute(f"SELECT {distinct} {rows}").fetchone() or ()
        texts = {name: some or [] for name, some in zip(names, found, strict=True)}
        # looked up once for each text of the file's dictionary, not once for each row; so many texts have none
        wanted = ", ".join(
            f'(list_position([{", ".join(map(_literal, texts[name]))}], "{name}") - 1)::INTEGER AS "{name}"'
            if 0 < len(texts.get(name, ())) <= _MOST_TEXTS
            else f'"{name}"'
            for name in Row._fields
        )
        table = connection.execute(f"SELECT {wanted} {rows}").fetchnumpy()
    return Columns(**{name: _read_column(table[name], texts.get(name)) for name in Row._fields})


def _read_column(values: Any, texts: list[str] | None) -> Any:
    if texts is None:
        return values.filled(np.nan) if isinstance(values, np.ma.MaskedArray) else values  # NaN are stored as nothing
    return Coded(values, tuple(texts)) if values.dtype == np.int32 else Coded.of(values.tolist())


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        said = str(error).partition("\n")[0]
        raise CannotRead(f"{path}: events cannot be read ({said})") from error


def _literal(text: object) -> str:
    """Return a text as SQL writes it."""
    return "'" + str(text).replace("'", "''") + "'"


def _plain(scenario: str, blocks: Sequence[tuple[int, Columns]]) -> tuple[dict[str, Any], str]:
    """Return rows of replications by column, texts as codes, and the query that makes of them what `frame_of` holds."""
    rows = Columns.joined([columns for _, columns in blocks]) if blocks else Columns.of([])
    numbers = np.array([number for number, _ in blocks], dtype=np.int32)
    columns: dict[str, Any] = {"replication": np.repeat(numbers, [len(columns) for _, columns in blocks])}
    wanted = {"scenario": f"{_literal(scenario)} AS scenario", "replication": "replication"}
    for name in Row._fields:
        column = getattr(rows, name)
        columns[name], wanted[name] = column, f'"{name}"'
        if isinstance(column, Coded):
            texts = ", ".join(map(_literal, column.texts)) or "''"
            columns[name], wanted[name] = column.codes, f'[{texts}]["{name}" + 1] AS "{name}"'
    return columns, f"SELECT {', '.join(wanted[name] for name in COLUMNS)} FROM part"


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
