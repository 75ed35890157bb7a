"""Logarithm, exponential and normal quantile against libraries' own, over the whole range that draws need."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import ndtri

from journeys import portable

SMALLEST = 2.0**-53


def uniforms() -> NDArray[np.float64]:
    """Return uniforms as they are drawn, the extreme ones included, and the borders between pieces."""
    made = np.random.default_rng(1).random(200_000)
    edges = np.array([SMALLEST, 3 * SMALLEST, 0.15, 0.85, 0.5 - 0.35, 0.5 + 0.35, 0.5, 1 - SMALLEST])
    near = np.exp(-(np.array([1.37, 2.6, 6.0]) ** 2))
    return np.concatenate([made, made * 1e-12, edges, near, 1 - near])


def in_last_places(found: NDArray[np.float64], exact: NDArray[np.float64]) -> float:
    return float(np.max(np.abs(found - exact) / np.spacing(np.abs(exact))))


def test_log() -> None:
    x = np.concatenate([uniforms(), 1 - uniforms(), np.array([1e-300, 36.7, 1e9, 1e300])])
    x = x[x > 0]
    exact = np.log(x)
    away = np.abs(exact) > 1e-12
    assert in_last_places(portable.log(x[away]), exact[away]) <= 4
    assert portable.log(np.array([1.0]))[0] == 0


def test_exp() -> None:
    x = np.random.default_rng(2).uniform(-699, 699, 200_000)
    assert in_last_places(portable.exp(x), np.exp(x)) <= 4
    assert portable.exp(np.array([0.0, 701.0])).tolist() == [1.0, portable.exp(np.array([700.0]))[0]]


def test_normal_quantile() -> None:
    u = uniforms()
    u = u[(u >= SMALLEST) & (u < 1)]
    exact = ndtri(u)
    assert np.allclose(portable.normal_quantile(u), exact, rtol=2e-14, atol=2e-16)
    assert portable.normal_quantile(np.array([0.0]))[0] == pytest.approx(ndtri(2.0**-60))


def test_values_do_not_depend_on_their_neighbours() -> None:
    u = uniforms()[:4099]
    for function in (lambda x: portable.log(x + SMALLEST), portable.exp, portable.normal_quantile):
        whole = function(u)
        assert np.array_equal(whole[1000:1003], function(u[1000:1003]))
