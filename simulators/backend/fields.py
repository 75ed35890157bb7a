"""The fields of a form: what the widget of a fact needs to know to ask it.

Each widget has a template in `templates/widgets/`, named as in `journeys.facts.WIDGETS`, which gets a `Field`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from journeys.facts import Fact

_INPUTS: Mapping[str, Mapping[str, str]] = {
    "text": {"type": "text"},
    "email": {"type": "email", "autocomplete": "email"},
    "phone": {"type": "tel", "autocomplete": "tel"},
    "date": {"type": "date"},
    "number": {"type": "number", "step": "any"},
    "file": {"type": "file"},
    "secret": {"type": "password", "autocomplete": "off"},
    "choice": {},
}
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values to choose from: what it is, and how its price is written (empty for none)."""

    value: str
    price: str


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled input of a form."""

    id: str
    name: str
    label: str
    widget: str
    value: str
    hint: str
    problem: str
    choices: tuple[Choice, ...]
    attributes: Mapping[str, Any]


def field_of(fact: Fact, value: str, is_known: bool, problem: str, *, currency: str, in_person: bool) -> Field:
    """Return the field that asks a fact.

    Parameters: `value`, what it holds already; `is_known`, whether that was told before; `problem`, what is wrong with
    it; `currency`, of the prices; `in_person`, whether somebody asks, to whom nothing is keyed in.
    """
    field_id = f"fact-{fact.name}"
    attributes: dict[str, Any] = dict(_INPUTS[fact.kind])
    hint = ""
    if fact.kind in ("file", "secret"):
        hint = f"Already received: {value}" if is_known and value else ""
        value = ""
    elif fact.kind == "number" and not fact.faker and fact.widget != "keypad":
        attributes |= {"min": f"{fact.low:.15g}", "max": f"{fact.high:.15g}"}
        hint = f"From {fact.low:,.15g} to {fact.high:,.15g}"
    if fact.widget == "keypad":
        kind = "password" if fact.kind == "secret" else "text"
        attributes = {"type": kind, "inputmode": "numeric", "autocomplete": "off"}
    widget = "field" if in_person and fact.widget == "keypad" else fact.widget
    described = [f"{field_id}-{what}" for what, text in (("hint", hint), ("problem", problem)) if text]
    attributes["required"] = None if is_known else "required"
    attributes["aria-describedby"] = " ".join(described) or None
    attributes["aria-invalid"] = "true" if problem else None
    prices = [amount(price, currency) if price else "" for price in fact.prices] or [""] * len(fact.choices)
    choices = tuple(Choice(choice, price) for choice, price in zip(fact.choices, prices, strict=True))
    return Field(
        id=field_id, name=f"fact:{fact.name}", label=fact.label, widget=widget, value=value, hint=hint,
        problem=problem, choices=choices if fact.kind == "choice" else (), attributes=attributes,
    )  # fmt: skip


def amount(money: float, currency: str) -> str:
    """Return an amount as a person reads it.

    >>> amount(1249, "USD"), amount(-9.5, "CHF"), amount(0, "USD")
    ('$1,249', '-9.50 CHF', '$0')
    """
    number = f"{abs(money):,.0f}" if money == int(money) else f"{abs(money):,.2f}"
    sign = "-" if money < 0 else ""
    return f"{sign}{_SIGNS[currency]}{number}" if currency in _SIGNS else f"{sign}{number} {currency}"
