"""A measured run and a simulated one, laid side by side: funnel, calls, waits and sojourns, each judged by a margin."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.durations import Duration
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.eventlog import Run
from reports.validation.equivalence import Equivalence, Margin, Verdict, equivalence, overall
from reports.validation.numbers import Number, Shown, Side, everything, numbers_of, shown, side_of
from reports.wording import Unit

Floats = NDArray[np.float64]
LEAST_S = 0.010
"""Times closer than this, on the clock of the run, are not told apart: a network's and a process's own restlessness."""
MARGINS = {
    "share": Margin(absolute=0.02), "calls": Margin(relative=0.10, absolute=1.0), "mean": Margin(relative=0.05),
    "p50": Margin(relative=0.05), "p95": Margin(relative=0.10), "p90": Margin(relative=0.10),
}  # fmt: skip
"""Margins where none are told, by kind of number: shares of customers in the share itself, calls per 100."""


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """One number of both runs: its name as `--margin` calls it, its group, and the verdict."""

    name: str
    title: str
    group: str
    unit: Unit
    found: Equivalence


@dataclass(frozen=True, slots=True, eq=False)
class Distributions:
    """The durations of one step in both runs, in seconds of the journey's clock: for a picture."""

    step: str
    title: str
    of: str
    measured: Floats
    simulated: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Validation:
    """A model held against a measurement; `paired` where both have the same customers."""

    measured: str
    simulated: str
    started: str
    paired: bool
    judged: tuple[Judged, ...]
    distributions: tuple[Distributions, ...]

    @property
    def verdict(self) -> Verdict:
        """The verdict on the model as a whole."""
        return overall([one.found for one in self.judged])


def read_margins(texts: Sequence[str], journey: Journey) -> dict[str, Margin]:
    """Return margins by name: ``p95(submit)=10%``, ``mean wait(submit)=50 ms``, ``completion=2 pp``, ``p95=15%``.

    A name is that of a number, or of a kind of them: share, calls, mean, p50, p90, p95. Raises InvalidInput with all
    that cannot be read.
    """
    units = {number.name: number.unit for number in numbers_of(journey, everything(journey))}
    units |= {name: "share" if name == "share" else "per_100" if name == "calls" else "s" for name in MARGINS}
    found, wrong = dict[str, Margin](), list[Problem]()
    for text in texts:
        name, _, limit = (part.strip() for part in text.rpartition("="))
        if name not in units:
            wrong.append(Problem("--margin", f"there is no {name!r}", "", did_you_mean(name, list(units))))
            continue
        try:
            found[name] = _margin(units[name], limit)
        except ValueError:
            allowed = {"share": "2 pp, or 5% of the measured one", "s": "10%, or 50 ms"}.get(units[name], "10%, or 2")
            wrong.append(Problem("--margin", f"is no margin of {name}", text, allowed))
    if wrong:
        raise InvalidInput(wrong)
    return found


def _margin(unit: Unit, limit: str) -> Margin:
    if limit.endswith("%"):
        value = Margin(relative=float(limit[:-1]) / 100)
    elif unit == "share":
        value = Margin(absolute=float(limit.removesuffix("pp")) / 100)
    else:
        value = Margin(absolute=Duration.parse(limit).s if unit == "s" else float(limit))
    if not 0 < value.relative + value.absolute < math.inf:
        raise ValueError("must be above zero")
    return value


def validate(
    journey: Journey, measured: Run, simulated: Run, margins: Mapping[str, Margin] | None = None
) -> Validation:
    """Lay a measured run and a simulation side by side.

    Parameters: `margins`, by name (see `read_margins`), before those of MARGINS.

    Raises CannotRead where a log is broken, InvalidInput for runs of different journeys.
    """
    one, other = measured.manifest, simulated.manifest
    if one.journey != other.journey:
        raise InvalidInput([Problem(str(simulated.folder), "is a run of another journey", other.journey, one.journey)])
    here, there = side_of(journey, measured), side_of(journey, simulated)
    seen = shown(journey, measured)
    paired = (
        one.seed == other.seed and here.replications == there.replications == 1
        and np.array_equal(here.customers, there.customers)
    )  # fmt: skip
    judged = []
    for number in numbers_of(journey, seen):
        margin = margin_of(number, margins or {}, one.speed if number.human else 1.0)
        found = equivalence(number.of(here), number.of(there), margin, paired)
        if found.verdict != "not measured" and (found.measured or found.simulated):
            judged.append(Judged(number.name, number.title, number.group, number.unit, found))
    return Validation(
        measured.folder.name, simulated.folder.name, one.started, paired, tuple(judged),
        tuple(_distributions(journey, seen, here, there)),
    )  # fmt: skip


def margin_of(number: Number, margins: Mapping[str, Margin], scale: float) -> Margin:
    """Return the margin of a number: the one told for it, or for its kind, or the default of its kind.

    Times closer than a run's clock tells apart are never held against a model, unless a margin says so.
    """
    for name in (number.name, number.kind):
        if name in margins:
            return margins[name]
    default = MARGINS[number.kind]
    return Margin(default.relative, LEAST_S * scale) if number.unit == "s" else default


def _distributions(journey: Journey, seen: Shown, here: Side, there: Side) -> Iterator[Distributions]:
    for step in journey.steps:
        if step.name not in seen.steps or not step.station:
            continue
        for of, words in (("wait", "waiting"), ("sojourn", "waiting and being served")):
            if of == "sojourn" or step.name in seen.begins:
                a, b = (side.times(step.name, of).values for side in (here, there))
                if len(a) >= 30 and len(b) >= 30:
                    yield Distributions(step.name, step.label, words, a, b)
