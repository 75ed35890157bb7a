"""The practical limit: `kernel.c` compiled by the system's compiler, and its columns read as rows."""

from __future__ import annotations

import ctypes
import functools
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.eventlog import Row
from tests.bench import five_steps as five

ROWS_A_CUSTOMER, ROOM = 8, 10_000
# in the order of the codes in kernel.c
STEPS = ("arrival", "apply", "check", "review", "fix", "sign", "contact:question", "exit")
LANES = ("customer", "support", "backstage")
STATIONS = ("", "checks", "reviewers", "agents")
OUTCOMES = ("served", "reneged", "completed", "dropped")
TO = ("", "apply", "check", "review", "fix", "sign", "completed", "dropped")


class _Model(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_double) for name in
          ("gap", "apply", "check", "review", "fix", "sign", "patience", "question", "call", "rework")),
        *((name, ctypes.c_int32) for name in ("checks", "reviewers", "agents")),
    )  # fmt: skip


class _Log(ctypes.Structure):
    _fields_ = (
        *((name, ctypes.c_int64) for name in ("room", "rows")),
        *((field, ctypes.c_void_p) for field in
          ("customer", "visit", "server", "intended", "ready", "start", "end",
           "segment", "step", "lane", "station", "outcome", "to", "detail")),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Log:
    """Rows by column: numbers, and codes of the texts, each of shape (n_rows,)."""

    customer: NDArray[np.int32]
    visit: NDArray[np.int32]
    server: NDArray[np.int32]
    intended: NDArray[np.float64]
    ready: NDArray[np.float64]
    start: NDArray[np.float64]
    end: NDArray[np.float64]
    segment: NDArray[np.int8]
    step: NDArray[np.int8]
    lane: NDArray[np.int8]
    station: NDArray[np.int8]
    outcome: NDArray[np.int8]
    to: NDArray[np.int8]
    detail: NDArray[np.int8]

    def __len__(self) -> int:
        return len(self.customer)

    def rows(self) -> list[Row]:
        columns = [getattr(self, field.name).tolist() for field in fields(self)]
        return [
            Row(customer, "everyone", STEPS[step], visit, LANES[lane], STATIONS[station], server, intended, ready,
                start, end, OUTCOMES[outcome], TO[to], "")
            for customer, visit, server, intended, ready, start, end, _, step, lane, station, outcome, to, _
            in zip(*columns, strict=True)
        ]  # fmt: skip


def missing() -> str:
    """Return why the kernel cannot run here, or nothing."""
    return "" if shutil.which(os.environ.get("CC", "cc")) else "no C compiler here (cc, or the one that CC names)"


@functools.cache
def _library() -> ctypes.CDLL:
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "kernel.so"
        source = Path(__file__).with_name("kernel.c")
        flags = ("-std=gnu11", "-O3", "-march=native", "-shared", "-fPIC")
        subprocess.run(
            [os.environ.get("CC", "cc"), *flags, "-o", library, source, "-lm"], check=True, timeout=60
        )  # fmt: skip
        return ctypes.CDLL(str(library))


def five_steps(customers: int, seed: int) -> Log:
    """Return the rows of the loan application of five steps."""
    room = customers * ROWS_A_CUSTOMER + ROOM
    kinds = 3 * ["int32"] + 4 * ["float64"] + 7 * ["int8"]
    columns: dict[str, NDArray[Any]] = {
        field.name: np.empty(room, kind) for field, kind in zip(fields(Log), kinds, strict=True)
    }
    log = _Log(room=room, **{name: column.ctypes.data for name, column in columns.items()})
    model = _Model(
        gap=five.GAP_S, apply=five.APPLY_S, check=five.CHECK_S, review=five.REVIEW_S, fix=five.FIX_S,
        sign=five.SIGN_S, patience=five.PATIENCE_S, question=five.QUESTION_S, call=five.CALL_S, rework=five.REWORK,
        checks=five.CHECKS, reviewers=five.REVIEWERS, agents=five.AGENTS,
    )  # fmt: skip
    lost = _library().five_steps(
        ctypes.byref(model), ctypes.c_int32(customers), ctypes.c_uint64(seed), ctypes.byref(log)
    )
    if lost or log.rows > room:
        raise OverflowError(f"room for {room} rows, {log.rows} needed; or too many customers on the way at once")
    return Log(**{name: column[: log.rows] for name, column in columns.items()})
