"""Clocks: the one thing that an organisation needs from whoever runs it, simulated or real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """An action that will happen."""

    def cancel(self) -> None:
        """Make it not happen; nothing if it already has."""


class Clock(Protocol):
    """Tells the time since the run's zero, and makes things happen later.

    Rule for simultaneous actions: those due at the same time happen in the order in which they were asked for.
    """

    @property
    def stands(self) -> bool:
        """Whether nothing happens just now, because somebody holds the clock."""

    def now_s(self) -> float:
        """Return seconds since the run's zero, on the journey's clock."""

    def after(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Let `action` happen `delay_s` from now; an infinite delay never comes."""


class Unset:
    """The timer of an action that never comes."""

    __slots__ = ()

    def cancel(self) -> None:
        """Do nothing."""


NEVER = Unset()
