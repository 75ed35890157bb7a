"""Patience, fitted to those who left and to those who were served before they would have."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from journeys.blueprint import Journey, Wait
from journeys.columns import Columns
from journeys.distributions import Distribution
from journeys.eventlog import ARRIVAL, CONTACT, EXIT, Manifest
from reports.calibration.laws import fit_censored
from reports.statistics import Estimate

Floats = NDArray[np.float64]
LEAST_LEFT = 20
RESAMPLES = 40


@dataclass(frozen=True, slots=True)
class PatienceFit:
    """The law of patience at `path`; of `n` customers, `left` lost it and the others are censored.

    `why` tells why there is no law, and `mean_s` then has only what is not contradicted: its low end.
    """

    path: str
    law: Distribution | None
    mean_s: Estimate
    left: int
    n: int
    why: str = ""


def patiences(journey: Journey, rows: Columns, manifest: Manifest) -> Iterator[PatienceFit]:
    """Yield the fitted patience of each step's queue and of each wait that the run shows."""
    for step in journey.steps:
        if step.patience is None or not step.station:
            continue
        scale = manifest.speed if step.name in manifest.human_steps else 1.0
        here = rows.step.among(step.name)
        began = here & ~np.isnan(rows.start_s)
        left = here & rows.outcome.among("reneged")
        lasted_s = np.concatenate([(rows.end_s - rows.ready_s)[left], (rows.start_s - rows.ready_s)[began & ~left]])
        yield _fitted(f"steps.{step.name}.patience", lasted_s * scale, int(left.sum()))
    for wait in journey.waits:
        if 0 < wait.visible < 1:
            why = "some see how things stand and some do not, and rows do not tell who"
            yield PatienceFit(f"waits.{wait.name}", None, Estimate(math.nan), 0, 0, why)
            continue
        gave_up, stayed = _waited_s(journey, wait, rows)
        name = "informed" if wait.visible else "uncertain"
        lasted_s = np.concatenate([gave_up, stayed]) * manifest.speed
        yield _fitted(f"waits.{wait.name}.{name}", lasted_s, len(gave_up))


def _fitted(path: str, lasted_s: Floats, left: int) -> PatienceFit:
    """Fit a patience; the first `left` of the times are of those who lost it."""
    n, exposed = len(lasted_s), float(lasted_s.sum())
    event = np.arange(n) < left
    if left < LEAST_LEFT:
        from scipy.special import chdtri

        most = float(chdtri(2 * left + 2, 0.05)) / 2  # so many might have left, at 95%
        low = exposed / most if exposed else math.nan
        why = f"too light: {left} of {n} lost patience, of which it takes {LEAST_LEFT}"
        return PatienceFit(path, None, Estimate(math.nan, low, math.inf, n, "customers"), left, n, why)
    law = fit_censored(lasted_s, event).law
    random = np.random.default_rng(1)
    means = []
    for _ in range(RESAMPLES):
        some = random.integers(0, n, n)
        if event[some].any():
            means.append(fit_censored(lasted_s[some], event[some], near=law).law.mean_s)
    # of so few, ranks between which one more would lie as often as the interval says; NumPy's own held 90%
    low, high = np.quantile(means, [0.025, 0.975], method="weibull")
    mean_s = Estimate(
        law.mean_s, min(float(low), law.mean_s), max(float(high), law.mean_s), n, "customers", "bootstrap"
    )
    return PatienceFit(path, law, mean_s, left, n)


def _waited_s(journey: Journey, wait: Wait, rows: Columns) -> tuple[Floats, Floats]:
    """Return how long those waited who gave up in a wait, and those who did not, in seconds of the run."""
    awaited = [step.name for step in journey.steps if step.awaits == wait.name]
    inside = rows.step.among(*awaited)
    left = rows.step.among(EXIT)
    gave_up = left & rows.detail.mapped(
        np.array([text.startswith(f"gave up waiting ({wait.name})") for text in rows.detail.texts], dtype=bool)
    )
    contact = rows.step.mapped(np.array([text.startswith(CONTACT) for text in rows.step.texts], dtype=bool))
    kept = np.flatnonzero(~contact & ~rows.step.among(ARRIVAL))
    kept = kept[np.lexsort((left[kept], rows.end_s[kept], rows.customer[kept]))]
    whose, is_in = rows.customer[kept], inside[kept]
    before = np.concatenate([[False], is_in[:-1] & (whose[1:] == whose[:-1])])
    begins = np.flatnonzero(is_in & ~before)
    after = np.concatenate([is_in[1:] & (whose[1:] == whose[:-1]), [False]])
    ends = np.flatnonzero(is_in & ~after)
    lost, stayed = [], []
    for first, last in zip(begins.tolist(), ends.tolist(), strict=True):
        began_s = float(rows.ready_s[kept[first : last + 1]].min())
        follows = last + 1 < len(kept) and whose[last + 1] == whose[last]
        if follows and gave_up[kept[last + 1]]:
            lost.append(float(rows.end_s[kept[last + 1]]) - began_s)
        else:
            stayed.append(float(rows.end_s[kept[last]]) - began_s)
    return np.array(lost), np.array(stayed)
