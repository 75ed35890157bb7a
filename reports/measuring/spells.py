"""Spells: each time that a customer waited for an outcome, how long it lasted, and whether the customer gave up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey
from journeys.eventlog import Manifest

if TYPE_CHECKING:
    from reports.measuring.walks import Walks

DROPPED = "dropped"


@dataclass(frozen=True, slots=True, eq=False)
class Spells:
    """Spells of one wait, by column, each of shape (n_spells,).

    `lasted_s`: from the wait's beginning until news came, the customer gave up, or the run ended. `gave_up`: which of
    them ended the second way. The others are censored: how much patience was left is not known.
    """

    replication: NDArray[np.int32]
    lasted_s: NDArray[np.float32]
    gave_up: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.lasted_s)

    @classmethod
    def joined(cls, parts: Sequence[Spells]) -> Spells:
        """Return the spells of one or more parts, one part after the other."""
        if len(parts) == 1:
            return parts[0]
        return cls(
            np.concatenate([part.replication for part in parts]), np.concatenate([part.lasted_s for part in parts]),
            np.concatenate([part.gave_up for part in parts]),
        )  # fmt: skip


def spells(journey: Journey, walks: Walks, manifest: Manifest, replication: int) -> Mapping[str, Spells]:
    """Return the spells of each wait of the journey, by its name.

    Rule: rows of one customer that follow each other in steps of the same wait are one spell, from the first one's
    `ready_s` to the last one's `end_s`. Empty where branches run side by side (their rows take turns), and where the
    log's clock is scaled: a spell mixes what people and what machines did.
    """
    if manifest.speed != 1 or any(step.fork is not None for step in journey.steps):
        return {}
    rows, names = walks.steps.rows, [wait.name for wait in journey.waits]
    code_of = {step.name: names.index(step.awaits) for step in journey.steps if step.awaits in names}
    wait = rows.step.mapped(np.array([code_of.get(text, -1) for text in rows.step.texts], dtype=np.int32))
    place = walks.steps.place
    begins = np.ones(len(rows), dtype=bool)
    begins[1:] = (place[1:] != place[:-1]) | (wait[1:] != wait[:-1])
    first = np.flatnonzero(begins)
    last = np.append(first[1:], len(rows))[: len(first)] - 1
    lasted = rows.end_s[last] - rows.ready_s[first]
    gave_up = (rows.outcome.among(DROPPED) & rows.to.among(DROPPED))[last]
    known = ~np.isnan(lasted)
    found = {}
    for code, name in enumerate(names):
        own = (wait[first] == code) & known
        number = np.full(int(own.sum()), replication, dtype=np.int32)
        found[name] = Spells(number, lasted[own].astype(np.float32), gave_up[own])
    return found
