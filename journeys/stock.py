"""Stock: what there is, and the older picture of it that a front end shows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from journeys.durations import Duration
from journeys.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Stock:
    """Units of something that steps take.

    Parameters
    ----------
    name: unique, short, lower case.
    title: as a person reads it.
    initial: units at the run's zero.
    replenish: units added every `every` (none where `replenish` is 0).
    up_to: instead, every `every` as many units are added as bring them up to this number, and none where there are as
        many or more; None for `replenish`.
    sync: the front end's view is copied from the truth every `sync` (from the run's zero on); 0 is a live view.

    A step with `takes` takes one unit at the end of its service, if the truth has one; a route `when=OutOfStock(...)`
    tells what happens otherwise. `OutOfStock(name, seen=True)` asks the front end's view instead of the truth. At
    equal times a replenishment comes before a sync, and both before customers.
    """

    name: str
    title: str = ""
    initial: int
    replenish: int = 0
    up_to: int | None = None
    every: Duration = Duration(86400.0)
    sync: Duration = Duration(0.0)

    @property
    def label(self) -> str:
        """The title, or the name in words."""
        return self.title or self.name.replace("_", " ").replace("-", " ").capitalize()

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the numbers."""
        if self.initial < 0 or self.replenish < 0:
            yield Problem(f"{path}.initial", "units must not be negative", f"{self.initial}, {self.replenish}")
        if self.up_to is not None and (self.up_to < 0 or self.replenish):
            yield Problem(f"{path}.up_to", "needs no `replenish`, and 0 or more", f"{self.up_to}, {self.replenish}")
        if (self.replenish or self.up_to is not None) and not self.every.s > 0:
            yield Problem(f"{path}.every", "must be > 0", str(self.every), "a duration above zero")
        if self.sync.s < 0:
            yield Problem(f"{path}.sync", "must not be negative", str(self.sync))
