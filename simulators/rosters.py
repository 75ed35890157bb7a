"""Rosters at work: how many are on duty at a station now, and when that changes, by its shifts and closures."""

from __future__ import annotations

import bisect
import heapq
import math
from collections.abc import Iterator

from journeys.arrivals import WEEK_S
from journeys.stations import Station


class Duty:
    """Who is on duty at one station, by its roster and its closures, whether or not something is broken.

    The number changes at each change of the weekly roster and at each beginning and end of a closure, and nobody is
    on duty from the very moment of a closure's beginning to that of its end.
    """

    def __init__(self, station: Station) -> None:
        self._weekly, self._closed = station.roster(), station.closed_s()
        self._changes_at = [at for at, _ in self._weekly]

    def level(self, now_s: float) -> int:
        """Return the servers on duty at a time of the station's clock."""
        return 0 if self._closed and self._is_closed(now_s) else self._rostered(now_s)

    def changes(self, now_s: float) -> Iterator[tuple[float, int]]:
        """Yield (delay from now, servers on duty from then on) of the changes after now, in order.

        Those of the coming week at least, and until a week after the last closure; none where it never changes.
        """
        return heapq.merge(self._edges(now_s), self._shifts(now_s))

    def _rostered(self, now_s: float) -> int:
        return self._weekly[bisect.bisect_right(self._changes_at, now_s % WEEK_S) - 1][1]

    def _is_closed(self, now_s: float) -> bool:
        return any(begin <= now_s < end for begin, end in self._closed)

    def _edges(self, now_s: float) -> Iterator[tuple[float, int]]:
        for begin, end in self._closed:
            if begin > now_s:
                yield begin - now_s, 0
            if end > now_s:
                yield end - now_s, self._rostered(end)

    def _shifts(self, now_s: float) -> Iterator[tuple[float, int]]:
        if len(self._weekly) == 1:
            return
        monday, now_of_week = divmod(now_s, WEEK_S)
        last_s = self._closed[-1][1] if self._closed else now_s
        for week in range(2 + math.ceil(max(0.0, last_s - now_s) / WEEK_S)):
            for at, level in self._weekly:
                if week or at > now_of_week:
                    closed = self._is_closed((monday + week) * WEEK_S + at)
                    yield at + week * WEEK_S - now_of_week, 0 if closed else level
