"""Routes: where a customer goes after a step, by chance or by condition."""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from journeys.distributions import Distribution

End = Literal["completed", "denied", "dropped", "rejected"]
ENDS: tuple[End, ...] = ("completed", "denied", "dropped", "rejected")


@dataclass(frozen=True, slots=True)
class InSegment:
    """Holds for customers of these segments."""

    segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitsAtLeast:
    """Holds once the customer has begun `step` at least `visits` times: the limit of a rework loop."""

    step: str
    visits: int


@dataclass(frozen=True, slots=True)
class FactIs:
    """Holds for customers whose fact `fact` has one of `values`."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OutOfStock:
    """Holds when the stock is empty; with `seen`, when the front end's view of it is."""

    stock: str
    seen: bool = False


@dataclass(frozen=True, slots=True)
class LongSince:
    """Holds when more time has passed than the customer's own draw of `law` since they were last served at `steps`.

    So the longer a wait has been, the likelier the way: an appointment that is forgotten, a promise that is broken, an
    offer that has gone stale. The time counts on the human clock, from the last end of service at any of `steps` to
    the moment at which the way is chosen; the draw is a new one on each visit. It does not hold for a customer who
    was never served there, nor where an application of one's own leaves it to the customer to choose the way.
    """

    steps: tuple[str, ...]
    law: Distribution


Condition = InSegment | VisitsAtLeast | FactIs | OutOfStock | LongSince


@dataclass(frozen=True, slots=True)
class Route:
    """One way out of a step.

    Rule: routes are read in order, and those whose condition fails are passed over. A conditional route without a
    probability is taken at once. The customer's uniform picks among the rest by their probabilities; the route
    without one (at most one, without condition) has what the others leave.

    Parameters
    ----------
    to: a step's name, or an end: completed, denied, dropped, rejected.
    probability: 0 to 1; None for the remainder (or, with `when`, for certainty).
    when: a condition; None for always.
    """

    to: str
    probability: float | None = None
    when: Condition | None = None


def remainder(routes: Sequence[Route]) -> str | None:
    """Return where the route without probability and condition leads; None where there is none."""
    return next((route.to for route in routes if route.probability is None and route.when is None), None)


def choose(routes: Sequence[Route], uniform: float, holds: Callable[[Condition], bool]) -> str | None:
    """Return where a customer goes, or None where there are no routes (the next step in order).

    >>> choose((Route("denied", 0.2), Route("offer")), 0.1, lambda condition: True)
    'denied'
    """
    otherwise: str | None = None
    last: str | None = None
    reached = 0.0
    for route in routes:
        if route.when is not None and not holds(route.when):
            continue
        if route.probability is None:
            if route.when is not None:
                return route.to
            otherwise = route.to
            continue
        reached, last = reached + route.probability, route.to
        if uniform < reached:
            return route.to
    # without a remainder the probabilities sum to 1, up to rounding
    return last if otherwise is None else otherwise


def law_of_way(routes: Sequence[Route], to: str) -> Distribution | None:
    """Return the law of how long ago it must be for the route to `to` to be open; None where it asks no such thing."""
    when = next((route.when for route in routes if route.to == to), None)
    return when.law if isinstance(when, LongSince) else None


class Ways:
    """The ways out of a step where chance alone decides: what `choose` does, worked out beforehand.

    Parameters
    ----------
    routes: all without conditions. following: the next step in order, for where there are no routes.
    """

    __slots__ = ("_reached", "_to", "only")

    def __init__(self, routes: Sequence[Route], following: str) -> None:
        drawn = [route for route in routes if route.probability is not None]
        self._reached = list(itertools.accumulate(route.probability or 0.0 for route in drawn))
        rest = remainder(routes)
        # without a remainder the probabilities sum to 1, up to rounding
        last = rest or (drawn[-1].to if drawn else following)
        self._to = [*(route.to for route in drawn), last]
        self.only = None if drawn else last
        """Where everybody goes; None where it depends on chance."""

    def at(self, uniform: float) -> str:
        """Return where a customer goes."""
        return self._to[bisect.bisect_right(self._reached, uniform)]
