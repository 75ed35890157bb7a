"""How long a database was worked with, and waited for."""

from __future__ import annotations

import time
from dataclasses import dataclass


class Spells:
    """Seconds for which something lasted, over all the times that it did; also while it does."""

    def __init__(self) -> None:
        self._total_s = 0.0
        self._since_s: float | None = None

    def begin(self) -> None:
        """Let it last from now on; nothing where it does already."""
        if self._since_s is None:
            self._since_s = time.monotonic()

    def end(self) -> None:
        """Let it be over; nothing where it is."""
        self._total_s, self._since_s = self.seconds, None

    @property
    def seconds(self) -> float:
        """How long it has lasted by now."""
        return self._total_s + (0.0 if self._since_s is None else time.monotonic() - self._since_s)


@dataclass(frozen=True, slots=True)
class Waited:
    """Seconds since the process began in which changes waited to be written.

    Parameters
    ----------
    locked_s: because the database was locked by somebody else, or gone. writing_s: while it was at work on others, by
        its one writer.
    """

    locked_s: float = 0.0
    writing_s: float = 0.0
