"""Loyalty: customers who come again, and new ones whom they refer, as their experience has been."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from journeys.distributions import ZERO, Distribution
from journeys.durations import Duration
from journeys.errors import Problem

SPAN = 1 << 32
"""Numbers from here on are those of further journeys, SPAN for each place in their tree."""
MOST_GENERATIONS = 7
_PLACES = 2 ** (MOST_GENERATIONS + 1) - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Loyalty:
    """Repeat custom and referral.

    Rule: when a journey is *completed*, right after its exit, its customer comes again with probability `returns`, and
    refers somebody new with probability `refers`, each by a draw of its own, and each probability times `per_reask`
    for each visit at which they were asked for something again, times `per_call` for each call that they made to a
    person (redials too, answered or not), times `per_hour` for each hour, and part of one, by which the time from
    their planned arrival to their exit went beyond `expected`; 1 at most. That journey begins `after` (`refers_after`)
    on the human clock; where both begin at the same moment, the return does first.

    Each is the journey of a customer of its own number, that of the journey it follows from and how it does, whatever
    else happens in the run: so it disturbs nobody's draws. With m = number // 2^32, the places m of the first journeys
    are 0, those of returns 2m + 1, those of referrals 2m + 2; the remainder stays. Who returns is the same person, with
    the same segment and persona, and draws of their own; who is referred is somebody else. Both have forgotten what
    they told before. Their arrival rows say *returned* or *referred*.

    At most `generations` journeys follow from each other, after a first one. Those that would begin after the run's end
    do not. Where arrivals are replayed from elsewhere, nobody comes besides.

    Parameters
    ----------
    returns, refers: probabilities. after, refers_after: laws of the time until that journey begins.
    per_reask, per_call, per_hour: factors, 0 or more; 1 for no effect.
    expected: how long a journey may take before its hours count.
    generations: 1 to 7.
    """

    returns: float = 0.0
    after: Distribution = ZERO
    refers: float = 0.0
    refers_after: Distribution = ZERO
    per_reask: float = 1.0
    per_call: float = 1.0
    per_hour: float = 1.0
    expected: Duration = Duration(0.0)
    generations: int = 1

    def factor(self, reasks: int, calls: int, lasted_s: float) -> float:
        """Return what an experience makes of the two probabilities; `lasted_s` on the human clock."""
        hours = max(0.0, lasted_s - self.expected.s) / 3600.0
        return float(self.per_reask**reasks * self.per_call**calls * self.per_hour**hours)

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the numbers and laws."""
        for name in ("returns", "refers"):
            if not 0 <= getattr(self, name) <= 1:
                yield Problem(f"{path}.{name}", "must be a probability", f"{getattr(self, name):g}", "0 to 1")
        for name in ("per_reask", "per_call", "per_hour"):
            if not 0 <= getattr(self, name) < float("inf"):
                yield Problem(
                    f"{path}.{name}", "must not be negative", f"{getattr(self, name):g}", "a factor, 0 or more"
                )
        for name in ("after", "refers_after"):
            yield from getattr(self, name).problems(f"{path}.{name}")
        if self.expected.s < 0:
            yield Problem(f"{path}.expected", "must not be negative", str(self.expected))
        if not 1 <= self.generations <= MOST_GENERATIONS:
            yield Problem(f"{path}.generations", "out of range", str(self.generations), f"1 to {MOST_GENERATIONS}")


class Further(NamedTuple):
    """A journey that follows from another: its customer's number, in how many human seconds it begins, and why."""

    customer: int
    after_s: float
    why: str


def returned(customer: int) -> int:
    """Return the number under which a customer comes again.

    >>> returned(17) == 1 * SPAN + 17, referred(17) == 2 * SPAN + 17, returned(referred(17)) == 5 * SPAN + 17
    (True, True, True)
    """
    place, first = divmod(customer, SPAN)
    return (2 * place + 1) * SPAN + first


def referred(customer: int) -> int:
    """Return the number of whom a customer refers."""
    place, first = divmod(customer, SPAN)
    return (2 * place + 2) * SPAN + first


def generation(customer: int) -> int:
    """Return how many journeys there were on the way from a first one: 0 for a first one.

    >>> generation(17), generation(referred(17)), generation(returned(referred(17)))
    (0, 1, 2)
    """
    return (customer // SPAN + 1).bit_length() - 1


def person(customer: int) -> int:
    """Return the number of the first journey of the same person.

    >>> person(returned(returned(17))), person(returned(referred(17))) == referred(17)
    (17, True)
    """
    place, first = divmod(customer, SPAN)
    if place >= _PLACES:
        return customer  # of no journey that follows from another
    while place % 2:
        place = (place - 1) // 2
    return place * SPAN + first
