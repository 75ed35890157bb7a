"""The search for the highest rate that keeps a budget, by trials that are noisy near the edge.

Near its capacity a system keeps the budget in one trial and misses it in the next, at the same rate. So a trial at rate
r is a coin that shows *kept* with probability

    p(r) = g + (1 - 2g) / (1 + exp((ln r - ln c) / w))

c is the capacity: the rate at which a trial is as likely to keep the budget as to miss it. w is how wide the edge is,
in the logarithm of the rate, and g the chance of a fluke. The posterior of (c, w) is kept on a grid, and the next trial
is made where it is expected to tell most about c (Kontsevich and Tyler 1999, "Bayesian adaptive estimation of
psychometric slope and threshold", the Psi method). Far from the edge that halves the interval with every trial; at the
edge it repeats until the interval is as narrow as asked for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from reports.measuring.quantities import Floats
from reports.statistics import Estimate

LEVEL = 0.95
POINTS, WIDTHS = 600, (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)
FLUKE = 0.02
CANDIDATES = tuple(np.linspace(0.02, 0.98, 25))
NEAR = 0.9
TOUCHING = 0.05  # posterior probability at an end of the range, from which on the range is too narrow


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: at which rate, whether the budget was kept, and its number (the seed is counted on from it).

    Parameters
    ----------
    value: what the budget limits. void: why the trial says nothing about the target: the generator did not make the
        load. hot: what was busy, by its name: a share of what it can do at most. busiest: the name of what saturated
        first, or empty. arrivals, requests: how much was asked. sessions: of a database, how many were active on
        average, by what they waited for, the most first; empty where nobody looked.
    """

    rate_per_s: float
    kept: bool
    value: float = math.nan
    void: str = ""
    hot: tuple[tuple[str, float], ...] = ()
    arrivals: int = 0
    requests: int = 0
    throughput_per_s: float = math.nan
    sessions: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Belief:
    """What trials say about the capacity: the posterior on a grid of rates, summed over the widths of the edge.

    Parameters
    ----------
    rates_per_s: the grid, even in the logarithm, shape (POINTS,). weights: probabilities, the same shape.
    """

    rates_per_s: Floats
    weights: Floats

    def quantile(self, q: float) -> float:
        """Return the rate below which the capacity lies with probability `q`."""
        return float(np.interp(q, np.cumsum(self.weights) - self.weights / 2, self.rates_per_s))

    def draw(self, uniforms: Floats) -> Floats:
        """Return draws of the capacity by inversion, shape as given."""
        cumulative = np.cumsum(self.weights) - self.weights / 2
        return np.asarray(np.interp(uniforms, cumulative, self.rates_per_s), dtype=np.float64)

    def estimate(self, n: int) -> Estimate:
        """Return the median with its 95% credible interval, of `n` trials."""
        tail = (1 - LEVEL) / 2
        low, high = self.quantile(tail), self.quantile(1 - tail)
        return Estimate(self.quantile(0.5), low, high, n, "trials", "posterior of a logistic edge")


@dataclass(slots=True)
class Search:
    """One search, between two rates; `next_rate` and `learn` take turns until `done`.

    Parameters
    ----------
    low_per_s, high_per_s: rates between which the capacity is looked for. within: how wide the 95% interval may be at
        last, as a share of the estimate.
    """

    low_per_s: float
    high_per_s: float
    within: float
    trials: list[Trial] = field(default_factory=list)
    _log: Floats = field(init=False)
    _widths: Floats = field(init=False)
    _posterior: Floats = field(init=False)

    def __post_init__(self) -> None:
        self._log = np.linspace(math.log(self.low_per_s), math.log(self.high_per_s), POINTS)
        self._widths = np.array(WIDTHS)
        self._posterior = np.full((POINTS, len(WIDTHS)), 1.0 / (POINTS * len(WIDTHS)))

    @property
    def belief(self) -> Belief:
        """What is known of the capacity by now."""
        return Belief(np.exp(self._log), self._posterior.sum(axis=1))

    @property
    def telling(self) -> list[Trial]:
        """The trials that say something about the target."""
        return [trial for trial in self.trials if not trial.void]

    @property
    def done(self) -> bool:
        """Whether the interval is as narrow as asked for, after at least four trials that tell something."""
        found = self.belief.estimate(len(self.telling))
        return len(self.telling) >= 4 and (found.high - found.low) <= self.within * found.value

    @property
    def beyond(self) -> str:
        """``above`` or ``below`` where the capacity may well lie outside the range that was searched, else empty."""
        weights = self.belief.weights
        edge = max(2, POINTS // 60)
        if weights[-edge:].sum() > TOUCHING:
            return "above"
        return "below" if weights[:edge].sum() > TOUCHING else ""

    def next_rate(self) -> float:
        """Return the rate at which a trial is expected to leave the least doubt (entropy) about the capacity.

        Chosen among quantiles of what is believed of it, which lie the closer together the more is known.
        """
        belief = self.belief
        candidates = np.log([belief.quantile(q) for q in CANDIDATES])
        entropies = [self._doubt_after(rate) for rate in candidates]
        return float(np.exp(candidates[int(np.argmin(entropies))]))

    def learn(self, trial: Trial) -> None:
        """Take in a trial; one that is void is kept, and says nothing."""
        self.trials.append(trial)
        if trial.void:
            return
        kept = self._kept(math.log(trial.rate_per_s))
        self._posterior = self._posterior * (kept if trial.kept else 1.0 - kept)
        self._posterior /= self._posterior.sum()

    def _kept(self, log_rate: float) -> Floats:
        """Return the probability of keeping the budget at a rate, for each capacity and width of the grid."""
        steps = (log_rate - self._log[:, None]) / self._widths[None, :]
        return FLUKE + (1 - 2 * FLUKE) / (1 + np.exp(np.clip(steps, -60, 60)))

    def _doubt_after(self, log_rate: float) -> float:
        kept = self._posterior * self._kept(log_rate)
        both = (kept.sum(axis=1), (self._posterior - kept).sum(axis=1))
        return float(sum(total * _entropy(part / total) for part in both if (total := part.sum()) > 0))


def _entropy(weights: Floats) -> float:
    positive = weights[weights > 0]
    return float(-(positive * np.log(positive)).sum())


def search(
    found: Search,
    trial: Callable[[float, int], Trial],
    enough: Callable[[Sequence[Trial]], str],
    tell: Callable[[Search], None] = lambda found: None,
) -> str:
    """Make trials until the capacity is known as well as asked for; return why it ended: empty where it is known.

    Parameters
    ----------
    trial: makes one at a rate, given its number. enough: given the trials so far, why no more may be made (time or
        requests are used up), or an empty text. tell: called after each trial.
    """
    most, why = math.inf, ""
    while not found.done:
        if ended := enough(found.trials):
            return ended
        wanted = found.next_rate()
        if wanted > most and found.belief.quantile((1 - LEVEL) / 2) > NEAR * most:
            return why  # the target holds whatever load could be made
        made = trial(min(wanted, most), len(found.trials))
        found.learn(made)
        # where more load than that was made before, the machine was busy by chance
        if made.void and not any(one.rate_per_s >= made.rate_per_s for one in found.telling):
            most, why = NEAR * made.rate_per_s, made.void
        tell(found)
    return ""
