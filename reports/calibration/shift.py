"""Whether a calibrated station serves otherwise at another load: services longer, or as if it had other servers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from reports.calibration.evidence import Visits
from reports.calibration.laws import log_density, stretched
from reports.calibration.replay import free_from_s
from reports.calibration.stations import STRAY, Draw, StationFit, implied
from reports.statistics import Estimate

Floats = NDArray[np.float64]
BLOCKS = 20
Z = 2.576  # two-sided, at 1%
BETTER = 5.0  # of log-likelihood: by how much other servers must explain a run better than longer services do


@dataclass(frozen=True, slots=True)
class Shift:
    """How services differ between the calibration and another run, each as replayed; with 99% intervals.

    Parameters
    ----------
    mean: of the mean service, a ratio less one. steps: the same by step.
    servers: with how many servers, serving as calibrated, the run is explained better than by longer services; the
        calibrated number where there is none.
    """

    mean: Estimate
    steps: Mapping[str, Estimate]
    servers: int

    @property
    def found(self) -> bool:
        """Whether services are longer or shorter beyond doubt."""
        return self.mean.low > 0 or self.mean.high < 0


def shift(visits: Visits, fit: StationFit) -> Shift:
    """Return how the services of a run differ from a calibration's.

    Both doubts are in the intervals: the run's, from means of blocks of consecutive visits, and the calibration's, from
    its draws. A draw's servers and overheads replay the run as well as they replayed the calibration, so that what both
    have in common does not count as doubt.
    """
    replayed = [_means(visits, fit.best, fit), *_of_draws(visits, fit)]
    steps = {}
    for place, step in enumerate(visits.steps):
        if step in fit.services:
            steps[step] = _estimate(visits, fit, replayed, visits.step == place)
    return Shift(_estimate(visits, fit, replayed, np.ones(len(visits), dtype=bool)), steps, _servers(visits, fit))


def _of_draws(visits: Visits, fit: StationFit) -> Iterator[tuple[Floats, Floats]]:
    free: dict[int, Floats | None] = {}
    for draw in fit.draws:
        if draw.servers not in free:
            free[draw.servers] = None if visits.seen else free_from_s(visits.end_s, draw.servers)
        yield _means(visits, draw, fit, free[draw.servers])


def _means(visits: Visits, draw: Draw, fit: StationFit, free_s: Floats | None = None) -> tuple[Floats, Floats]:
    """Return the services of visits as a draw implies them, and as it expects them on average, each shape (n,)."""
    _, service = implied(visits, draw.servers, draw.overheads_s, free_s)
    laws = {step: draw.services.get(step, one.law) for step, one in fit.services.items()}
    means = [laws[step].mean_s if step in laws else math.nan for step in visits.steps]
    return service, np.array(means)[visits.step]


def _estimate(
    visits: Visits, fit: StationFit, replayed: list[tuple[Floats, Floats]], own: NDArray[np.bool_]
) -> Estimate:
    told = own & visits.whole & ~np.isnan(replayed[0][1])
    n = int(told.sum())
    if n < BLOCKS:
        return Estimate(0.0, -math.inf, math.inf, n, "visits")
    logs = [math.log(max(float(service[told].sum()), 1e-300) / float(mean[told].sum())) for service, mean in replayed]
    service, mean = (column[told] for column in replayed[0])
    blocks = np.array_split(np.arange(n), max(BLOCKS, math.isqrt(n)))
    ratios = np.array([service[block].sum() / mean[block].sum() for block in blocks])
    own_error = float(ratios.std(ddof=1)) / math.sqrt(len(ratios)) / float(ratios.mean())
    drawn = float(np.std(logs[1:], ddof=1)) if len(logs) > 2 else 0.0
    half = Z * math.hypot(own_error, drawn)
    low, value, high = (math.expm1(logs[0] + by) for by in (-half, 0.0, half))
    return Estimate(value, low, high, n, "visits", "blocks, and the calibration's draws")


def _servers(visits: Visits, fit: StationFit) -> int:
    """Return with how many servers that serve as calibrated the run is likeliest, if likelier than stretched services.

    Servers and a stretch are one parameter each, so their likelihoods compare as they are.
    """
    if visits.seen:
        return fit.servers
    longest_s = float((visits.end_s - visits.ready_s).max())

    def likelihood(servers: int, stretch: bool = False) -> float:
        _, service = implied(visits, servers, fit.best.overheads_s)
        total = 0.0
        for place, step in enumerate(visits.steps):
            if step in fit.services:
                own, law = service[visits.step == place], fit.services[step].law
                if stretch and own.mean() > 0:
                    law = stretched(law, float(own.mean()) / law.mean_s)
                total += float(np.logaddexp(log_density(law, own), math.log(STRAY / longest_s)).sum())
        return total

    best, most = fit.servers, likelihood(fit.servers, stretch=True) + BETTER
    for servers in range(max(1, fit.servers // 2), 2 * fit.servers + 1):
        if servers != fit.servers and (found := likelihood(servers)) > most:
            best, most = servers, found
    return best
