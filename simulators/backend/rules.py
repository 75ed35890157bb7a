"""Rules of the back end: which can be changed without another blueprint, and the facts as they are then asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Problem, did_you_mean
from journeys.facts import Fact
from journeys.paths import apply
from simulators.backend.ledger import Ledger
from simulators.backend.once import down
from simulators.backend.store import StoreDown, ruled
from simulators.backend.submissions import Refused

RULES = ("low", "high", "choices")
"""Of a fact: the bounds of a number, and the values to choose from."""

AT_A_RESTART = "rules are taken up at a restart; start again with --rule PATH=VALUE"


class RuleBook:
    """The rules in force: `changed` are the paths and values that are not the journey's own, `facts` what they make."""

    def __init__(self, journey: Journey, ledger: Ledger, changed: Mapping[str, str]) -> None:
        self._journey, self._ledger = journey, ledger
        self.changed = dict(changed)
        self.facts = facts_under(journey, changed)

    def keep(self) -> None:
        """Write down what was changed at the start, in the running loop."""
        if self.changed:
            self._ledger.add([ruled(path, value) for path, value in self.changed.items()])

    async def change(self, path: str, value: str) -> dict[str, str]:
        """Put a rule in force, and return what is changed in all; refused as told in `Service`."""
        if self._journey.rules != "live":
            raise Refused(409, AT_A_RESTART, path=path)
        changed = {**self.changed, path: value}
        try:
            self.facts.update(facts_under(self._journey, changed))
        except InvalidInput as error:
            raise Refused(422, "; ".join(map(str, error.problems)), path=path) from None
        self.changed = changed
        self._ledger.add([ruled(path, value)])
        try:
            await self._ledger.settled()
        except StoreDown as error:
            raise down(error) from None
        return dict(self.changed)


def facts_under(journey: Journey, rules: Mapping[str, str]) -> dict[str, Fact]:
    """Return the facts by name, as the rules have them; raises InvalidInput for what is no rule, or cannot be.

    Choices are separated by commas, as on the command line. A choice that is left out takes its weight and its price
    along.
    """
    problems = []
    for path in rules:
        parts = path.split(".")
        if len(parts) != 3 or parts[0] != "facts" or parts[2] not in RULES:
            allowed = "facts.NAME." + " or ".join(RULES)
            problems.append(Problem(path, "is no rule that can be changed", "", did_you_mean(path, [allowed])))
    if problems:
        raise InvalidInput(problems)
    facts = {fact.name: _whole(fact, journey.fact(fact.name)) for fact in apply(journey, rules).facts}
    problems = [problem for name, fact in facts.items() for problem in fact.problems(f"facts.{name}")]
    if problems:
        raise InvalidInput(problems)
    return facts


def _whole(fact: Fact, before: Fact) -> Fact:
    """Return a fact with the weights and prices of the choices that it still has."""
    if fact.choices == before.choices:
        return fact
    weight = dict(zip(before.choices, before.weights, strict=False))
    price = dict(zip(before.choices, before.prices, strict=False))
    return replace(
        fact,
        weights=tuple(weight.get(choice, 0.0) for choice in fact.choices) if weight else (),
        prices=tuple(price.get(choice, 0.0) for choice in fact.choices) if price else (),
    )
