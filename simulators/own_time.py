"""An environment of SimPy's whose time is another clock's: the wall's in a back end, a scaled one in a simulation."""

from __future__ import annotations

import math

import simpy

from simulators.clocks import NEVER, Clock, Timer

_NORMAL = simpy.events.NORMAL


class ClockedEnvironment(simpy.Environment):
    """A SimPy environment in which what is due happens when a clock says so.

    Nobody runs it: whatever is scheduled, from outside or by its own processes, sets an alarm with the clock. Events
    happen in SimPy's own order, each at the time for which it was scheduled, also where the alarm rings a little late:
    so a chain of timeouts does not drift from the clock. Where one of them makes the clock stand, those of that moment
    still happen, and later ones once it goes on.

    Parameters
    ----------
    clock: whose seconds are this environment's.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock.now_s())
        self._clock = clock
        self._alarm: Timer = NEVER
        self._alarm_at_s = math.inf
        self._stepping = False

    @property
    def now(self) -> float:
        """The clock's time; that of an event while it happens, and never later than one that is still due."""
        self._catch_up()
        return self._now

    def schedule(
        self, event: simpy.Event, priority: simpy.events.EventPriority = _NORMAL, delay: simpy.core.SimTime = 0
    ) -> None:
        """Schedule an event from now on, and see to it that it happens."""
        self._catch_up()
        super().schedule(event, priority, delay)
        if not self._stepping:
            self._set_alarm()

    def _catch_up(self) -> None:
        if not self._stepping:
            self._now = max(self._now, min(self._clock.now_s(), self.peek()))

    def _set_alarm(self) -> None:
        first_s = self.peek()
        if first_s != self._alarm_at_s:
            self._alarm.cancel()
            self._alarm_at_s = first_s
            self._alarm = self._clock.after(max(0.0, first_s - self._clock.now_s()), self._ring)

    def _ring(self) -> None:
        """Let happen what is due by now, and what the alarm was set for, though the clock may have rounded it down."""
        until_s = max(self._clock.now_s(), self._alarm_at_s)
        self._alarm_at_s = math.inf
        self._stepping = True
        try:
            while (first_s := self.peek()) <= until_s and not (self._clock.stands and first_s > self._now):
                self.step()
        finally:
            self._stepping = False
            self._set_alarm()
