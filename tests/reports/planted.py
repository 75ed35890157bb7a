"""Queues with planted servers and services, walked by hand: no engine of the project's has a part in them."""

from __future__ import annotations

import heapq
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from journeys import Station
from reports.calibration.evidence import Visits

Floats = NDArray[np.float64]


def services(random: np.random.Generator, n: int, mean_s: float, cv: float) -> Floats:
    """Return services: exponential for a cv of 1, else lognormal."""
    if cv == 1:
        return random.exponential(mean_s, n)
    sigma = math.sqrt(math.log1p(cv**2))
    return np.exp(math.log(mean_s) - sigma**2 / 2 + sigma * random.standard_normal(n))


def arrivals(random: np.random.Generator, n: int, servers: int, mean_s: float, busy: float) -> Floats:
    """Return Poisson arrivals that keep so many servers `busy` on average."""
    return np.cumsum(random.exponential(mean_s / (servers * busy), n))


def served(ready_s: Floats, service_s: Floats, servers: int) -> tuple[Floats, Floats]:
    """Return (began, ended), first come first served."""
    free = [0.0] * servers
    began = np.empty_like(ready_s)
    for place, (ready, service) in enumerate(zip(ready_s.tolist(), service_s.tolist(), strict=True)):
        began[place] = max(ready, free[0])
        heapq.heapreplace(free, began[place] + service)
    return began, began + service_s


def locked(ready_s: Floats, parallel_s: Floats, locked_s: Floats, servers: int) -> Floats:
    """Return when each ended whose service has a part that only one at a time can do, as no blueprint knows."""
    free, lock = [0.0] * servers, 0.0
    waiting: list[tuple[float, int, float]] = []  # (wants the lock from, who, for how long)
    ended = np.zeros_like(ready_s)
    for place, ready in enumerate(ready_s.tolist()):
        # whoever wants the lock before this one can begin has it first
        while len(free) == 0 or (waiting and waiting[0][0] <= max(ready, free[0])):
            wants, who, lasts = heapq.heappop(waiting)
            lock = max(lock, wants) + lasts
            ended[who] = lock
            heapq.heappush(free, lock)
        begins = max(ready, heapq.heappop(free))
        heapq.heappush(waiting, (begins + float(parallel_s[place]), place, float(locked_s[place])))
    while waiting:
        wants, who, lasts = heapq.heappop(waiting)
        lock = max(lock, wants) + lasts
        ended[who] = lock
    return ended


def seen_from_outside(ready_s: Floats, end_s: Floats, **more: Any) -> Visits:
    """Return the visits as an application of one's own shows them: when they were asked for, and answered."""
    n = len(ready_s)
    given: dict[str, Any] = {
        "station": Station(name="web", kind="system"), "scale": 1.0, "steps": ("ask",),
        "step": np.zeros(n, dtype=np.int64), "ready_s": ready_s, "start_s": np.full(n, np.nan), "end_s": end_s,
        "whole": np.ones(n, dtype=bool), "seen": False,
    }  # fmt: skip
    return Visits(**(given | more))
