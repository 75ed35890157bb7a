"""Locust's own counts by second, of which a long run keeps the last minute: what its rates of now are made of.

Imported in Locust's processes only.
"""

from __future__ import annotations

import time

import gevent
from locust.stats import RequestStats

LAST_S = 60
EVERY_S = 10.0


def keep_last(stats: RequestStats) -> None:
    """Forget, for as long as this greenlet lives, what was counted more than a minute ago; totals stay."""
    while True:
        gevent.sleep(EVERY_S)
        forget(stats, int(time.time()) - LAST_S)


def forget(stats: RequestStats, before_s: int) -> None:
    """Forget the counts of the seconds before one (`time.time()`)."""
    for entry in (stats.total, *stats.entries.values()):
        for counts in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
            for second in [second for second in counts if second < before_s]:
                del counts[second]
