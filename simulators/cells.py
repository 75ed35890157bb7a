"""Cells: one replication of one scenario each, simulated by whichever process takes it, and marked when complete.

A cell's rows are parts of the run's log named after its replication. Each part is written whole or not at all, and
after the last one ``replication-00003.done`` names them all: what has that mark is never simulated again.
"""

from __future__ import annotations

import contextlib
import functools
import json
import pickle
import tempfile
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

from journeys.arrivals import Arrivals
from journeys.blueprint import Journey
from journeys.columns import Columns
from journeys.errors import CannotWrite, Missing
from journeys.eventlog import Manifest, RunWriter, write_whole
from simulators.engines import ENGINES
from simulators.shielding import ctrl_c_put_off

_DONE = ".done"
MOST_ROWS_WATCHED = 3_000_000
"""A replication of more rows is not watched: they would all have to be held at once."""

Watch = Callable[[Journey, Manifest, int, Columns], Any]
"""Given a replication's rows where they were simulated, with its run's manifest; what it returns is sent home."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Everything that the rows of one replication depend on, fit to be sent to another machine.

    Parameters
    ----------
    journey: packed, with its scenario's changes. manifest: of the run to which the cell belongs.
    arrivals, until_s: as an engine's `replicate` is given them.
    folder: of that run, where the process that simulates the cell writes its rows; None where it does not see it.
    watch: is given the rows, once they are written.
    """

    journey: bytes
    manifest: Manifest
    replication: int
    arrivals: Arrivals | None = None
    until_s: float | None = None
    folder: Path | None = None
    watch: Watch | None = None


class Simulated(NamedTuple):
    """A cell that was simulated: its files, where it did not see its run's folder, and what `watch` returned."""

    files: Mapping[str, bytes]
    watched: Any


@functools.lru_cache(maxsize=32)
def unpacked(blob: bytes) -> Journey:
    """Return the journey that `journeys.packing.packed` made bytes of."""
    journey: Journey = pickle.loads(blob)
    return journey


def simulate_cell(cell: Cell) -> Simulated:
    """Simulate a cell on this machine, and leave its files, the mark last, in the run's folder or return them.

    Raises CannotWrite, and Missing where this machine lacks what the engine needs.
    """
    if cell.folder is not None:
        return Simulated({}, _simulate_into(cell, cell.folder))
    with tempfile.TemporaryDirectory(prefix="journeywright-") as scratch:
        watched = _simulate_into(cell, Path(scratch))
        files = sorted(Path(scratch, "events").iterdir(), key=lambda file: (file.suffix == _DONE, file.name))
        return Simulated({file.name: file.read_bytes() for file in files}, watched)


def _simulate_into(cell: Cell, folder: Path) -> Any:
    manifest, engine = cell.manifest, ENGINES[cell.manifest.engine]
    lacking = engine.missing()
    if lacking:
        raise Missing(f"engine {manifest.engine}: {lacking}")
    engine.prepare(lambda text: None)
    name = _name(cell.replication)
    writer = RunWriter(folder, manifest, part=name)
    held: list[Columns] = []
    rows_in_all = 0

    def take(rows: Columns) -> None:
        nonlocal rows_in_all
        rows_in_all += len(rows)
        if cell.watch is not None and rows_in_all <= MOST_ROWS_WATCHED:
            held.append(rows)
        else:
            held.clear()
        with ctrl_c_put_off():  # the database would take it for an error of its own
            writer.write(rows, cell.replication)

    journey = unpacked(cell.journey)
    engine.replicate(
        journey, manifest.seed, cell.replication, manifest.customers, cell.arrivals, cell.until_s,
        manifest.speed, take,
    )  # fmt: skip
    with ctrl_c_put_off():
        writer.flush()
        parts = sorted(part.name for part in (folder / "events").glob(f"{name}-*.parquet"))
        write_whole(folder / "events" / f"{name}{_DONE}", json.dumps(parts).encode())
    if cell.watch is None or not held:
        return None
    return cell.watch(journey, replace(manifest, finished=True), cell.replication, Columns.joined(held))


def receive(files: Mapping[str, bytes], folder: Path) -> None:
    """Write the files of a cell that was simulated elsewhere into its run's folder; raises CannotWrite."""
    for name, content in files.items():
        write_whole(folder / "events" / name, content)


def complete(folder: Path) -> frozenset[int]:
    """Return the replications that are complete in a run's folder: marked, with each of their parts there."""
    found = set()
    for mark in (folder / "events").glob(f"replication-*{_DONE}"):
        with contextlib.suppress(ValueError):  # what a power cut left of a mark is none
            if all((mark.parent / part).is_file() for part in json.loads(mark.read_bytes())):
                found.add(int(mark.stem.removeprefix("replication-")))
    return frozenset(found)


def sweep(folder: Path, keep: Collection[int] = ()) -> None:
    """Remove what a run's folder holds of other replications than those to `keep`; raises CannotWrite."""
    kept = tuple(f"{_name(replication)}{end}" for replication in keep for end in ("-", "."))
    # marks go first: a cell that is half removed must not look complete
    for kind in (_DONE, ".parquet"):
        _remove(folder, [file for file in (folder / "events").glob(f"*{kind}") if not file.name.startswith(kept)])
    sweep_torn(folder)


def sweep_torn(folder: Path) -> None:
    """Remove what processes that are no more had begun to write into a run's folder; raises CannotWrite."""
    _remove(folder, (folder / "events").glob("*.tmp"))


def _remove(folder: Path, files: Iterable[Path]) -> None:
    try:
        for file in files:
            file.unlink(missing_ok=True)
    except OSError as error:
        raise CannotWrite(f"{folder}: cannot be written ({error.strerror}); choose another with --out") from error


def _name(replication: int) -> str:
    return f"replication-{replication:05d}"
