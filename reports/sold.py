"""Stock taken of what was on offer: how much of it was sold, and how full the homes of a marketplace are."""

from __future__ import annotations

import math
from collections.abc import Iterator

from journeys.blueprint import Journey
from journeys.eventlog import Manifest
from journeys.stock import Stock
from reports.quantities import Quantity, share
from reports.walks import Walks

MISSED = "out of stock: {}"


def sold(journey: Journey, walks: Walks, window: tuple[float, float], manifest: Manifest) -> Iterator[Quantity]:
    """Yield ``sold.STOCK``: the units that anybody took within the window, of those that were on offer in it.

    On offer are what there was at the run's zero, if that lies in the window, and what each delivery in it made
    available: so many units as are added, or where stock is brought up to a level, as many as that.

    Parameters: `window`, begin and end in seconds on the journey's clock; `walks`, a replication's rows.
    """
    rows = walks.everyone
    served, end_s = rows.outcome.among("served"), rows.end_s * manifest.speed
    inside = served & (end_s >= window[0]) & (end_s <= window[1])
    for stock in journey.stock:
        takes = rows.step.among(*(step.name for step in journey.steps if step.takes == stock.name))
        text = MISSED.format(stock.name)
        lacking = rows.detail.among(*(detail for detail in rows.detail.texts if text in detail.split("; ")))
        offered = on_offer(stock, *window)
        if offered:
            hits = int((inside & takes & ~lacking).sum())
            yield share(f"sold.{stock.name}", f"{stock.label}, taken of those on offer", [hits], [offered], of="units")


def on_offer(stock: Stock, begin_s: float, end_s: float) -> int:
    """Return how many units come on offer between two times, the second included.

    >>> from journeys.durations import days
    >>> on_offer(Stock(name="homes", initial=40, up_to=40, every=days(7)), 0.0, 20 * 86400.0)
    120
    """
    each = stock.replenish if stock.up_to is None else stock.up_to
    deliveries = math.floor(end_s / stock.every.s) - math.floor(begin_s / stock.every.s) if each else 0
    return (stock.initial if begin_s <= 0 else 0) + each * deliveries
