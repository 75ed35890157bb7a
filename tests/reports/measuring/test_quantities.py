"""Quantities: what the interval of one number rests on."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from reports.measuring.quantities import merged, per, share


@pytest.mark.parametrize("replications", [1, 5])
def test_what_never_happened_may_yet_happen(replications: int) -> None:
    parts = [per("calls", "Calls", np.zeros(40)) for _ in range(replications)]
    found = merged(parts).estimate()
    n = 40 * replications
    assert (found.value, found.low, found.n) == (0.0, 0.0, n)
    assert stats.poisson.cdf(0, found.high / 100 * n) == pytest.approx(0.025)  # were it more, one would have been seen
    zeros, ones = np.zeros(replications), np.full(replications, 40.0)
    for hits, value in ((zeros, 0.0), (ones, 1.0)):
        known = share("completion", "Completed", hits, ones).estimate()
        assert known.value == value
        assert known.high - known.low > 0
        assert known.n == n
    assert math.isnan(per("calls", "Calls", np.zeros(0)).estimate().value)
