"""The compiled engine: one replication, played by the kernel from a journey's tables."""

from __future__ import annotations

import contextlib
import ctypes
import functools
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from journeys.arrivals import Arrivals
from journeys.blueprint import LANES, Journey
from journeys.calendars import FOLLOW_UP
from journeys.columns import Coded, Columns
from journeys.population import Population
from simulators.compiled.building import load
from simulators.compiled.layout import OUTCOMES, PARTS, dtype
from simulators.compiled.streams import Law
from simulators.compiled.tables import Tables, tables

PART_ROWS = 1 << 17
"""Rows that leave the kernel together."""
CHUNK = 512
_INVERT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int32, ctypes.c_int64, ctypes.c_void_p)
_FACT_IS = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int32, ctypes.c_int64)
_FLUSH = _TICK = ctypes.CFUNCTYPE(ctypes.c_int)
STOP, GO_ON = 0, 1
"""What callbacks answer; an error that escapes one answers STOP, too. `fact_is` answers GO_ON + 1 for yes."""


def replicate(
    journey: Journey,
    seed: int,
    replication: int,
    customers: int,
    arrivals: Arrivals | None = None,
    until_s: float | None = None,
    speed: float = 1.0,
    *,
    take: Callable[[Columns], None],
    kernel: ctypes.CDLL | None = None,
) -> None:
    """Simulate one replication; `take` is given its rows in parts, in the order in which they were written.

    The parameters are those of the SimPy engine's `replicate`, and so are the rows. `kernel` is the one that plays it,
    by default the one kept for this machine. Raises KernelMissing where that cannot be built.
    """
    population = Population(journey, seed, replication)
    times = np.ascontiguousarray(population.arrivals_s(customers, arrivals))
    ends_at = (float(times[-1]) + FOLLOW_UP.s / speed if until_s is None else until_s) if len(times) else 0.0
    found = _prepared(_Itself(journey))
    one = _Replication(journey, population, found, times, ends_at, speed, take, follows=arrivals is None)
    one.run(kernel or load())


class _Itself:
    """A journey as this very value, and no other one that is equal to it."""

    __slots__ = ("journey",)

    def __init__(self, journey: Journey) -> None:
        self.journey = journey

    def __hash__(self) -> int:
        return id(self.journey)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.journey is self.journey


class _Prepared(NamedTuple):
    """A journey's tables, and the kernel's input as far as it is the same in each of its replications."""

    tables: Tables
    input: NDArray[Any]


@functools.lru_cache(maxsize=32)  # the next replication asks for the same
def _prepared(itself: _Itself) -> _Prepared:
    found, given = tables(itself.journey), np.zeros(1, dtype=dtype("Tables"))
    for name, array in found.arrays.items():
        given[name] = array.ctypes.data
    for name, number in found.numbers.items():
        given[name] = number
    return _Prepared(found, given)


class _Replication:
    """One call of the kernel, with all that it needs while it runs."""

    def __init__(
        self,
        journey: Journey,
        population: Population,
        prepared: _Prepared,
        times: NDArray[np.float64],
        ends_at_s: float,
        speed: float,
        take: Callable[[Columns], None],
        follows: bool,
    ) -> None:
        found = prepared.tables
        self._population, self._tables, self._take = population, found, take
        self._is_plain = found.plain and speed == 1.0
        self._error: BaseException | None = None
        self._segments = tuple(segment.name for segment in journey.segments)
        self._stations = ("", *(station.name for station in journey.stations))
        self._to = ("", *found.places)
        self._details: list[str] = [""]
        self._laws = [_Inverse(law, population) for law in found.laws]
        # about as many as there will be, so that few pages of memory are cleared for nothing
        self._room = min(PART_ROWS, max(64, len(found.steps) * len(times) + 1))
        # these are kept alive here as long as the kernel uses them
        self._times = times
        self._calls = {"invert": _INVERT(self._invert), "fact_is": _FACT_IS(self._fact_is),
                       "flush": _FLUSH(self._flush), "tick": _TICK(lambda: GO_ON)}  # fmt: skip
        self._input = prepared.input.copy()
        self._input["arrivals_s"] = times.ctypes.data
        for name, call in self._calls.items():
            self._input[name] = ctypes.cast(call, ctypes.c_void_p).value
        single = {"seed": population.seed, "replication": population.replication, "n_arrivals": len(times),
                  "ends_at_s": ends_at_s, "speed": speed}  # fmt: skip
        if not follows:
            single["n_places"] = 1  # but for loyalty, each journey is a first one
        for name, value in single.items():
            self._input[name] = value
        self._output = np.zeros(1, dtype=dtype("Output"))
        self._output["room"] = self._room
        self._columns = self._fresh_columns()

    def run(self, kernel: ctypes.CDLL) -> None:
        """Let the kernel run to its end; raises what a callback raised."""
        simulate = kernel.simulate_plain if self._is_plain else kernel.simulate_any
        with self._keeping_errors():
            simulate(self._input.ctypes.data, self._output.ctypes.data)
        self._calls.clear()  # they hold us, and with us the columns
        if self._error is not None:
            raise self._error

    @contextlib.contextmanager
    def _keeping_errors(self) -> Iterator[None]:
        """Keep what a callback raises, Ctrl-C above all, which would be printed and forgotten; the kernel stops at it.

        Signals come to the main thread, and any other's errors to where they always go.
        """
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = sys.unraisablehook

        def keep(told: sys.UnraisableHookArgs) -> None:
            if told.exc_value is None or self._error is not None:
                before(told)
            else:
                self._error = told.exc_value

        sys.unraisablehook = keep
        try:
            yield
        finally:
            sys.unraisablehook = before

    def _guarded(self, work: Callable[[], int]) -> int:
        try:
            return work()
        except BaseException as error:  # noqa: BLE001 - it is raised again when the kernel has returned
            self._error = error
            return STOP

    def _invert(self, stream: int, first: int, at: int) -> int:
        return self._guarded(lambda: self._laws[stream](first, _doubles(at, CHUNK)))

    def _fact_is(self, condition: int, customer: int) -> int:
        wanted = self._tables.conditions[condition]

        def holds() -> int:
            return GO_ON + (self._population.value_of(wanted.fact, customer) in wanted.values)

        return self._guarded(holds)

    def _flush(self) -> int:
        def hand_over() -> int:
            self._take(self._rows(int(self._output["n_rows"][0])))
            return GO_ON

        return self._guarded(hand_over)

    def _fresh_columns(self) -> dict[str, NDArray[Any]]:
        """Return empty columns, which the kernel fills from now on."""
        columns = _columns(self._room)
        for name, array in columns.items():
            self._output[name] = array.ctypes.data
        return columns

    def _rows(self, n: int) -> Columns:
        columns = {name: values[:n] for name, values in self._columns.items()}
        if n == self._room:  # else these were the last
            self._columns = self._fresh_columns()
        self._decode_details()

        def coded(name: str, texts: Sequence[str]) -> Coded:
            return Coded(columns[name], tuple(texts))

        return Columns(
            customer=columns["customer"],
            segment=coded("segment", self._segments),
            step=coded("step", self._tables.steps),
            visit=columns["visit"],
            lane=coded("lane", LANES),
            station=coded("station", self._stations),
            server=columns["server"],
            intended_s=columns["intended_s"],
            ready_s=columns["ready_s"],
            start_s=columns["start_s"],
            end_s=columns["end_s"],
            outcome=coded("outcome", OUTCOMES),
            to=coded("to", self._to),
            detail=_distinct(columns["detail"], self._details),
        )

    def _decode_details(self) -> None:
        known, count = len(self._details), int(self._output["n_details"][0])
        if count <= known:
            return
        nodes = dtype("Detail")
        raw = (ctypes.c_char * (count * nodes.itemsize)).from_address(int(self._output["details"][0]))
        for parent, kind, arg in np.frombuffer(memoryview(raw), dtype=nodes)[known:].tolist():
            name, between = PARTS[kind], ", " if PARTS[kind] == "item" else "; "
            if name in ("text", "item"):
                part = self._tables.texts[arg]
            elif name == "attempt":
                part = f"attempt {arg}"
            else:
                part = ("re-asked: " if name == "reasked" else "") + self._details[arg]
            before = self._details[parent]
            self._details.append(f"{before}{between}{part}" if before else part)


def _distinct(codes: NDArray[np.int32], texts: Sequence[str]) -> Coded:
    """Return a column whose texts are distinct, of codes into some that may not be: a list of one reads as its item."""
    places = {text: place for place, text in enumerate(dict.fromkeys(texts))}
    if len(places) == len(texts):
        return Coded(codes, tuple(texts))
    return Coded(np.array([places[text] for text in texts], dtype=np.int32)[codes], tuple(places))


_WHOLE = ("segment", "step", "visit", "lane", "station", "server", "outcome", "to", "detail")
_TIMES = ("intended_s", "ready_s", "start_s", "end_s")
_APART = 320
"""Bytes: a whole number of a cache's lines, and at least one line more than what its rounding down takes away."""


class _Inverse:
    """Turns the uniforms of one stream into draws, in place."""

    def __init__(self, law: Law, population: Population) -> None:
        self._laws, self._population = law.laws, population
        self._alike = len(set(law.laws)) == 1

    def __call__(self, first: int, values: NDArray[np.float64]) -> int:
        if self._alike:
            values[:] = self._laws[0].quantile_s(values)
            return GO_ON
        segments = self._population.segments_of(first, len(values))
        for number, law in enumerate(self._laws):
            own = segments == number
            values[own] = law.quantile_s(values[own])
        return GO_ON


def _doubles(at: int, count: int) -> NDArray[np.float64]:
    return np.frombuffer(memoryview((ctypes.c_double * count).from_address(at)), dtype=np.float64)


_MOST_SPARE = 2
_SPARE: list[NDArray[np.uint8]] = []
"""Blocks of columns made last; whoever still holds a column holds its block."""
_LOCK = threading.Lock()
_HELD_BY_US = 3
"""References to a block that nobody else holds: the list's, the loop's, and the one for counting them."""


def _block(size: int) -> NDArray[np.uint8]:
    """Return memory for columns, if possible that of a block which nobody holds any more: new pages must be cleared."""
    with _LOCK:
        for block in _SPARE:
            if len(block) == size and sys.getrefcount(block) == _HELD_BY_US:
                return block
        _SPARE.append(np.empty(size, dtype=np.uint8))
        del _SPARE[:-_MOST_SPARE]
        return _SPARE[-1]


def _columns(rows: int) -> dict[str, NDArray[Any]]:
    """Return empty columns, all in one block: the system gives a large one in large pages.

    Columns are apart from each other by a little more than their length, because addresses that are alike in their
    lower bits share the few places of a cache.
    """
    kinds = {"customer": np.int64, **dict.fromkeys(_WHOLE, np.int32), **dict.fromkeys(_TIMES, np.float64)}
    ends = np.cumsum([rows * np.dtype(kind).itemsize // 64 * 64 + _APART for kind in kinds.values()]).tolist()
    block = _block(ends[-1])
    return {
        name: np.ndarray(rows, kind, block, begin)
        for (name, kind), begin in zip(kinds.items(), [0, *ends], strict=False)
    }
