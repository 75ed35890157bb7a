"""How often the intervals of a searched capacity hold the truth, and how wide they are, over eight kinds of queues."""

from __future__ import annotations

import math

import numpy as np
import pytest

from reports.capacity.search import Search
from tests.bench.planted_queues import SYSTEMS, Planted

SEARCHES, MARKS = 40, (4, 8, 12, 20)


def searched(planted: Planted, limit_s: float, seed: int) -> dict[int, list[tuple[float, float]]]:
    """Return the ends of the intervals of searches, as shares of the capacity, by how many trials were made."""
    coin, found = np.random.default_rng(seed), [Search(0.5, 200.0, 0.01, limit_s) for _ in range(SEARCHES)]
    told = {}
    for made in range(1, MARKS[-1] + 1):
        trials = planted.trials(coin, np.array([one.next_rate() for one in found]))
        for one, trial in zip(found, trials, strict=True):
            one.learn(trial)
        if made in MARKS:
            known = [one.belief.estimate(made) for one in found]
            told[made] = [(e.low / planted.capacity_per_s, e.high / planted.capacity_per_s) for e in known]
    return told


@pytest.mark.bench
@pytest.mark.timeout(5400)
def test_intervals_hold_the_truth_as_often_as_they_say_whatever_the_queue() -> None:
    held: dict[int, list[float]] = {mark: [] for mark in MARKS}
    for place, planted in enumerate(SYSTEMS):
        times = searched(planted, planted.limit_s, 100 + place)
        kept = searched(planted, math.nan, 200 + place)
        for mark in MARKS:
            share = float(np.mean([low <= 1 <= high for low, high in times[mark]]))
            widths = [float(np.median([high - low for low, high in of[mark]])) for of in (times, kept)]
            print(f"{planted.name}, {mark} trials: {share:.0%} held, {widths[0]:.0%} wide; by kept or missed "
                  f"{np.mean([low <= 1 <= high for low, high in kept[mark]]):.0%}, {widths[1]:.0%}")  # fmt: skip
            held[mark].append(share)
            assert share >= 0.8, planted.name  # of 40 at 95%, 0.0003 by chance
    for mark in MARKS:
        assert np.mean(held[mark]) >= 0.925  # of 320 at 95%, 0.03 by chance
