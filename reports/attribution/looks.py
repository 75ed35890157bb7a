"""Looks: pairs of a baseline and a scenario, simulated with one assumption moved, none of them twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from journeys.blueprint import Journey
from journeys.budgets import Budget
from reports.attribution.assumptions import Assumption, varied
from reports.attribution.blame import Simulate
from reports.statistics import Floats

Place = tuple[Assumption | None, float]
"""An assumption, and where in its range it is; None, or place 0, for all as assumed."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that the verdict says, and that may be overturned.

    Parameters
    ----------
    says: in words. key: of the quantity. sign: 1 where more of it speaks for it, -1 where less does.
    limit: of the scenario's value; None where the scenario's difference from the baseline is at stake.
    """

    says: str
    key: str
    sign: int
    limit: float | None = None

    def margins(self, base: Floats, scenario: Floats) -> Floats:
        """Return by how much it holds, in each of some replications; overturned where that is 0 or less on average."""
        return self.sign * (scenario - (base if self.limit is None else self.limit))


def budget_condition(budget: Budget, key: str) -> Condition:
    """Return that a scenario keeps a budget on a quantity."""
    return Condition(f"“{budget.text}” is kept", key, -1 if budget.relation.startswith("<") else 1, budget.limit)


@dataclass(frozen=True, slots=True)
class _Name:
    """What a cell is known by: the assumption's path and place, the replication, and whether it is the baseline's."""

    path: str
    u: float
    replication: int
    is_base: bool


class Looks:
    """Simulates with an assumption moved, in the baseline and the scenario alike where both have it.

    `cells`: how many were simulated so far.
    """

    def __init__(self, base: Journey, scenario: Journey, simulate: Simulate, keys: Sequence[str]) -> None:
        self.base, self.scenario, self.simulate, self.keys = base, scenario, simulate, tuple(keys)
        self.cells = 0
        self._known: dict[_Name, Floats] = {}

    def values(self, places: Sequence[Place], replications: int) -> list[Floats | None]:
        """Return for each place values of shape (2, n_replications, n_keys); None for no sound journey.

        The first of the two is the baseline's.
        """
        self._simulate(places, replications, (True, False))
        found = list[Floats | None]()
        for place in places:
            names = [[_name(place, number, base) for number in range(replications)] for base in (True, False)]
            sound = all(name in self._known for own in names for name in own)
            found.append(np.array([[self._known[name] for name in own] for own in names]) if sound else None)
        return found

    def margins(self, condition: Condition, place: Place, replications: int) -> Floats | None:
        """Return by how much a condition holds, shape (n_replications,); None for no sound journey.

        The baseline is left alone where only the scenario's value is at stake.
        """
        sides = (True, False) if condition.limit is None else (False,)
        self._simulate([place], replications, sides)
        at = self.keys.index(condition.key)
        names = [[_name(place, number, base) for number in range(replications)] for base in sides]
        if not all(name in self._known for own in names for name in own):
            return None
        values = [np.array([self._known[name][at] for name in own]) for own in names]
        return condition.margins(values[0], values[-1])

    def _simulate(self, places: Sequence[Place], replications: int, sides: Sequence[bool]) -> None:
        wanted: dict[_Name, Journey | None] = {}
        variants: dict[tuple[str, float, bool], Journey | None] = {}
        for place in places:
            for number in range(replications):
                for is_base in sides:
                    name = _name(place, number, is_base)
                    if name in self._known or name in wanted:
                        continue
                    key = (name.path, name.u, is_base)
                    if key not in variants:
                        variants[key] = self._variant(place, name, is_base)
                    wanted[name] = variants[key]
        sound = {name: journey for name, journey in wanted.items() if journey is not None}
        if sound:
            found = self.simulate([(journey, name.replication) for name, journey in sound.items()], self.keys)
            self._known |= dict(zip(sound, found, strict=True))
            self.cells += len(sound)

    def _variant(self, place: Place, name: _Name, is_base: bool) -> Journey | None:
        journey = self.base if is_base else self.scenario
        one, u = place
        return varied(journey, one, u) if one is not None and name.path else journey


def _name(place: Place, number: int, is_base: bool) -> _Name:
    one, u = place
    if one is None or u == 0 or (is_base and one.scenario_only):
        return _Name("", 0.0, number, is_base)
    return _Name(one.path, u, number, is_base)
