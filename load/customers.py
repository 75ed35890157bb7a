"""The Locust user of this engine: one user is the whole crowd of a worker, and owns its arrivals."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import gevent
from locust import User, task
from locust.exception import StopUser

from journeys.eventlog import Row
from load.driving import Crowd
from load.job import Job
from load.seconds import keep_last


class Customers(User):
    """Starts the customers of `job` when they are due, however slowly the target answers (an open workload).

    Locust's own users send their next request when the last was answered, so a target that stalls is asked less, and
    the time that people would have waited is never measured. This one user starts a greenlet for each arrival instead.

    Parameters (class attributes)
    ----------
    job: whose customers, when, and where to.
    begin: called once everything is prepared; returns the run's zero (`time.time()`).
    emit: takes each row. ended: called at the end, also of a run that was stopped.
    quits: whether Locust is then told to quit; a worker waits for its master's word instead.
    """

    abstract = True  # Locust runs every other user class that it finds in a file
    quits: ClassVar[bool] = True
    plays: ClassVar[bool] = False
    job: ClassVar[Job]
    begin: ClassVar[Callable[[Crowd], float]]
    emit: ClassVar[Callable[[Row], None]]
    ended: ClassVar[Callable[[Crowd], None]]

    @task
    def arrive(self) -> None:
        """Play the whole run."""
        own = type(self)
        if own.plays:  # a second user, such as one whose own worker died: these customers are on their way already
            raise StopUser
        own.plays = True
        gevent.spawn(keep_last, self.environment.stats)
        try:
            crowd = Crowd(own.job, self.environment, own.emit)
            try:
                crowd.run(own.begin(crowd))
            finally:
                own.ended(crowd)
        finally:  # also after an error, or Locust would begin the task again
            if own.quits and self.environment.runner is not None:
                gevent.spawn(self.environment.runner.quit)
        raise StopUser
