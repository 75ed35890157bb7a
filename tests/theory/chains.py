"""Stationary laws of Markov chains, solved for numerically, and the models that need them."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping

import numpy as np
from numpy.typing import NDArray


def birth_and_death(
    birth: Callable[[int], float], death: Callable[[int], float], states: int
) -> NDArray[np.float64]:  # fmt: skip
    """Return the stationary law of a chain on 0 to `states` - 1 that steps up and down at these rates."""
    log_weight, weights = 0.0, [0.0]
    for n in range(1, states):
        log_weight += math.log(birth(n - 1)) - math.log(death(n))
        weights.append(log_weight)
    p = np.exp(np.array(weights) - max(weights))
    return p / p.sum()


def stationary(rates: Mapping[tuple[Hashable, Hashable], float]) -> dict[Hashable, float]:
    """Return the stationary law of a chain, given its rates (or probabilities) from one state to another."""
    states = sorted({state for pair in rates for state in pair}, key=repr)
    index = {state: number for number, state in enumerate(states)}
    q = np.zeros((len(states), len(states)))
    for (here, there), rate in rates.items():
        if here != there:
            q[index[here], index[there]] += rate
    np.fill_diagonal(q, -q.sum(axis=1))
    balance = np.vstack([q.T[:-1], np.ones(len(states))])
    p = np.linalg.solve(balance, np.append(np.zeros(len(states) - 1), 1.0))
    return {state: float(p[number]) for state, number in index.items()}


def m_m_1_with_breakdowns(lam: float, mu: float, xi: float, eta: float, states: int = 200) -> tuple[float, float]:
    """Return (share of customers lost, mean number waiting) of M/M/1 whose server breaks down.

    It breaks at rate `xi`, idle or busy, and is repaired at rate `eta`; whoever is being served then is lost, and the
    others wait. The chain is that of (number present, server up or down), cut off at `states` customers.
    """
    rates: dict[tuple[Hashable, Hashable], float] = {}
    for n in range(states):
        if n + 1 < states:
            rates[(n, "up"), (n + 1, "up")] = rates[(n, "down"), (n + 1, "down")] = lam
        if n:
            rates[(n, "up"), (n - 1, "up")] = mu
        rates[(n, "up"), (max(n - 1, 0), "down")] = xi
        rates[(n, "down"), (n, "up")] = eta
    p = stationary(rates)
    lost = xi * sum(p[n, "up"] for n in range(1, states)) / lam
    waiting = sum(max(n - 1, 0) * p[n, "up"] + n * p[n, "down"] for n in range(states))
    return lost, waiting


def retrials(
    lam: float, mu: float, nu: float, again: float = 1.0, states: int = 150
) -> tuple[float, float]:  # fmt: skip
    """Return (probability that the first try meets a busy server, mean tries) of M/M/1/1 with retrials.

    Whoever meets a busy server tries again with probability `again`, after an exponential time of rate `nu`. The chain
    is that of (server busy, number who will try again), cut off at `states`.
    """
    rates: dict[tuple[Hashable, Hashable], float] = {}
    for n in range(states):
        rates[(0, n), (1, n)] = lam
        rates[(1, n), (0, n)] = mu
        if n:
            rates[(0, n), (1, n - 1)] = n * nu
            rates[(1, n), (1, n - 1)] = n * nu * (1 - again)
        if n + 1 < states:
            rates[(1, n), (1, n + 1)] = lam * again
    p = stationary(rates)
    orbit = sum(n * (p[0, n] + p[1, n]) for n in range(states))
    return sum(p[1, n] for n in range(states)), 1 + nu * orbit / lam


def missed_sales(demand: float, initial: int, delivery: int, periods: int) -> list[float]:
    """Return the mean number of customers in each period who find nothing left, with Poisson demand and lost sales.

    `demand`: mean a period. `initial`: units at the start of the first; each further one starts with `delivery` more.
    """
    most = initial + delivery * periods
    poisson = np.exp([n * math.log(demand) - demand - math.lgamma(n + 1) for n in range(most + 200)])
    level = np.zeros(most + 1)
    level[initial] = 1.0
    missed = []
    for _ in range(periods):
        missed.append(float(sum(p * sum((n - units) * poisson[n] for n in range(units + 1, len(poisson)))
                                for units, p in enumerate(level) if p)))  # fmt: skip
        left = np.zeros(most + 1)
        for units, p in enumerate(level):
            if p:
                left[1 : units + 1] += p * poisson[:units][::-1]
                left[0] += p * (1 - poisson[:units].sum())
        level = np.concatenate([np.zeros(delivery), left[: most + 1 - delivery]])
    return missed


def specialists(lams: tuple[float, float], servers: tuple[int, int], room: int) -> tuple[list[float], list[float]]:
    """Return (shares turned away, mean waits in queue of those admitted) of two classes, services of rate 1.

    Class "a" is served by specialists, and by generalists where none of those is free; class "b" by generalists alone.
    A server that frees takes the first of the queue whom it can serve. The chain is that of (specialists at work,
    generalists at work, who waits, in order), of which `room` may.
    """
    rates: dict[tuple[Hashable, Hashable], float] = {}
    full: list[tuple[int, int, str]] = []
    states = [(0, 0, "")]
    for one, two, waiting in states:
        steps = []
        if one:
            first = waiting.find("a")
            after = (one - 1, two, waiting) if first < 0 else (one, two, waiting[:first] + waiting[first + 1 :])
            steps.append((after, float(one)))
        if two:
            steps.append(((one, two, waiting[1:]) if waiting else (one, two - 1, ""), float(two)))
        for name, lam in zip("ab", lams, strict=True):
            if name == "a" and one < servers[0]:
                steps.append(((one + 1, two, waiting), lam))
            elif two < servers[1]:
                steps.append(((one, two + 1, waiting), lam))
            elif len(waiting) < room:
                steps.append(((one, two, waiting + name), lam))
            else:
                full.append((one, two, waiting + name))
        for after, rate in steps:
            rates[(one, two, waiting), after] = rates.get(((one, two, waiting), after), 0.0) + rate
            if after not in states:
                states.append(after)
    p = stationary(rates)
    away = [sum(p[one, two, who[:-1]] for one, two, who in full if who[-1] == name) for name in "ab"]
    lengths = [sum(p[state] * state[2].count(name) for state in states) for name in "ab"]
    return away, [n / lam / (1 - lost) for n, lam, lost in zip(lengths, lams, away, strict=True)]
