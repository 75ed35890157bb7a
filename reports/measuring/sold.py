"""Stock taken of what was on offer: how much of it was sold, and how full the homes of a marketplace are."""

from __future__ import annotations

import math
from collections.abc import Iterator

from journeys.blueprint import Journey
from journeys.eventlog import Manifest
from journeys.stock import Stock
from reports.measuring.quantities import Quantity, share
from reports.measuring.walks import Walks

MISSED = "out of stock: {}"


def sold(journey: Journey, walks: Walks, window: tuple[float, float], manifest: Manifest) -> Iterator[Quantity]:
    """Yield ``sold.STOCK``: the units that anybody took within the window, of those that were on offer in it.

    Where stock is brought up to a level, that level is on offer once for each delivery, from that of the window's
    beginning on; what was left over is offered anew. Else what there was at the run's zero is on offer, and what is
    added; then nothing is told of a window that begins later, for what it begins with is not in the log.

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
            yield share(
                f"sold.{stock.name}",
                f"{stock.label}, taken of those on offer",
                [hits],
                [offered if walks.counts_staff else 0],
                of="units",
            )


def on_offer(stock: Stock, begin_s: float, end_s: float) -> int:
    """Return how many units are on offer between two times, the second included; 0 where that is not known.

    >>> from journeys.durations import days
    >>> homes = Stock(name="homes", initial=30, up_to=40, every=days(7))
    >>> on_offer(homes, 0.0, 20 * 86400.0), on_offer(homes, 8 * 86400.0, 20 * 86400.0)
    (110, 80)
    """
    if stock.up_to is None:
        deliveries = math.floor(end_s / stock.every.s) if stock.replenish else 0
        return stock.initial + stock.replenish * deliveries if begin_s <= 0 else 0
    first, last = (math.floor(at_s / stock.every.s) for at_s in (begin_s, end_s))
    return (stock.up_to if first else stock.initial) + stock.up_to * (last - first)
