"""Quantiles against SciPy's, over all degrees of freedom that reports meet."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri, stdtrit
from scipy.stats import binom

from reports.quantiles import FAR_DF, normal_quantile, quantile_ranks, t_quantile

PROBABILITIES = (0.001, 0.025, 0.3, 0.5, 0.51, 0.8, 0.975, 0.995, 1 - 0.05 / 170, 1 - 1e-5)


@pytest.mark.parametrize("df", [*range(1, 12), 30, 31, 199, FAR_DF, FAR_DF + 1, 1000, 100_000])
def test_students_t_is_that_of_scipy(df: int) -> None:
    found = [t_quantile(probability, df) for probability in PROBABILITIES]
    assert found == pytest.approx(stdtrit(df, np.array(PROBABILITIES)), rel=2e-9, abs=1e-12)


def test_the_normal_law_is_that_of_scipy() -> None:
    assert [normal_quantile(one) for one in PROBABILITIES] == pytest.approx(ndtri(np.array(PROBABILITIES)), rel=1e-12)


@pytest.mark.parametrize("n", [1, 2, 7, 60, 365, 2358, 199_999, 10_000_000])
@pytest.mark.parametrize("q", [0.01, 0.5, 0.9, 0.99, 0.999])
def test_the_ranks_around_a_quantile_are_those_of_scipys_binomial(n: int, q: float) -> None:
    low, high = quantile_ranks(n, q, 0.025)
    below = binom(n, q).cdf
    assert below(low - 1) <= 0.025 < below(low)  # the next rank would lie above the quantile too often
    assert below(high - 2) < 0.975 <= below(high - 1)
