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
        mu, sigma = _of_logarithm(law)
        z = (np.log(x) - mu) / sigma
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


def _of_logarithm(law: Lognormal) -> tuple[float, float]:
    """Return mean and standard deviation of the logarithm, quicker than the law's own, portable ones."""
    variance = math.log1p(law.cv**2)
    return math.log(law.mean.s) - variance / 2, max(math.sqrt(variance), LEAST_SIGMA)


def log_survival(law: Distribution, s: Floats) -> Floats:
    """Return the logarithm of the probability of a duration beyond `s` >= 0, in seconds."""
    from scipy.special import gammaincc, log_ndtr

    with np.errstate(divide="ignore"):
        if isinstance(law, Exponential):
            return -s / law.mean.s
        if isinstance(law, Lognormal):
            mu, sigma = _of_logarithm(law)
            found: Floats = log_ndtr(-(np.log(s) - mu) / sigma)
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
        if abs(step) < 1e-10 * shape:
            break
    return Gamma(Duration(mean), 1 / math.sqrt(shape))


def _weibull(s: Floats, event: NDArray[np.bool_] | None = None) -> Distribution:
    """Return Weibull's law by Newton's steps on the shape; `event` as in `fit_censored`, None where all ended.

    The likelihood's scale is known for each shape k: the sum of s^k, of those cut off too, over the
    number of events, to the power of 1 / k; put into it, that leaves one equation for k.
    """
    logs = np.log(s) - float(np.log(s).max())
    ended, events = (logs, len(logs)) if event is None else (logs[event], int(event.sum()))
    shape = min(max(1.2 / max(float(ended.std()), LEAST_SIGMA), 0.05), 500.0)
    mean_log = float(ended.mean())
    for _ in range(60):
        powers = np.exp(shape * logs)
        total = float(powers.sum())
        first, second = float((powers * logs).sum()) / total, float((powers * logs * logs).sum()) / total
        value, slope = first - mean_log - 1 / shape, second - first**2 + 1 / shape**2
        after = min(max(shape - value / slope, shape / 3), shape * 3, 900.0)
        if abs(after - shape) < 1e-9 * shape:
            break
        shape = after
    scale = float(s.max()) * (float(np.exp(shape * logs).sum()) / events) ** (1 / shape)
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


def fit_censored(
    s: Floats, event: NDArray[np.bool_], laws: tuple[str, ...] = CENSORED, near: Distribution | None = None
) -> FittedLaw:
    """Return the law that fits right-censored durations best by Schwarz's criterion.

    Parameters: `s`, when each was last seen, in seconds; `event`, whether it ended then (else it lasts longer); one
    event or more. `near`: a law of nearly the same durations, where the search begins. Schwarz's criterion counts the
    events.
    """
    s = np.maximum(s, 1e-9)
    found = []
    for name in laws:
        law, parameters = _censored(name, s, event, near)
        likelihood = _likelihood(law, s, event)
        if math.isfinite(likelihood):
            found.append(FittedLaw(law, likelihood, parameters))
    return min(found, key=lambda one: one.bic(int(event.sum())))


def _censored(name: str, s: Floats, event: NDArray[np.bool_], near: Distribution | None) -> tuple[Distribution, int]:
    """Return the likeliest law of a kind, and how many parameters it has."""
    mean = float(s.sum()) / max(1, int(event.sum()))
    if name == "Exponential":
        return Exponential(Duration(mean)), 1
    if name == "Weibull":
        return _weibull(s, event), 2
    make: Callable[[Duration, float], Distribution] = Lognormal if name == "Lognormal" else Gamma
    begin = (mean, 1.0)
    if isinstance(near, Lognormal | Gamma) and type(near).__name__ == name:
        begin = (near.mean.s, near.cv)
    return _searched(lambda a, b: make(Duration(math.exp(a)), math.exp(b)), s, event, begin), 2


def _likelihood(law: Distribution, s: Floats, event: NDArray[np.bool_]) -> float:
    return float(log_density(law, s[event]).sum() + log_survival(law, s[~event]).sum())


def _searched(
    make: Callable[[float, float], Distribution], s: Floats, event: NDArray[np.bool_], begin: tuple[float, float]
) -> Distribution:
    """Return the likeliest law made of two logarithms, by Nelder and Mead's simplex around the numbers to begin at."""
    from scipy.optimize import minimize

    def loss(at: Floats) -> float:
        if not (abs(at[0]) < 40 and abs(at[1]) < 4):
            return 1e300
        value = _likelihood(make(float(at[0]), float(at[1])), s, event)
        return -value if math.isfinite(value) else 1e300

    at = np.log(begin)
    simplex = at + np.array([[0.0, 0.0], [0.1, 0.0], [0.0, 0.1]])
    best = minimize(loss, at, method="Nelder-Mead", options={"xatol": 1e-4, "fatol": 1e-3, "initial_simplex": simplex})
    return make(float(best.x[0]), float(best.x[1]))
