"""Curves of time: how many have completed by when, and how many would still be waiting, each with its intervals."""

from __future__ import annotations

import functools
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from reports.measuring.quantities import Floats
from reports.measuring.results import Results
from reports.measuring.spells import Spells
from reports.measuring.survival import Curve, incidence, survival
from reports.measuring.walks import Customers
from reports.statistics import Estimate, mean_interval

FEW = 10
"""Fewer than these at risk, in any replication, are too few to tell a share at that time."""
TIMES_S = (60.0, 600.0, 3600.0, 6 * 3600.0, 86400.0, 2 * 86400.0, 5 * 86400.0, 10 * 86400.0, 20 * 86400.0)


def converted(results: Results, own: NDArray[np.bool_] | None = None) -> Curve:
    """Return the share of all who entered, or of `own` of them, that have completed, by time since they arrived."""
    if own is None or own.all():
        return _converted(results.customers)
    return _converted_of(results.customers, own)


@functools.lru_cache(2)
def _converted(customers: Customers) -> Curve:
    """Return the curve of all, which page, picture and summary each ask for: millions take seconds to put in order."""
    return _converted_of(customers, slice(None))


def _converted_of(customers: Customers, own: NDArray[np.bool_] | slice) -> Curve:
    completed = customers.outcome.among("completed")[own]
    left = ~customers.outcome.among("censored")[own]
    last_s = float(np.nanmax(customers.stay_s, initial=0.0))
    # who is still on the way has been there for longer than this is known of anybody else
    stay_s = np.where(left, customers.stay_s[own], last_s)
    return incidence(stay_s, completed, left & ~completed, TIMES_S)


def converted_by(results: Results) -> Iterator[tuple[float, Estimate]]:
    """Yield (time, share completed by then) over replications, for the times at which that says something."""
    curves = [converted(results, results.customers.replication == number) for number in results.replications]
    for at_s, values in _rising(np.array([curve.at(TIMES_S) for curve in curves])):
        yield at_s, mean_interval(values)


@functools.lru_cache(4)
def staying(spells: Spells) -> Curve:
    """Return the share of customers with the patience to outlast each time in a wait."""
    return survival(spells.lasted_s, spells.gave_up, TIMES_S)


def staying_at(results: Results, wait: str) -> Iterator[tuple[float, Estimate]]:
    """Yield (time, share with the patience to outlast it) over replications, as far as enough are at risk in each."""
    spells = results.spells[wait]
    curves, fewest = [], []
    for number in results.replications:
        own = spells.replication == number
        lasted = spells.lasted_s[own]
        curves.append(staying(spells) if own.all() else survival(lasted, spells.gave_up[own], TIMES_S))
        fewest.append([np.count_nonzero(lasted >= at_s) for at_s in TIMES_S])
    enough = np.min(fewest, axis=0) >= FEW
    values = np.array([curve.at(TIMES_S) for curve in curves])
    for place, at_s in enumerate(TIMES_S):
        if enough[place]:
            yield at_s, mean_interval(values[:, place])


def last_known_s(results: Results, wait: str) -> float:
    """Return until when at least `FEW` are at risk in the wait, over all replications together."""
    lasted = results.spells[wait].lasted_s
    return float(np.partition(lasted, -FEW)[-FEW]) if len(lasted) >= FEW else 0.0


def _rising(values: Floats) -> Iterator[tuple[float, Floats]]:
    """Yield the times from the last at which nobody has got there yet, to the first at which all have who will."""
    means = values.mean(axis=0)
    for place, at_s in enumerate(TIMES_S):
        later = means[min(place + 1, len(means) - 1)]
        earlier = means[place - 1] if place else 0.0
        if later > 0 and (means[place] < means[-1] or earlier < means[-1]):
            yield at_s, values[:, place]
