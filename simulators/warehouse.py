"""Stock at work: what there is, and the older picture of it that a front end shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from journeys.stock import Stock
from simulators.clocks import Clock


class Warehouse:
    """The levels of all stock of a run, replenished and synchronised on the human clock."""

    def __init__(self, stock: Sequence[Stock], clock: Clock) -> None:
        self._stock, self._clock = tuple(stock), clock
        self._level = {item.name: item.initial for item in stock}
        self._seen = dict(self._level)
        self._live = {item.name for item in stock if not item.sync.s}

    def start(self) -> None:
        """Begin replenishments and syncs; to be called at the run's zero."""
        for item in self._stock:
            if item.replenish:
                self._each(item.every.s, self._deliverer(item))
        for item in self._stock:
            if item.sync.s:
                self._each(item.sync.s, self._synchroniser(item))

    def take(self, name: str) -> bool:
        """Take one unit; return whether there was one."""
        if self._level[name] <= 0:
            return False
        self._level[name] -= 1
        return True

    def level(self, name: str, *, seen: bool = False) -> int:
        """Return the units that there are, or those that the front end sees."""
        return self._seen[name] if seen and name not in self._live else self._level[name]

    def _each(self, every_s: float, action: Callable[[], None]) -> None:
        def again() -> None:
            action()
            self._clock.after(every_s, again)

        self._clock.after(every_s, again)

    def _deliverer(self, item: Stock) -> Callable[[], None]:
        def deliver() -> None:
            self._level[item.name] += item.replenish

        return deliver

    def _synchroniser(self, item: Stock) -> Callable[[], None]:
        def synchronise() -> None:
            self._seen[item.name] = self._level[item.name]

        return synchronise
