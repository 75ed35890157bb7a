"""How capacity grows with replicas: Gunther's universal scalability law, fitted, with what it says of the best number.

    X(n) = gamma n / (1 + alpha (n - 1) + beta n (n - 1))

gamma is the capacity of one, alpha the share of work that cannot be done side by side (contention), beta what replicas
cost each other by having to agree (coherency). With alpha = beta = 0 it grows in proportion; with beta > 0 there is a
best number, sqrt((1 - alpha) / beta), beyond which more is less (Gunther 2007, "Guerrilla Capacity Planning", ch. 4-6).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from reports.capacity.search import Belief
from reports.measuring.quantities import Floats
from reports.statistics import Estimate

DRAWS = 400
SEED = 20_070_401


@dataclass(frozen=True, slots=True)
class Scaling:
    """A fitted law, with 95% intervals from draws of the measured capacities.

    Parameters
    ----------
    gamma_per_s, alpha, beta: see above; alpha is 0 to 1. Two numbers of replicas cannot tell contention and coherency
        apart: there beta is taken to be 0, and alpha stands for both. points: of how many numbers of replicas.
    best: the number of replicas with the highest throughput; infinite where more is always more.
    replicas: 1, 2, ... as far as the curve goes; curve_per_s, low_per_s, high_per_s: the law there, the same shape.
    """

    gamma_per_s: Estimate
    alpha: Estimate
    beta: Estimate
    best: Estimate
    replicas: Floats
    curve_per_s: Floats
    low_per_s: Floats
    high_per_s: Floats
    points: int = 3


def throughput(n: Floats, gamma: float, alpha: float, beta: float) -> Floats:
    """Return the law's throughput of `n` replicas, shape as given.

    >>> throughput(np.array([1.0, 2.0]), 10.0, 0.0, 0.0)
    array([10., 20.])
    """
    return np.asarray(gamma * n / (1 + alpha * (n - 1) + beta * n * (n - 1)), dtype=np.float64)


def fit(capacities: Mapping[int, Belief]) -> Scaling | None:
    """Fit the law to what is believed of the capacity of each number of replicas; None for fewer than two numbers."""
    n = np.array(sorted(capacities), dtype=np.float64)
    if len(n) < 2:
        return None
    beliefs = [capacities[int(number)] for number in n]
    middle = np.array([belief.quantile(0.5) for belief in beliefs])
    spread = np.array([max(belief.quantile(0.84) - belief.quantile(0.16), 1e-9) / 2 for belief in beliefs])
    uniforms = np.random.default_rng(SEED).random((DRAWS, len(n)))
    drawn = np.column_stack([belief.draw(uniforms[:, index]) for index, belief in enumerate(beliefs)])
    point = _fitted(n, middle, spread)
    fits = np.array([_fitted(n, one, spread) for one in drawn])
    reach = np.arange(1.0, max(2.0 * n[-1], n[-1] + 2) + 1)
    curves = np.array([throughput(reach, *one) for one in fits])
    low, high = np.quantile(curves, (0.025, 0.975), axis=0)
    best = [_best(*one[1:]) for one in fits]
    return Scaling(
        _interval(point[0], fits[:, 0]), _interval(point[1], fits[:, 1]), _interval(point[2], fits[:, 2]),
        _interval(_best(point[1], point[2]), np.array(best)), reach, throughput(reach, *point), low, high, len(n),
    )  # fmt: skip


def _fitted(n: Floats, capacity: Floats, spread: Floats) -> tuple[float, float, float]:
    """Return (gamma, alpha, beta), none of them negative and alpha at most 1, by least squares, weighted by each doubt.

    n / X(n) = (1 + alpha (n - 1) + beta n (n - 1)) / gamma is linear in (1 - alpha)/gamma, alpha/gamma and beta/gamma,
    whose terms are 1, n and n (n - 1).
    """
    from scipy.optimize import nnls

    terms = np.column_stack([np.ones_like(n), n, n * (n - 1)])[:, : 3 if len(n) > 2 else 2]
    weights = capacity**2 / (n * spread)
    found, _ = nnls(terms * weights[:, None], n / capacity * weights)
    apart, contention, coherency = (*(float(value) for value in found), 0.0)[:3]
    inverse = apart + contention
    return (1 / inverse, contention / inverse, coherency / inverse) if inverse > 0 else (math.inf, 0.0, 0.0)


def _best(alpha: float, beta: float) -> float:
    return math.sqrt(max(0.0, 1 - alpha) / beta) if beta > 1e-6 else math.inf


def _interval(value: float, drawn: Floats) -> Estimate:
    ordered: Sequence[float] = sorted(float(one) for one in drawn)
    low, high = ordered[int(0.025 * len(ordered))], ordered[min(len(ordered) - 1, int(0.975 * len(ordered)))]
    return Estimate(value, min(low, value), max(high, value), len(ordered), "draws", "refitted to draws of capacities")
