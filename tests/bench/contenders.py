"""Who is timed: programs that simulate the same model, each with what is different about it.

An engine of this project takes any journey: another one is one more line in `ENGINES`. Nothing is imported before it
runs, because each contender runs in a process of its own.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass

from journeys import Journey
from journeys.catalogue.loan_application import journey as loan_application
from simulators import compiled
from tests.bench import five_steps, kernel, one_queue

MODELS = {
    "M/M/3 at 0.9": one_queue.journey,
    "five steps": five_steps.journey,
    "loan application": loan_application,
}
YARDSTICK, LIMIT = "idiomatic SimPy", "best kernel by hand (C)"

Take = Callable[[Sized], object]
"""Takes a part of the log, as it leaves."""


def _here() -> str:
    return ""


def _needs(package: str) -> Callable[[], str]:
    found = importlib.util.find_spec(package) is not None
    return lambda: "" if found else f"{package} is not installed (it is in the extra 'bench')"


@dataclass(frozen=True, slots=True)
class Engine:
    """An engine of this project: its run of (journey, customers, seed), and why it cannot run here, if so."""

    run: Callable[[Journey, int, int, Take], object]
    missing: Callable[[], str] = _here


@dataclass(frozen=True, slots=True)
class Program:
    """A program for one model: where its function of (customers, seed) is, what it leaves out, why it cannot run."""

    function: str
    note: str = ""
    missing: Callable[[], str] = _here


def _simpy(journey: Journey, customers: int, seed: int, take: Take) -> None:
    from simulators.simpy_engine import replicate

    take(replicate(journey, seed, 0, customers))


def _compiled(journey: Journey, customers: int, seed: int, take: Take) -> None:
    from simulators.compiled import replicate

    replicate(journey, seed, 0, customers, take=take)


ENGINES = {
    "SimPy engine": Engine(_simpy),
    "compiled engine": Engine(_compiled, compiled.missing),
}

_CIW, _SALABIM = _needs("ciw"), _needs("salabim")
PROGRAMS = {
    "M/M/3 at 0.9": {
        YARDSTICK: Program("yardstick:one_queue"),
        "Ciw": Program("ciw_models:one_queue", "its own records", _CIW),
        "salabim": Program("salabim_models:one_queue", "", _SALABIM),
    },
    "five steps": {
        YARDSTICK: Program("yardstick:five_steps"),
        LIMIT: Program("kernel:five_steps", "draws of its own", kernel.missing),
        "Ciw": Program("ciw_models:five_steps", "no calls while waiting; its own records", _CIW),
        "salabim": Program("salabim_models:five_steps", "", _SALABIM),
    },
    "loan application": {
        YARDSTICK: Program("loan_yardstick:loan_application"),
    },
}


def entrants(model: str) -> dict[str, Engine | Program]:
    """Return who simulates a model, the yardstick first."""
    first, *others = PROGRAMS[model].items()
    return dict([first, *ENGINES.items(), *others])


def whole_log(model: str, name: str, customers: int, seed: int) -> Sequence[Sized]:
    """Simulate, and return the whole log, in parts."""
    found = entrants(model)[name]
    if isinstance(found, Engine):
        parts: list[Sized] = []
        found.run(MODELS[model], customers, seed, parts.append)
        return parts
    module, _, function = found.function.partition(":")
    return [getattr(importlib.import_module(f"tests.bench.{module}"), function)(customers, seed)]


def counted_log(engine: str, model: str, customers: int, seed: int) -> Sequence[Sized]:
    """Simulate, count the rows of each part as it leaves, and forget them."""
    rows = 0

    def take(part: Sized) -> None:
        nonlocal rows
        rows += len(part)

    ENGINES[engine].run(MODELS[model], customers, seed, take)
    return [range(rows)]
