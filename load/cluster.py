"""What a master and its workers say to each other over Locust's own protocol, beside what Locust says itself.

A worker joins, is given its job, and says when it is prepared for it; Locust then gives each its user, who prepares the
first customers and is ready; once all are, the master tells the run's zero, in its own time. Imported in Locust's
processes only.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

import gevent
from gevent.event import AsyncResult
from locust.dispatch import UsersDispatcher
from locust.runners import MasterRunner, WorkerRunner

JOIN, JOB, PREPARED, READY, GO, STOP, CLOCK = (
    f"journeywright-{word}" for word in ("join", "job", "prepared", "ready", "go", "stop", "clock")
)
EXCHANGES = 8
ANSWER_S = 5.0


class OneEach(UsersDispatcher):
    """Gives each worker one user, however many are asked for: a user is a worker's whole crowd."""

    def new_dispatch(self, target_user_count: int, spawn_rate: float, user_classes: Any = None) -> None:
        """Dispatch one user a worker."""
        workers = len(self._worker_nodes)
        super().new_dispatch(workers, workers, user_classes)


class Lead:
    """The master's side: who has joined, in their order, and what they are told.

    Parameters
    ----------
    hear: called with a worker's number, the kind of its message, and its data; `others` are further kinds to hear of.
    """

    def __init__(
        self, runner: MasterRunner, hear: Callable[[int, str, Mapping[str, Any]], None], others: tuple[str, ...] = ()
    ) -> None:
        self.members: list[str] = []
        self._runner, self._hear = runner, hear
        runner.register_message(CLOCK, self._tell_time)
        for kind in (JOIN, PREPARED, READY, *others):
            runner.register_message(kind, self._take)

    def tell(self, worker: int, kind: str, data: Mapping[str, Any]) -> None:
        """Send one worker a message."""
        self._runner.send_message(kind, dict(data), self.members[worker])

    def go(self, zero: float) -> None:
        """Tell all the run's zero, as `time.time()` here tells it."""
        for worker in range(len(self.members)):
            self.tell(worker, GO, {"zero": zero})

    def _take(self, environment: Any, msg: Any, **_: Any) -> None:
        if msg.type == JOIN and msg.node_id not in self.members:
            self.members.append(msg.node_id)
        if msg.node_id in self.members:
            self._hear(self.members.index(msg.node_id), msg.type, msg.data or {})

    def _tell_time(self, environment: Any, msg: Any, **_: Any) -> None:
        self._runner.send_message(CLOCK, {"sent": msg.data["sent"], "now": time.time()}, msg.node_id)


class Member:
    """A worker's side: its job, and the run's zero in its own time.

    `job` holds what the master told of it, once it has; None where there will be no job. `take` is called with that,
    and `stopped` when the master says so, before what it says next is heard.
    """

    def __init__(self, runner: WorkerRunner) -> None:
        self.job: AsyncResult = AsyncResult()
        self.take: Callable[[Any], Any] = self.job.set
        self.stopped: Callable[[], Any] = lambda: self.job.set(None)
        self._runner, self._zero, self._time = runner, AsyncResult(), AsyncResult()
        runner.register_message(JOB, lambda environment, msg, **_: self.take(msg.data))
        runner.register_message(GO, lambda environment, msg, **_: self._zero.set(msg.data["zero"]))
        runner.register_message(CLOCK, lambda environment, msg, **_: self._time.set((time.time(), msg.data)))
        runner.register_message(STOP, lambda environment, msg, **_: self.stopped())

    def say(self, kind: str, data: Mapping[str, Any] | None = None) -> None:
        """Send the master a message."""
        self._runner.send_message(kind, dict(data or {}))

    def zero(self) -> float:
        """Say that all is ready, wait for the run's zero, and return it as `time.time()` here tells it."""
        ahead_s = self._ahead_s()
        self.say(READY, {"clock_ahead_s": ahead_s})
        return float(self._zero.get()) + ahead_s

    def _ahead_s(self) -> float:
        """Return by how much this clock is ahead of the master's; 0.0 where the exchanges cannot tell it from that.

        Of several exchanges the quickest tells it best: it is off by half of its duration at most.
        """
        found = []
        for _ in range(EXCHANGES):
            self._time = AsyncResult()
            sent = time.time()
            self.say(CLOCK, {"sent": sent})
            try:
                heard, told = self._time.get(timeout=ANSWER_S)
            except gevent.Timeout:
                continue
            if told["sent"] == sent:
                found.append((heard - sent, (sent + heard) / 2 - told["now"]))
        took_s, ahead_s = min(found, default=(0.0, 0.0))
        return ahead_s if abs(ahead_s) > took_s / 2 else 0.0
