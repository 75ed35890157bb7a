"""Results: all metrics of a run, merged from those measured of its replications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.eventlog import Manifest
from reports.measuring import quantities
from reports.measuring.quantities import Quantity
from reports.measuring.spells import Spells
from reports.measuring.walks import Customers
from reports.measuring.week import Week

Counts = NDArray[np.int64]
Failure = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class FunnelStep:
    """What became of the customers who came to one step; each array has shape (n_replications,).

    entered = converted + dropped + denied + rejected + censored: the last four are those whose journey ended here.
    `visits` counts rows, so rework and further attempts show; `causes` splits `dropped`.
    """

    step: str
    title: str
    entered: Counts
    visits: Counts
    converted: Counts
    dropped: Counts
    denied: Counts
    rejected: Counts
    censored: Counts
    causes: Mapping[str, Counts]


@dataclass(frozen=True, slots=True)
class Measured:
    """All metrics of one or more replications.

    Parameters
    ----------
    replications: their numbers, rising; the arrays of all that follows are in this order.
    outcomes: how many of the cohort's customers in each replication, by outcome, and `entered`.
    quantities: by key, in the order in which reports show them.
    customers: what became of each.
    unfinished: customers without an exit row in a run that was cut short, counted as censored.
    failures: what went wrong with attempts that failed or timed out: (step, reason, how often), the commonest first.
    spells: of each wait, by name; see `measuring.spells`. week: see `measuring.week`; None where it was not looked at.
    """

    replications: tuple[int, ...]
    outcomes: Mapping[str, Counts]
    funnel: tuple[FunnelStep, ...]
    quantities: Mapping[str, Quantity]
    customers: Customers
    unfinished: int
    failures: tuple[Failure, ...]
    spells: Mapping[str, Spells]
    week: Week | None

    @property
    def entered(self) -> int:
        """Customers counted, over all replications."""
        return int(self.outcomes["entered"].sum())


@dataclass(frozen=True, slots=True)
class Results(Measured):
    """All metrics of one run, of the journey and with the manifest that it had."""

    journey: Journey
    manifest: Manifest


def merged(journey: Journey, manifest: Manifest, parts: Sequence[Measured]) -> Results:
    """Return the metrics of a run from those of its replications, one or more, in any order."""
    parts = sorted(parts, key=lambda part: part.replications)
    first = parts[0]
    failures = Counter[tuple[str, str]]()
    for part in parts:
        for step, reason, times in part.failures:
            failures[step, reason] += times
    return Results(
        journey=journey,
        manifest=manifest,
        replications=tuple(number for part in parts for number in part.replications),
        outcomes={name: np.concatenate([part.outcomes[name] for part in parts]) for name in first.outcomes},
        funnel=tuple(map(_merged_step, zip(*(part.funnel for part in parts), strict=True))),
        quantities={key: quantities.merged([part.quantities[key] for part in parts]) for key in first.quantities},
        customers=Customers.joined([part.customers for part in parts]),
        unfinished=sum(part.unfinished for part in parts),
        failures=tuple(commonest_first(failures)),
        spells={name: Spells.joined([part.spells[name] for part in parts]) for name in first.spells},
        week=Week.joined([part.week for part in parts if part.week is not None]) if first.week is not None else None,
    )


def commonest_first(failures: Mapping[tuple[str, str], int]) -> Iterator[Failure]:
    """Yield failures, counted by step and reason; equally common ones by name."""
    for (step, reason), times in sorted(failures.items(), key=lambda item: (-item[1], item[0])):
        yield step, reason, times


def _merged_step(parts: Sequence[FunnelStep]) -> FunnelStep:
    first = parts[0]
    counts = ("entered", "visits", "converted", "dropped", "denied", "rejected", "censored")
    causes = sorted({cause for part in parts for cause in part.causes})
    return FunnelStep(
        step=first.step,
        title=first.title,
        **{name: np.concatenate([getattr(part, name) for part in parts]) for name in counts},
        causes={
            cause: np.concatenate([part.causes.get(cause, np.zeros_like(part.entered)) for part in parts])
            for cause in causes
        },
    )
