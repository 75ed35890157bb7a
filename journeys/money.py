"""What a journey earns and costs, and what it costs to change it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from journeys.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Investment:
    """What a change to the service costs: to make, and to run. Nothing that is simulated depends on it.

    A scenario that needs it sets ``money.investments.NAME.made`` to true, so that of several levers together each has
    its own.

    Parameters
    ----------
    name, title: as elsewhere.
    one_off: what it costs to make, in the journey's currency.
    running: what it costs a year from then on; below zero where it saves something that the journey does not model.
    """

    name: str
    title: str = ""
    one_off: float = 0.0
    running: float = 0.0
    made: bool = False

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").replace("-", " ").capitalize()

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with it."""
        if not 0 <= self.one_off < math.inf:
            yield Problem(f"{path}.one_off", "must not be negative", f"{self.one_off:g}", "in the journey's currency")
        if not math.isfinite(self.running):
            yield Problem(f"{path}.running", "must be a number", f"{self.running:g}", "a year's, in the same currency")


@dataclass(frozen=True, slots=True)
class Money:
    """What a journey earns and costs besides the stations' hours, the contacts, and what its steps add.

    `investments`: what changes cost that scenarios make.
    """

    currency: str = "USD"
    completion_value: float = 0.0
    drop_off_cost: float = 0.0
    investments: tuple[Investment, ...] = ()
