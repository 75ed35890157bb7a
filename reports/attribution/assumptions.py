"""Assumptions: the assumed numbers of a blueprint, each with the plausible range over which it may be doubted."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from journeys.blueprint import Journey
from journeys.distributions import Distribution
from journeys.durations import Duration, Rate
from journeys.errors import InvalidInput
from journeys.paths import apply, get, parameters, source_of

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

    `scenario_only`: the scenario sets it, so that only there it is varied. `note`: what its source says.
    """

    path: str
    value: Any
    scenario_only: bool
    note: str = ""

    def at(self, u: float) -> Any:
        """Return the value at a place of the range; the assumed one at 0."""
        return _scaled(self.value, self.path, u)

    def text(self, u: float) -> str:
        """Return the value at a place of the range, as a person reads it; of a law its mean."""
        value = self.at(u)
        if isinstance(value, Distribution):
            from reports.wording import number

            return f"mean {number(value.mean_s, 's')}"
        if isinstance(value, float):
            share = self.path.rpartition(".")[2] in PROBABILITIES
            return f"{value:.1%}" if share else f"{value:.3g}"
        if isinstance(value, Duration):
            from reports.wording import duration

            return duration(value.s)
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
