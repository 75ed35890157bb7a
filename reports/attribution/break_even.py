"""Break-even: which assumption would overturn a verdict, and at what value.

One assumption at a time is moved over its plausible range, in the baseline and in the scenario alike where both have
it, with the same customers throughout. What holds at both ends is taken to hold in between.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from journeys.blueprint import Journey
from journeys.budgets import Budget
from reports.attribution.assumptions import Assumption, assumptions, varied
from reports.attribution.blame import Simulate
from reports.statistics import Floats

LOOKED_AT, HALVINGS = 8, 6
"""How many assumptions are looked at closely on either account, and how often a range is halved."""
FINE = 0.01
"""Whoever moves a margin by less than this share of it is not looked at closely."""


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


@dataclass(frozen=True, slots=True)
class Moved:
    """What moving one assumption does: differences of `keys` (scenario - baseline) at the low and the high end.

    `low`, `high`: shape (n_keys,), NaN where that end is no sound journey.
    """

    assumption: Assumption
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class BreakEven:
    """One assumption that overturns one condition within its range.

    `at`: the place of the range where it does, and `up`, whether from there upwards (or else downwards). `text`: the
    value there.
    """

    assumption: Assumption
    condition: Condition
    at: float
    up: bool
    text: str


@dataclass(frozen=True, slots=True)
class Doubts:
    """What came of doubting all assumptions.

    Parameters
    ----------
    conditions: what was at stake. keys: of the differences in `moved`, which has the assumptions that move most.
    differences: as assumed, shape (n_keys,). overturned: by whom, and where. assumed: how many were doubted.
    replications: of the closer looks (the first look has one). cells: how many were simulated.
    """

    conditions: tuple[Condition, ...]
    keys: tuple[str, ...]
    moved: tuple[Moved, ...]
    differences: Floats
    overturned: tuple[BreakEven, ...]
    assumed: int
    replications: int
    cells: int


class _Looks:
    """Simulates pairs (baseline, scenario) with an assumption moved, none twice."""

    def __init__(self, base: Journey, scenario: Journey, simulate: Simulate, keys: Sequence[str]) -> None:
        self.base, self.scenario, self.simulate, self.keys = base, scenario, simulate, keys
        self.cells = 0
        self._known: dict[tuple[str, float, int, bool], Floats] = {}

    def values(self, places: Sequence[tuple[Assumption | None, float]], replications: int) -> list[Floats | None]:
        """Return for each (assumption, place) values of shape (2, n_replications, n_keys); None for no sound journey.

        The first of the two is the baseline's. Place 0, or no assumption, is as assumed.
        """
        wanted: dict[tuple[str, float, int, bool], Journey | None] = {}
        names = [[self._names(one, u, number) for number in range(replications)] for one, u in places]
        for (one, u), own in zip(places, names, strict=True):
            for pair in own:
                for is_base, name in zip((True, False), pair, strict=True):
                    if name not in self._known and name not in wanted:
                        journey = self.base if is_base else self.scenario
                        wanted[name] = varied(journey, one, u) if one is not None and name[0] else journey
        sound = {name: journey for name, journey in wanted.items() if journey is not None}
        if sound:
            found = self.simulate([(journey, name[2]) for name, journey in sound.items()], self.keys)
            self._known |= dict(zip(sound, found, strict=True))
            self.cells += len(sound)
        return [
            np.array([[self._known[pair[side]] for pair in own] for side in (0, 1)])
            if all(name in self._known for pair in own for name in pair)
            else None
            for own in names
        ]

    def _names(
        self, one: Assumption | None, u: float, number: int
    ) -> tuple[tuple[str, float, int, bool], tuple[str, float, int, bool]]:
        if one is None or u == 0:
            return ("", 0.0, number, True), ("", 0.0, number, False)
        mine = (one.path, u, number, False)
        return ("", 0.0, number, True) if one.scenario_only else (one.path, u, number, True), mine


def doubted(
    base: Journey,
    scenario: Journey,
    conditions: Sequence[Condition],
    simulate: Simulate,
    replications: int,
    chosen: Sequence[Assumption] | None = None,
) -> Doubts:
    """Find which assumptions would overturn which conditions, and where.

    Every assumption is moved to both ends of its range in one replication. Those that move a condition's margin most,
    in proportion to it, and those that move the first condition's quantity most, are looked at in all `replications`;
    and where an end of theirs overturns a condition, the place is found by halving the range.

    Parameters: `chosen`, the assumptions to doubt; None for all of `reports.attribution.assumptions`.
    """
    own = tuple(assumptions(base, scenario) if chosen is None else chosen)
    keys = tuple(dict.fromkeys(condition.key for condition in conditions))
    looks = _Looks(base, scenario, simulate, keys)
    ends = [(one, u) for one in own for u in (-1.0, 1.0)]
    first = looks.values([(None, 0.0), *ends], 1)
    as_assumed = first[0]
    assert as_assumed is not None
    moves = [
        max(_moves(conditions, keys, as_assumed, end) for end in first[1 + 2 * at : 3 + 2 * at])
        for at in range(len(own))
    ]
    swings = [_swing(as_assumed, first[1 + 2 * at : 3 + 2 * at]) for at in range(len(own))]
    ranked = [sorted(range(len(own)), key=lambda at: (-by[at], own[at].path)) for by in (moves, swings)]
    chosen_ones = dict.fromkeys(at for order in ranked for at in order[:LOOKED_AT] if moves[at] >= FINE)
    close = [own[at] for at in chosen_ones]
    second = looks.values([(None, 0.0), *((one, u) for one in close for u in (-1.0, 1.0))], replications)
    centre = second[0]
    assert centre is not None
    nothing = np.full(len(keys), math.nan)
    moved, overturned = list[Moved](), list[BreakEven]()
    for at, one in enumerate(close):
        low, high = second[1 + 2 * at], second[2 + 2 * at]
        moved.append(Moved(one, *(nothing if end is None else _difference(end) for end in (low, high))))
        for condition in conditions:
            place = keys.index(condition.key)
            if _margin(condition, place, centre) <= 0:
                continue
            for end, u in ((low, -1.0), (high, 1.0)):
                if end is not None and _margin(condition, place, end) <= 0:
                    edge = _edge(looks, one, condition, place, u, replications)
                    overturned.append(BreakEven(one, condition, edge, u > 0, one.text(edge)))
    return Doubts(
        tuple(conditions), keys, tuple(moved), _difference(centre), tuple(overturned), len(own), replications,
        looks.cells,
    )  # fmt: skip


def budget_condition(budget: Budget, key: str) -> Condition:
    """Return that a scenario keeps a budget on a quantity."""
    return Condition(f"“{budget.text}” is kept", key, -1 if budget.relation.startswith("<") else 1, budget.limit)


def _edge(
    looks: _Looks, one: Assumption, condition: Condition, place: int, end: float, replications: int
) -> float:  # fmt: skip
    """Return the place nearest to the assumed value at which the condition is known to be overturned."""
    holds, overturned = 0.0, end
    for _ in range(HALVINGS):
        middle = (holds + overturned) / 2
        if one.whole and one.at(middle) in (one.at(holds), one.at(overturned)):
            break
        found = looks.values([(one, middle)], replications)[0]
        if found is not None and _margin(condition, place, found) <= 0:
            overturned = middle
        else:
            holds = middle
    return overturned


def _margin(condition: Condition, place: int, values: Floats) -> float:
    return float(condition.margins(values[0, :, place], values[1, :, place]).mean())


def _difference(values: Floats) -> Floats:
    return np.asarray((values[1] - values[0]).mean(axis=0), dtype=np.float64)


def _swing(centre: Floats, ends: Sequence[Floats | None]) -> float:
    """Return how far the ends move the first quantity's difference from what it is as assumed, at most."""
    middle = float(_difference(centre)[0])
    return max((abs(float(_difference(end)[0]) - middle) for end in ends if end is not None), default=0.0)


def _moves(conditions: Sequence[Condition], keys: Sequence[str], centre: Floats, values: Floats | None) -> float:
    """Return by what share of a condition's margin values differ from those as assumed, at most."""
    if values is None:
        return 0.0
    found = [0.0]
    for condition in conditions:
        place = keys.index(condition.key)
        before = _margin(condition, place, centre)
        if before:
            found.append(abs(_margin(condition, place, values) - before) / abs(before))
    return max(found)
