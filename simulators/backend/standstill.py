"""Time that stands still for a customer who looks closely, until they have seen where their case stands."""

from __future__ import annotations

import asyncio

from simulators.backend.clocks import AsyncioClock
from simulators.backend.records import Record

LONGEST_S = 60.0
"""How long of the wall a clock stands for somebody who does not say what they saw."""


class Standstill:
    """Lets a clock stand for as long as a case stands unseen: its page can then be looked at, however fast time goes.

    A suite that plays a working day in a second has no other way to see a page that says "In progress".
    """

    def __init__(self, clock: AsyncioClock) -> None:
        self._clock = clock
        self._unseen: dict[str, asyncio.TimerHandle] = {}

    def stands(self, record: Record) -> None:
        """Let time stand while a case waits that somebody looks at closely; go on where it waits no more."""
        if not record.closely:
            return
        self._go_on(record.id)
        if not (record.case.acts or record.case.ended):
            self._unseen[record.id] = asyncio.get_running_loop().call_later(LONGEST_S, self._go_on, record.id)
            self._clock.hold()

    def seen(self, record: Record, version: int) -> None:
        """Let time go on where a case was seen as it stands, and nothing else is to be seen."""
        if version == record.case.version:
            self._go_on(record.id)

    def _go_on(self, case: str) -> None:
        alarm = self._unseen.pop(case, None)
        if alarm is not None:
            alarm.cancel()
        if not self._unseen:
            self._clock.go_on()
