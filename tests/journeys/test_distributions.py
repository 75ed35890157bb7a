"""Distributions: quantiles that rise, the mean they promise, and texts that read back."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeys import (
    ZERO,
    Constant,
    Distribution,
    Duration,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Never,
    Uniform,
    Weibull,
    hours,
    minutes,
    seconds,
)
from tests.property.journeys import laws

# midpoints of v, with u = 1 - (1 - v)^4: dense where the tails are, and never quite 1
_V = (np.arange(40_000) + 0.5) / 40_000
_U = np.minimum(1 - (1 - _V) ** 4, np.nextafter(1.0, 0.0))
_WEIGHTS = 4 * (1 - _V) ** 3 / len(_V)


@given(laws())
def test_quantiles_never_fall_and_are_never_negative(law: Distribution):
    drawn = law.quantile_s(np.linspace(0, 1, 500, endpoint=False))
    assert drawn.shape == (500,)
    assert np.all(np.isfinite(drawn))
    assert drawn[0] >= 0
    assert np.all(np.diff(drawn) >= -1e-9 * drawn[1:])


@given(laws())
def test_the_mean_is_the_integral_of_the_quantiles(law: Distribution):
    assert float(law.quantile_s(_U) @ _WEIGHTS) == pytest.approx(law.mean_s, rel=2e-3, abs=1e-9)


@given(laws())
def test_a_law_survives_its_own_text(law: Distribution):
    assert Distribution.parse(str(law)) == law


@given(laws(), st.floats(1.1, 5))
def test_a_larger_mean_moves_every_draw_up_in_proportion(law: Distribution, factor: float):
    if not hasattr(law, "mean"):
        return
    u = np.array([0.0, 0.2, 0.5, 0.9, 0.999])
    larger = dataclasses.replace(law, mean=law.mean * factor)
    np.testing.assert_allclose(larger.quantile_s(u), factor * law.quantile_s(u), rtol=1e-9)


def test_known_quantiles():
    u = np.array([0.5])
    assert Exponential(seconds(10)).quantile_s(u)[0] == pytest.approx(10 * math.log(2))
    assert Uniform(seconds(10), seconds(20)).quantile_s(u)[0] == 15
    # the median of a lognormal is exp(mu) = mean / sqrt(1 + cv^2)
    assert Lognormal(seconds(10), 1.0).quantile_s(u)[0] == pytest.approx(10 / math.sqrt(2))
    # cv = 1 and shape = 1 are the exponential
    assert Gamma(seconds(10), 1.0).quantile_s(u)[0] == pytest.approx(10 * math.log(2))
    assert Weibull(seconds(10), 1.0).quantile_s(u)[0] == pytest.approx(10 * math.log(2))
    assert Gamma(seconds(10), 0.0).quantile_s(u)[0] == Constant(seconds(10)).quantile_s(u)[0] == 10
    assert Never().quantile_s(u)[0] == Never().mean_s == math.inf
    assert ZERO.mean_s == 0


def test_the_coefficient_of_variation_is_what_it_says():
    for law in (Lognormal(hours(1), 0.7), Gamma(hours(1), 0.7)):
        squares = float(law.quantile_s(_U) ** 2 @ _WEIGHTS)
        assert math.sqrt(squares - law.mean_s**2) / law.mean_s == pytest.approx(0.7, rel=5e-3)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5 min", Constant(minutes(5))),
        ("Exponential(mean=3 h)", Exponential(hours(3))),
        (" Lognormal( cv=0.8 , mean=3h ) ", Lognormal(hours(3), 0.8)),
        ("Never()", Never()),
        ("Empirical(quantiles=[1 min; 2 min; 9 min])", Empirical((minutes(1), minutes(2), minutes(9)))),
    ],
)
def test_a_law_is_read_from_text(text: str, expected: Distribution):
    assert Distribution.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("5", "not a distribution"),
        ("Exponential(mean=3)", "not a duration: '3'"),
        ("Exponential(3 h)", "Exponential takes mean"),
        ("Exponential()", "Exponential needs mean"),
        ("Exponetial(mean=3 h)", "did you mean 'Exponential'"),
        ("Lognormal(mean=3 h, cv=2 h)", "not a number: '2 h'"),
        ("Lognormal(mean=3 h, sd=1 h)", "Lognormal takes mean, cv"),
        ("Never(mean=3 h)", "Never takes nothing"),
    ],
)
def test_what_is_no_law_is_refused_with_the_reason(text: str, said: str):
    with pytest.raises(ValueError) as refused:
        Distribution.parse(text)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("law", "said"),
    [
        (Constant(minutes(-5)), "at.value: must not be negative (got -5 min); a duration of zero or more"),
        (Exponential(hours(-5)), "at.mean: must not be negative (got -5 h); a duration of zero or more"),
        (Exponential(Duration(math.inf)), "at.mean: must be finite (got inf d); a duration of zero or more"),
        (Uniform(hours(2), hours(1)), "at.high: must not be below low (got 1 h); 2 h or more"),
        (Lognormal(hours(2), -1.0), "at.cv: must not be negative (got -1); 0 to 1000"),
        (Gamma(hours(2), math.nan), "at.cv: out of range (got nan); 0 to 1000"),
        (Weibull(hours(2), 0.0), "at.shape: must be > 0 (got 0); 0.01 to 1000"),
        (Weibull(hours(2), 0.001), "at.shape: out of range (got 0.001); 0.01 to 1000"),
        (Empirical((hours(1),)), "at.quantiles: needs two or more (got 1)"),
        (Empirical((hours(2), hours(1))), "at.quantiles: must not fall (got [2 h; 1 h]); values in rising order"),
        (Empirical((hours(-2), hours(1))), "at.quantiles: must not be negative (got -2 h)"),
    ],
)
def test_a_law_tells_what_is_wrong_with_it(law: Distribution, said: str):
    assert [str(problem) for problem in law.problems("at")] == [said]


@given(laws())
def test_a_sound_law_has_no_problems(law: Distribution):
    assert list(law.problems("at")) == []
