"""The search for the highest rate that keeps a budget, by trials that are noisy near the edge.

Near its capacity a system keeps the budget in one trial and misses it in the next, at the same rate. So a trial at rate
r is a coin that shows *kept* with probability

    p(r) = g + (1 - 2g) / (1 + exp((ln r - ln c) / w))

c is the capacity: the rate at which a trial is as likely to keep the budget as to miss it. w is how wide the edge is,
in the logarithm of the rate, and g the chance of a fluke. The posterior of (c, w) is kept on a grid, and the next trial
is made where it is expected to tell most about c (Kontsevich and Tyler 1999, "Bayesian adaptive estimation of
psychometric slope and threshold", the Psi method). Far from the edge that halves the interval with every trial; at the
edge it repeats until the interval is as narrow as asked for.

Of a budget on a time, a trial tells more than kept or missed: by how much. As soon as there are trials on both sides of
the limit, what is believed comes from the curve of these times (see `curve`); until then the range is halved.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from reports.capacity.curve import Point, Posterior, median_z, posterior, telling_most
from reports.measuring.quantities import Floats
from reports.statistics import Estimate

LEVEL = 0.95
POINTS, WIDTHS = 600, (0.005, 0.01, 0.02, 0.04, 0.08, 0.16)
FLUKE = 0.02
CANDIDATES = tuple(np.linspace(0.02, 0.98, 25))
ON_THE_CURVE = np.linspace(0.1, 0.9, 9)
COUNTED, UNKNOWN = 0.8, 100
"""The share of a trial's customers who count, after its warm-up; and how many are taken to come where nobody says."""
NEAR, STEP = 0.9, 1.5
TOUCHING = 0.05  # posterior probability at an end of the range, from which on the range is too narrow


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial: at which rate, whether the budget was kept, and its number (the seed is counted on from it).

    Parameters
    ----------
    value: what the budget limits. void: why the trial says nothing about the target: the generator did not make the
        load. hot: what was busy, by its name: a share of what it can do at most. busiest: the name of what saturated
        first, or empty. arrivals, requests: how much was asked. sessions: of a database, how many were active on
        average, by what they waited for, the most first; empty where nobody looked. luck: how long queues were because
        of how customers happened to arrive, in standard scores. lag_s: how late the generator started 99% of customers
        at most; NaN where nobody says.
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
    luck: float = 0.0
    lag_s: float = math.nan


@dataclass(frozen=True, slots=True)
class Belief:
    """What trials say about the capacity: the posterior on a grid of rates, summed over all else that is not known.

    Parameters
    ----------
    rates_per_s: the grid, even in the logarithm, shape (n,). weights: probabilities, the same shape. method: how it
        came about.
    """

    rates_per_s: Floats
    weights: Floats
    method: str = "posterior of a logistic edge"

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
        return Estimate(self.quantile(0.5), low, high, n, "trials", self.method)


@dataclass(slots=True)
class Search:
    """One search, between two rates; `next_rate` and `learn` take turns until `done`.

    Parameters
    ----------
    low_per_s, high_per_s: rates between which the capacity is looked for. within: how wide the 95% interval may be at
        last, as a share of the estimate. limit: of a budget on a time, in the unit of the trials' values; NaN where
        only kept or missed counts. first_per_s: where the capacity may well be, as a model or another number of
        replicas has it: there the first trial is made, and the next ones in steps from there; NaN where nothing is
        known. It is where one looks, and no evidence.
    """

    low_per_s: float
    high_per_s: float
    within: float
    limit: float = math.nan
    first_per_s: float = math.nan
    trials: list[Trial] = field(default_factory=list)
    _log: Floats = field(init=False)
    _widths: Floats = field(init=False)
    _posterior: Floats = field(init=False)
    _curve: Posterior | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        self._log = np.linspace(math.log(self.low_per_s), math.log(self.high_per_s), POINTS)
        self._widths = np.array(WIDTHS)
        self._posterior = np.full((POINTS, len(WIDTHS)), 1.0 / (POINTS * len(WIDTHS)))

    @property
    def belief(self) -> Belief:
        """What is known of the capacity by now."""
        if self._curve is not None:
            return Belief(np.exp(self._curve.log_rates), self._curve.of_capacity, "posterior of a curve of times")
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
        belief, reach = self.belief, (self.high_per_s / self.low_per_s) ** (1 / 60)
        if belief.quantile(1 - TOUCHING) > self.high_per_s / reach:
            return "above"
        return "below" if belief.quantile(TOUCHING) < self.low_per_s * reach else ""

    def next_rate(self) -> float:
        """Return the rate at which a trial is expected to leave the least doubt (entropy) about the capacity.

        Chosen among quantiles of what is believed of it, which lie the closer together the more is known.
        """
        belief = self.belief
        if self._curve is not None:
            at = np.log([belief.quantile(float(q)) for q in ON_THE_CURVE])
            return float(np.exp(at[telling_most(self._curve, at)]))
        if self.first_per_s == self.first_per_s and not self._bracketed:
            return self._stepped()
        if self.limit == self.limit:
            return math.sqrt(self._highest_kept * self._lowest_missed)
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
        if self._bracketed and self.limit == self.limit:
            ends = math.log(self.low_per_s), math.log(self.high_per_s)
            self._curve = posterior([self._point(one) for one in self.telling], *ends)

    def times(self, rates_per_s: Floats) -> Floats:
        """Return the median of trials' times at rates, as the curve has it, shape as given; NaN where there is none."""
        if self._curve is None:
            return np.full_like(rates_per_s, math.nan)
        return np.asarray(self.limit / median_z(self._curve, np.log(rates_per_s)), dtype=np.float64)

    def _stepped(self) -> float:
        """Return where the first trial is made, or the next one beyond those that all came out alike."""
        if not self.telling:
            return min(self.high_per_s, max(self.low_per_s, self.first_per_s))
        if self.telling[0].kept:
            return min(self._highest_kept * STEP, math.sqrt(self._highest_kept * self.high_per_s))
        return max(self._lowest_missed / STEP, math.sqrt(self._lowest_missed * self.low_per_s))

    @property
    def one_sided(self) -> str:
        """``above`` where no trial missed the budget, ``below`` where none kept it: there nothing bounds the capacity.

        Empty where there are both, or no trial that tells anything.
        """
        if not self.telling or self._bracketed:
            return ""
        return "above" if self.telling[0].kept else "below"

    @property
    def _bracketed(self) -> bool:
        """Whether some trial kept the budget, and some missed it."""
        return {one.kept for one in self.telling} == {True, False}

    @property
    def _highest_kept(self) -> float:
        return max((one.rate_per_s for one in self.telling if one.kept), default=self.low_per_s)

    @property
    def _lowest_missed(self) -> float:
        return min((one.rate_per_s for one in self.telling if not one.kept), default=self.high_per_s)

    def _point(self, trial: Trial) -> Point:
        z = self.limit / trial.value if trial.value > 0 else math.inf
        return Point(math.log(trial.rate_per_s), z, COUNTED * (trial.arrivals or UNKNOWN), trial.luck)

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
