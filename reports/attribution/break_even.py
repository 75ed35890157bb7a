"""Break-even: which assumption would overturn a verdict, at what value, and how sure that value is.

One assumption at a time is moved over its plausible range, or over the one that a person declared, in the baseline and
in the scenario alike where both have it, with the same customers throughout. What holds at both ends is taken to hold
in between.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from journeys.blueprint import Journey
from reports.attribution.assumptions import Assumption, assumptions
from reports.attribution.blame import Simulate
from reports.attribution.crossing import Crossing, crossing, sure
from reports.attribution.looks import Condition, Looks
from reports.statistics import Floats

LOOKED_AT = 8
"""How many assumptions are looked at closely on either account."""
FINE = 0.01
"""Whoever moves a margin by less than this share of it is not looked at closely."""
NEVER = Crossing(math.nan, math.nan, math.nan)


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
    """Where moving one assumption overturns one condition, if anywhere that was looked at.

    Parameters
    ----------
    crossing: the places of the range. up: whether it is overturned from there upwards, or else downwards.
    """

    assumption: Assumption
    condition: Condition
    crossing: Crossing
    up: bool

    @property
    def at(self) -> float:
        """The place of the range where it is overturned; NaN where it is not."""
        return self.crossing.at

    @property
    def within(self) -> bool:
        """Whether that is within the range."""
        return abs(self.at) <= 1

    @property
    def text(self) -> str:
        """The value there, as a person reads it."""
        return self.assumption.text(self.at)

    def _said(self, u: float) -> str:
        return self.assumption.text(u).removeprefix("mean ")

    @property
    def span(self) -> str:
        """The interval of that value, such as ``10.9 min to 12 min``, rising; empty where there is none."""
        near, far = self.crossing.near, self.crossing.far
        if math.isnan(near):
            return ""
        if math.isnan(far):
            return f"{self._said(near)} or {'more' if self.up else 'less'}"
        low, high = (self._said(u) for u in sorted((near, far)))
        return f"{low} to {high}"


@dataclass(frozen=True, slots=True)
class Doubts:
    """What came of doubting all assumptions.

    Parameters
    ----------
    conditions: what was at stake. keys: of the differences in `moved`, which has the assumptions that move most.
    differences: as assumed, shape (n_keys,). overturned: by whom, and where, within their ranges.
    doubtful: who may overturn a condition within the range: on average it still holds at its end, but not surely.
    declared: of each range that a person declared and each condition, where it is overturned, also beyond the range;
        one that is nowhere where it holds as far as was looked.
    assumed: how many were doubted. replications: of the closer looks (the first look has one). cells: how many were
        simulated.
    """

    conditions: tuple[Condition, ...]
    keys: tuple[str, ...]
    moved: tuple[Moved, ...]
    differences: Floats
    overturned: tuple[BreakEven, ...]
    assumed: int
    replications: int
    cells: int
    doubtful: tuple[BreakEven, ...] = ()
    declared: tuple[BreakEven, ...] = field(default=())


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
    in proportion to it, those that move the first condition's quantity most, and all with a declared range, are looked
    at in all `replications`; and where an end of theirs overturns a condition, the place is found.

    Parameters: `chosen`, the assumptions to doubt; None for all of `reports.attribution.assumptions`.
    """
    own = tuple(assumptions(base, scenario) if chosen is None else chosen)
    keys = tuple(dict.fromkeys(condition.key for condition in conditions))
    looks = Looks(base, scenario, simulate, keys)
    close = _most_moving(looks, own, conditions)
    second = looks.values([(None, 0.0), *((one, u) for one in close for u in one.ends)], replications)
    centre = second[0]
    assert centre is not None
    ends = dict(zip(((one.path, u) for one in close for u in one.ends), second[1:], strict=True))
    nothing = np.full(len(keys), math.nan)
    moved = []
    for one in close:
        at_ends = (ends.get((one.path, u), centre) for u in (-1.0, 1.0))
        moved.append(Moved(one, *(nothing if end is None else _difference(end) for end in at_ends)))
    found = [each for one in close for each in _overturned(looks, one, conditions, replications)]
    return Doubts(
        tuple(conditions),
        keys,
        tuple(moved),
        _difference(centre),
        tuple(one for one in found if one.within),
        len(own),
        replications,
        looks.cells,
        tuple(one for one in found if math.isnan(one.at) and math.isfinite(one.crossing.near)),
        tuple(one for one in found if one.assumption.declared is not None),
    )


def _most_moving(looks: Looks, own: Sequence[Assumption], conditions: Sequence[Condition]) -> list[Assumption]:
    """Return the assumptions worth a closer look, those that move most first."""
    doubtful = [one for one in own if one.declared is None]
    places = [(one, u) for one in doubtful for u in one.ends]
    first = looks.values([(None, 0.0), *places], 1) if places else []
    moves, swings = (dict.fromkeys((one.path for one in doubtful), 0.0) for _ in range(2))
    for (one, _), end in zip(places, first[1:], strict=False):
        assert first[0] is not None
        moves[one.path] = max(moves[one.path], _moves(conditions, looks.keys, first[0], end))
        swings[one.path] = max(swings[one.path], _swing(first[0], end))
    ranked = [sorted(doubtful, key=lambda one: (-by[one.path], one.path)) for by in (moves, swings)]
    chosen = {one.path: one for order in ranked for one in order[:LOOKED_AT] if moves[one.path] >= FINE}
    return [*(one for one in own if one.declared is not None), *chosen.values()]


def _overturned(
    looks: Looks, one: Assumption, conditions: Sequence[Condition], replications: int
) -> Iterator[BreakEven]:  # fmt: skip
    """Yield where an assumption overturns conditions, or may; for a declared range, each condition in any case."""
    for condition in conditions:
        centre = looks.margins(condition, (None, 0.0), replications)
        assert centre is not None
        if float(centre.mean()) <= 0:
            continue
        found = [each for u in one.ends if (each := _towards(looks, one, condition, u, replications)) is not None]
        if one.declared is not None and not any(each.within for each in found):
            further = [_towards(looks, one, condition, 2 * u, replications) for u in one.ends]
            found = [each for each in further if each is not None and math.isfinite(each.at)] or found
            found = found or [BreakEven(one, condition, NEVER, True)]
        yield from found


def _towards(
    looks: Looks, one: Assumption, condition: Condition, end: float, replications: int
) -> BreakEven | None:  # fmt: skip
    """Return where a condition is overturned, or may be, on the way to a place; None where it surely holds there."""
    start = 0.0 if abs(end) <= 1 else end / 2

    def look(u: float) -> Floats | None:
        return looks.margins(condition, (one, u), replications)

    first, last = look(start), look(end)
    if first is None or last is None or sure(last):
        return None
    steps = abs(one.at(end) - one.at(start)) if one.whole else 0
    if one.whole and not steps:
        return None
    return BreakEven(one, condition, crossing(look, {start: first, end: last}, start, end, steps), end > 0)


def _margin(condition: Condition, place: int, values: Floats) -> float:
    return float(condition.margins(values[0, :, place], values[1, :, place]).mean())


def _difference(values: Floats) -> Floats:
    return np.asarray((values[1] - values[0]).mean(axis=0), dtype=np.float64)


def _swing(centre: Floats, end: Floats | None) -> float:
    """Return how far an end moves the first quantity's difference from what it is as assumed."""
    return 0.0 if end is None else abs(float(_difference(end)[0]) - float(_difference(centre)[0]))


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
