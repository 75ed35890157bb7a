"""Distributions of durations, each drawn by inverting a uniform, so that one uniform means one person's luck.

Because a draw is the quantile of a uniform that belongs to the customer, changing a mean or a family moves every
customer's draw the same way: common random numbers survive any change of parameters.
All transforms from uniforms live here and nowhere else, so that every engine gets the same bits.
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from journeys import portable
from journeys.durations import Duration
from journeys.errors import Problem, did_you_mean

Floats = NDArray[np.float64]

NEVER_S = math.inf
_ALMOST_CONSTANT = 1e-6


@dataclass(frozen=True, slots=True)
class Distribution:
    """A law of non-negative durations; subclasses give the quantile function."""

    kinds: ClassVar[dict[str, type[Distribution]]] = {}

    def __init_subclass__(cls) -> None:
        if not cls.__name__.startswith("_"):  # what some laws have in common is none by itself
            Distribution.kinds[cls.__name__] = cls

    def quantile_s(self, u: Floats) -> Floats:
        """Return the durations, in seconds, whose distribution function equals `u`, uniforms in [0, 1)."""
        raise TypeError(f"{type(self).__name__} has no quantile function")

    @property
    def mean_s(self) -> float:
        """The mean, in seconds."""
        raise TypeError(f"{type(self).__name__} has no mean")

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the parameters."""
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if isinstance(value, Duration) and not 0 <= value.s < math.inf:
                problem = "must not be negative" if value.s < 0 else "must be finite"
                yield Problem(f"{path}.{field.name}", problem, str(value), "a duration of zero or more")

    def __str__(self) -> str:
        inside = ", ".join(f"{field.name}={_shown(getattr(self, field.name))}" for field in dataclasses.fields(self))
        return f"{type(self).__name__}({inside})"

    @staticmethod
    def parse(text: str) -> Distribution:
        """Read what `str` writes, such as ``Lognormal(mean=3 h, cv=0.8)``; raises ValueError with the reason."""
        shape = re.fullmatch(r"\s*(\w+)\s*\((.*)\)\s*", text, re.DOTALL)
        if shape is None:
            try:
                return Constant(Duration.parse(text))
            except ValueError:
                raise ValueError(
                    f"not a distribution: {text!r} (write Exponential(mean=3 h), Lognormal(mean=1 h, cv=0.5), 5 min)"
                ) from None
        kind = Distribution.kinds.get(shape.group(1))
        if kind is None:
            raise ValueError(
                f"unknown distribution {shape.group(1)!r}; {did_you_mean(shape.group(1), list(Distribution.kinds))}"
            )
        declared = {field.name: str(field.type) for field in dataclasses.fields(kind)}
        given: dict[str, Any] = {}
        for item in re.split(r",(?![^\[(]*[\])])", shape.group(2)):
            if not item.strip():
                continue
            name, equals, value = item.partition("=")
            if not equals or name.strip() not in declared:
                raise ValueError(f"{kind.__name__} takes {', '.join(declared) or 'nothing'} (got {item.strip()!r})")
            given[name.strip()] = _read(value.strip(), declared[name.strip()])
        try:
            return kind(**given)
        except TypeError:
            raise ValueError(f"{kind.__name__} needs {', '.join(declared)} (got {text!r})") from None


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return "[" + "; ".join(_shown(item) for item in value) + "]"
    return str(value)


def _read(text: str, declared: str) -> Any:
    """Read one parameter as its field's type says, so that a bare number is never taken for a duration."""
    if declared.startswith("tuple"):
        inside = declared.removeprefix("tuple[").partition(",")[0]
        return tuple(_read(item.strip(), inside) for item in text.strip("[]").split(";") if item.strip())
    if declared.endswith("Duration"):
        return Duration.parse(text)
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"not a number: {text!r}") from None


@dataclass(frozen=True, slots=True)
class Constant(Distribution):
    """Always `value`."""

    value: Duration

    def quantile_s(self, u: Floats) -> Floats:
        """Return `value` for each uniform."""
        return np.full(u.shape, self.value.s)

    @property
    def mean_s(self) -> float:
        """The value, in seconds."""
        return self.value.s


ZERO = Constant(Duration(0.0))


@dataclass(frozen=True, slots=True)
class Never(Distribution):
    """A time that never comes: a patience without end, a question that is never asked."""

    def quantile_s(self, u: Floats) -> Floats:
        """Return infinity for each uniform."""
        return np.full(u.shape, NEVER_S)

    @property
    def mean_s(self) -> float:
        """Infinity."""
        return NEVER_S


@dataclass(frozen=True, slots=True)
class _OfMean(Distribution):
    """A law that is given by its mean, and perhaps a shape."""

    mean: Duration

    @property
    def mean_s(self) -> float:
        """The mean, in seconds."""
        return self.mean.s


@dataclass(frozen=True, slots=True)
class _OfVariation(_OfMean):
    """A law that is given by its mean and its coefficient of variation `cv` (standard deviation / mean)."""

    cv: float

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the mean and the coefficient of variation."""
        yield from Distribution.problems(self, path)
        if not 0 <= self.cv <= 1000:
            problem = "must not be negative" if self.cv < 0 else "out of range"
            yield Problem(f"{path}.cv", problem, f"{self.cv:g}", "0 to 1000")


@dataclass(frozen=True, slots=True)
class Exponential(_OfMean):
    """Exponential with mean `mean`: a constant hazard of 1/mean."""

    def quantile_s(self, u: Floats) -> Floats:
        """Return -mean log(1 - u)."""
        return -portable.log(1.0 - u) * self.mean.s


@dataclass(frozen=True, slots=True)
class Uniform(Distribution):
    """Uniform between `low` and `high`."""

    low: Duration
    high: Duration

    def quantile_s(self, u: Floats) -> Floats:
        """Return low + u (high - low)."""
        return self.low.s + u * (self.high.s - self.low.s)

    @property
    def mean_s(self) -> float:
        """The midpoint, in seconds."""
        return (self.low.s + self.high.s) / 2

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the bounds."""
        yield from Distribution.problems(self, path)
        if self.high < self.low:
            yield Problem(f"{path}.high", "must not be below low", str(self.high), f"{self.low} or more")


@dataclass(frozen=True, slots=True)
class Lognormal(_OfVariation):
    """Lognormal with mean `mean` and coefficient of variation `cv` (standard deviation / mean)."""

    def quantile_s(self, u: Floats) -> Floats:
        """Return exp(mu + sigma z(u)), with z the standard normal quantile."""
        if self.mean.s == 0:
            return np.zeros(u.shape)
        return portable.exp(self.mu + self.sigma * portable.normal_quantile(u))

    @property
    def sigma(self) -> float:
        """The standard deviation of the logarithm: sigma^2 = log(1 + cv^2)."""
        return math.sqrt(_log(1.0 + self.cv**2))

    @property
    def mu(self) -> float:
        """The mean of the logarithm of seconds: log(mean) - sigma^2 / 2."""
        return _log(self.mean.s) - _log(1.0 + self.cv**2) / 2


@dataclass(frozen=True, slots=True)
class Gamma(_OfVariation):
    """Gamma with mean `mean` and coefficient of variation `cv`; cv = 1/sqrt(k) gives the Erlang-k."""

    def quantile_s(self, u: Floats) -> Floats:
        """Return the inverse of the regularised incomplete gamma function, scaled to the mean."""
        if self.cv < _ALMOST_CONSTANT or self.mean.s == 0:
            return np.full(u.shape, self.mean.s)
        from scipy.special import gammaincinv

        shape = 1.0 / self.cv**2
        inverse = np.asarray(gammaincinv(shape, u), dtype=np.float64)
        return inverse * (self.mean.s / shape)


@dataclass(frozen=True, slots=True)
class Weibull(_OfMean):
    """Weibull with mean `mean`; `shape` below 1 is a hazard that falls with time, above 1 one that rises."""

    shape: float

    def quantile_s(self, u: Floats) -> Floats:
        """Return scale (-log(1 - u))^(1/shape); 0 counts as 2^-60."""
        exponential = np.maximum(-portable.log(1.0 - u), portable.SMALLEST)
        powers = portable.exp(portable.log(exponential) * (1 / self.shape))
        return self.scale_s * powers

    @property
    def scale_s(self) -> float:
        """The scale, in seconds: mean / Gamma(1 + 1/shape)."""
        return self.mean.s / math.gamma(1 + 1 / self.shape)

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the mean and the shape."""
        yield from Distribution.problems(self, path)
        if not 0.01 <= self.shape <= 1000:  # beyond, the scale is no number any more
            problem = "must be > 0" if self.shape <= 0 else "out of range"
            yield Problem(f"{path}.shape", problem, f"{self.shape:g}", "0.01 to 1000")


@dataclass(frozen=True, slots=True)
class Empirical(Distribution):
    """Piecewise-linear quantile function through `quantiles`, evenly spaced from the minimum to the maximum.

    >>> import numpy as np
    >>> from journeys.durations import minutes
    >>> Empirical((minutes(1), minutes(2), minutes(9))).quantile_s(np.array([0.0, 0.25, 0.5]))
    array([ 60.,  90., 120.])
    """

    quantiles: tuple[Duration, ...]

    def quantile_s(self, u: Floats) -> Floats:
        """Interpolate between the quantiles."""
        knots = np.array([quantile.s for quantile in self.quantiles])
        position = u * (len(knots) - 1)
        below = np.minimum(np.floor(position), len(knots) - 2.0)
        at = below.astype(np.intp)
        drawn: Floats = knots[at] + (position - below) * (knots[at + 1] - knots[at])
        return drawn

    @property
    def mean_s(self) -> float:
        """The mean of the interpolated law, in seconds."""
        knots = np.array([quantile.s for quantile in self.quantiles])
        return float(np.mean((knots[1:] + knots[:-1]) / 2))

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the quantiles."""
        if len(self.quantiles) < 2:
            yield Problem(f"{path}.quantiles", "needs two or more", str(len(self.quantiles)))
        elif any(b < a for a, b in zip(self.quantiles, self.quantiles[1:], strict=False)):
            yield Problem(f"{path}.quantiles", "must not fall", _shown(self.quantiles), "values in rising order")
        elif self.quantiles[0].s < 0:
            yield Problem(f"{path}.quantiles", "must not be negative", str(self.quantiles[0]))
        elif not all(quantile.s < math.inf for quantile in self.quantiles):
            yield Problem(f"{path}.quantiles", "must be finite", _shown(self.quantiles))


def _log(x: float) -> float:
    return float(portable.log(np.array([x]))[0])
