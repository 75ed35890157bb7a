"""Survival curves and cumulative incidence of durations of which some are censored."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from reports.measuring.quantities import Floats


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


def survival(lasted_s: ArrayLike, observed: ArrayLike) -> Curve:
    """Return the share that outlasts each time, by Kaplan and Meier (1958, J. Am. Stat. Assoc. 53, 457-481).

    Parameters: `lasted_s`, durations; `observed`, whether each one's end was seen (else it is censored), both of shape
    (n,). Those censored at a time at which others end were at risk there. S(t) = product over ends up to t of
    1 - d / n, d ends among n at risk.
    """
    times, ends, at_risk = _table(lasted_s, observed)
    return Curve(times, _left(ends, at_risk), at_risk, 1.0)


def incidence(lasted_s: ArrayLike, of_interest: ArrayLike, of_others: ArrayLike) -> Curve:
    """Return the share that ended in the way of interest by each time, where other ends compete.

    Aalen and Johansen (1978, Scand. J. Stat. 5, 141-150): sum over times up to t of S(t-) d / n, with S the survival
    of ends of any kind and d those of interest. Without censoring it is the plain share.

    Parameters: `of_interest`, `of_others`: whether each ended so, shape (n,); neither where it is censored.
    """
    interest, others = np.asarray(of_interest, dtype=bool), np.asarray(of_others, dtype=bool)
    times, ends, at_risk = _table(lasted_s, interest | others)
    lasted, own = np.asarray(lasted_s, dtype=np.float64), np.zeros(len(times))
    np.add.at(own, np.searchsorted(times, lasted[interest]), 1)
    left = _left(ends, at_risk)
    just_before = np.concatenate([[1.0], left[:-1]])[: len(left)]
    return Curve(times, np.cumsum(just_before * own / np.maximum(at_risk, 1)), at_risk, 0.0)


def _left(ends: NDArray[np.int64], at_risk: NDArray[np.int64]) -> Floats:
    return np.asarray(np.cumprod(1 - ends / np.maximum(at_risk, 1)), dtype=np.float64)


def _table(lasted_s: ArrayLike, observed: ArrayLike) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """Return the times at which ends were seen, rising, how many ended at each, and how many were at risk."""
    lasted, seen = np.asarray(lasted_s, dtype=np.float64), np.asarray(observed, dtype=bool)
    ordered = np.sort(lasted)
    times, ends = np.unique(lasted[seen], return_counts=True)
    at_risk = len(ordered) - np.searchsorted(ordered, times, side="left")
    return times, ends.astype(np.int64), at_risk.astype(np.int64)
