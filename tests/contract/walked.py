"""One run of one engine on one bundled journey: its log, what the back end was told, and the processes it used."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from journeys.blueprint import Journey
from journeys.browser.engine import browse
from journeys.browser.finding import Browser, BrowserMissing, find
from journeys.durations import per_second
from journeys.eventlog import Row, Run
from journeys.loading import load as load_journey
from journeys.population import Population
from load import load
from simulators.backend.process import BackendProcess
from simulators.simulation import Settings, simulate

SEED = 3
CUSTOMERS = range(60)
BROWSED = range(14, 20)
# Human seconds a second, and how long customers are followed after the last arrival, in real seconds. The faster, the
# more human time passes in a page's own milliseconds: at 25,000 the five forms of a loan, 40 to 90 ms each, are two
# hours. Who comes near the end of the office's day is then told tomorrow, and may phone in vain, or lose patience.
LOADED = {
    "first-journey": (5_000.0, 12.0),
    "loan-application": (25_000.0, 16.0),
    "golf-clubs-checkout": (8_000.0, 8.0),
    "stay-booking": (2_000.0, 10.0),
    "appointment": (40_000.0, 20.0),
    "card-support-call": (2_000.0, 8.0),
    "order-to-cash": (25_000.0, 16.0),
    "bank-transfer": (40_000.0, 12.0),
    "ride-hailing": (600.0, 10.0),
}
LOOKED_AT = {
    "first-journey": (5_000.0, 12.0),
    "loan-application": (40_000.0, 7.0),
    "golf-clubs-checkout": (2_000.0, 8.0),
    "stay-booking": (4_000.0, 6.0),
    "appointment": (40_000.0, 12.0),
    "card-support-call": (600.0, 8.0),
    "order-to-cash": (40_000.0, 8.0),
    "bank-transfer": (40_000.0, 9.0),
    "ride-hailing": (600.0, 10.0),
}


@dataclass(frozen=True, slots=True)
class Walked:
    """A run. `told` are the facts by customer, as the back end stored them; `used` the processes seen meanwhile."""

    journey: Journey
    name: str
    customers: range
    speed: float
    run: Run
    rows: tuple[Row, ...]
    told: dict[int, dict[str, str]]
    used: frozenset[psutil.Process]


def walked(engine: str, name: str, folder: Path) -> Walked:
    """Return a run of an engine ("simpy", "browser", "load") on a bundled journey."""
    journey = load_journey(name)
    if engine == "simpy":
        simulate(journey, folder / "run", Settings(SEED, 1, len(CUSTOMERS), jobs=1, engine="simpy"))
        return _read(journey, name, CUSTOMERS, 1.0, folder, frozenset())
    seen: set[psutil.Process] = set()
    before = set(psutil.Process().children(recursive=True))  # pools of simulations wait for more to do
    speed, follow_up_s = (LOADED if engine == "load" else LOOKED_AT)[name]
    chromium = chromium_or_skip() if engine == "browser" else None
    with BackendProcess(journey, seed=SEED, speed=speed, database=folder / "told.sqlite") as back_end:
        if chromium is None:
            load(
                journey, target=back_end.url, mocked=True, folder=folder / "run", seed=SEED, speed=speed,
                customers=len(CUSTOMERS), duration_s=_last_arrival_s(journey) / speed + 0.01, follow_up_s=follow_up_s,
                progress=_watching(seen, before),
            )  # fmt: skip
        else:
            browse(
                journey, target=back_end.url, mocked=True, folder=folder / "run", seed=SEED, customers=len(BROWSED),
                first_customer=BROWSED.start, contexts=len(BROWSED), speed=speed, rate=per_second(4),
                give_up_s=follow_up_s, browser=chromium, progress=_watching(seen, before),
            )  # fmt: skip
    return _read(journey, name, BROWSED if chromium else CUSTOMERS, speed, folder, frozenset(seen))


def chromium_or_skip() -> Browser:
    """Return the browser of this machine; the test is skipped where there is none."""
    try:
        return find()
    except BrowserMissing as missing:
        pytest.skip(str(missing).splitlines()[0])


def rows_of(run: Run) -> tuple[Row, ...]:
    """Return the rows of a run."""
    frame = run.frame()[list(Row._fields)]
    return tuple(Row(*values) for values in frame.itertuples(index=False, name=None))


def _last_arrival_s(journey: Journey) -> float:
    return float(Population(journey, SEED).arrivals_s(len(CUSTOMERS))[-1])


def _watching(seen: set[psutil.Process], before: set[psutil.Process]) -> Callable[..., None]:
    """Return what notes the processes that are there and were not before, each time it is called."""
    return lambda *_: seen.update(set(psutil.Process().children(recursive=True)) - before)


def _read(
    journey: Journey, name: str, customers: range, speed: float, folder: Path, used: frozenset[psutil.Process]
) -> Walked:
    run = Run.open(folder / "run")
    told: dict[int, dict[str, str]] = {}
    if (folder / "told.sqlite").exists():
        connection = sqlite3.connect(folder / "told.sqlite")
        try:
            found = connection.execute('SELECT customer, fact, value FROM told JOIN cases ON id = "case"').fetchall()
        finally:
            connection.close()
        for customer, fact, value in found:
            told.setdefault(customer, {})[fact] = value
    return Walked(journey, name, customers, speed, run, rows_of(run), told, used)
