"""Laws fitted by maximum likelihood: densities are densities, and what was planted is found again."""

from __future__ import annotations

import numpy as np
import pytest

from journeys import milliseconds, minutes, seconds
from journeys.distributions import Distribution, Empirical, Exponential, Gamma, Lognormal, Uniform, Weibull
from reports.calibration.laws import cv_of, distance, fit, fit_censored, log_density, log_survival, rounded

LAWS = (
    Exponential(seconds(3)), Lognormal(seconds(3), 0.7), Gamma(seconds(3), 0.4), Weibull(seconds(3), 1.7),
    Uniform(seconds(1), seconds(4)), Empirical((seconds(1), seconds(2), seconds(2.5), seconds(6))),
)  # fmt: skip


def drawn(law: Distribution, n: int, seed: int) -> np.ndarray:
    return law.quantile_s(np.random.default_rng(seed).random(n))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: type(law).__name__)
def test_a_density_has_the_mass_mean_and_spread_of_its_law(law: Distribution) -> None:
    grid = np.linspace(1e-6, 120, 400_001)
    density = np.exp(log_density(law, grid))
    mass, mean, square = (float(np.trapezoid(density * grid**power, grid)) for power in (0, 1, 2))
    assert mass == pytest.approx(1, abs=2e-3)
    assert mean == pytest.approx(law.mean_s, rel=2e-3)
    assert np.sqrt(square - mean**2) / mean == pytest.approx(cv_of(law), rel=1e-2)
    assert log_density(law, np.array([-1.0, 0.0])).tolist() == [-np.inf, -np.inf]


@pytest.mark.parametrize("law", LAWS[:4], ids=lambda law: type(law).__name__)
def test_survival_is_what_density_leaves(law: Distribution) -> None:
    u = np.array([0.05, 0.5, 0.95, 0.999])
    assert np.exp(log_survival(law, law.quantile_s(u))) == pytest.approx(1 - u, rel=1e-6)


@pytest.mark.parametrize("law", LAWS[:5], ids=lambda law: type(law).__name__)
def test_the_law_that_made_a_sample_is_found(law: Distribution) -> None:
    sample = drawn(law, 20_000, 1)
    found = fit(sample).law
    assert type(found) is type(law)
    assert found.mean_s == pytest.approx(law.mean_s, rel=5 * cv_of(law) / np.sqrt(len(sample)))
    assert cv_of(found) == pytest.approx(cv_of(law), rel=0.05)
    assert distance(found, sample) < 1.95 / np.sqrt(len(sample)) + 0.001  # Kolmogorov's, at 0.1%


def test_a_law_that_none_fits_is_drawn_as_it_is() -> None:
    two_kinds = np.concatenate(
        [drawn(Lognormal(milliseconds(5), 0.2), 6000, 1), drawn(Gamma(seconds(1), 0.2), 4000, 2)]
    )
    found = fit(two_kinds).law
    assert isinstance(found, Empirical)
    assert found.mean_s == pytest.approx(two_kinds.mean(), rel=0.02)


@pytest.mark.parametrize("law", LAWS[:4], ids=lambda law: type(law).__name__)
def test_censoring_does_not_bend_a_fit(law: Distribution) -> None:
    """Two thirds leave before their time: a fit to what was seen of them alone would be far too short."""
    estimates = []
    for seed in range(6):
        lasts, leaves = drawn(law, 3000, seed), drawn(Exponential(seconds(2)), 3000, 100 + seed)
        event = lasts <= leaves
        fitted = fit_censored(np.minimum(lasts, leaves), event, (type(law).__name__,))
        estimates.append(fitted.law.mean_s)
        assert lasts[event].mean() < 0.85 * law.mean_s
    error = np.std(estimates, ddof=1) / np.sqrt(len(estimates))
    assert np.mean(estimates) == pytest.approx(law.mean_s, abs=4 * error + 1e-3)


def test_a_law_is_written_down_in_numbers_that_read_well() -> None:
    law = rounded(Lognormal(milliseconds(20.2061234), 0.51234567))
    assert str(law) == "Lognormal(mean=20.2061 ms, cv=0.512346)"
    assert Distribution.parse(str(law)) == law


@pytest.mark.parametrize("shape", [0.6, 1.0, 2.5])
def test_a_censored_weibull_is_as_likely_as_scipys_and_is_found_without_a_search(shape: float) -> None:
    from scipy import stats

    random = np.random.default_rng(5)
    lasted, until = 300 * random.weibull(shape, 800), 500 * random.random(800)
    s, event = np.minimum(lasted, until), lasted <= until
    found = fit_censored(s, event, ("Weibull",))
    data = stats.CensoredData(uncensored=s[event], right=s[~event])
    c, _, scale = stats.weibull_min.fit(data, floc=0)
    own = found.law
    assert isinstance(own, Weibull)
    assert (own.shape, own.scale_s) == (pytest.approx(c, rel=2e-3), pytest.approx(scale, rel=2e-3))


def test_a_search_that_begins_near_finds_the_same_law() -> None:
    random = np.random.default_rng(6)
    lasted, until = random.lognormal(5, 0.8, 600), 400 * random.random(600)
    s, event = np.minimum(lasted, until), lasted <= until
    far, near = (
        fit_censored(s, event, ("Lognormal",)),
        fit_censored(s, event, ("Lognormal",), Lognormal(minutes(3), 0.8)),
    )
    assert near.log_likelihood == pytest.approx(far.log_likelihood, abs=0.01)
    assert near.law.mean_s == pytest.approx(far.law.mean_s, rel=5e-3)
