"""Pacing of open arrivals: pure functions of the plan and of the clock.

Let customer k be planned at a_k (seconds of the run, rising), and be started at s_k. At time t

    due(t)      = #{k : a_k <= t}                       customers who should have been started by now
    wait(t)     = max(0, a_n - t),  n started so far    how long until the next one
    lateness_k  = s_k - a_k  >= 0                       what the generator itself added

The plan never depends on the answers of the target (an open workload), so a target that stalls cannot slow its own
arrivals down, and latencies counted from a_k include the queue that it caused (Schroeder, Wierman and
Harchol-Balter, NSDI 2006; "coordinated omission", Tene 2013).
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple


class Due(NamedTuple):
    """What a scheduler has to do: start the customers before index `until`, then wait `wait_s` (infinity: no more)."""

    until: int
    wait_s: float


def due(planned_s: Sequence[float], started: int, now_s: float) -> Due:
    """Return who is due at `now_s`, of whom `started` have been started already.

    Parameters
    ----------
    planned_s: arrival times in rising order, seconds of the run.

    >>> due([0.5, 1.0, 4.0], started=1, now_s=1.5)
    Due(until=2, wait_s=2.5)
    """
    until = max(started, bisect.bisect_right(planned_s, now_s))
    if until >= len(planned_s):
        return Due(until, math.inf)
    return Due(until, planned_s[until] - now_s)


def pace(planned_s: Sequence[float], clock: Callable[[], float], wait: Callable[[float], None]) -> Iterator[range]:
    """Yield the customers to start now, in the order of the plan, and `wait` in between until the next one is due.

    The clock is read anew after each batch: who has become due while others were started is not waited for.
    """
    started = 0
    while started < len(planned_s):
        until, wait_s = due(planned_s, started, clock())
        if until > started:
            yield range(started, until)
            started = until
        else:
            wait(wait_s)


def share(planned: int, worker: int, workers: int) -> range:
    """Return the customers of one of several workers: every `workers`-th, from its own number on.

    >>> list(share(7, worker=1, workers=3))
    [1, 4]
    """
    return range(worker, planned, workers)


def quantile(values: Sequence[float], q: float) -> float:
    """Return the smallest value that at least a share `q` of them do not exceed; 0.0 where there are none.

    >>> quantile([5.0, 1.0, 3.0, 2.0], 0.5)
    2.0
    """
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[max(0, math.ceil(q * len(ordered)) - 1)]
