"""Streams of draws by number, as the kernel knows them: each a (step, purpose) with a law for each segment."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from journeys.blueprint import Journey
from journeys.distributions import Constant, Distribution, Never
from journeys.population import address

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
        self.constants: list[float] = []

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

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield the table's rows, and note the constants on the way."""
        for number, law in enumerate(self.laws):
            constant = NONE
            if all(isinstance(own, Constant | Never) for own in law.laws):
                constant = len(self.constants)
                self.constants += [own.mean_s for own in law.laws]
            yield {"address": address(law.step, law.purpose), "constant": constant, "kept": number in self._kept}
