"""The organisation's clock on an event loop: wall time since the run's zero, times a speed."""

from __future__ import annotations

import asyncio
import heapq
import math
import time
from collections.abc import Callable

from simulators.clocks import NEVER, Timer

LONGEST_SLEEP_S = 3600.0
SHORTEST_SLEEP_S = 0.001
_FEW = 64


class _Due:
    __slots__ = ("_clock", "action")

    def __init__(self, clock: AsyncioClock, action: Callable[[], None]) -> None:
        self._clock = clock
        self.action: Callable[[], None] | None = action

    def cancel(self) -> None:
        if self.action is not None:
            self.action = None
            self._clock._forget_one()


class AsyncioClock:
    """A clock on a running loop; one loop timer at a time stands for all that is due.

    Actions happen at or after the moment they were asked for (about a millisecond after), never before it; those due
    at the same time in the order in which they were asked for, which neither asyncio's nor libuv's own timers promise.

    Parameters
    ----------
    loop: whose time passes.
    zero: the run's zero, in seconds of `wall`.
    speed: seconds of this clock per second of the wall, > 0.
    wall: tells the wall's seconds; finer than the loop's own time, which uvloop counts in whole milliseconds.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        zero: float,
        speed: float = 1.0,
        wall: Callable[[], float] = time.monotonic,
    ) -> None:
        self._loop, self._zero, self._speed, self._wall = loop, zero, speed, wall
        self._heap: list[tuple[float, int, _Due]] = []
        self._sequence = 0
        self._cancelled = 0
        self._alarm: asyncio.TimerHandle | None = None
        self._alarm_at_s = math.inf
        self._held_at: float | None = None

    def now_s(self) -> float:
        """Return seconds since the run's zero, on this clock."""
        return ((self._wall() if self._held_at is None else self._held_at) - self._zero) * self._speed

    @property
    def stands(self) -> bool:
        """Whether it is held."""
        return self._held_at is not None

    def hold(self) -> None:
        """Let this clock stand, and nothing of it happen, until `go_on`."""
        if self._held_at is None:
            self._held_at = self._wall()
            self._set_alarm()

    def go_on(self) -> None:
        """Let it go on from where it stands; nothing where it does not."""
        if self._held_at is not None:
            self._zero += self._wall() - self._held_at
            self._held_at = None
            self._set_alarm()

    def after(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Let `action` happen `delay_s` from now; an infinite delay never comes."""
        if delay_s == math.inf:
            return NEVER
        due = _Due(self, action)
        self._sequence += 1
        heapq.heappush(self._heap, (self.now_s() + max(0.0, delay_s), self._sequence, due))
        self._set_alarm()
        return due

    def stop(self) -> None:
        """Forget everything that was to happen."""
        self._heap.clear()
        self._cancelled = 0
        self._set_alarm()

    def _forget_one(self) -> None:
        self._cancelled += 1
        if self._cancelled > _FEW and self._cancelled * 2 > len(self._heap):
            self._heap = [entry for entry in self._heap if entry[2].action is not None]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def _set_alarm(self) -> None:
        first_s = self._heap[0][0] if self._heap and self._held_at is None else math.inf
        if self._alarm is not None:
            if self._alarm_at_s <= first_s < math.inf:
                return
            self._alarm.cancel()
            self._alarm = None
        self._alarm_at_s = first_s
        if first_s != math.inf:
            sleep_s = (first_s - self.now_s()) / self._speed
            self._alarm = self._loop.call_later(min(max(sleep_s, SHORTEST_SLEEP_S), LONGEST_SLEEP_S), self._ring)

    def _ring(self) -> None:
        self._alarm = None
        now = self.now_s()
        try:
            while self._heap and self._heap[0][0] <= now and self._held_at is None:
                due = heapq.heappop(self._heap)[2]
                action, due.action = due.action, None
                if action is None:
                    self._cancelled -= 1
                else:
                    action()
        finally:
            self._set_alarm()
