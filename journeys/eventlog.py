"""The event log, version 1: what every engine writes and every metric reads.

A run is a folder: ``manifest.json`` and ``events/*.parquet``, written in append-only parts as the run goes, so that a
killed run keeps what it had. Entered = completed + denied + dropped + rejected + censored, in every log: each
customer has one ``arrival`` row and, in a log that is finished, one ``exit`` row with one of those outcomes.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from journeys import evidence
from journeys.columns import NUMBERS, Columns
from journeys.errors import CannotRead, CannotWrite, WrongQuery
from journeys.parts import frame_of, parts_by_replication, write_part
from journeys.rows import ARRIVAL, COLUMNS, CONTACT, EXIT, NAN, Outcome, Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "ARRIVAL", "COLUMNS", "CONTACT", "EXIT", "NAN", "PART_ROWS", "VERSION", "Columns", "Manifest", "Outcome", "Row",
    "Run", "RunWriter", "annotate", "host", "versions",
]  # fmt: skip
VERSION = 1
PART_ROWS = 200_000

_TEXT = ("scenario", *(name for name in Row._fields if name not in NUMBERS))


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run was.

    Parameters
    ----------
    journey, journey_digest, scenario, changes: which blueprint, with which paths changed.
    engine: ``simpy``, ``compiled``, ``browser``, ``load``. kind: whether its numbers are simulated or measured.
    seed, replications, customers: whose customers; `customers` were planned in each replication.
    speed: human seconds per second of the log: 1 in a simulation; where a mocked back end scales its people's clock,
        durations of steps in `human_steps` (and of waits) are to be multiplied by it to be the model's.
    cohort_s: arrival times (on the journey's clock) between which customers count; None for all.
    reference: the registered name or the file under which the journey is found again, where known.
    target: the address walked, or empty. not_measured: paths that this engine could not express on this target.
    workload: ``open``, ``closed``, or empty for a simulation. settings: whatever else the engine was told.
    finished: False until the run ended by itself; `reason` says why it did not. started, ended: UTC, ISO 8601.
    """

    journey: str
    journey_digest: str
    scenario: str
    engine: str
    kind: Literal["simulated", "measured"]
    seed: int
    replications: int
    customers: int
    changes: Mapping[str, str] = field(default_factory=dict)
    speed: float = 1.0
    human_steps: tuple[str, ...] = ()
    cohort_s: tuple[float, float] | None = None
    reference: str = ""
    target: str = ""
    workload: str = ""
    not_measured: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    host: Mapping[str, Any] = field(default_factory=dict)
    started: str = ""
    ended: str = ""
    finished: bool = False
    reason: str = ""
    schema: int = VERSION


def versions(*packages: str) -> dict[str, str]:
    """Return the versions of Python and of installed packages, for a manifest."""
    from importlib import metadata

    found = {"python": platform.python_version()}
    for package in ("journeywright", "numpy", *packages):
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def host() -> dict[str, Any]:
    """Return what matters of this machine for comparing measured runs."""
    return {"system": platform.system(), "machine": platform.machine(), "cores": os.cpu_count() or 1}


class RunWriter:
    """Writes a run's folder, part by part; a context manager that marks the run finished, or says why it is not.

    Raises CannotWrite when the folder is full, read-only, or not a folder. `part` distinguishes the writers of one
    run in several processes: only the one with an empty `part` writes the manifest, and removes the parts of an
    earlier run unless it is told to keep them.
    """

    def __init__(self, folder: Path, manifest: Manifest, part: str = "", keep: bool = False) -> None:
        self.folder, self.manifest, self._part = folder, manifest, part
        self._rows: list[Row] = []  # of one replication, and after the blocks
        self._replication = 0
        self._blocks: list[tuple[int, Columns]] = []
        self._waiting = 0  # rows that are in no part yet
        self._parts = 0
        try:
            (folder / "events").mkdir(parents=True, exist_ok=True)
            if not part and not keep:
                for old in (folder / "events").iterdir():
                    if old.suffix in (".parquet", ".tmp"):
                        old.unlink()
        except OSError as error:
            raise CannotWrite(f"{folder}: cannot be written ({error.strerror}); choose another with --out") from error
        if not manifest.started:
            self.manifest = replace(manifest, started=_now(), host=host())
        self._write_manifest()

    def add(self, row: Row, replication: int = 0) -> None:
        """Append one row."""
        self.extend((row,), replication)

    def extend(self, rows: Iterable[Row], replication: int = 0) -> None:
        """Append rows of one replication, of which no more than those of a part are in memory at once."""
        if replication != self._replication:
            self._close_block()
            self._replication = replication
        coming = iter(rows)
        while some := list(islice(coming, PART_ROWS)):
            self._rows.extend(some)
            self._added(len(some))

    def write(self, columns: Columns, replication: int = 0) -> None:
        """Append rows of one replication that are kept by column; after what was added before, in their order."""
        self._close_block()
        if len(columns):
            self._blocks.append((replication, columns))
            self._added(len(columns))

    def flush(self) -> None:
        """Write what has been added as a new part; nothing where there is nothing new."""
        self._close_block()
        if not self._blocks:
            return
        name = f"{self._part or 'part'}-{self._parts:05d}.parquet"
        # forgotten only once they are written: after Ctrl-C in the middle, closing writes the same part again
        write_part(self.manifest.scenario, self._blocks, self.folder / "events" / name)
        self._blocks, self._waiting, self._parts = [], 0, self._parts + 1

    def _added(self, rows: int) -> None:
        self._waiting += rows
        if self._waiting >= PART_ROWS:
            self.flush()

    def _close_block(self) -> None:
        """Keep by column what was added row by row."""
        if self._rows:
            self._blocks.append((self._replication, Columns.of(self._rows)))
            self._rows = []

    def close(self, finished: bool = True, reason: str = "", **changed: Any) -> None:
        """Write the last part, and the manifest with its end; `changed` are fields of it learnt meanwhile."""
        self.flush()
        self.manifest = replace(self.manifest, finished=finished, reason=reason, ended=_now(), **changed)
        self._write_manifest()

    def cut_short(self, error: BaseException) -> None:
        """Mark the run unfinished because of an error, with what was added so far written where there is room."""
        if isinstance(error, CannotWrite):
            self.manifest = replace(self.manifest, reason=_first_line(error), ended=_now())
            with contextlib.suppress(CannotWrite):  # rows take more room than a manifest
                self._write_manifest()
            return
        reason = "interrupted" if isinstance(error, KeyboardInterrupt) else _first_line(error)
        self.close(finished=False, reason=reason)

    def _write_manifest(self) -> None:
        if not self._part:
            _write_manifest(self.folder / "manifest.json", self.manifest)

    def __enter__(self) -> RunWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            if not self.manifest.ended:
                self.close()
        elif error is not None:
            self.cut_short(error)
            if kind is not CannotWrite:
                error.add_note(f"what was measured is kept in {self.folder}, marked unfinished")


def annotate(folder: Path, **changed: Any) -> None:
    """Change fields of a run's manifest after the run; raises CannotRead or CannotWrite."""
    manifest = replace(Run.open(folder).manifest, **changed)
    _write_manifest(folder / "manifest.json", manifest)


def _write_manifest(path: Path, manifest: Manifest) -> None:
    write_whole(path, (json.dumps(asdict(manifest), indent=1, sort_keys=True) + "\n").encode())


def write_whole(path: Path, content: bytes) -> None:
    """Write a file of a run's folder whole or not at all; raises CannotWrite."""
    try:
        beside = path.with_suffix(".tmp")
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror}); choose another with --out") from error


@dataclass(frozen=True, slots=True)
class Run:
    """A run's folder, read."""

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: str | Path) -> Run:
        """Open a run; raises CannotRead where the folder holds none, or one of a later version."""
        path = Path(folder)
        try:
            raw = json.loads((path / "manifest.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            said = f"no manifest.json, {error.strerror}" if isinstance(error, OSError) else _first_line(error)
            runs = sorted(str(found.parent) for found in path.glob("runs/*/manifest.json"))
            given = f"give a run's folder, such as {runs[0]}" if runs else "give the folder with manifest.json"
            raise CannotRead(f"{path}: holds no run ({said}); {given}") from None
        if not isinstance(raw, dict):
            raise CannotRead(f"{path}: holds no run (manifest.json is no object); give the folder with manifest.json")
        if raw.get("schema") != VERSION:
            raise CannotRead(f"{path}: event log version {raw.get('schema')}; this release reads version {VERSION}")
        known = {item.name for item in fields(Manifest)}
        values = {key: value for key, value in raw.items() if key in known}
        for name in ("human_steps", "not_measured"):
            values[name] = tuple(values.get(name) or ())
        values["cohort_s"] = tuple(raw["cohort_s"]) if raw.get("cohort_s") else None
        try:
            return cls(path, Manifest(**values))
        except TypeError as error:
            raise CannotRead(f"{path}: holds no run (its manifest is incomplete: {error})") from None

    def frame(self) -> pd.DataFrame:
        """Return all rows as a frame of COLUMNS, sorted by replication, customer and time; texts as categories."""
        import duckdb

        parts = sorted((self.folder / "events").glob("*.parquet"))
        if not parts:
            return frame_of("", [])
        try:
            with duckdb.connect() as connection:
                connection.execute(
                    "CREATE TABLE events AS SELECT * FROM read_parquet($1)", [[str(part) for part in parts]]
                )
                for name in _TEXT:
                    connection.execute(
                        f'CREATE TYPE "{name}s" AS ENUM (SELECT DISTINCT "{name}" FROM events ORDER BY ALL)'
                    )
                texts = ", ".join(f'"{name}"::"{name}s" AS "{name}"' for name in _TEXT)
                place = f"CASE step WHEN '{ARRIVAL}' THEN 0 WHEN '{EXIT}' THEN 2 ELSE 1 END::TINYINT AS place"
                frame: pd.DataFrame = connection.execute(f"SELECT * REPLACE ({texts}), {place} FROM events").df()
        except duckdb.Error as error:
            raise CannotRead(f"{self.folder}: events cannot be read ({_first_line(error)})") from error
        # at equal times an arrival comes first and an exit last, whatever the steps are called
        order = ["replication", "customer", "end_s", "intended_s", "place", "step"]
        return frame.sort_values(order, kind="stable", ignore_index=True).drop(columns="place")

    def parts(self) -> dict[int, tuple[Path, ...]]:
        """Return by replication, rising, the files in which its rows are; raises CannotRead."""
        return parts_by_replication(self.folder / "events")

    def sql(self, query: str) -> pd.DataFrame:
        """Answer a query over the view ``events``, and over ``evidence`` where a scorecard left some here.

        Raises CannotRead where the rows cannot be read, WrongQuery with the database's own message.
        """
        import duckdb

        parts = str(self.folder / "events" / "*.parquet").replace("'", "''")
        with duckdb.connect() as connection:
            try:
                if any((self.folder / "events").glob("*.parquet")):
                    connection.execute(f"CREATE VIEW events AS SELECT * FROM read_parquet('{parts}')")
                else:
                    connection.register("events", frame_of("", []))
                if (self.folder / evidence.FILE).exists():
                    kept = str(self.folder / evidence.FILE).replace("'", "''")
                    connection.execute(
                        f"CREATE VIEW evidence AS SELECT * FROM read_json('{kept}', format='newline_delimited',"
                        f" columns={evidence.COLUMNS})"
                    )
            except duckdb.Error as error:
                raise CannotRead(f"{self.folder}: events cannot be read ({_first_line(error)})") from error
            try:
                asked = connection.execute(query)
                if asked is None:
                    raise WrongQuery("query: is empty; such as SELECT count(*) FROM events")
                answer: pd.DataFrame = asked.df()
                return answer
            except duckdb.Error as error:
                raise WrongQuery(f"query: {_first_line(error)}; events has {', '.join(COLUMNS)}") from error


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
