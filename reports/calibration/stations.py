"""A station's servers, law of service and capacity, fitted to what a run shows of it.

Where beginnings of service were seen, services are read off, and the number of servers is how many were at work while
somebody waited. Where only requests and answers were seen, each number of servers (and each time that a request spends
outside the station) implies all services (`reports.calibration.replay`), and likelihood says which are plausible.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from journeys.arrivals import WEEK_S
from journeys.distributions import Distribution
from reports.calibration.evidence import Visits, on_duty_s
from reports.calibration.laws import CENSORED, COMPLETE, cv_of, distance, fit, fit_censored, log_density, stretched
from reports.calibration.replay import free_from_s, most_present, present
from reports.statistics import Estimate

Floats = NDArray[np.float64]

LEAST_VISITS = 100
LEAST_WAITING = 20
MOST_FOR_SERVERS = 20_000
STRAY = 0.002  # share of visits that may come about in a way that the model does not know, such as swapped packets
MOST_SHAKEN = 0.05  # share of visits whose service the network's restlessness may have made negative
PLAUSIBLE = 3.84 / 2  # of log-likelihood, below the best: a 95% likelihood-ratio interval
HOPELESS = 200.0  # of log-likelihood below the best: more servers still are not looked at
AGREEING = 0.9
TINY = 0.001
LEAST_SERVICES = 30
CUT = 0.005  # share of services that did not end by themselves, above which laws are fitted as censored


@dataclass(frozen=True, slots=True)
class Draw:
    """One set of values that the evidence allows: `services` by step, `overheads_s` what each spends elsewhere."""

    servers: int
    overheads_s: Mapping[str, float]
    services: Mapping[str, Distribution]


@dataclass(frozen=True, slots=True)
class ServiceFit:
    """The law of service of one step.

    `overhead_s` is the time of a request outside the station, where only requests were seen, else 0; `distance` is
    Kolmogorov's, between the law and the services.
    """

    law: Distribution
    mean_s: Estimate
    cv: Estimate
    overhead_s: Estimate
    n: int
    distance: float


@dataclass(frozen=True, slots=True)
class StationFit:
    """What a run tells of a station.

    Parameters
    ----------
    servers: the most plausible number, and `plausible` all within 95%; `servers_known` whether the run tells it, with
        the reason in `why` where not.
    services: by step (and contact). waited: the share of visits that waited. n: visits.
    impossible: the share of visits that so many servers, first come first served, cannot have brought about; where
        beginnings were `seen`, of those that took no time while the station was on duty.
    draws: sets of values for what depends on them; empty where the number of servers is not known.
    """

    name: str
    servers: int
    plausible: tuple[int, ...]
    servers_known: bool
    why: str
    services: Mapping[str, ServiceFit]
    waited: float
    n: int
    impossible: float
    seen: bool
    draws: tuple[Draw, ...]

    @property
    def best(self) -> Draw:
        """The most plausible values."""
        return Draw(
            self.servers,
            {step: one.overhead_s.value for step, one in self.services.items()},
            {step: one.law for step, one in self.services.items()},
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Overheads:
    """Overheads of a step, rising, and how plausible each is: log-likelihood, less Schwarz's price of parameters."""

    s: Floats
    scores: Floats

    @property
    def best_s(self) -> float:
        return float(self.s[self.scores.argmax()])

    def weights(self) -> Floats:
        """Return probabilities; each stands for the stretch around it, so a finer grid does not count for more."""
        found = np.exp(self.scores - self.scores.max()) * np.gradient(self.s)
        return found / found.sum() if found.sum() > 0 else np.full(len(found), 1 / len(found))


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A number of servers: what each step would spend elsewhere, and how plausible the number is.

    `score_of` tells of each step how plausible an overhead is.
    """

    servers: int
    steps: tuple[_Overheads, ...]
    score: float
    score_of: tuple[Callable[[float], float], ...] = field(default=(), repr=False)

    def finer(self) -> _Candidate:
        """Return the same, with its overheads looked at closely."""
        steps = tuple(_finer(one, score) for one, score in zip(self.steps, self.score_of, strict=True))
        return replace(self, steps=steps, score=_total(steps))


NOWHERE = _Overheads(np.zeros(2), np.zeros(2))


def implied(
    visits: Visits, servers: int, overheads_s: Mapping[str, float], free_s: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return (began, service) of each visit, in seconds, as seen or as so many servers imply it; each shape (n,)."""
    if visits.seen:
        return visits.start_s, on_duty_s(visits.station, visits.start_s, visits.end_s)
    free = free_from_s(visits.end_s, servers) if free_s is None else free_s
    elsewhere = np.array([overheads_s.get(step, 0.0) for step in visits.steps])
    began = np.maximum(visits.ready_s + elsewhere[visits.step], free)
    return began, visits.end_s - began


def fit_station(visits: Visits, *, seed: int = 1, draws: int = 200) -> StationFit | str:
    """Return what a run tells of a station, or why it tells nothing."""
    if len(visits) < LEAST_VISITS:
        return f"too light: {len(visits)} visits, of which it takes {LEAST_VISITS}"
    if visits.seen:
        return _by_sight(visits, seed, draws)
    if float(np.mean(~visits.whole)) > 0.05:
        return f"{np.mean(~visits.whole):.0%} of its requests were not answered, so when work ended was not seen"
    return _by_replay(visits.some(visits.whole), seed, draws)


# Beginnings were seen ------------------------------------------------------------------------------------------------


def _by_sight(visits: Visits, seed: int, draws: int) -> StationFit:
    begun, service = implied(visits, 0, {})
    working = present(begun, visits.end_s, begun)
    waited = visits.start_s - visits.ready_s > np.maximum(1e-9, 0.001 * float(np.median(service)))
    if visits.station.shifts:  # who comes at night waits for the morning, whoever is free then
        waited &= _on_duty_at(visits, visits.ready_s)
    seen, most = working[waited], int(working.max())
    if len(seen) < LEAST_WAITING:
        servers, known = most, False
        why = f"too light: {len(seen)} of {len(visits)} visits waited; as many as worked at once, {most}, or more"
    else:
        values, counts = np.unique(seen, return_counts=True)
        servers, agreeing = int(values[counts.argmax()]), float(counts.max() / len(seen))
        known = agreeing >= AGREEING
        why = "" if known else f"while somebody waited, {int(values.min())} to {int(values.max())} were at work"
    candidate = _Candidate(servers, (NOWHERE,) * len(visits.steps), 0.0)
    return _fitted(visits, candidate, [candidate], np.ones(1), known, why, float(np.mean(waited)), seed, draws)


def _on_duty_at(visits: Visits, at_s: Floats) -> NDArray[np.bool_]:
    """Tell of each time whether somebody was on duty by the roster, shape (n,)."""
    edges, levels = (np.array(column) for column in zip(*visits.station.roster(), strict=True))
    on: NDArray[np.bool_] = levels[np.searchsorted(edges, at_s % WEEK_S, side="right") - 1] > 0
    return on


# Only requests and answers were seen ---------------------------------------------------------------------------------


def _by_replay(visits: Visits, seed: int, draws: int) -> StationFit:
    some = visits.some(np.arange(min(len(visits), MOST_FOR_SERVERS)))
    found = _candidates(some)
    best = max(found, key=lambda one: one.score)
    plausible = tuple(sorted(one.servers for one in found if best.score - one.score <= PLAUSIBLE))
    most = most_present(some.ready_s, some.end_s)
    outside = {step: at.best_s for step, at in zip(visits.steps, best.steps, strict=True)}
    free_s = free_from_s(visits.end_s, best.servers)
    began, _ = implied(visits, best.servers, outside, free_s)
    waited = began == free_s
    known, why = True, ""
    if int(waited.sum()) < LEAST_WAITING or most in plausible:
        known = False
        why = f"too light: at most {most} were there at once, and any number of servers from {min(plausible)} fits"
    elif len(plausible) > 1:
        why = f"{min(plausible)} to {max(plausible)} are plausible"
    weights = np.exp(np.array([one.score for one in found]) - best.score)
    return _fitted(visits, best, found, weights / weights.sum(), known, why, float(np.mean(waited)), seed, draws)


def _candidates(visits: Visits) -> list[_Candidate]:
    """Return the numbers of servers worth looking at: from one on, ever coarser above 16, until they are hopeless.

    Then all around the best, until they are implausible, and as many as were there at once: nobody waits with these.
    """
    most = most_present(visits.ready_s, visits.end_s)
    tried, closely = dict[int, _Candidate](), set[int]()

    def look(servers: int, close: bool = False) -> float:
        if servers not in tried:
            tried[servers] = _candidate(visits, servers)
        best = max((tried[one].score for one in closely), default=-math.inf)
        if close and servers not in closely and tried[servers].score > best - HOPELESS:
            tried[servers] = tried[servers].finer()
            closely.add(servers)
        return tried[servers].score

    servers, best = 1, 1
    while servers <= most:
        if look(servers) > tried[best].score:
            best = servers
        if servers > 1.5 * best + 2 and tried[servers].score < tried[best].score - HOPELESS:
            break
        servers = max(servers + 1, int(servers * 1.15) if servers > 16 else 0)
    look(most)
    for servers in sorted(tried, key=lambda one: -tried[one].score):  # the likeliest first: few others are worth it
        look(servers, close=True)
    best = max(tried, key=lambda one: tried[one].score)
    for step in (-1, 1):
        near = best + step
        while 1 <= near <= most and look(near, close=True) > tried[best].score - 3 * PLAUSIBLE:
            near += step
    return list(tried.values())


def _candidate(visits: Visits, servers: int) -> _Candidate:
    """Return a number of servers, its overheads looked at from afar."""
    free_s = free_from_s(visits.end_s, servers)
    longest_s = float((visits.end_s - visits.ready_s).max())
    score_of = []
    for place in range(len(visits.steps)):
        own = visits.step == place
        score_of.append(_scorer(visits.ready_s[own], visits.end_s[own], free_s[own], longest_s))
    most_s = [
        float(np.quantile((visits.end_s - visits.ready_s)[visits.step == at], 0.001)) for at in range(len(visits.steps))
    ]
    steps = tuple(_coarse(score, most) for score, most in zip(score_of, most_s, strict=True))
    return _Candidate(servers, steps, _total(steps), tuple(score_of))


def _total(steps: Sequence[_Overheads]) -> float:
    return sum(float(one.scores.max()) for one in steps)


def _scorer(ready_s: Floats, end_s: Floats, free_s: Floats, longest_s: float) -> Callable[[float], float]:
    """Return what tells how plausible an overhead of one step's requests is."""
    return lambda at_s: _score(end_s - np.maximum(ready_s + at_s, free_s), longest_s)


def _coarse(score: Callable[[float], float], most_s: float) -> _Overheads:
    """Return overheads far apart, up to (nearly) all that nearly every request took."""
    grid = np.linspace(0.0, 0.95, 7) * most_s
    return _Overheads(grid, np.array([score(float(at)) for at in grid]))


def _finer(coarse: _Overheads, score: Callable[[float], float]) -> _Overheads:
    """Return overheads with others between the best one and its neighbours."""
    best = int(coarse.scores.argmax())
    around = coarse.s[max(0, best - 1) : best + 2]
    finer = np.linspace(around[0], around[-1], 18)[1:-1]
    s = np.concatenate([coarse.s, finer])
    scores = np.concatenate([coarse.scores, [score(float(at)) for at in finer]])
    order = s.argsort()
    return _Overheads(s[order], scores[order])


def _score(service: Floats, longest_s: float) -> float:
    """Return the log-likelihood of services under the law that fits them best.

    Few come about in ways that the model does not know. What the network lends to one request and takes from the next
    moves a service by as much: it may make a short one negative, by little; those are Laplace's about zero.
    """
    fitting = service[service > 10 * TINY * max(float(np.median(service)), 1e-12)]
    negative = -service[service <= 0]
    stray = np.full(len(service), math.log(STRAY / longest_s))
    share = min(2 * len(negative) / len(service), MOST_SHAKEN)
    if share > 0:
        shaken_s = max(float(negative.mean()), 1e-9)
        stray = np.logaddexp(stray, math.log(share / (2 * shaken_s)) - np.abs(service) / shaken_s)
    if len(fitting) < 10:
        return float(stray.sum())
    best = -math.inf
    for name, (make, parameters) in COMPLETE.items():
        if name == "Uniform" or (name == "Empirical" and len(fitting) < 500):
            continue
        known = math.log1p(-STRAY - share) + log_density(make(fitting), service)
        likelihood = float(np.logaddexp(known, stray).sum())
        best = max(best, likelihood - parameters * math.log(len(service)) / 2)
    return best


# Both ----------------------------------------------------------------------------------------------------------------


def _fitted(
    visits: Visits, best: _Candidate, found: list[_Candidate], weights: Floats, known: bool, why: str, waited: float,
    seed: int, draws: int,
) -> StationFit:  # fmt: skip
    """Fit laws at the best number of servers, and draw sets of values: servers and overheads by weight, then visits.

    Visits are drawn in blocks of consecutive ones, so that what drifts with the hour shows in the intervals.
    """
    random = np.random.default_rng(seed)
    outside = {step: at.best_s for step, at in zip(visits.steps, best.steps, strict=True)}
    _, service = implied(visits, best.servers, outside)
    usable = service > TINY * float(np.median(service))
    laws = {
        step: law
        for at, step in enumerate(visits.steps)
        if (law := _law(service[visits.step == at], visits.whole[visits.step == at])) is not None
    }
    made = _draws(visits, laws, found, weights, random, draws)
    services = {}
    for step, law in laws.items():
        own = service[usable & (visits.step == visits.steps.index(step)) & visits.whole]
        drawn = [draw for draw in made if step in draw.services]
        means = np.array([draw.services[step].mean_s for draw in drawn])
        cvs = np.array([cv_of(draw.services[step]) for draw in drawn])
        elsewhere = np.array([draw.overheads_s[step] for draw in drawn])
        services[step] = ServiceFit(
            law, _interval(law.mean_s, means, len(own)), _interval(cv_of(law), cvs, len(own)),
            _interval(outside[step], elsewhere, len(own)), len(own), distance(law, own),
        )  # fmt: skip
    plausible = [one.servers for one in found if best.score - one.score <= PLAUSIBLE]
    return StationFit(
        visits.station.name, best.servers, tuple(sorted(plausible)), known, why, services, waited, len(visits),
        float(np.mean(service <= 0)), visits.seen, made if known else (),
    )  # fmt: skip


def _draws(
    visits: Visits, laws: Mapping[str, Distribution], found: list[_Candidate], weights: Floats,
    random: np.random.Generator, draws: int,
) -> tuple[Draw, ...]:  # fmt: skip
    blocks = np.array_split(np.arange(len(visits)), max(20, int(math.sqrt(len(visits)))))
    free: dict[int, Floats | None] = {}
    made = []
    for chosen in random.choice(len(weights), draws, p=weights):
        candidate = found[chosen]
        overheads = {
            step: float(random.choice(at.s, p=at.weights()))
            for step, at in zip(visits.steps, candidate.steps, strict=True)
        }
        if candidate.servers not in free:
            free[candidate.servers] = None if visits.seen else free_from_s(visits.end_s, candidate.servers)
        _, service = implied(visits, candidate.servers, overheads, free[candidate.servers])
        some = np.concatenate([blocks[at] for at in random.integers(0, len(blocks), len(blocks))])
        drawn, whole = service[some], visits.whole[some]
        own = {step: visits.step[some] == visits.steps.index(step) for step in laws}
        refitted = {step: _law(drawn[own[step]], whole[own[step]], law) for step, law in laws.items()}
        services = {step: law for step, law in refitted.items() if law is not None}
        made.append(Draw(candidate.servers, overheads, services))
    return tuple(made)


def _law(service: Floats, whole: NDArray[np.bool_], kind: Distribution | None = None) -> Distribution | None:
    """Return the law of services, of the same kind as `kind` if that is given; None where there are too few.

    A law has no negative services, and the few that the network's restlessness has brought about make as many others
    longer: the law is fitted to those above zero, and stretched to the mean of all. Services seen to take no time are
    left out.
    """
    if int(whole.sum()) < LEAST_SERVICES:
        return None
    names = tuple(COMPLETE) if kind is None else (type(kind).__name__,)
    if float(np.mean(~whole)) > CUT:
        return fit_censored(service, whole, CENSORED if kind is None else names, kind).law
    own = service[whole]
    fine = own[own > TINY * float(np.median(own))]
    longer = own if own.min() < 0 else fine
    return stretched(fit(fine, names).law, float(longer.mean() / fine.mean()))


def _interval(value: float, drawn: Floats, n: int) -> Estimate:
    if not len(drawn):
        return Estimate(value, n=n, of="visits")
    low, high = (float(end) for end in np.quantile(drawn, [0.025, 0.975]))
    return Estimate(value, min(low, value), max(high, value), n, "visits", "block bootstrap")
