"""How runs of the same thing may drift: not at all, as a random walk, on a line; what each makes of a change.

Runs in a row are seldom alike: a neighbour moves in, a database grows. A spread about their mean then tells too little
of how far the next one may lie from them. Each structure of drift gives the change of the runs after by generalised
least squares, with an error that is exact where that structure is true. Those that explain the runs about as well as
the best one does are kept, and a change has to be one by all of them. Few runs rule out little: they have to show more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from reports.statistics import Floats

Kind = Literal["still", "walk", "slope"]
WALKS = (0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 100.0)
"""Variance of a walk's step, of the noise of a run."""
SLOPES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
"""Standard deviation of what a line climbs over all runs, of the noise of a run."""
AS_LIKELY = 4.0
"""Structures are kept that explain the runs at least a so-many-th as well as the best one."""
SHUFFLES = 199
DRIFTING = 0.05
TINY = 1e-14
"""Squares that are no more than this, of values about as large as one, are those of rounding."""
FEWEST = 4
"""Of fewer runs the order tells nothing: 3 have 3 orders, but for their direction."""


@dataclass(frozen=True, slots=True)
class Structure:
    """One way in which runs may drift, prepared for so many of them.

    Parameters
    ----------
    kind: of drift.
    weights: of each run's value in the change of those after, shape (n,).
    factor: variance of the change for a unit variance of noise.
    residual: the quadratic form of the runs' values that is the sum of squares of what is left, shape (n, n).
    constant: of the restricted log-likelihood.
    """

    kind: Kind
    weights: Floats
    factor: float
    residual: Floats
    constant: float


@dataclass(frozen=True, slots=True)
class Drifted:
    """The change of the runs after, by one structure: its value, standard error, and the weights of the runs in it."""

    kind: Kind
    value: float
    error: float
    weights: Floats


def changes(values: Floats, after: Sequence[bool]) -> list[Drifted]:
    """Return the change by each structure that explains the runs about as well as the best; that one first.

    Parameters: `values`, of all runs in the order in which they were made, shape (n,), n >= 3; `after`, which are those
    after. Runs that are all equal on either side are still, without an error.
    """
    prepared = structures(tuple(after))
    df = len(values) - 2
    centred = values - values.mean()
    squares = [float(centred @ one.residual @ centred) for one in prepared]
    if min(squares) <= TINY * (1 + float(values @ values)):
        one = prepared[0]
        return [Drifted(one.kind, float(one.weights @ values), 0.0, one.weights)]
    likely = [one.constant - df / 2 * math.log(square) for one, square in zip(prepared, squares, strict=True)]
    order = sorted(range(len(prepared)), key=lambda place: -likely[place])
    kept = [place for place in order if likely[place] >= likely[order[0]] - math.log(AS_LIKELY)]
    return [
        Drifted(one.kind, float(one.weights @ values), math.sqrt(one.factor * square / df), one.weights)
        for one, square in ((prepared[place], squares[place]) for place in kept)
    ]


@cache
def structures(after: tuple[bool, ...]) -> tuple[Structure, ...]:
    """Return all structures for runs of which those `after` may have another level, the still one first."""
    n = len(after)
    at = np.arange(1, n + 1, dtype=np.float64)
    line = (at - at.mean()) / n
    laws: list[tuple[Kind, Floats]] = [("still", np.eye(n))]
    laws += [("walk", np.eye(n) + step * np.minimum.outer(at, at)) for step in WALKS]
    laws += [("slope", np.eye(n) + climb**2 * np.outer(line, line)) for climb in SLOPES]
    columns = [np.ones(n), np.array(after, dtype=np.float64)]
    return tuple(_prepared(kind, law, np.column_stack(columns if any(after) else columns[:1])) for kind, law in laws)


def _prepared(kind: Kind, law: Floats, design: Floats) -> Structure:
    """Return a structure whose noise has the covariance `law`, shape (n, n); `design`: its levels, shape (n, k)."""
    inverse = np.linalg.inv(law)
    normal = design.T @ inverse @ design
    least = np.linalg.inv(normal)
    solved = least @ design.T @ inverse
    constant = -(np.linalg.slogdet(law)[1] + np.linalg.slogdet(normal)[1]) / 2
    return Structure(kind, solved[-1], float(least[-1, -1]), inverse - inverse @ design @ solved, float(constant))


def chance_of_no_drift(runs: Floats) -> float:
    """Return how probable an order of runs at least so drifting is, were every order as probable as any other.

    Parameters: `runs`, a row for each run in the order in which they were made, a column a metric; (n, m).

    A permutation test: the runs are shuffled as wholes, so what metrics have in common does no harm. Compared is
    the sum over metrics of how much better the best drift explains the runs than none. 1 where the order tells nothing.
    """
    varied = runs[:, runs.std(axis=0) > 0] if len(runs) >= FEWEST else np.zeros((0, 0))
    if not varied.size:
        return 1.0
    scaled = (varied - varied.mean(axis=0)) / varied.std(axis=0)
    random = np.random.default_rng(len(runs))
    orders = np.stack([np.arange(len(runs)), *(random.permutation(len(runs)) for _ in range(SHUFFLES))])
    found = _drift_of(scaled[orders])
    return float(np.mean(found >= found[0] - 1e-9))


def _drift_of(scaled: Floats) -> Floats:
    """Return how much better drift explains runs than none does, of each order: of shape (k, n, m), shape (k,)."""
    prepared, df = structures((False,) * scaled.shape[1]), scaled.shape[1] - 1
    squares = np.stack([np.einsum("kij,kij->kj", scaled, one.residual @ scaled) for one in prepared])
    constants = np.array([one.constant for one in prepared])[:, None, None]
    likely = constants - df / 2 * np.log(np.maximum(squares, TINY))
    return np.asarray((likely.max(axis=0) - likely[0]).sum(axis=1), dtype=np.float64)
