"""What a step's page tells back: what was told so far, with prices and their sum in a basket, and what is in stock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from journeys.blueprint import Journey, Step
from simulators.backend.asking import Told
from simulators.backend.fields import amount


@dataclass(frozen=True, slots=True)
class Line:
    """One thing told: what it is, its value, and its price (empty for none)."""

    label: str
    value: str
    price: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """What there is of a stock, as the front end sees it."""

    label: str
    is_in: bool


@dataclass(frozen=True, slots=True)
class Summary:
    """What is told back. `total` is empty where nothing has a price."""

    lines: tuple[Line, ...]
    total: str
    shelves: tuple[Shelf, ...]


def summary_of(journey: Journey, step: Step, told: Told, seen: Mapping[str, int]) -> Summary:
    """Return what the page of `step` tells back of what it `shows`, whichever system was told it.

    `seen` is how many units of each stock the front end sees.
    """
    values: dict[str, str] = {}
    for known in told.values():
        values.update(known)
    lines, prices = [], []
    replaced = {fact.replaces for fact in journey.facts if fact.name in values}
    for fact in (journey.fact(name) for name in step.shows if name in values and name not in replaced):
        by_choice: Mapping[str, float] = dict(zip(fact.choices, fact.prices, strict=False))
        price = by_choice.get(values[fact.name])
        lines.append(Line(fact.label, values[fact.name], amount(price, journey.money.currency) if price else ""))
        prices += [] if price is None else [price]
    shelves = tuple(
        Shelf(stock.label, seen.get(stock.name, 0) > 0) for stock in journey.stock if stock.name in step.shows
    )
    return Summary(tuple(lines), amount(sum(prices), journey.money.currency) if prices else "", shelves)
