"""Tell a tiny journey as a story: customers arrive at whole seconds, laws are constant, and the log is exact.

A line of the log reads ``0 serve#0 0/5/15 @1 served > completed [detail]``: customer, step and visit, when ready, begun
and ended (``-`` for never), the server, the outcome, where to. Arrivals are left out, and exits are short. Both engines
tell each story, row for row the same, where there is a compiled one.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from journeys import Constant, Distribution, Journey, Schedule, Segment, Station, Step, seconds
from journeys.checks import check
from journeys.columns import Columns
from journeys.eventlog import ARRIVAL, EXIT, Row
from journeys.population import Population
from simulators import compiled
from simulators.simpy_engine import replicate


def s(number: float) -> Distribution:
    return Constant(seconds(number))


def serve(name: str = "serve", **parts: Any) -> Step:
    """Return a step behind the counter of `desk`, of ten seconds unless told otherwise."""
    return Step(**{"name": name, "lane": "backstage", "station": "desk", "service": s(10), **parts})


def desk(**parts: Any) -> Station:
    return Station(**{"name": "desk", **parts})


def form(name: str = "form", **parts: Any) -> Step:
    """Return a step in which the customer acts, without a station."""
    return Step(**{"name": name, "lane": "customer", **parts})


def journey(at: Sequence[float], *steps: Step, **parts: Any) -> Journey:
    parts.setdefault("stations", (desk(),))
    return check(Journey(name="story", arrivals=Schedule.from_seconds(at), steps=steps, **parts))


def told(at: Sequence[float], *steps: Step, until_s: float | None = None, who: str = "", **parts: Any) -> list[str]:
    """Return the log of customers who arrive `at` these seconds; `who` gives their segments, one letter each."""
    own = {name[0]: differs for name, differs in parts.pop("differs", {}).items()}
    if who:
        names = sorted(set(who) | own.keys())
        shares = [1 / len(names)] * len(names)
        parts["segments"] = tuple(
            Segment(name, share, own.get(name, {})) for name, share in zip(names, shares, strict=True)
        )
    made = journey(at, *steps, **parts)
    rows = replicate(made, _seed(made, who), 0, len(at), until_s=until_s)
    if not compiled.missing() and not compiled.unsupported(made):
        parts: list[Columns] = []
        compiled.replicate(made, _seed(made, who), 0, len(at), until_s=until_s, take=parts.append)
        assert list(map(repr, rows)) == [repr(row) for part in parts for row in part.rows()]
    return [line(row) for row in rows if row.step != ARRIVAL]


def line(row: Row) -> str:
    detail = f" [{row.detail}]" if row.detail else ""
    if row.step == EXIT:
        return f"{row.customer} exit {row.end_s:g} {row.outcome}{detail}"
    times = "/".join("-" if time != time else f"{time:g}" for time in (row.ready_s, row.start_s, row.end_s))
    server = "" if row.server < 0 else f" @{row.server}"
    to = f" > {row.to}" if row.to else ""
    return f"{row.customer} {row.step}#{row.visit} {times}{server} {row.outcome}{to}{detail}"


def _seed(made: Journey, who: str) -> int:
    """Return a seed whose first customers are of these segments."""
    for seed in itertools.count(1):
        population = Population(made, seed, 0)
        if all(made.segments[population.segment(number)].name == name for number, name in enumerate(who)):
            return seed
    raise AssertionError
