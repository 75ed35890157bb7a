"""Who a process of a back end with replicas is, what it is told while it runs, and how."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

from journeys.blueprint import Journey
from simulators.backend.listening import Settings

LENGTH = struct.Struct("!I")
"""Before the pickle of a role, on standard input."""

LISTEN, CUT, MEND, DRAIN = "listen", "cut", "mend", "drain"
"""Commands to a replica, a line each."""

LOCK, UNLOCK, LOSE, FIND = "lock", "unlock", "lose", "find"
"""Commands to the office about its database, a line each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeRole:
    """An office: what it serves, where it listens, and the zero of the run where that goes on."""

    settings: Settings
    office: Path
    zero_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaRole:
    """A replica: what it serves, where the office is, and where it listens itself."""

    journey: Journey
    seed: int
    speed: float
    office: Path
    socket: Path
    number: int
