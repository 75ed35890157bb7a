"""Before against after, measured: what got worse, better or stayed the same within a margin, and what cannot be told.

Every metric's interval holds together with all others: a family of m is judged at 0.05 / m a side (Bonferroni), so that
two sides of the same thing call anything worse at most 5 times in a hundred, however many steps a journey has.

Runs of the same thing differ: neighbours on the machine, caches, collections of garbage. Runs are therefore the unit of
evidence: pairs of runs taken in turn, whose drift cancels; or several runs a side, such as those of earlier nights.
Where there are too few runs to tell how much they differ, and nobody says so by a `Drift`, nothing is called: one run a
side cannot tell a machine's drift from a change.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from reports.quantiles import t_quantile
from reports.regressions.drifts import DRIFTING, Kind, chance_of_no_drift
from reports.regressions.samples import Sampled
from reports.regressions.spreads import (
    FEWEST_DF,
    Basis,
    Difference,
    Drift,
    basis_of,
    difference,
    fewest_runs,
    pairs_to_find,
    value_of,
    within,
)

Call = Literal["worse", "better", "same", "inconclusive", "not measured"]
ALPHA = 0.05
POWER = 0.8
SOUGHT = 0.10
"""The slowdown for which it is told how many pairs of runs would show it."""


@dataclass(frozen=True, slots=True)
class Margins:
    """What is as good as no change: of a time, a ratio; of a share, a difference."""

    time_ratio: float = 0.05
    share: float = 0.01


@dataclass(frozen=True, slots=True)
class Changed:
    """One metric before and after.

    Parameters
    ----------
    key, title, better, n_before, n_after: see `Sampled`. is_time: whether values are seconds, or shares.
    before, after: the values. effect: after / before - 1 of a time, after - before of a share; `low` and `high`, the
        ends of its interval, which holds together with those of all other metrics.
    call: the verdict. visible: the smallest change for the worse that would have been called so 8 times in 10; NaN
        where nobody knows what runs differ by, and nothing is called.
    needed: how many runs a side would settle what is inconclusive: pairs, or runs after it where those before are
        many; None where it is settled, or no number is in sight.
    pairs: how many pairs of such runs would find a time slower by `SOUGHT` 8 times in 10; None where out of sight, or
        for shares.
    runs_before, runs_after: the value of each run, in the order given; NaN where it observed nothing of the kind.
    drift: how the runs drift, by what explains them best; where they do, `before` is what was to be expected after.
    """

    key: str
    title: str
    better: int
    is_time: bool
    n_before: int
    n_after: int
    before: float
    after: float
    effect: float
    low: float
    high: float
    call: Call
    visible: float
    needed: int | None = None
    pairs: int | None = None
    runs_before: tuple[float, ...] = ()
    runs_after: tuple[float, ...] = ()
    drift: Kind = "still"


@dataclass(frozen=True, slots=True)
class Regression:
    """All metrics of two sides; `unit` says what the intervals rest on, `warnings` what they do not cover.

    `drift` is what runs differ by, as told; None where the runs tell it themselves, or nobody does. `no_drift` is how
    probable such an order of the runs before is if they do not drift; 1 where it tells nothing.
    """

    changes: tuple[Changed, ...]
    margins: Margins
    runs: tuple[int, int]
    unit: Basis
    drift: Drift | None
    warnings: tuple[str, ...]
    no_drift: float = 1.0

    @property
    def drifts(self) -> bool:
        """Whether the runs before are shown to drift."""
        return self.no_drift <= DRIFTING

    def blind_to(self, slowdown: float) -> tuple[Changed, ...]:
        """Return the steps' times of which such a slowdown would not have been found: of each step, the best seen."""
        steps: dict[str, list[Changed]] = {}
        for change in self.changes:
            if change.is_time:
                steps.setdefault(change.key.partition("(")[2], []).append(change)
        best = [min(own, key=lambda change: math.inf if math.isnan(change.visible) else change.visible)
                for own in steps.values()]  # fmt: skip
        return tuple(change for change in best if not change.visible <= slowdown)

    def called(self, call: Call) -> tuple[Changed, ...]:
        """Return the metrics with that verdict."""
        return tuple(change for change in self.changes if change.call == call)


def compared(
    before: Sequence[Sampled],
    after: Sequence[Sampled],
    margins: Margins | None = None,
    *,
    paired: bool = False,
    drift: Drift | None = None,
    order: Sequence[int] = (),
) -> Regression:
    """Compare two sides, metric by metric; those that one side alone has are named in a warning.

    `paired`: the first run before and the first run after were taken one after the other, and so on, in turn. `order`:
    when runs were made: of those before, then of those after, the place of each among all; first those before, as
    given, unless told.
    """
    margins = margins or Margins()
    first, second = {one.key: one for one in before}, {one.key: one for one in after}
    both = [key for key in first if key in second and first[key].n + second[key].n]
    runs = tuple(max((len(one.runs) for one in side), default=0) for side in (before, after))
    unit = basis_of(runs[0], runs[1], paired)
    found = {key: difference(first[key], second[key], unit, drift, order) for key in both}
    family = max(1, sum(1 for one in found.values() if one is not None and math.isfinite(one.error)))
    judge = Judge(ALPHA / family, margins, unit, known=unit != "customers" or drift is not None)
    changes = tuple(judge.changed(first[key], second[key], found[key]) for key in both)
    told = drift if unit == "customers" else None
    still = _no_drift(before, order[: runs[0]]) if unit == "runs" else 1.0
    return Regression(changes, margins, (runs[0], runs[1]), unit, told, tuple(_warnings(first, second)), still)


def _no_drift(before: Sequence[Sampled], order: Sequence[int]) -> float:
    """Return how probable the order of the runs before is if they do not drift, by the times that all of them have."""
    times = [one for one in before if one.q is not None and one.runs and all(map(len, one.runs))]
    if not times:
        return 1.0
    values = np.array([[value_of(run, one.q) for run in one.runs] for one in times]).T
    return chance_of_no_drift(values[np.argsort(order, kind="stable")] if order else values)


def _warnings(first: Mapping[str, Sampled], second: Mapping[str, Sampled]) -> Iterator[str]:
    for one, other, side in ((first, second, "before"), (second, first, "after")):
        if only := [key for key in one if key not in other]:
            yield f"measured only {side}: {', '.join(only)}"


@dataclass(frozen=True, slots=True)
class Judge:
    """Gives every metric of a family its verdict.

    Parameters: `alpha`, of each side of an interval; `margins`; `unit`, what intervals rest on; `known`, whether they
    cover what runs differ by.
    """

    alpha: float
    margins: Margins
    unit: Basis
    known: bool

    def changed(self, first: Sampled, second: Sampled, found: Difference | None) -> Changed:
        """Return a metric before and after, with its verdict."""
        is_time = first.q is not None
        about = (first.key, first.title, first.better, is_time, first.n, second.n)
        if found is None or not math.isfinite(found.error):
            values = (_all(first), _all(second)) if found is None else (found.before, found.after)
            unknown: Call = "not measured" if found is None else "inconclusive"
            one, other = (_shown(value, is_time) for value in values)
            return Changed(
                *about, one, other, math.nan, math.nan, math.nan, unknown, math.nan, runs_before=_each(first),
                runs_after=_each(second),
            )  # fmt: skip
        low, high = found.ends(self.alpha)
        margin = math.log1p(self.margins.time_ratio) if is_time else self.margins.share
        call = _call(found.value, low, high, margin, first.better) if self.known else "inconclusive"
        visible = found.visible(self.alpha, POWER) if self.known else math.nan
        # a ratio less one of times, a difference of shares
        ends = [math.expm1(value) if is_time else value for value in (found.value, low, high, visible)]
        return Changed(
            *about, _shown(found.before, is_time), _shown(found.after, is_time), ends[0], ends[1], ends[2], call,
            ends[3], needed=self._needed(found, first, second, margin) if call == "inconclusive" else None,
            pairs=pairs_to_find(found.one, math.log1p(SOUGHT), self.alpha, POWER) if is_time else None,
            runs_before=_each(first), runs_after=_each(second), drift=found.drift,
        )  # fmt: skip

    def _needed(self, found: Difference, first: Sampled, second: Sampled, margin: float) -> int | None:
        """Return how many runs a side settle it if value and spread stay: the interval clears nothing, or the margin.

        Where runs before are many, runs after it alone may do; of runs too few to tell their drift, pairs are told.
        None where runs drift: more of them drift further.
        """
        aim = max(abs(found.value), margin - abs(found.value))
        if aim <= 0 or not math.isfinite(found.one) or found.drift != "still":
            return None
        before, after = len(first.runs), len(second.runs)

        wider = max([found.error, *(error for _, error in found.others)]) / found.error if found.error else 1.0
        fewest = {"runs": after, "pairs": before, "customers": FEWEST_DF}[self.unit] + 1

        def reach(n: int) -> float:
            if self.unit == "runs":
                ahead = max(before, n)
                error, df = wider * found.one / math.sqrt(2) * math.sqrt(1 / ahead + 1 / n), ahead + n - 2
            else:
                error, df = found.one / math.sqrt(n), n - 1
            return t_quantile(1 - self.alpha, df) * error

        return fewest_runs(max(2, fewest), lambda n: reach(n) < aim)


def _call(value: float, low: float, high: float, margin: float, better: int) -> Call:
    if -margin <= low and high <= margin:
        return "same"
    if low > 0 or high < 0:
        return "better" if (value > 0) == (better > 0) else "worse"
    return "inconclusive"


def _all(one: Sampled) -> float:
    found = within([run for run in one.runs if len(run)], one.q)
    return math.nan if found is None else found.value


def _each(one: Sampled) -> tuple[float, ...]:
    """Return the value of each run as it is shown."""
    return tuple(_shown(value_of(run, one.q), one.q is not None) if len(run) else math.nan for run in one.runs)


def _shown(value: float, is_time: bool) -> float:
    return math.exp(value) if is_time else min(1.0, max(0.0, value))
