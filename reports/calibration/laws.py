"""Laws fitted to durations by maximum likelihood, complete or right-censored, and chosen by information criterion."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys.distributions import Constant, Distribution, Empirical, Exponential, Gamma, Lognormal, Uniform, Weibull
from journeys.durations import Duration

Floats = NDArray[np.float64]
LEAST_SIGMA = 1e-4
KNOTS = 25


@dataclass(frozen=True, slots=True)
class FittedLaw:
    """A law with the logarithm of its likelihood and how many parameters it has."""

    law: Distribution
    log_likelihood: float
    parameters: int

    def bic(self, n: int) -> float:
        """Return Schwarz's criterion for `n` observations: -2 log L + k log n; less is better."""
        return -2 * self.log_likelihood + self.parameters * math.log(max(n, 2))


def log_density(law: Distribution, s: Floats) -> Floats:
    """Return the logarithm of a law's density at durations in seconds; -inf where it has none."""
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(s > 0, s, np.nan)
        found = _log_density(law, x)
        return np.where(np.isnan(found), -np.inf, found)


def _log_density(law: Distribution, x: Floats) -> Floats:
    if isinstance(law, Exponential):
        return -x / law.mean.s - math.log(law.mean.s)
    if isinstance(law, Lognormal):
        sigma = max(law.sigma, LEAST_SIGMA)
        z = (np.log(x) - law.mu) / sigma
        return -0.5 * z * z - math.log(sigma * math.sqrt(2 * math.pi)) - np.log(x)
    if isinstance(law, Gamma):
        shape = 1 / max(law.cv, LEAST_SIGMA) ** 2
        scale = law.mean.s / shape
        return (shape - 1) * np.log(x) - x / scale - math.lgamma(shape) - shape * math.log(scale)
    if isinstance(law, Weibull):
        ratio = np.log(x / law.scale_s)
        return math.log(law.shape / law.scale_s) + (law.shape - 1) * ratio - np.exp(law.shape * ratio)
    if isinstance(law, Uniform):
        inside = (x >= law.low.s) & (x <= law.high.s)
        return np.where(inside, -math.log(max(law.high.s - law.low.s, LEAST_SIGMA * law.high.s)), -np.inf)
    if isinstance(law, Empirical):
        knots = np.array([quantile.s for quantile in law.quantiles])
        at = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, len(knots) - 2)
        width = np.maximum(np.diff(knots), LEAST_SIGMA * knots[-1])  # an atom is no density without end
        inside = (x >= knots[0]) & (x <= knots[-1])
        return np.where(inside, -np.log((len(knots) - 1) * width[at]), -np.inf)
    raise TypeError(f"{type(law).__name__} has no density here")


def log_survival(law: Distribution, s: Floats) -> Floats:
    """Return the logarithm of the probability of a duration beyond `s` >= 0, in seconds."""
    from scipy.special import gammaincc, log_ndtr

    with np.errstate(divide="ignore"):
        if isinstance(law, Exponential):
            return -s / law.mean.s
        if isinstance(law, Lognormal):
            found: Floats = log_ndtr(-(np.log(s) - law.mu) / max(law.sigma, LEAST_SIGMA))
            return found
        if isinstance(law, Gamma):
            shape = 1 / max(law.cv, LEAST_SIGMA) ** 2
            tail: Floats = np.log(gammaincc(shape, s * shape / law.mean.s))
            return tail
        if isinstance(law, Weibull):
            return -((s / law.scale_s) ** law.shape)
    raise TypeError(f"{type(law).__name__} has no censored fit here")


def cv_of(law: Distribution) -> float:
    """Return a law's coefficient of variation: standard deviation / mean.

    >>> cv_of(Exponential(Duration(3.0)))
    1.0
    """
    if isinstance(law, (Lognormal, Gamma)):
        return law.cv
    if isinstance(law, Exponential):
        return 1.0
    if isinstance(law, Constant):
        return 0.0
    if isinstance(law, Weibull):
        first, second = math.gamma(1 + 1 / law.shape), math.gamma(1 + 2 / law.shape)
        return math.sqrt(max(0.0, second / first**2 - 1))
    if isinstance(law, Uniform):
        return (law.high.s - law.low.s) / math.sqrt(12) / law.mean_s
    if isinstance(law, Empirical):
        low, high = (np.array([one.s for one in law.quantiles[part]]) for part in (slice(None, -1), slice(1, None)))
        second_moment = float(np.mean((low * low + low * high + high * high) / 3))
        return math.sqrt(max(0.0, second_moment / law.mean_s**2 - 1))
    raise TypeError(f"{type(law).__name__} has no coefficient of variation")


def rounded(law: Distribution, digits: int = 6) -> Distribution:
    """Return a law with its numbers rounded to significant digits, as it is written down.

    >>> rounded(Lognormal(Duration(0.0123456789), 0.5))
    Lognormal(mean=Duration('12.3457 ms'), cv=0.5)
    """

    def near(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(near(one) for one in value)
        if isinstance(value, Duration):  # to a number of milliseconds or seconds that reads well
            size = 1000.0 if abs(value.s) < 1 else 1.0
            return Duration(float(f"{value.s * size:.{digits}g}") / size)
        return float(f"{value:.{digits}g}")

    return type(law)(**{field.name: near(getattr(law, field.name)) for field in fields(law)})


def stretched(law: Distribution, factor: float) -> Distribution:
    """Return the law of `factor` times as long durations.

    >>> stretched(Exponential(Duration(2.0)), 1.5).mean_s
    3.0
    """

    def longer(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(longer(one) for one in value)
        return value * factor if isinstance(value, Duration) else value

    return type(law)(**{field.name: longer(getattr(law, field.name)) for field in fields(law)})


# Complete observations -----------------------------------------------------------------------------------------------


def _exponential(s: Floats) -> Distribution:
    return Exponential(Duration(float(s.mean())))


def _lognormal(s: Floats) -> Distribution:
    logs = np.log(s)
    sigma = max(float(logs.std()), LEAST_SIGMA)
    return Lognormal(Duration(math.exp(float(logs.mean()) + sigma**2 / 2)), math.sqrt(math.expm1(sigma**2)))


def _gamma(s: Floats) -> Distribution:
    """Solve log(k) - digamma(k) = log(mean) - mean(log) by Newton; Minka (2002), *Estimating a Gamma distribution*."""
    from scipy.special import digamma, polygamma

    mean = float(s.mean())
    gap = math.log(mean) - float(np.log(s).mean())
    if gap < LEAST_SIGMA**2:
        return Gamma(Duration(mean), LEAST_SIGMA)
    shape = (3 - gap + math.sqrt((gap - 3) ** 2 + 24 * gap)) / (12 * gap)
    for _ in range(8):
        step = (math.log(shape) - float(digamma(shape)) - gap) / (1 / shape - float(polygamma(1, shape)))
        shape = max(shape / 2, shape - step)
    return Gamma(Duration(mean), 1 / math.sqrt(shape))


def _weibull(s: Floats) -> Distribution:
    logs = np.log(s) - float(np.log(s).max())
    shape = min(max(1.2 / max(float(logs.std()), LEAST_SIGMA), 0.05), 500.0)
    mean_log = float(logs.mean())
    for _ in range(30):
        powers = np.exp(shape * logs)
        total = float(powers.sum())
        first, second = float((powers * logs).sum()) / total, float((powers * logs * logs).sum()) / total
        value, slope = first - mean_log - 1 / shape, second - first**2 + 1 / shape**2
        after = min(max(shape - value / slope, shape / 3), shape * 3, 900.0)
        if abs(after - shape) < 1e-9 * shape:
            break
        shape = after
    scale = float(s.max()) * float(np.exp(shape * logs).mean()) ** (1 / shape)
    return Weibull(Duration(scale * math.gamma(1 + 1 / shape)), max(shape, 0.01))


def _uniform(s: Floats) -> Distribution:
    return Uniform(Duration(float(s.min())), Duration(float(s.max())))


def _empirical(s: Floats) -> Distribution:
    knots = np.quantile(s, np.linspace(0, 1, KNOTS + 1))
    return Empirical(tuple(Duration(float(knot)) for knot in knots))


COMPLETE: Mapping[str, tuple[Callable[[Floats], Distribution], int]] = {
    "Exponential": (_exponential, 1), "Lognormal": (_lognormal, 2), "Gamma": (_gamma, 2), "Weibull": (_weibull, 2),
    "Uniform": (_uniform, 2), "Empirical": (_empirical, KNOTS + 1),
}  # fmt: skip
"""How each law is fitted to complete durations, and how many parameters it has."""


def fit(s: Floats, laws: tuple[str, ...] = tuple(COMPLETE)) -> FittedLaw:
    """Return the law that fits durations best by Schwarz's criterion; `s` > 0, in seconds, two or more."""
    found = []
    for name in laws:
        make, parameters = COMPLETE[name]
        if name == "Empirical" and len(s) < 20 * KNOTS and len(laws) > 1:
            continue  # fewer than twenty between two quantiles draw nothing but the sample
        law = make(s)
        found.append(FittedLaw(law, float(log_density(law, s).sum()), parameters))
    return min(found, key=lambda one: one.bic(len(s)))


def distance(law: Distribution, s: Floats) -> float:
    """Return Kolmogorov's distance between a law and durations, from its quantiles (within 1/1000)."""
    grid = np.linspace(0.0005, 0.9995, 1000)
    quantiles = law.quantile_s(grid)
    return float(np.abs(np.searchsorted(np.sort(s), quantiles, side="right") / len(s) - grid).max())


# Right-censored observations -----------------------------------------------------------------------------------------


CENSORED = ("Exponential", "Lognormal", "Gamma", "Weibull")


def fit_censored(s: Floats, event: NDArray[np.bool_], laws: tuple[str, ...] = CENSORED) -> FittedLaw:
    """Return the law that fits right-censored durations best by Schwarz's criterion.

    Parameters: `s`, when each was last seen, in seconds; `event`, whether it ended then (else it lasts longer); one
    event or more. Schwarz's criterion counts the events.
    """
    from scipy.optimize import minimize

    s = np.maximum(s, 1e-9)
    mean = float(s.sum()) / max(1, int(event.sum()))

    def likelihood(law: Distribution) -> float:
        return float(log_density(law, s[event]).sum() + log_survival(law, s[~event]).sum())

    makers: Mapping[str, Callable[[float, float], Distribution]] = {
        "Lognormal": lambda a, b: Lognormal(Duration(math.exp(a)), math.exp(b)),
        "Gamma": lambda a, b: Gamma(Duration(math.exp(a)), math.exp(b)),
        "Weibull": lambda a, b: Weibull(Duration(math.exp(a)), min(max(math.exp(b), 0.02), 500.0)),
    }
    found = []
    if "Exponential" in laws:
        found.append(FittedLaw(Exponential(Duration(mean)), likelihood(Exponential(Duration(mean))), 1))
    for name in laws:
        if name not in makers:
            continue

        def loss(at: Floats, make: Callable[[float, float], Distribution] = makers[name]) -> float:
            if not (abs(at[0]) < 40 and abs(at[1]) < 4):
                return 1e300
            value = likelihood(make(float(at[0]), float(at[1])))
            return -value if math.isfinite(value) else 1e300

        best = minimize(
            loss, np.array([math.log(mean), 0.0]), method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-3}
        )
        found.append(FittedLaw(makers[name](float(best.x[0]), float(best.x[1])), -float(best.fun), 2))
    return min(found, key=lambda one: one.bic(int(event.sum())))
