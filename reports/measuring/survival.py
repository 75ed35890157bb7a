"""Survival curves and cumulative incidence of durations of which some are censored."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reports.measuring.quantities import Floats

MOST_AT_ONCE = 500_000
"""Durations that are put in order together; of more, a stretch of time after the other, so that memory holds them."""
MOST_STEPS = 200_000
"""Of more durations, a curve keeps the steps that move it by one in so many, and so no more of them than that."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """A step function of time: `value` holds from `at_s` on, each of shape (n,), rising in time; `before` until then.

    `at_risk`: how many durations had lasted until then.
    """

    at_s: Floats
    value: Floats
    at_risk: NDArray[np.int64]
    before: float

    def at(self, times_s: ArrayLike) -> Floats:
        """Return the value at each of some times."""
        places = np.searchsorted(self.at_s, np.asarray(times_s, dtype=np.float64), side="right")
        return np.concatenate([[self.before], self.value])[places]


def survival(lasted_s: ArrayLike, observed: ArrayLike, exact_s: ArrayLike = ()) -> Curve:
    """Return the share that outlasts each time, by Kaplan and Meier (1958, J. Am. Stat. Assoc. 53, 457-481).

    Parameters: `lasted_s`, durations; `observed`, whether each one's end was seen (else it is censored), both of shape
    (n,). Those censored at a time at which others end were at risk there. S(t) = product over ends up to t of
    1 - d / n, d ends among n at risk. `exact_s`: times at which the curve is exact however many steps it has.
    """
    seen = np.asarray(observed, dtype=bool)
    return _curve(lasted_s, seen, seen, exact_s, whole=True)


def incidence(lasted_s: ArrayLike, of_interest: ArrayLike, of_others: ArrayLike, exact_s: ArrayLike = ()) -> Curve:
    """Return the share that ended in the way of interest by each time, where other ends compete.

    Aalen and Johansen (1978, Scand. J. Stat. 5, 141-150): sum over times up to t of S(t-) d / n, with S the survival
    of ends of any kind and d those of interest. Without censoring it is the plain share.

    Parameters: `of_interest`, `of_others`: whether each ended so, shape (n,); neither where it is censored. `exact_s`
    as in `survival`.
    """
    interest, others = np.asarray(of_interest, dtype=bool), np.asarray(of_others, dtype=bool)
    return _curve(lasted_s, interest | others, interest, exact_s, whole=False)


def _curve(
    lasted_s: ArrayLike, ended: NDArray[np.bool_], own: NDArray[np.bool_], exact_s: ArrayLike, whole: bool
) -> Curve:  # fmt: skip
    """Return the share that outlasts each time (`whole`), or the share whose `own` end came by then."""
    lasted, exact = np.asarray(lasted_s), np.asarray(exact_s, dtype=np.float64)
    left, total, ahead = 1.0, 0.0, len(lasted)
    kept: list[tuple[Floats, Floats, NDArray[np.int64]]] = []
    for stretch in _stretches(lasted):
        here = np.asarray(lasted[stretch], dtype=np.float64)
        times, ends = np.unique(here[ended[stretch]], return_counts=True)
        at_risk = ahead - np.searchsorted(np.sort(here), times, side="left")
        ahead -= len(here)
        survived = np.cumprod(np.concatenate([[left], 1 - ends / np.maximum(at_risk, 1)]))
        value = survived[1:]
        if not whole:
            came = np.bincount(np.searchsorted(times, here[own[stretch]]), minlength=len(times))
            value = np.cumsum(np.concatenate([[total], survived[:-1] * came / np.maximum(at_risk, 1)]))[1:]
        if len(times):
            left, total = float(survived[-1]), float(value[-1])
            places = _kept(times, value, exact) if len(lasted) > MOST_STEPS else slice(None)
            kept.append((times[places], value[places], at_risk[places].astype(np.int64)))
    before = 1.0 if whole else 0.0
    nothing = np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64)
    at_s, values, risks = zip(*(kept or [nothing]), strict=True)
    return Curve(np.concatenate(at_s), np.concatenate(values), np.concatenate(risks), before)


def _stretches(lasted: NDArray[np.floating]) -> Iterator[NDArray[np.intp] | slice]:
    """Yield the places of durations, a stretch of time after the other; equal ones are in the same stretch."""
    if len(lasted) <= MOST_AT_ONCE:
        yield slice(None)
        return
    some = lasted[:: max(1, len(lasted) // 10_000)]
    inner = np.unique(np.quantile(some, np.arange(1, many := -(-len(lasted) // MOST_AT_ONCE)) / many))
    for above, up_to in pairwise([-np.inf, *inner.tolist(), np.inf]):
        yield np.flatnonzero((lasted > above) & (lasted <= up_to))


def _kept(times: Floats, value: Floats, exact_s: Floats) -> NDArray[np.intp]:
    """Return the places of the steps that a curve keeps: among them those that hold at some times."""
    level = np.floor(value * MOST_STEPS)
    moved = np.flatnonzero(np.diff(level, prepend=np.nan) != 0)
    holds = np.searchsorted(times, exact_s, side="right") - 1
    return np.unique(np.concatenate([moved, holds[holds >= 0]]))
