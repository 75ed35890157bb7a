"""Stock at work: what there is, and the older picture of it that a front end shows."""

from __future__ import annotations

import math
from collections.abc import Sequence

from journeys.stock import Stock
from simulators.clocks import Clock


class Warehouse:
    """The levels of all stock of a run, replenished and synchronised on the human clock.

    Nothing happens by itself here: only customers take units, so what was delivered and what was last seen follow
    from the time at which somebody asks. So deliveries and syncs that are due come before whatever a customer does.
    """

    def __init__(self, stock: Sequence[Stock], clock: Clock) -> None:
        self._clock = clock
        self._stock = {item.name: item for item in stock}
        self._taken = dict.fromkeys(self._stock, 0)
        self._seen = {item.name: item.initial for item in stock}
        self._syncs = dict.fromkeys(self._stock, 0)
        self._refilled = dict.fromkeys(self._stock, 0)
        self._refills = dict.fromkeys(self._stock, 0)

    def take(self, name: str) -> bool:
        """Take one unit; return whether there was one."""
        if self.level(name) <= 0:
            return False
        self._taken[name] += 1
        return True

    def level(self, name: str, *, seen: bool = False) -> int:
        """Return the units that there are, or those that the front end sees."""
        item, now_s = self._stock[name], self._clock.now_s()
        if item.sync.s:
            syncs = _periods(now_s, item.sync.s)
            if syncs > self._syncs[name]:
                self._syncs[name] = syncs
                self._seen[name] = self._level(item, syncs * item.sync.s)
        found = self._level(item, now_s)
        if item.up_to is not None:
            self._refilled[name] += found - self._left(item)
            self._refills[name] = _periods(now_s, item.every.s)
        return self._seen[name] if seen and item.sync.s else found

    def _level(self, item: Stock, at_s: float) -> int:
        """Return the level at a time since when nobody has asked."""
        if item.up_to is not None:
            due = _periods(at_s, item.every.s) > self._refills[item.name]
            return max(self._left(item), item.up_to) if due else self._left(item)
        delivered = item.replenish * _periods(at_s, item.every.s) if item.replenish else 0
        return self._left(item) + delivered

    def _left(self, item: Stock) -> int:
        """Return what is left of what there was at first and the refills since."""
        return item.initial + self._refilled[item.name] - self._taken[item.name]


def _periods(time_s: float, every_s: float) -> int:
    """Return how many periods have ended by a time, that moment included; a billionth of one is rounding."""
    return math.floor(time_s / every_s + 1e-9)
