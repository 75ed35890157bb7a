"""Assumptions: the assumed numbers of a blueprint, each with the plausible range over which it may be doubted."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from journeys.blueprint import Journey
from journeys.distributions import Distribution
from journeys.durations import Duration, Rate
from journeys.errors import InvalidInput, Problem
from journeys.paths import apply, get, parameters, source_of
from journeys.ranges import Range

PROBABILITIES = frozenset({
    "abandon", "skip", "probability", "share", "self_service", "chatbot", "comes_back", "gives_up", "visible",
    "failure", "reask_abandon", "reached",
})  # fmt: skip
_NO_ASSUMPTIONS = frozenset({
    "customers", "warm_up", "cool_down", "low", "high", "round_to", "limit", "priority", "visits", "needed", "count",
    "queue_limit", "initial", "above",
})  # fmt: skip
RULE = (
    "Durations, rates, laws (as a whole), prices and other numbers: from half to twice. Probabilities: their odds from "
    "half to twice. Numbers of people and machines: a quarter fewer to a quarter more, one at least."
)


@dataclass(frozen=True, slots=True)
class Assumption:
    """One assumed number (or law) and how it is varied: `u` from -1, the low end of its range, to 1, the high end.

    Parameters
    ----------
    scenario_only: the scenario sets it, so that only there it is varied. note: what its source says.
    declared: the range that a person named, around the value; beyond it `u` goes on to -2 and 2. None for that of
        `RULE`.
    """

    path: str
    value: Any
    scenario_only: bool
    note: str = ""
    declared: Range | None = None

    @property
    def ends(self) -> tuple[float, ...]:
        """The ends of its range, as places: of a declared one those at which it has another value than assumed."""
        return tuple(u for u in (-1.0, 1.0) if self.declared is None or self.at(u) != self.value)

    def at(self, u: float) -> Any:
        """Return the value at a place of the range; the assumed one at 0."""
        if self.declared is None:
            return _scaled(self.value, self.path, u)
        end = self.declared.high if u > 0 else self.declared.low
        if abs(u) > 1:
            return _scaled(end, self.path, math.copysign(abs(u) - 1, u))
        return _between(self.value, end, abs(u))

    def text(self, u: float) -> str:
        """Return the value at a place of the range, as a person reads it; of a law its mean."""
        value = self.at(u)
        if isinstance(value, Distribution):
            return f"mean {_exactly(value.mean_s)}"
        if isinstance(value, float):
            share = self.path.rpartition(".")[2] in PROBABILITIES
            return f"{value:.1%}" if share else f"{value:.3g}"
        if isinstance(value, Duration):
            return _exactly(value.s)
        if isinstance(value, Rate):
            return f"{value.per_s * 3600:.3g} / h"
        return str(value)

    @property
    def whole(self) -> bool:
        """Whether it takes whole numbers only."""
        return isinstance(self.value, int)


def assumptions(base: Journey, scenario: Journey) -> tuple[Assumption, ...]:
    """Return what is assumed in a journey or in a scenario of it, and can be varied, in the order of the paths.

    What the baseline alone has (the scenario sets another value) is not among them: it is how things are.
    """
    return tuple(_assumptions(base, scenario))


def declared(base: Journey, scenario: Journey, ranges: Sequence[Range], option: str = "--vary") -> list[Assumption]:
    """Return the assumptions that a person's ranges doubt, of any path that the scenario has.

    Raises InvalidInput for a range that does not hold the scenario's value, or is no sound journey where the baseline
    has the same.
    """
    from journeys.checks import problems

    found, wrong = list[Assumption](), list[Problem]()
    for one in ranges:
        value = get(scenario, one.path)
        if not one.low <= value <= one.high:
            given = f"{one.low}..{one.high}"
            wrong.append(Problem(f"{option} {one.path}", "does not hold the value that is assumed", given, str(value)))
            continue
        own = Assumption(one.path, value, _own(base, one.path) != value, source_of(scenario, one.path).note, one)
        if not own.scenario_only:
            wrong += [problem for u in own.ends for problem in problems(apply(base, {one.path: own.at(u)}))]
        found.append(own)
    if wrong:
        raise InvalidInput(wrong)
    return found


def varied(journey: Journey, assumption: Assumption, u: float) -> Journey | None:
    """Return the journey with an assumption changed; None where that is no sound journey."""
    from journeys.checks import problems

    try:
        changed = apply(journey, {assumption.path: assumption.at(u)})
    except InvalidInput:
        return None
    return None if any(True for _ in problems(changed)) else changed


def _assumptions(base: Journey, scenario: Journey) -> Iterator[Assumption]:
    for path, value in parameters(scenario):
        source = source_of(scenario, path)
        if source.kind != "assumed" or _fixed(path, value):
            continue
        yield Assumption(path, value, _own(base, path) != value, source.note)


def _exactly(seconds: float) -> str:
    """Return a duration with three digits, in a unit of which there is one at least."""
    if not seconds:
        return "0 s"
    units = ((86400.0, "d"), (3600.0, "h"), (60.0, "min"), (1.0, "s"), (0.001, "ms"))
    size, name = next((unit for unit in units if seconds >= unit[0] * 1.5), units[-1])
    return f"{seconds / size:.3g} {name}"


def _own(journey: Journey, path: str) -> Any:
    try:
        return get(journey, path)
    except InvalidInput:
        return None


def _fixed(path: str, value: Any) -> bool:
    name = path.rpartition(".")[2]
    if (
        name in _NO_ASSUMPTIONS
        or (path.startswith("segments.") and name == "share")
        or path.startswith("money.investments.")  # they change nothing that is simulated
        or isinstance(value, (bool, tuple))
    ):
        return True
    if isinstance(value, int):
        return name != "servers"
    if isinstance(value, float):
        return not 0 < value < (1 if name in PROBABILITIES else math.inf)
    if isinstance(value, Duration):
        return not 0 < value.s < math.inf
    if isinstance(value, Distribution):
        return not 0 < value.mean_s < math.inf or not _durations(value)
    return not isinstance(value, Rate)


def _durations(law: Distribution) -> dict[str, Duration]:
    """Return the fields of a law that are durations: all of them twice as long is the law twice as long."""
    assert dataclasses.is_dataclass(law)
    own = {field.name: getattr(law, field.name) for field in dataclasses.fields(law)}
    return {name: value for name, value in own.items() if isinstance(value, Duration)}


def _scaled(value: Any, path: str, u: float) -> Any:
    factor = 2.0**u
    if isinstance(value, Distribution):
        longer = {name: Duration(own.s * factor) for name, own in _durations(value).items()}
        return dataclasses.replace(value, **longer)
    if isinstance(value, Duration):
        return Duration(value.s * factor)
    if isinstance(value, Rate):
        return Rate(value.per_s * factor)
    if isinstance(value, int):
        return max(1, value + round(u * max(1, math.ceil(value / 4))))
    if path.rpartition(".")[2] in PROBABILITIES:
        odds = value / (1 - value) * factor
        return odds / (1 + odds)
    return value * factor


def _between(value: Any, end: Any, share: float) -> Any:
    """Return what lies at a share of the way from a value to the end of its range."""
    if isinstance(value, Duration):
        return Duration(value.s + share * (end.s - value.s))
    if isinstance(value, Rate):
        return Rate(value.per_s + share * (end.per_s - value.per_s))
    if isinstance(value, int):
        return value + round(share * (end - value))
    return value + share * (end - value)
