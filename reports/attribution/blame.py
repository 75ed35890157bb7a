"""Who is to blame: what is lost, waited and asked, attributed to the parts of a service by counterfactual runs.

The same customers walk through the service with each coalition of parts perfect (see `counterfactuals`). What a part
is to blame for is its Shapley value: what making it perfect takes away, averaged over all orders of making parts
perfect, so that what two parts cause together is shared between them. The values sum to what all of them cause.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from journeys.blueprint import Journey
from journeys.paths import apply
from reports.attribution.counterfactuals import Part, parts, perfect
from reports.attribution.shapley import Shares, shapley
from reports.measuring.results import Results
from reports.statistics import Estimate, Floats

BLAMED = ("drop-off", "waiting", "calls")
LEVERED = ("completion", "drop-off", "calls", "waiting", "work", "net")

Simulate = Callable[[Sequence[tuple[Journey, int]], Sequence[str]], Floats]
"""Returns quantities by their keys of cells (journey, replication), shape (n_cells, n_keys)."""


@dataclass(frozen=True, slots=True)
class Blame:
    """What each part of a service has its part in, for the metrics `keys`; `replications` were simulated."""

    parts: tuple[Part, ...]
    keys: tuple[str, ...]
    shares: Shares
    replications: int

    def caused(self, chosen: Sequence[Part], key: str) -> Estimate:
        """Return how much of a metric some parts cause together: by so much less it would be without them."""
        places, metric = [self.parts.index(part) for part in chosen], self.keys.index(key)
        found = self.shares.share(places, metric)
        return Estimate(-found.value, -found.high, -found.low, found.n, found.of, found.method)

    def part(self, chosen: Sequence[Part], key: str) -> Estimate:
        """Return the share of some parts in the metric as it is, with its interval; NaN where that is 0."""
        return self.shares.ratio([self.parts.index(part) for part in chosen], self.keys.index(key))

    def before(self, key: str) -> float:
        """Return the metric as it is."""
        return float(self.shares.before[:, self.keys.index(key)].mean())

    def left(self, key: str) -> float:
        """Return what is left of the metric with every part perfect."""
        return float(self.shares.after[:, self.keys.index(key)].mean())


@dataclass(frozen=True, slots=True)
class LeverShares:
    """What each lever of a what-if has its part in, of what all of them do together to the metrics `keys`."""

    levers: tuple[str, ...]
    keys: tuple[str, ...]
    shares: Shares
    replications: int


def who_is_to_blame(journey: Journey, simulate: Simulate, replications: int) -> Blame:
    """Attribute what is lost, waited and asked to the parts of a journey."""
    known = parts(journey)

    @functools.cache
    def variant(coalition: int) -> Journey:
        return perfect(journey, [part for place, part in enumerate(known) if coalition >> place & 1])

    def observe(cells: Sequence[tuple[int, int]]) -> Floats:
        return simulate([(variant(coalition), number) for coalition, number in cells], BLAMED)

    return Blame(known, BLAMED, shapley(observe, len(known), replications), replications)


def lever_shares(
    journey: Journey,
    levers: Mapping[str, Mapping[str, object]],
    known: Mapping[frozenset[str], Results],
    simulate: Simulate,
) -> LeverShares:
    """Share what levers do together among them.

    Parameters
    ----------
    journey: without any lever. levers: the changes of each, by name, in the order in which they are made.
    known: results of what was simulated already, by the levers that were pulled; no lever is among them. All have the
        same replications.
    """
    names = tuple(levers)
    base = known[frozenset()]
    keys = tuple(key for key in LEVERED if key in base.quantities)

    def pulled(coalition: int) -> frozenset[str]:
        return frozenset(name for place, name in enumerate(names) if coalition >> place & 1)

    @functools.cache
    def variant(coalition: int) -> Journey:
        changes: dict[str, object] = {}
        for name in names:
            changes |= levers[name] if name in pulled(coalition) else {}
        return apply(journey, changes)

    def observe(cells: Sequence[tuple[int, int]]) -> Floats:
        found = np.full((len(cells), len(keys)), np.nan)
        unknown = list[int]()
        for place, (coalition, number) in enumerate(cells):
            results = known.get(pulled(coalition))
            if results is None:
                unknown.append(place)
            else:
                found[place] = [results.quantities[key].values[number] for key in keys]
        if unknown:
            # cells are numbered by their place among the replications, whose own numbers are what is simulated
            wanted = [(variant(cells[at][0]), base.replications[cells[at][1]]) for at in unknown]
            found[unknown] = simulate(wanted, keys)
        return found

    return LeverShares(names, keys, shapley(observe, len(names), len(base.replications)), len(base.replications))
