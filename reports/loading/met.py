"""What customers met under load, step by step: how many tried, how slow an answer was, and what went wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from journeys.blueprint import Journey
from journeys.eventlog import ARRIVAL, EXIT, Run
from reports.statistics import sample_quantiles
from reports.wording import DASH, count, duration, number

if TYPE_CHECKING:
    from pandas import DataFrame

    from reports.loading.generation import Generation

QUANTILES = (0.5, 0.95, 0.99, 1.0)
KINDS = 8
"""The most kinds of errors that are named."""
ALL = "All steps"


@dataclass(frozen=True, slots=True)
class Met:
    """One step of the customers', as it was met under load.

    Parameters
    ----------
    tried: how often it was tried to an answer, or to none in time; `failed` of these. per_s: tries a second, over the
        time in which customers arrived. latency_s: by quantile (1 is the longest), from the planned start to the
        answer, of all that were tried, in seconds on the journey's clock.
    """

    step: str
    tried: int
    failed: int
    per_s: float
    latency_s: Mapping[float, float]


class Wrong(NamedTuple):
    """Errors of one kind at a step: how often, and when the first and the last of these was planned, s of the run."""

    step: str
    what: str
    times: int
    first_s: float
    last_s: float

    def said(self, journey: Journey) -> str:
        """Return what went wrong, where and when, in words."""
        between = "" if self.times == 1 else f" to {duration(self.last_s)}"
        at = label(journey, self.step)
        return f"{count(self.times, 'time')} {at}: {self.what} ({duration(self.first_s)}{between} into the run)"


@dataclass(frozen=True, slots=True)
class Experience:
    """A load run as its customers met it: by step, all steps together, and errors by kind, most frequent first.

    `together` is None where there is a single step, or none.
    """

    steps: tuple[Met, ...]
    errors: tuple[Wrong, ...]
    together: Met | None = None

    def rows(self, journey: Journey) -> list[tuple[str, list[str]]]:
        """Return (title, figures) of each step, and of all together where they are several."""
        found = [(label(journey, met.step), cells(met)) for met in self.steps]
        return found if self.together is None else [*found, (ALL, cells(self.together))]


def experience(run: Run) -> Experience:
    """Return what customers met; exact quantiles over the rows of all workers. Raises CannotRead for broken logs."""
    tried = (
        f"lane = 'customer' AND step NOT IN ('{ARRIVAL}', '{EXIT}') AND outcome IN ('served', 'failed', 'timed_out')"
    )
    rows = run.sql(
        "SELECT step, outcome, intended_s, end_s - intended_s AS latency_s FROM events "
        f"WHERE {tried} ORDER BY intended_s"
    )
    lasted_s = float(run.manifest.settings.get("duration_s") or math.nan)
    human = rows["step"].isin(list(run.manifest.human_steps)).to_numpy()
    rows["latency_s"] *= np.where(human, run.manifest.speed, 1.0)
    found = [_met(str(step), own, lasted_s) for step, own in rows.groupby("step", sort=False, observed=True)]
    wrong = run.sql(
        "SELECT step, regexp_replace(detail, '^attempt [0-9]+; ', '') AS what, count(*) AS n, "
        "min(intended_s) AS first_s, max(intended_s) AS last_s FROM events "
        f"WHERE {tried} AND outcome <> 'served' GROUP BY ALL ORDER BY n DESC, step, what LIMIT {KINDS}"
    )
    columns = (wrong["step"].astype(str), wrong["what"].astype(str), wrong["n"], wrong["first_s"], wrong["last_s"])
    errors = tuple(
        Wrong(step, what, int(n), float(first_s), float(last_s))
        for step, what, n, first_s, last_s in zip(*columns, strict=True)
    )
    return Experience(tuple(found), errors, _met("", rows, lasted_s) if len(found) > 1 else None)


def _met(step: str, rows: DataFrame, lasted_s: float) -> Met:
    """Return what rows with their latencies in seconds of the journey's clock come to."""
    latency_s = np.asarray(rows["latency_s"], dtype=np.float64)
    quantiles = dict(zip(QUANTILES, sample_quantiles(latency_s, QUANTILES), strict=True))
    within, failed = int((rows["intended_s"] <= lasted_s).sum()), int((rows["outcome"] != "served").sum())
    return Met(step, len(rows), failed, within / lasted_s, quantiles)


def label(journey: Journey, step: str) -> str:
    """Return what a step is called; as it is where the journey has none of that name."""
    return next((own.label for own in journey.steps if own.name == step), step)


def cells(met: Met) -> list[str]:
    """Return a step's figures in words: tried, a second, failed, and the quantiles."""
    failed = f"{met.failed:,} ({number(met.failed / met.tried, 'share')})" if met.failed else DASH
    return [f"{met.tried:,}", per_second(met.per_s), failed, *(duration(met.latency_s[q]) for q in QUANTILES)]


def per_second(rate: float) -> str:
    """Return a rate a second, without its unit; a dash where it is not known.

    >>> per_second(11.0), per_second(0.5333)
    ('11.0', '0.53')
    """
    if math.isnan(rate):
        return DASH
    return f"{rate:,.0f}" if rate >= 100 or rate == 0 else f"{rate:.1f}" if rate >= 1 else f"{rate:.2f}"


def lines(journey: Journey, made: Generation, found: Experience) -> Sequence[str]:
    """Return the end of a load run for a terminal: the load as it was made, the steps, and errors by kind."""
    lag = ", ".join(f"{name} {duration(made.lag_s[q])}" for name, q in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)))
    load = (
        f"Load: {made.made:,} of {count(made.planned, 'planned customer')} started ({made.plan}), "
        f"{per_second(made.requests_per_s)} requests a second; lag {lag}; busiest process "
        f"{number(made.busiest_ratio, 'share')} of a core"
    )
    held = [f"  {name}  {one.last_mb:.0f} MB, {one.words}" for name, one in made.memory.items()]
    if held:
        held.insert(0, "Memory at last, and how it grew after the first fifth of the run:")
    rows = [["From the planned start", "tried", "a second", "failed", "p50", "p95", "p99", "longest"]]
    rows += [[title, *figures] for title, figures in found.rows(journey)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    drawn = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return [load, *held, "", *drawn, *(wrong.said(journey) for wrong in found.errors)]


def values(found: Experience) -> dict[str, Any]:
    """Return the numbers for machines."""
    return {
        "steps": [
            {"step": met.step, "tried": met.tried, "failed": met.failed, "per_s": met.per_s,
             "latency_s": {"max" if q == 1.0 else f"p{100 * q:g}": value for q, value in met.latency_s.items()}}
            for met in found.steps
        ],
        "errors": [{"step": step, "what": what, "times": n} for step, what, n, *_ in found.errors],
    }  # fmt: skip
