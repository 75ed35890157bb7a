"""Closed forms of queueing theory for single stations, against which the simulation is held.

Symbols: lambda, arrival rate; mu, service rate of one server; c, servers; a = lambda/mu, offered load; rho = a/c.
Where a form needs the stationary law of a chain, `tests.theory.chains` solves for it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence

import numpy as np
from scipy import integrate, optimize, stats

from tests.theory.chains import birth_and_death

# Waiting without end -------------------------------------------------------------------------------------------------


def erlang_b(c: int, a: float) -> float:
    """Return the blocking probability of M/M/c/c, Erlang B, by the usual recursion; it is that of M/G/c/c, too."""
    blocking = 1.0
    for servers in range(1, c + 1):
        blocking = a * blocking / (servers + a * blocking)
    return blocking


def carried_in_order(c: int, a: float) -> list[float]:
    """Return the load that each server of M/M/c/c carries if arrivals take the first that is free, the first first.

    What overflows from the first j is Erlang B of j, so server j carries a (B(j - 1) - B(j)).
    """
    return [a * (erlang_b(server - 1, a) - erlang_b(server, a)) for server in range(1, c + 1)]


def erlang_c(c: int, a: float) -> float:
    """Return the probability of waiting in M/M/c, Erlang C."""
    blocking = erlang_b(c, a)
    rho = a / c
    return blocking / (1 - rho * (1 - blocking))


def wait_m_m_c(lam: float, mu: float, c: int) -> float:
    """Return the mean wait in queue of M/M/c."""
    return erlang_c(c, lam / mu) / (c * mu - lam)


def later_m_m_c(lam: float, mu: float, c: int, t: float) -> float:
    """Return P(wait in queue > t) of M/M/c, first come first served: C exp(-(c mu - lambda) t)."""
    return erlang_c(c, lam / mu) * math.exp(-(c * mu - lam) * t)


def wait_m_g_1(lam: float, mean: float, cv: float) -> float:
    """Return the mean wait in queue of M/G/1, the formula of Pollaczek and Khinchine."""
    rho = lam * mean
    return rho * mean * (1 + cv**2) / (2 * (1 - rho))


def wait_m_d_c(lam: float, constant: float, c: int) -> float:
    """Return the mean wait in queue of M/D/c (Crommelin 1932), a sum over Poisson tails that soon vanish."""
    a = lam * constant
    i = np.arange(1, 2000)
    tails = stats.poisson.sf(i * c - 1, i * a) - c / a * stats.poisson.sf(i * c, i * a)
    return constant * float(tails.sum())


def waits_m_x_1(lam: float, sizes: dict[int, float]) -> tuple[float, float]:
    """Return the mean waits of M^X/M/1 with services of mean 1: of the first of a bulk, and of all.

    The first of a bulk waits as in M/G/1 whose service is that of a whole bulk; the k-th for k - 1 services more. So
    all wait for (E X^2 / E X - 1) / 2 services more on average, as larger bulks have more customers.
    """
    mean, second = (sum(size**power * share for size, share in sizes.items()) for power in (1, 2))
    first = lam * (mean + second) / (2 * (1 - lam * mean))
    return first, first + (second / mean - 1) / 2


def overflow(c: int, a: float) -> tuple[float, float]:
    """Return mean and variance of how many an unlimited group holds of what overflows from M/M/c/c.

    The mean is a B; the variance that of Riordan (in Wilkinson 1956, *Theories for toll traffic engineering in the
    U.S.A.*), above the mean: what overflows comes in clusters.
    """
    mean = a * erlang_b(c, a)
    return mean, mean * (1 - mean + a / (c + 1 - a + mean))


def last_of_two_queues(lam: float, mu: float) -> float:
    """Return the mean time until both halves of a job are done that arrive at two M/M/1 queues at once.

    (12 - rho) / 8 times the sojourn at one of them (Flatto and Hahn 1984; Nelson and Tantawi 1988).
    """
    return (12 - lam / mu) / 8 / (mu - lam)


def squared_wait_m_g_1(lam: float, moments: Sequence[float]) -> float:
    """Return the second moment of the wait of M/G/1, from the first three of the service.

    E W^2 = 2 (E W)^2 + lambda E S^3 / (3 (1 - rho)), by differentiating the transform of the wait twice.
    """
    first, second, third = moments
    idle = 1 - lam * first
    return 2 * (lam * second / (2 * idle)) ** 2 + lam * third / (3 * idle)


def gamma_moments(mean: float, cv: float) -> tuple[float, float, float]:
    """Return the first three moments of a gamma law."""
    shape = 1 / cv**2
    scale = mean / shape
    return mean, scale**2 * shape * (shape + 1), scale**3 * shape * (shape + 1) * (shape + 2)


def waits_again_g_m_1(transform: Callable[[float], float], mu: float) -> float:
    """Return sigma of G/M/1, the probability of waiting: the root in (0, 1) of sigma = A*(mu (1 - sigma)).

    `transform`: A*(s) = E exp(-s A) of the time between arrivals. The wait is then sigma-mixed exponential:
    P(W > t) = sigma exp(-mu (1 - sigma) t).
    """
    return float(optimize.brentq(lambda sigma: transform(mu * (1 - sigma)) - sigma, 0.0, 1 - 1e-6))


def cobham(lams: Sequence[float], mu: float, c: int) -> list[float]:
    """Return the mean wait of each class of M/M/c with non-pre-emptive priorities (Cobham), the first first."""
    total = sum(lams)
    residual = erlang_c(c, total / mu) / (c * mu)
    waits, sigma = [], 0.0
    for lam in lams:
        before, sigma = sigma, sigma + lam / (c * mu)
        waits.append(residual / ((1 - before) * (1 - sigma)))
    return waits


def priorities_m_g_1(lams: Sequence[float], moments: Sequence[tuple[float, float, float]]) -> list[float]:
    """Return the mean wait of each class of M/G/1 with non-pre-emptive priorities, each with its own service law."""
    residual = sum(lam * second / 2 for lam, (_, second, _) in zip(lams, moments, strict=True))
    waits, sigma = [], 0.0
    for lam, (mean, _, _) in zip(lams, moments, strict=True):
        before, sigma = sigma, sigma + lam * mean
        waits.append(residual / ((1 - before) * (1 - sigma)))
    return waits


def preemptive_resume(lams: Sequence[float], mu: float) -> list[float]:
    """Return the mean time in the system of each class of M/M/1 with pre-emptive resume, the first first."""
    times, sigma = [], 0.0
    for lam in lams:
        before, sigma = sigma, sigma + lam / mu
        times.append(1 / mu / (1 - before) + sigma / mu / ((1 - before) * (1 - sigma)))
    return times


def preemptive_m_g_1(lams: Sequence[float], moments: Sequence[tuple[float, float]]) -> list[float]:
    """Return the mean time in the system of each class of M/G/1 with pre-emptive resume, each with its own service law.

    E S / (1 - before) + residual / ((1 - before)(1 - sigma)): with `before` the load of the more urgent, `sigma` that
    of the class too, and the residual work of both. `moments`: the first two of each class.
    """
    times, sigma, residual = [], 0.0, 0.0
    for lam, (mean, second) in zip(lams, moments, strict=True):
        before, sigma, residual = sigma, sigma + lam * mean, residual + lam * second / 2
        times.append(mean / (1 - before) + residual / ((1 - before) * (1 - sigma)))
    return times


def closed_network(customers: int, demands: Sequence[tuple[float, int | None]]) -> tuple[float, list[float]]:
    """Return (cycles an hour, mean number present at each station) of a closed network in product form.

    `demands`: of each station, visits in a cycle times the mean service, and servers (None for a delay). A station
    with n present weighs demand^n / prod over j up to n of min(j, servers); G(N) sums over all ways to place N, and
    the throughput is G(N - 1) / G(N).
    """

    def ways(population: int) -> tuple[float, list[float]]:
        total, present = 0.0, [0.0] * len(demands)
        for places in itertools.product(range(population + 1), repeat=len(demands)):
            if sum(places) != population:
                continue
            weight = math.prod(
                demand**n / math.prod(j if servers is None else min(j, servers) for j in range(1, n + 1))
                for n, (demand, servers) in zip(places, demands, strict=True)
            )
            total += weight
            present = [so_far + n * weight for so_far, n in zip(present, places, strict=True)]
        return total, present

    total, present = ways(customers)
    return ways(customers - 1)[0] / total, [each / total for each in present]


def later_hypoexponential(rates: Sequence[float], t: float) -> float:
    """Return P(sum of independent exponentials of different rates > t)."""
    return sum(
        math.exp(-rate * t) * math.prod(other / (other - rate) for other in rates if other != rate) for rate in rates
    )


# Finite rooms and finite patience ------------------------------------------------------------------------------------


def m_m_c_k(lam: float, mu: float, c: int, room: int) -> tuple[float, float]:
    """Return (probability of rejection, mean wait of those admitted) of M/M/c with `room` places to wait."""
    p = birth_and_death(lambda n: lam, lambda n: min(n, c) * mu, c + room + 1)
    waiting = float(np.sum(np.maximum(np.arange(len(p)) - c, 0) * p))
    return float(p[-1]), waiting / (lam * (1 - float(p[-1])))


def erlang_a(lam: float, mu: float, c: int, theta: float, states: int = 4000) -> tuple[float, float]:
    """Return (probability of abandonment, mean time in queue of all) of M/M/c+M, Erlang A."""
    p = birth_and_death(lambda n: lam, lambda n: min(n, c) * mu + max(0, n - c) * theta, states)
    waiting = float(np.sum(np.maximum(np.arange(states) - c, 0) * p))
    return theta * waiting / lam, waiting / lam


def erlang_a_served(lam: float, mu: float, c: int, theta: float, states: int = 400) -> float:
    """Return the mean wait in queue of those served in M/M/c+M.

    Who finds c + k present passes k + 1 stages, of which the one with j others ahead ends at rate c mu + (j + 1) theta,
    whatever ends it. Nobody leaves in vain with probability c mu / (c mu + (k + 1) theta).
    """
    p = birth_and_death(lambda n: lam, lambda n: min(n, c) * mu + max(0, n - c) * theta, states)
    served = float(np.sum(p[:c]))
    waited = stages_h = 0.0
    for k in range(states - c):
        stages_h += 1 / (c * mu + (k + 1) * theta)
        gets_there = float(p[c + k]) * c * mu / (c * mu + (k + 1) * theta)
        served, waited = served + gets_there, waited + gets_there * stages_h
    return waited / served


def m_m_c_g(lam: float, mu: float, c: int, patience_sf: Callable[[float], float], far: float) -> tuple[float, float]:
    """Return (probability of abandonment, mean wait in queue of those served) of M/M/c+G.

    The wait offered to an arrival has the density lambda p(c - 1) exp(lambda H(x) - c mu x), with
    H(x) the integral of the patience's survival function `patience_sf` up to x, and p the probabilities of 0 to c - 1
    present, in the proportions of M/M/c. Integrated up to `far`, on a fine grid.
    """
    x = np.linspace(0.0, far, 40_001)
    survives = np.array([float(patience_sf(at)) for at in x])
    patient = integrate.cumulative_trapezoid(survives, x, initial=0.0)
    below = np.array([math.exp(n * math.log(lam / mu) - math.lgamma(n + 1)) for n in range(c)])
    density = lam * below[-1] * np.exp(lam * patient - c * mu * x)
    total = below.sum() + integrate.trapezoid(density, x)
    served = (below.sum() + integrate.trapezoid(density * survives, x)) / total
    waited = integrate.trapezoid(x * density * survives, x) / total
    return float(1 - served), float(waited / served)


def impatient_altogether(lam: float, mu: float, c: int, theta: float, states: int = 400) -> float:
    """Return the probability of leaving M/M/c where patience covers the queue and the service: theta E N / lambda."""
    p = birth_and_death(lambda n: lam, lambda n: min(n, c) * mu + n * theta, states)
    return float(theta * np.sum(np.arange(states) * p) / lam)


def machine_repair(machines: int, breaks: float, mu: float, c: int) -> tuple[float, float]:
    """Return (mean share of machines up, mean wait for a repairer) of `machines` that break and are repaired by c."""
    p = birth_and_death(lambda n: (machines - n) * breaks, lambda n: min(n, c) * mu, machines + 1)
    down = np.arange(machines + 1)
    rate = float(np.sum((machines - down) * breaks * p))
    return float(np.sum((machines - down) * p)) / machines, float(np.sum(np.maximum(down - c, 0) * p)) / rate


def up_at_least(needed: int, count: int, availability: float) -> float:
    """Return the probability that at least `needed` of `count` independent machines are up."""
    return sum(
        math.comb(count, up) * availability**up * (1 - availability) ** (count - up) for up in range(needed, count + 1)
    )


# Counts --------------------------------------------------------------------------------------------------------------


def truncated_geometric(p: float, limit: int) -> float:
    """Return the mean number of tries, each followed by another with probability p, `limit` at most."""
    return sum(p**tries for tries in range(limit))
