"""Before against after, measured: what got worse, better or stayed the same within a margin, and what cannot be told.

Every metric's interval holds together with all others: a family of m is judged at 0.05 / m a side (Bonferroni), so that
two runs of the same thing call anything worse at most 5 times in a hundred, however many steps a journey has.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from journeys.blueprint import Journey
from journeys.eventlog import CONTACT, EXIT
from reports.dependence import batched
from reports.quantiles import t_quantile
from reports.statistics import Floats

if TYPE_CHECKING:
    import pandas as pd

Call = Literal["worse", "better", "same", "inconclusive", "not measured"]
ALPHA = 0.05
POWER = 0.8
FEWEST_RUNS = 3  # a side, for the spread between runs to be the evidence
QUANTILES = {"p50": 0.5, "p95": 0.95}
_WRONG = ("failed", "timed_out", "rejected")


@dataclass(frozen=True, slots=True)
class Margins:
    """What is as good as no change: of a time, a ratio; of a share, a difference."""

    time_ratio: float = 0.05
    share: float = 0.01


@dataclass(frozen=True, slots=True)
class Sampled:
    """One metric in the runs of one side.

    Parameters
    ----------
    key: such as ``p95(submit)``. title: as a person reads it. better: 1 where more is better, else -1.
    q: which quantile of durations; None for the share of ones in zeros and ones.
    runs: what was observed, in the order in which customers arrived, an array of shape (n,) for each run.
    """

    key: str
    title: str
    better: int
    q: float | None
    runs: tuple[Floats, ...]

    @property
    def n(self) -> int:
        """How many were observed."""
        return sum(map(len, self.runs))


@dataclass(frozen=True, slots=True)
class Spread:
    """A value with its standard error and the degrees of freedom that it is known with; of a time, its logarithm."""

    value: float
    error: float
    df: float


@dataclass(frozen=True, slots=True)
class Changed:
    """One metric before and after.

    Parameters
    ----------
    key, title, better, n_before, n_after: see `Sampled`. is_time: whether values are seconds, or shares.
    before, after: the values. effect: after / before - 1 of a time, after - before of a share; `low` and `high`, the
        ends of its interval, which holds together with those of all other metrics.
    call: the verdict. visible: the smallest change for the worse that would have been called so 8 times in 10.
    needed: how many times as many customers would settle what is inconclusive; NaN where it is settled.
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
    needed: float = math.nan


@dataclass(frozen=True, slots=True)
class Regression:
    """All metrics of two sides; `unit` says what the intervals rest on, `warnings` what they do not cover."""

    changes: tuple[Changed, ...]
    margins: Margins
    runs: tuple[int, int]
    unit: Literal["runs", "customers"]
    warnings: tuple[str, ...]

    def called(self, call: Call) -> tuple[Changed, ...]:
        """Return the metrics with that verdict."""
        return tuple(change for change in self.changes if change.call == call)


def sampled(journey: Journey, frames: Sequence[pd.DataFrame]) -> list[Sampled]:
    """Return what is compared, from the rows of one or more runs (as `journeys.eventlog.Run.frame` gives them).

    Of each step, the median and the 95th percentile of the time from its planned start (from joining the queue where
    none was planned) to its end, of visits that were served, and the share of visits that failed; of the journey,
    completion. Customers still on their way at the end count as not completed.
    """
    tables = [_ordered(frame) for frame in frames]
    completed = tuple(
        (table.loc[table["step"] == EXIT, "outcome"] == "completed").to_numpy().astype(np.float64) for table in tables
    )
    found = [Sampled("completion", "Completed", 1, None, completed)]
    steps = [step.name for step in journey.steps]
    names = [*steps, *(CONTACT + contact.name for contact in journey.contacts)]
    titles = {step.name: step.label for step in journey.steps}
    titles |= {CONTACT + one.name: one.reason or one.name for one in journey.contacts}
    for name in names:
        own = [table[(table["step"] == name) & (table["outcome"] != "censored")] for table in tables]
        served = [table[table["outcome"] == "served"] for table in own]
        times = tuple(table["took_s"].dropna().to_numpy(float) for table in served)
        if not any(map(len, own)):
            continue
        if name in steps:
            wrong = tuple(table["outcome"].isin(_WRONG).to_numpy().astype(np.float64) for table in own)
            found.append(Sampled(f"failed({name})", f"{titles[name]}: failed visits", -1, None, wrong))
        for word, q in QUANTILES.items():
            found.append(Sampled(f"{word}({name})", f"{titles[name]}: {word}", -1, q, times))
    return found


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows in the order of arrival, with how long each visit took; texts as texts."""
    table = frame.assign(step=frame["step"].astype(str), outcome=frame["outcome"].astype(str))
    begun = table["intended_s"].where(table["intended_s"].notna(), table["ready_s"])
    table["took_s"] = (table["end_s"] - begun).clip(lower=1e-6)  # a clock's smallest step: times have logarithms
    return table.sort_values(["customer", "end_s"], kind="stable")


def compared(before: Sequence[Sampled], after: Sequence[Sampled], margins: Margins | None = None) -> Regression:
    """Compare two sides, metric by metric; those that one side alone has are named in a warning."""
    margins = margins or Margins()
    first, second = {one.key: one for one in before}, {one.key: one for one in after}
    both = [key for key in first if key in second and first[key].n + second[key].n]
    runs = tuple(max((len(one.runs) for one in side), default=0) for side in (before, after))
    unit: Literal["runs", "customers"] = "runs" if min(runs) >= FEWEST_RUNS else "customers"
    spreads = {key: (_spread(first[key], unit), _spread(second[key], unit)) for key in both}
    family = sum(1 for pair in spreads.values() if all(one is not None and math.isfinite(one.error) for one in pair))
    changes = tuple(
        _changed(first[key], second[key], *spreads[key], alpha=ALPHA / max(1, family), margins=margins) for key in both
    )
    return Regression(changes, margins, (runs[0], runs[1]), unit, tuple(_warnings(first, second, unit)))


def _warnings(first: Mapping[str, Sampled], second: Mapping[str, Sampled], unit: str) -> Iterator[str]:
    for one, other, side in ((first, second, "before"), (second, first, "after")):
        if only := [key for key in one if key not in other]:
            yield f"measured only {side}: {', '.join(only)}"
    if unit == "customers":
        yield (
            f"fewer than {FEWEST_RUNS} runs a side: intervals cover what differs between customers, not what differs "
            "between runs (a busy machine, a cold cache); repeat both sides in turn"
        )


def _spread(one: Sampled, unit: str) -> Spread | None:
    """Return a metric's value and error; None where there is too little to have any."""
    runs = [run for run in one.runs if len(run)]
    if not runs:
        return None
    if unit == "runs":
        if len(runs) < FEWEST_RUNS:
            return None
        values = np.array([_value(run, one.q) for run in runs])
        error = float(values.std(ddof=1)) / math.sqrt(len(runs))
        if one.q is None:  # runs that all show the same small count hide how much chance there is in it
            error = max(error, _least_error(np.concatenate(runs)))
        return Spread(float(values.mean()), error, len(runs) - 1)
    return _quantile_spread(runs, one.q) if one.q is not None else _share_spread(runs)


def _value(run: Floats, q: float | None) -> float:
    return float(run.mean()) if q is None else math.log(float(np.quantile(run, q)))


def _quantile_spread(runs: Sequence[Floats], q: float) -> Spread:
    """Return the logarithm of a quantile, its error by batches.

    The share of values below the quantile is a mean: its error comes from means of batches of neighbours, which keep
    what customers that meet each other have in common; never less than that of independent draws. Between the
    quantiles at q -+ t times that error lies the interval of the quantile itself (sectioning applied to the indicator;
    Asmussen and Glynn 2007, *Stochastic Simulation*, III.5). Where that reaches beyond the sample, the error is
    infinite.
    """
    data = np.concatenate(runs)
    value = float(np.quantile(data, q))
    error, df = batched([(run <= value).astype(np.float64) for run in runs])
    error = max(error, math.sqrt(q * (1 - q) / len(data)))
    reach = t_quantile(0.975, max(1, int(df)))
    if q + reach * error >= 1 or q - reach * error <= 0:
        return Spread(math.log(value), math.inf, 1)
    low, high = (math.log(float(np.quantile(data, q + side * reach * error))) for side in (-1, 1))
    return Spread(math.log(value), (high - low) / (2 * reach), df)


def _share_spread(runs: Sequence[Floats]) -> Spread:
    """Return a share, its error by batches, and never less than of independent draws."""
    data = np.concatenate(runs)
    error, df = batched(runs)
    return Spread(float(data.mean()), max(error, _least_error(data)), df)


def _least_error(data: Floats) -> float:
    """Return the standard error of a share of independent draws, of zeros and ones.

    Two of each kind are added (Agresti and Coull 1998, Am. Stat. 52, 119-126): ten successes in ten are no proof that
    there are no failures.
    """
    smooth = (float(data.sum()) + 2) / (len(data) + 4)
    return math.sqrt(smooth * (1 - smooth) / (len(data) + 4))


def _changed(
    first: Sampled, second: Sampled, before: Spread | None, after: Spread | None, *, alpha: float, margins: Margins
) -> Changed:
    is_time = first.q is not None
    about = (first.key, first.title, first.better, is_time, first.n, second.n)
    if before is None or after is None:
        one, other = (math.nan if side is None else _shown(side.value, is_time) for side in (before, after))
        return Changed(*about, one, other, math.nan, math.nan, math.nan, "not measured", math.nan)
    if not math.isfinite(before.error + after.error):
        one, other = _shown(before.value, is_time), _shown(after.value, is_time)
        return Changed(*about, one, other, math.nan, math.nan, math.nan, "inconclusive", math.nan)
    difference, error = after.value - before.value, math.hypot(before.error, after.error)
    df = _welch(before, after)
    reach = t_quantile(1 - alpha, df)
    low, high = difference - reach * error, difference + reach * error
    margin = math.log1p(margins.time_ratio) if is_time else margins.share
    worse = -first.better
    call: Call = "inconclusive"
    if -margin <= low and high <= margin:
        call = "same"
    elif low > 0 or high < 0:
        call = "worse" if (difference > 0) == (worse > 0) else "better"
    visible = (reach + t_quantile(POWER, df)) * error
    needed = math.nan
    if call == "inconclusive":
        # settled where the interval clears nothing, or stays within the margin, whichever comes first
        aims = [size for size in (abs(difference), margin - abs(difference)) if size > 0]
        needed = (reach * error / max(aims)) ** 2 if aims else math.nan

    # a ratio less one of times, a difference of shares
    effect, lowest, highest, seen = (
        math.expm1(value) if is_time else value for value in (difference, low, high, visible)
    )  # fmt: skip
    values = _shown(before.value, is_time), _shown(after.value, is_time)
    return Changed(*about, values[0], values[1], effect, lowest, highest, call, seen, needed)


def _shown(value: float, is_time: bool) -> float:
    return math.exp(value) if is_time else value


def _welch(one: Spread, other: Spread) -> int:
    """Return the degrees of freedom of a difference (Welch 1947, Biometrika 34, 28-35; Satterthwaite's formula)."""
    a, b = one.error**2, other.error**2
    if a + b == 0:
        return max(1, int(min(one.df, other.df)))
    return max(1, int((a + b) ** 2 / (a**2 / one.df + b**2 / other.df)))
