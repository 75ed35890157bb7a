"""What trials' measured times say of a capacity, beyond kept or missed: by the curve that crosses the limit.

Z is the limit over what was measured. Percentiles explode at saturation, but their reciprocal falls towards 0, nearly
in a line where it crosses 1, and scatters there about as much to either side. So the median of Z at rate r is taken
to be

    m(r) = A / (1 + (A - 1) exp(k ln(r / c))),  k = b A / (A - 1)

c is the capacity: there m = 1. b is how steeply m falls there, A what it is of an idle target. Z scatters about it by
Student's t with `DEGREES`, whose scale is what luck does to the load, j b, and what the curve may be wrong by, which
grows with the distance from c. j is 1.6 to 3.8 over the root of the customers in queues that were simulated, hence
its prior. Part of that luck is known: how the trial's customers happened to arrive. r is how much it explains.

What is far from the limit is known to be far, no more: below `LOW` and above `HIGH`, Z is censored. The posterior is
computed on a grid, which closes in on c.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from reports.measuring.quantities import Floats

LOW, HIGH = 0.3, 2.5
DEGREES = 5.0
MISFIT, LEAST = 0.15, 0.02
TEMPER = 0.85
"""Power of the likelihood: the curve is a family that the truth need not belong to, so evidence counts for less."""
POINTS, LEFT_OUT, PASSES, NEGLIGIBLE = 48, 1e-3, 4, 1e-9
SPREADS = (2.5, 0.5)
"""Median of j times the root of the number of customers, and the standard deviation of its logarithm, a priori."""

Single = NDArray[np.float32]
F = np.float32


class Point(NamedTuple):
    """What the curve takes from a trial: ln rate, Z, customers, and the luck of their arrivals in standard scores."""

    log_rate: float
    z: float
    customers: float
    luck: float


class _Grid(NamedTuple):
    """Values of b, A - 1, j and r, each one-dimensional."""

    slope: Single
    above: Single
    jitter: Single
    known: Single


class Posterior(NamedTuple):
    """Probabilities of ln c and what they hang together with: `weights` (C, B, A, J, R) at `log_rates` (C,)."""

    log_rates: Floats
    weights: Single
    grid: _Grid

    @property
    def of_capacity(self) -> Floats:
        """Probabilities of ln c alone, shape (C,)."""
        total = self.weights.reshape(len(self.log_rates), -1).sum(axis=1).astype(np.float64)
        return np.asarray(total / total.sum(), dtype=np.float64)


def _steps(low: float, high: float, count: int) -> Single:
    return np.exp(np.linspace(math.log(low), math.log(high), count)).astype(F)


FINE = _Grid(_steps(0.7, 30, 7), _steps(0.25, 3, 3), _steps(0.03, 0.3, 6), np.array([0, 0.5, 0.85], F))
COARSE = _Grid(_steps(0.8, 16, 4), _steps(0.4, 2, 2), _steps(0.05, 0.25, 3), np.array([0.3], F))


def posterior(points: Sequence[Point], low: float, high: float) -> Posterior:
    """Return what the points say of ln c between `low` and `high`, on a grid that closes in on where it may be."""
    found = _weighed(points, np.linspace(low, high, POINTS), COARSE)
    for _ in range(PASSES):
        at, total = found.log_rates, np.cumsum(found.of_capacity)
        first = max(0, int(np.searchsorted(total, LEFT_OUT)) - 2)
        last = min(len(at) - 1, int(np.searchsorted(total, 1 - LEFT_OUT)) + 2)
        if found.grid is FINE and last - first > 0.6 * len(at):
            break
        found = _weighed(points, np.linspace(at[first], at[last], POINTS), FINE)
    return found


def median_z(found: Posterior, log_rates: Floats) -> Floats:
    """Return the mean of m over the posterior at ln rates, shape as given."""
    weights = found.weights.sum(axis=(3, 4)).astype(np.float64)
    weights /= weights.sum()
    at = found.log_rates.astype(F)
    return np.array([float((weights * _curve(F(own) - at, found.grid)).sum()) for own in log_rates])


def telling_most(found: Posterior, candidates: Floats) -> int:
    """Return the index of the ln rate at which kept or missed is expected to tell most about c, in information."""
    there = found.of_capacity > NEGLIGIBLE
    weights, own, grid = found.weights[there].sum(axis=4), found.of_capacity[there], found.grid
    given = weights / weights.sum(axis=(1, 2, 3), keepdims=True)
    gains = []
    for candidate in candidates:
        u = F(candidate) - found.log_rates[there].astype(F)
        m, noise, wrong = _scales(u, grid)
        scale = np.sqrt(grid.jitter**2 * noise[..., None] + wrong[..., None])
        kept = (given * _below((m[..., None] - F(1)) / scale)).sum(axis=(1, 2, 3)).astype(np.float64)
        gains.append(float(_doubt((own * kept).sum()) - (own * _doubt(kept)).sum()))
    return int(np.argmax(gains))


def _doubt(chance: Floats) -> Floats:
    """Return the entropy of a coin, shape as given."""
    p = np.clip(chance, 1e-9, 1 - 1e-9)
    return np.asarray(-p * np.log(p) - (1 - p) * np.log1p(-p), dtype=np.float64)


def _scales(u: Single, grid: _Grid) -> tuple[Single, Single, Single]:
    """Return m, what j squared is multiplied with in the variance, and the rest of it, at u; each (C, B, A)."""
    m = _curve(u, grid)
    far = np.minimum(grid.slope[None, :] * np.abs(u)[:, None], F(1))[:, :, None]
    return m, m**2 + _slope(m, grid) ** 2, F(MISFIT**2) * far**2 + F(LEAST**2)


def _weighed(points: Sequence[Point], log_rates: Floats, grid: _Grid) -> Posterior:
    log_weights = _prior(points, grid) + np.zeros((len(log_rates), 1, 1, 1, len(grid.known)), F)
    j, rest = grid.jitter[:, None], np.sqrt(1 - grid.known**2)
    for point in points:
        u = F(point.log_rate) - log_rates.astype(F)
        curve = _curve(u, grid)
        m, slope = curve[..., None, None], _slope(curve, grid)[..., None, None]  # (C, B, A, 1, 1)
        wrong = F(MISFIT) * np.minimum(grid.slope[None, :] * np.abs(u)[:, None], F(1))[:, :, None, None, None]
        scale = np.sqrt(j**2 * (m**2 + (slope * rest) ** 2) + wrong**2 + F(LEAST**2))
        m = m + grid.known * j * slope * F(point.luck)
        log_weights += F(TEMPER) * _log_likelihood(F(point.z), np.asarray(m, dtype=F), np.asarray(scale, dtype=F))
    weights = np.exp(log_weights - log_weights.max())
    return Posterior(log_rates, weights, grid)


def _curve(u: Single, grid: _Grid) -> Single:
    """Return m at ln r - ln c = u, shape (C, B, A)."""
    top = 1 + grid.above[None, :]
    steep = grid.slope[:, None] * top / grid.above[None, :]
    return np.asarray(top / (1 + grid.above[None, :] * np.exp(np.clip(steep * u[:, None, None], -30, 30))), dtype=F)


def _slope(m: Single, grid: _Grid) -> Single:
    """Return how m changes with ln r where it is `m`, shape (C, B, A)."""
    top = 1 + grid.above[None, :]
    return np.asarray(-grid.slope[:, None] * top / grid.above[None, :] * m * (1 - m / top), dtype=F)


def _log_likelihood(z: np.float32, m: Single, scale: Single) -> Single:
    if LOW < z < HIGH:
        t = (z - m) / scale
        return np.asarray(-np.log(scale) - F((DEGREES + 1) / 2) * np.log1p(t * t * F(1 / DEGREES)), dtype=F)
    beyond = (F(LOW) - m) / scale if z <= LOW else (m - F(HIGH)) / scale
    return np.asarray(np.log(_below(beyond) + F(1e-5)), dtype=F)


def _below(t: Single) -> Single:
    """Return the distribution function of Student's t with 5 degrees of freedom (Abramowitz and Stegun, 26.7.3)."""
    angle = np.arctan(t * F(1 / math.sqrt(DEGREES)))
    sine, cosine = np.sin(angle), np.cos(angle)
    return np.asarray(F(0.5) + (angle + sine * (cosine + F(2 / 3) * cosine**3)) * F(1 / math.pi), dtype=F)


def _prior(points: Sequence[Point], grid: _Grid) -> Single:
    """Return the logarithm of the prior of the grid's values, shape (1, B, A, J, 1); flat in ln c and in r."""
    root = math.exp(float(np.median([math.log(max(1.0, point.customers)) for point in points])) / 2)
    middle, spread = SPREADS
    slope = -0.5 * (np.log(grid.slope / F(2.5)) / F(0.7)) ** 2
    above = -0.5 * np.log(grid.above / F(0.8)) ** 2
    jitter = -0.5 * (np.log(grid.jitter * F(root / middle)) / F(spread)) ** 2
    return np.asarray(
        slope[None, :, None, None, None] + above[None, None, :, None, None] + jitter[None, None, None, :, None], dtype=F
    )
