"""A station's queue replayed from when work came and when it ended: who began when, given the number of servers.

Nothing of what happened inside is needed. With c servers, first come first served, work begins when it comes, or when
fewer than c of those before it are left: at the c-th latest of their ends. So every number of servers implies the
service time of each visit, and a law of service times then says how likely all of them are together. (The recursion of
Kiefer and Wolfowitz 1955, *Trans. Amer. Math. Soc.* 78, 1-18, solved for the services; its Jacobian is 1.)
"""

from __future__ import annotations

from heapq import heappush, heapreplace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]


def free_from_s(end_s: Floats, servers: int) -> Floats:
    """Return from when on a server was free for each visit, shape (n,); minus infinity while some had none before.

    Parameters: `end_s`, when each visit ended, in the order in which they came.

    >>> free_from_s(np.array([4.0, 2.0, 5.0]), 2)
    array([-inf, -inf,   2.])
    """
    latest: list[float] = []  # the ends of the `servers` that ended last, the earliest first
    free = np.full(len(end_s), -np.inf)
    for place, end in enumerate(end_s.tolist()):
        if len(latest) < servers:
            heappush(latest, end)
        else:
            free[place] = latest[0]
            if end > latest[0]:
                heapreplace(latest, end)
    return free


def present(ready_s: Floats, end_s: Floats, at_s: Floats) -> Whole:
    """Return how many had come and not ended just after each of some times, shape (n_times,)."""
    came = np.searchsorted(np.sort(ready_s), at_s, side="right")
    gone = np.searchsorted(np.sort(end_s), at_s, side="right")
    return (came - gone).astype(np.int64)


def most_present(ready_s: Floats, end_s: Floats) -> int:
    """Return the largest number that were there at once."""
    return int(present(ready_s, end_s, ready_s).max()) if len(ready_s) else 0
