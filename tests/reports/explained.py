"""What explains a comparison, made by hand: blame, levers and doubts whose numbers are known by design."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from journeys import Journey, minutes
from journeys.paths import apply
from reports.attribution.blame import BLAMED, Blame, LeverShares
from reports.attribution.break_even import Doubts, doubted
from reports.attribution.counterfactuals import parts
from reports.attribution.looks import Condition
from reports.attribution.shapley import Shares
from reports.statistics import Floats

REPLICATIONS = 3
WIGGLE = np.array([-0.002, 0.0, 0.002])


def blame_by(journey: Journey, before: float, causes: Sequence[float]) -> Blame:
    """Return a blame in which the parts of a journey, in their order, cause so much of each metric that is `before`."""
    known = parts(journey)
    taken = np.array([-own for own in causes])[None, :, None] + WIGGLE[:, None, None]
    shares = np.broadcast_to(taken, (REPLICATIONS, len(known), len(BLAMED))).copy()
    start = np.full((REPLICATIONS, len(BLAMED)), before)
    return Blame(known, BLAMED, Shares(shares, start, start + shares.sum(axis=1), REPLICATIONS, 1), REPLICATIONS)


def levers_by(**effects: float) -> LeverShares:
    """Return levers that have so much part in completion, in points out of one."""
    shares = np.array(list(effects.values()))[None, :, None] + WIGGLE[:, None, None]
    start = np.full((REPLICATIONS, 1), 0.5)
    own = Shares(shares, start, start + shares.sum(axis=1), REPLICATIONS, 1)
    return LeverShares(tuple(effects), ("completion",), own, REPLICATIONS)


def doubts_of(journey: Journey) -> tuple[Doubts, Journey]:
    """Return doubts of a faster review in a journey, and the scenario: who waits gives up, some at the start anyway."""
    scenario = apply(journey, {"steps.review.service.mean": minutes(20)})

    def simulate(cells: Sequence[tuple[Journey, int]], keys: Sequence[str]) -> Floats:
        found = []
        for own, number in cells:
            patience, service = 3600.0, own.step("review").service.mean_s
            leave = own.step("start").abandon * 4
            found.append((1 - leave) * patience / (patience + service) - 0.2 + 0.001 * number)
        return np.array([[one for _ in keys] for one in found])

    rises = Condition("completion rises", "completion", 1)
    kept = Condition("“completion >= 20%” is kept", "completion", 1, 0.2)
    return doubted(journey, scenario, [rises, kept], simulate, REPLICATIONS), scenario
