"""What a step asks of a customer here, and whether what was given will do."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import date

from journeys.blueprint import Journey, Step
from journeys.errors import did_you_mean
from journeys.facts import Fact

LONGEST_VALUE = 2000
MASK = "•" * 8

Told = dict[str, dict[str, str]]
"""What each system was told: the value of each fact, as it may be shown (secrets masked)."""


def known(journey: Journey, step: Step, told: Told) -> dict[str, str]:
    """Return what the step's system knows: what it was told, and what the systems that it reads were told."""
    system = journey.system(step.system)
    values: dict[str, str] = {}
    for name in (*system.reads, system.name):
        values.update(told.get(name, {}))
    return values


def to_ask(journey: Journey, step: Step, told: Told) -> tuple[str, ...]:
    """Return the facts that a new visit of `step` asks: those that its system does not know."""
    knows = known(journey, step, told)
    return tuple(name for name in step.asks if name not in knows)


def spoken_s(step: Step, facts: Mapping[str, Fact], asked: Iterable[str]) -> float:
    """Return how long the facts asked take to tell, in seconds, where those who serve ask them (`Step.in_person`)."""
    return sum(facts[name].effort.s for name in asked) if step.in_person else 0.0


def shown(fact: Fact, value: str) -> str:
    """Return a value as it may be stored and shown: a secret is masked, whatever its length."""
    return MASK if fact.kind == "secret" else value


def wrong(step: Step, facts: Mapping[str, Fact], given: Mapping[str, str], needed: Iterable[str]) -> dict[str, str]:
    """Return what is wrong with the facts `given` to `step`, by name; each a sentence's end ("is missing")."""
    problems: dict[str, str] = {}
    for name, value in given.items():
        if name not in step.asks:
            problems[name] = f"is not asked here; {did_you_mean(name, step.asks)}"
        elif value and (problem := _unfit(facts[name], value)):
            problems[name] = problem
    for name in needed:
        if not given.get(name):
            problems[name] = "is missing"
    return problems


def _unfit(fact: Fact, value: str) -> str:
    if len(value) > LONGEST_VALUE:
        return f"is too long (at most {LONGEST_VALUE} characters)"
    if fact.kind == "email" and not ("@" in value[1:-1] and value.isprintable() and " " not in value):
        return "must be an e-mail address, such as name@example.org"
    if fact.faker:  # the provider decides what its values look like
        return ""
    if fact.kind == "number":
        return _unfit_number(fact, value)
    if fact.kind == "choice" and value not in fact.choices:
        return "must be one of: " + ", ".join(fact.choices)
    if fact.kind == "date" and not _is_date(value):
        return "must be a date, such as 1990-12-31"
    return ""


def _unfit_number(fact: Fact, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not fact.low <= number <= fact.high:
        return f"must be a number from {fact.low:.15g} to {fact.high:.15g}"
    return ""


def _is_date(value: str) -> bool:
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
