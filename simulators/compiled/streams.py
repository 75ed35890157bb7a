"""Streams of draws by number, as the kernel knows them: each a (step, purpose) with a law for each segment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from journeys.blueprint import Journey
from journeys.distributions import (
    Constant,
    Distribution,
    Empirical,
    Exponential,
    Lognormal,
    Never,
    Uniform,
    Weibull,
)
from journeys.population import address
from simulators.compiled.layout import code

NONE = -1
"""Where a table has no stream, station, wait or limit."""


@dataclass(frozen=True, slots=True)
class Law:
    """A stream that is drawn by inversion: a law for each segment."""

    step: str
    purpose: str
    laws: tuple[Distribution, ...]


class Streams:
    """The streams of a journey, numbered in the order in which they are first asked for.

    Parameters
    ----------
    views: the journey as each segment lives it.
    """

    def __init__(self, views: Sequence[Journey]) -> None:
        self._views = views
        self._numbers: dict[tuple[str, str, int], int] = {}
        self._kept: set[int] = set()
        self.laws: list[Law] = []
        self.knots: list[float] = []

    def __len__(self) -> int:
        return len(self.laws)

    def customers(self, step: str, purpose: str, pick: Callable[[Journey], Distribution | None], law: int = 0) -> int:
        """Return the number of a stream of customers' draws; `law` tells apart laws that share their uniforms."""
        return self._number((step, purpose, law), tuple(pick(view) or Never() for view in self._views))

    def replicas(self, station: str, purpose: str, law: Distribution) -> int:
        """Return the number of a stream of a station's replicas' draws, which are kept until the end."""
        number = self._number((f"station:{station}", purpose, 0), (law,) * len(self._views))
        self._kept.add(number)
        return number

    def _number(self, key: tuple[str, str, int], laws: tuple[Distribution, ...]) -> int:
        if key not in self._numbers:
            self._numbers[key] = len(self.laws)
            self.laws.append(Law(key[0], key[1], laws))
        return self._numbers[key]

    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rows of the tables of streams and of their laws (one for each segment), and note the knots."""
        return {
            "streams": [
                {"address": address(law.step, law.purpose), "kept": number in self._kept}
                for number, law in enumerate(self.laws)
            ],
            "laws": [self._law_row(own) for law in self.laws for own in law.laws],
        }

    def _law_row(self, law: Distribution) -> dict[str, Any]:
        kind, a, b, knots = _formula(law)
        begin = len(self.knots)
        self.knots += knots
        return {"kind": code("LAW", kind), "a": a, "b": b, "knots": begin, "n_knots": len(knots)}


@lru_cache(maxsize=1 << 10)  # the next replication asks for the same
def _formula(law: Distribution) -> tuple[str, float, float, tuple[float, ...]]:
    """Return which of the kernel's formulas a law has, and its numbers there."""
    if isinstance(law, Constant | Never) or law.mean_s == 0:
        return "constant", law.mean_s, 0.0, ()
    if isinstance(law, Uniform):
        return "uniform", law.low.s, law.high.s - law.low.s, ()
    if isinstance(law, Exponential):
        return "exponential", law.mean.s, 0.0, ()
    if isinstance(law, Lognormal):
        return "lognormal", law.mu, law.sigma, ()
    if isinstance(law, Weibull):
        return "weibull", law.scale_s, 1 / law.shape, ()
    if isinstance(law, Empirical):
        return "empirical", 0.0, 0.0, tuple(quantile.s for quantile in law.quantiles)
    return "inverted", 0.0, 0.0, ()
