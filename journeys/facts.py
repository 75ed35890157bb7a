"""Facts: what a service asks of its customers, and which of its systems share what they were told."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from journeys.durations import Duration
from journeys.errors import Problem

FactKind = Literal["text", "email", "phone", "date", "number", "choice", "file", "secret"]
Widget = Literal["field", "cards", "keypad", "calendar", "map"]
WIDGETS: Mapping[str, tuple[FactKind, ...]] = {
    "field": ("text", "email", "phone", "date", "number", "choice", "file", "secret"),
    "cards": ("choice",),
    "calendar": ("choice",),
    "map": ("choice",),
    "keypad": ("text", "phone", "number", "secret"),
}
"""Which kinds of fact each widget can ask.

A widget has one template in the mocked back end (`simulators/backend/templates/widgets/NAME.html`), which shows a form
field named ``fact:NAME`` that works without a script, under the fact's label as its accessible name; and one way for
the browser engine to use it as a person would (`journeys/browser/widgets.py`). Programs send the value as of any fact.
"""

_DAY = re.compile(r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun) \d{1,2} \w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """Something that a customer knows and a step asks for, with the label under which pages ask it.

    Parameters
    ----------
    name: unique, short, lower case.
    label: what the page's field is called, as a person reads it.
    kind: what its values are; ``"secret"`` is masked in every log, trace and report, and may
        come from the environment (see `journeys.personas`).
    widget: how pages ask it: ``"field"``, the form field that suits the kind; ``"cards"``, one card for each choice;
        ``"keypad"``, the keys of a phone below the fields of digits, unless a person asks; ``"calendar"``, a sheet of
        days, each choice one of them (``"Mon 1 June"``); ``"map"``, zones in rows as on a map, from north-west to
        south-east, two beside each other, or three where there are more than four.
    faker: a Faker provider that gives a persona's value, such as ``"name"`` or ``"street_address"``.
    choices: the values to choose from (with `kind` ``"choice"``).
    weights: how often each choice is made, relative to the others; empty for equally often.
    prices: what each choice costs, in the journey's currency; pages show it, and add up those in a basket. Empty for
        none.
    replaces: name of a fact in whose place this one stands once it is told, in what pages tell back; empty for none.
    low, high: bounds of a number, drawn evenly and rounded to `round_to`.
    effort: the customer's time to supply it, added to the step's think time each time it is asked; to its service
        where that asks `in_person`.
    reask_abandon: probability that a customer gives up on being asked for it again.
    """

    name: str
    label: str
    kind: FactKind = "text"
    widget: Widget = "field"
    faker: str = ""
    choices: tuple[str, ...] = ()
    weights: tuple[float, ...] = ()
    prices: tuple[float, ...] = ()
    replaces: str = ""
    low: float = 0.0
    high: float = 100.0
    round_to: float = 1.0
    effort: Duration = Duration(0.0)
    reask_abandon: float = 0.0

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the fact."""
        if self.kind == "choice" and not self.choices:
            yield Problem(f"{path}.choices", "a choice needs values to choose from", "", "one or more texts")
        for name, each in (("weights", self.weights), ("prices", self.prices)):
            if each and len(each) != len(self.choices):
                allowed = f"{len(self.choices)}, or none"
                yield Problem(f"{path}.{name}", "not one for each choice", str(len(each)), allowed)
        if self.weights and (min(self.weights) < 0 or not 0 < sum(self.weights) < math.inf):
            yield Problem(f"{path}.weights", "needs weights of zero or more, not all zero", str(min(self.weights)))
        if self.kind not in WIDGETS[self.widget]:
            allowed = ", ".join(WIDGETS[self.widget])
            yield Problem(f"{path}.widget", f"{self.widget} asks no {self.kind}", "", f"for {allowed}")
        if self.widget == "calendar":
            for choice in self.choices:
                if not _DAY.fullmatch(choice):
                    yield Problem(f"{path}.choices", "is no day of a calendar", choice, "such as 'Mon 1 June'")
        if self.high < self.low or not self.round_to > 0:
            yield Problem(f"{path}.high", "needs low <= high and round_to > 0", f"{self.low:g} to {self.high:g}")
        if not 0 <= self.reask_abandon <= 1:
            yield Problem(f"{path}.reask_abandon", "must be a probability", f"{self.reask_abandon:g}", "0 to 1")
        if self.effort.s < 0:
            yield Problem(f"{path}.effort", "must not be negative", str(self.effort))


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """A system of record behind some steps; it knows what it was told, and what the systems it `reads` were told."""

    name: str
    reads: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step really asks of a customer: facts to supply, and those among them supplied before elsewhere."""

    facts: tuple[str, ...]
    again: tuple[str, ...]


class Knowledge:
    """What each system has been told about a customer: a value, shared by all who have told the same.

    Rule: a step asks a fact unless its own system, or one that it reads, has been told it. A fact that is asked
    although some other system has been told it is a *re-ask*. Rework at the same system asks nothing twice.
    """

    __slots__ = ("_told",)

    def __init__(self, told: Mapping[str, frozenset[str]] | None = None) -> None:
        self._told = told or {}

    def ask(self, system: System, facts: Sequence[str]) -> tuple[Asked, Knowledge]:
        """Return what `system` must ask out of `facts`, and what is known once it has been told."""
        own = self._told.get(system.name, frozenset())
        known = own.union(*(self._told.get(other, ()) for other in system.reads))
        asked = tuple(fact for fact in facts if fact not in known)
        anywhere: frozenset[str] = frozenset().union(*self._told.values())
        now = self if own.issuperset(facts) else Knowledge({**self._told, system.name: own.union(facts)})
        return Asked(asked, tuple(fact for fact in asked if fact in anywhere)), now
