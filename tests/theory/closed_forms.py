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
