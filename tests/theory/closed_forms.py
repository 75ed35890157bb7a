"""Closed forms of queueing theory, against which the simulation is held.

Symbols: lambda, arrival rate; mu, service rate of one server; c, servers; a = lambda/mu, offered load; rho = a/c.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np


def erlang_b(c: int, a: float) -> float:
    """Return the blocking probability of M/M/c/c, Erlang B, by the usual recursion."""
    blocking = 1.0
    for servers in range(1, c + 1):
        blocking = a * blocking / (servers + a * blocking)
    return blocking


def erlang_c(c: int, a: float) -> float:
    """Return the probability of waiting in M/M/c (Erlang 1917)."""
    blocking = erlang_b(c, a)
    rho = a / c
    return blocking / (1 - rho * (1 - blocking))


def wait_m_m_c(lam: float, mu: float, c: int) -> float:
    """Return the mean wait in queue of M/M/c."""
    return erlang_c(c, lam / mu) / (c * mu - lam)


def wait_m_g_1(lam: float, mean: float, cv: float) -> float:
    """Return the mean wait in queue of M/G/1, the formula of Pollaczek and Khinchine."""
    rho = lam * mean
    return rho * mean * (1 + cv**2) / (2 * (1 - rho))


def m_m_c_k(lam: float, mu: float, c: int, room: int) -> tuple[float, float]:
    """Return (probability of rejection, mean wait of those admitted) of M/M/c with `room` places to wait."""
    a = lam / mu
    weights = [a**n / math.factorial(n) if n <= c else a**c / math.factorial(c) * (a / c) ** (n - c)
               for n in range(c + room + 1)]  # fmt: skip
    p = np.array(weights) / sum(weights)
    waiting = sum((n - c) * p[n] for n in range(c, c + room + 1))
    return float(p[-1]), float(waiting / (lam * (1 - p[-1])))


def erlang_a(lam: float, mu: float, c: int, theta: float, states: int = 4000) -> tuple[float, float]:
    """Return (probability of abandonment, mean time in queue of all) of M/M/c+M, Erlang A, by birth and death."""
    log_weight, weights = 0.0, [0.0]
    for n in range(1, states):
        log_weight += math.log(lam) - math.log(min(n, c) * mu + max(0, n - c) * theta)
        weights.append(log_weight)
    p = np.exp(np.array(weights) - max(weights))
    p /= p.sum()
    waiting = float(np.sum(np.maximum(np.arange(states) - c, 0) * p))
    return theta * waiting / lam, waiting / lam


def cobham(lams: Sequence[float], mu: float, c: int) -> list[float]:
    """Return the mean wait of each class of M/M/c with non-pre-emptive priorities (Cobham), the first first."""
    total = sum(lams)
    residual = erlang_c(c, total / mu) / (c * mu)
    waits, sigma = [], 0.0
    for lam in lams:
        before, sigma = sigma, sigma + lam / (c * mu)
        waits.append(residual / ((1 - before) * (1 - sigma)))
    return waits


def up_at_least(needed: int, count: int, availability: float) -> float:
    """Return the probability that at least `needed` of `count` independent machines are up."""
    return sum(
        math.comb(count, up) * availability**up * (1 - availability) ** (count - up) for up in range(needed, count + 1)
    )


def m_m_1_with_breakdowns(lam: float, mu: float, xi: float, eta: float, states: int = 400) -> tuple[float, float]:
    """Return (share of customers lost, mean number waiting) of M/M/1 whose server breaks down.

    It breaks at rate `xi`, idle or busy, and is repaired at rate `eta`; whoever is being served then is lost, and the
    others wait. The stationary law of the chain (number present, server up or down), cut off at `states` customers.
    """
    q = np.zeros((2 * states, 2 * states))
    for n in range(states):
        up, down = 2 * n, 2 * n + 1
        if n + 1 < states:
            q[up, up + 2] = q[down, down + 2] = lam
        if n:
            q[up, up - 2] = mu
        q[up, down - 2 if n else down] = xi
        q[down, up] = eta
    np.fill_diagonal(q, -q.sum(axis=1))
    balance = np.vstack([q.T[:-1], np.ones(2 * states)])
    p = np.linalg.solve(balance, np.append(np.zeros(2 * states - 1), 1.0)).reshape(states, 2)
    n = np.arange(states)
    waiting = float(np.sum(np.maximum(n - 1, 0) * p[:, 0] + n * p[:, 1]))
    return float(xi * p[1:, 0].sum() / lam), waiting
