"""What a worker is told, and what it tells: values that pass between the command line's process and its workers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

from journeys.blueprint import Journey
from journeys.eventlog import Manifest

DROPPED, LOST = "dropped arrival", "lost arrival"
"""How the details of arrivals begin that were not made: at the cap of journeys in flight, or with their worker."""

Kind = Literal["ready", "progress", "end", "listening", "joined", "stopped"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One worker's part of a load run.

    Parameters
    ----------
    journey: with the changes of its scenario already made.
    manifest: the run's; the worker writes rows only.
    folder: the run's folder. target: the address, without a slash at its end, with credentials if it has any.
    mocked: whether the target is a mocked back end, which plays the organisation, or an application of the user's own.
    run: unique to the run, the head of its idempotency keys.
    worker, workers: which of how many.
    customers, planned_s: the worker's own customers and when each is to arrive, in wall seconds of the run.
    users, pause_s: of a closed workload, how many customers this worker keeps on their way, and the mean pause before
        the next one; 0 users where arrivals are open. Then nothing is planned.
    duration_s: arrivals end then. follow_up_s: how long after that customers still on their way are followed.
    in_flight: the most customers on their way at once; further arrivals are dropped, and recorded.
    """

    journey: Journey
    manifest: Manifest
    folder: str
    target: str
    mocked: bool
    seed: int
    speed: float
    run: str
    worker: int
    workers: int
    customers: Sequence[int]
    planned_s: Sequence[float]
    duration_s: float
    follow_up_s: float
    in_flight: int
    users: int = 0
    pause_s: float = 0.0


@dataclass(slots=True)
class Tally:
    """What a worker counts.

    `failed` counts requests that were not answered as expected; `waits` are long polls, which are no `requests`;
    `in_window` counts requests sent before the last arrival was due; `lag_p99_ms` is of the latest arrivals;
    `busy_ratio` is CPU time over elapsed time, while customers arrive; `rss_mb` is the memory that the process holds
    now, in megabytes (0 where the system does not tell).
    """

    started: int = 0
    in_flight: int = 0
    done: int = 0
    dropped: int = 0
    requests: int = 0
    waits: int = 0
    failed: int = 0
    in_window: int = 0
    most_in_flight: int = 0
    lag_p99_ms: float = 0.0
    cpu_s: float = 0.0
    busy_ratio: float = 0.0
    rss_mb: float = 0.0


@dataclass(frozen=True, slots=True)
class LoadProgress:
    """How a load run stands, over all workers.

    `started` customers have arrived, of `planned`; `dropped` of them at the cap of journeys in flight. `lag_p99_ms` is
    how late the worst worker starts its customers.
    """

    elapsed_s: float
    duration_s: float
    planned: int
    started: int
    in_flight: int
    done: int
    dropped: int
    requests: int
    failed: int
    lag_p99_ms: float


@dataclass(frozen=True, slots=True)
class Message:
    """One line from a worker: it is ready, how it stands, or that it has ended (and why, where not by itself).

    From a master, which passes on what `worker` (by its number) says, also: where it listens (``at``; `problem` is
    the web page's address, if any), that a worker has joined, and that the run was stopped in that page.
    """

    kind: Kind
    tally: Tally = field(default_factory=Tally)
    problem: str = ""
    worker: int = 0
    at: str = ""

    def line(self) -> str:
        """Return the message as one line of JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, line: str) -> Message | None:
        """Return the message of a line, or None where the line is something else."""
        try:
            raw: Any = json.loads(line)
            if not isinstance(raw, Mapping) or raw.get("kind") not in get_args(Kind):
                return None
            return cls(**{**raw, "tally": Tally(**raw["tally"])})
        except (ValueError, KeyError, TypeError):
            return None
