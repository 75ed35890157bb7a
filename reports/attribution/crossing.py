"""Where a margin falls to nothing on the way from what is assumed to the end of a range, and how sure that place is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from reports.quantiles import t_quantile
from reports.statistics import LEVEL, Floats

LOOKS, AT_ITS_ENDS, GRID = 3, 2, 400
"""How often a range is narrowed down, and the ends of the interval after that; how finely lines between are read."""
CLOSE = 0.1
"""A mean margin within this share of its interval's half width is as good as nothing."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """Places of a range, going away from what is assumed; NaN where there is none up to its end.

    Parameters
    ----------
    at: where the mean margin is nothing. near: from where on it may be nothing: its interval reaches 0. far: from
        where on it is surely less. The true place is between `near` and `far` in 95% of all studies (the places at
        which a t-test over replications does not tell the margin from 0: Fieller's way with a ratio).
    """

    at: float
    near: float
    far: float


def crossing(
    look: Callable[[float], Floats | None], known: Mapping[float, Floats], start: float, end: float, steps: int = 0
) -> Crossing:
    """Find where margins fall to nothing between two places, at the first of which they do not.

    Parameters
    ----------
    look: returns margins at a place, shape (n_replications,), of the same replications throughout; None where there is
        nothing to look at. known: margins at some places already, `start` and `end` among them.
    steps: how many values there are after `start`, evenly spread, where not all values in between are any.
    """
    seen = dict(known)

    def snapped(u: float) -> float:
        return start + (end - start) * math.ceil(steps * (u - start) / (end - start) - 1e-9) / steps if steps else u

    def see(u: float) -> Floats | None:
        if u not in seen and (found := look(u)) is not None:
            seen[u] = found
        return seen.get(u)

    holds, over = start, end
    for _ in range(max(LOOKS, steps.bit_length())) if float(seen[end].mean()) <= 0 else ():
        above, below = float(seen[holds].mean()), float(seen[over].mean())
        way = min(0.9, max(0.1, above / (above - below))) if not steps else 0.5
        middle = snapped(holds + way * (over - holds))
        if middle in (holds, over) or (found := see(middle)) is None:
            break
        if not steps and abs(float(found.mean())) < CLOSE * float(_half(found)):
            break
        holds, over = (middle, over) if float(found.mean()) > 0 else (holds, middle)
    for _ in range(AT_ITS_ENDS):
        read = _read(seen, start, end, steps)
        for u in (read.near, read.far):
            if math.isfinite(u):
                see(u)
    return _read(seen, start, end, steps)


def sure(margins: Floats) -> bool:
    """Tell whether margins are above nothing beyond chance; of a single replication, whether it is."""
    return float(margins.mean()) - (float(_half(margins)) if len(margins) > 1 else 0.0) > 0


def _half(margins: Floats) -> Floats:
    """Return half the width of the t-interval of means along the first axis; infinite for a single replication."""
    n = len(margins)
    if n < 2:
        return np.full(margins.shape[1:], math.inf)
    deviation: Floats = margins.std(axis=0, ddof=1)
    return t_quantile((1 + LEVEL) / 2, n - 1) * deviation / math.sqrt(n)


def _read(seen: Mapping[float, Floats], start: float, end: float, steps: int) -> Crossing:
    """Read the places off straight lines between what was seen, each replication by itself."""
    places = sorted(seen, key=lambda u: abs(u - start))
    shares = np.linspace(0, 1, (steps or GRID) + 1)
    way = [(u - start) / (end - start) for u in places]
    table = np.array([seen[u] for u in places])
    lines = np.array([np.interp(shares, way, own) for own in table.T])
    mean = lines.mean(axis=0)
    halves = _half(lines)
    exact = bool(steps)
    at = _first(shares, mean, 0, exact)
    one = len(lines) < 2
    near = math.nan if one else _first(shares, mean - halves, 0, exact)
    after = 0 if math.isnan(at) else int(np.searchsorted(shares, at - 1e-12))
    far = math.nan if one or math.isnan(at) else _first(shares, mean + halves, max(0, after - 1), exact)
    return Crossing(*(start + (end - start) * share for share in (at, near, far)))


def _first(shares: Floats, values: Floats, after: int, exact: bool) -> float:
    """Return the first share, from a place on, at which values have fallen to 0; NaN where they never do."""
    below = np.flatnonzero(values[after:] <= 0)
    if not len(below):
        return math.nan
    place = after + int(below[0])
    if exact or place == 0 or values[place - 1] <= 0:
        return float(shares[place])
    drop = float(values[place - 1] - values[place])
    return float(shares[place - 1] + (shares[place] - shares[place - 1]) * values[place - 1] / drop)
