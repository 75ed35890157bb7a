"""Driving walks over HTTP: starts each customer when due, and plays each one's intents against the target.

Imported in a worker only: Locust and gevent patch the process.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any

import gevent
from gevent.event import Event
from locust.env import Environment

from journeys.clients.mocked import WAITING, Stranded
from journeys.clients.party import Party, party_of
from journeys.clients.session import CUSTOMER
from journeys.distributions import Exponential
from journeys.durations import Duration
from journeys.eventlog import ARRIVAL, NAN, Row
from journeys.intents import Act, Ask, Go, Listen, Pause, Think
from journeys.population import KEPT, Customer, Population
from journeys.rows import exit_row
from journeys.walking import Script
from load.job import DROPPED, Job, Tally
from load.pacing import pace, quantile
from load.sessions import Sessions
from load.watching import rss_mb

AHEAD, AHEAD_AT_FIRST, AT_FIRST_S = 64, 20_000, 2.0
SPARE_S = 0.005
RECENT = 2000
LONGEST_S = 1e7


class _Place:
    """Where a customer is: the act in hand, with its intended and real start; for the row of one cut off."""

    __slots__ = ("act", "due_s", "sent_s")

    def __init__(self, due_s: float) -> None:
        self.act: Act | None = None
        self.due_s, self.sent_s = due_s, due_s


class Crowd:
    """The customers of one worker: one greenlet each, started on the population's own schedule.

    Parameters
    ----------
    zero: the run's zero, as `time.time()` tells it. emit: takes each row.
    """

    def __init__(self, job: Job, environment: Environment, emit: Callable[[Row], None]) -> None:
        self.job, self.tally, self.problem = job, Tally(), ""
        self._emit = emit
        self._offset_s = 0.0
        self._population = Population(job.journey, job.seed, kept=KEPT)
        self._script = Script(
            job.journey, self._population, organisation=job.mocked, speed=job.speed,
            acts=None if job.mocked else lambda step: bool(step.http),
        )  # fmt: skip
        requests: Any = environment.events.request
        requests.add_listener(self._count)
        self._pauses = self._population.stream("arrival", "pause", [Exponential(Duration(max(job.pause_s, 1e-9)))])
        self._sessions = Sessions(job.target, job.in_flight, requests, self.clock)
        self._ahead: dict[int, Customer] = {}
        self._lags_ms: deque[float] = deque(maxlen=RECENT)
        self._greenlets: set[gevent.Greenlet] = set()
        self._stopped, self._idle = Event(), Event()
        self._used_s = time.process_time()
        self._next = 0
        self._prepare_first()

    def clock(self) -> float:
        """Return seconds since the run's zero."""
        return time.perf_counter() - self._offset_s

    def run(self, zero: float) -> None:
        """Start every customer when due, from `zero` (`time.time()`) on; then follow those on their way, and cut off.

        Returns early, with all cut off, once `stop` was called.
        """
        self._offset_s = time.perf_counter() - (time.time() - zero)
        self._used_s = time.process_time()
        try:
            if self.job.users:
                self._circulate()
            else:
                self._schedule()
            self._idle.clear()
            if self._greenlets and not self._stopped.is_set():
                last_s = self.job.duration_s + self.job.follow_up_s
                self._idle.wait(max(0.0, last_s - self.clock()))
        finally:
            gevent.sleep(0)  # who was just started shall have begun
            gevent.killall(list(self._greenlets))

    def stop(self) -> None:
        """Let `run` end now: no further arrivals, and customers on their way are cut off."""
        self._stopped.set()
        self._idle.set()

    def tally_now(self) -> Tally:
        """Return the counts as they stand."""
        self.tally.in_flight = len(self._greenlets)
        self.tally.lag_p99_ms = quantile(list(self._lags_ms), 0.99)
        self.tally.cpu_s = time.process_time() - self._used_s
        self.tally.rss_mb = rss_mb()
        if 0 < (elapsed_s := self.clock()) <= self.job.duration_s:
            self.tally.busy_ratio = self.tally.cpu_s / elapsed_s
        return self.tally

    # Arrivals --------------------------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        for batch in pace(self.job.planned_s, self.clock, self._until_next):
            if self._stopped.is_set():
                return
            for index in batch:
                self._arrive(self.job.customers[index], self.job.planned_s[index])
            self._next = batch.stop
            gevent.sleep(0)  # let those just started go first, also when behind the plan

    def _until_next(self, wait_s: float) -> None:
        until_s = self.clock() + wait_s
        self._look_ahead(until_s)
        self._stopped.wait(max(0.0, until_s - self.clock()))

    def _circulate(self) -> None:
        """Keep as many customers on their way as the workload is closed to, until arrivals end."""
        numbers = iter(self.job.customers)
        places = [gevent.spawn(self._follow_each_other, numbers) for _ in range(self.job.users)]
        through = gevent.spawn(gevent.joinall, places)
        try:
            gevent.wait([self._stopped, through], timeout=max(0.0, self.job.duration_s - self.clock()), count=1)
        finally:
            gevent.killall([through, *places])

    def _follow_each_other(self, numbers: Iterator[int]) -> None:
        """Let one customer after the other take one place; `numbers` is shared by all places."""
        for number in numbers:
            due_s = self.clock() + self._pauses.at(number) if self.job.pause_s else self.clock()
            self._sleep_until(due_s)
            if self.clock() > self.job.duration_s:
                return
            greenlet = self._arrive(number, due_s)
            if greenlet is not None:
                greenlet.join()

    def _arrive(self, number: int, planned_s: float) -> gevent.Greenlet | None:
        self.tally.started += 1
        customer = self._ahead.pop(number, None) or self._population.customer(number)
        in_flight = len(self._greenlets)
        now = self.clock()
        self._lags_ms.append((now - planned_s) * 1000.0)
        if in_flight >= self.job.in_flight:
            self.tally.dropped += 1
            at, why = (planned_s, now, now, now), f"{DROPPED}: {in_flight} journeys in flight"
            self._emit(Row(number, customer.segment, ARRIVAL, 0, "customer", "", -1, *at, "censored", "", why))
            self._exit(customer, why)
            return None
        greenlet = gevent.Greenlet(self._live, customer, planned_s)
        self._greenlets.add(greenlet)
        self.tally.most_in_flight = max(self.tally.most_in_flight, in_flight + 1)
        greenlet.start()
        return greenlet

    def _prepare_first(self) -> None:
        """Prepare as many personas as a short while allows: making one takes as long as sending a request.

        The very first one takes longest: it loads what makes them.
        """
        until_s = time.perf_counter() + AT_FIRST_S
        for number in self.job.customers[:AHEAD_AT_FIRST]:
            self._ahead[number] = self._population.customer(number)
            if time.perf_counter() > until_s:
                return

    def _look_ahead(self, until_s: float) -> None:
        """Prepare the next customers' personas while there is time to spare."""
        for number in self.job.customers[self._next : self._next + AHEAD]:
            if until_s - self.clock() < SPARE_S:
                return
            if number not in self._ahead:
                self._ahead[number] = self._population.customer(number)

    # One customer ----------------------------------------------------------------------------------------------------

    def _live(self, customer: Customer, planned_s: float) -> None:
        place = _Place(planned_s)
        try:
            self._drive(customer, planned_s, place)
        except gevent.GreenletExit:
            self._cut_off(customer, place, "stopped" if self._stopped.is_set() else "still on the way at the end")
        except Stranded as stranded:
            self._exit(customer, str(stranded))
        except Exception as error:  # noqa: BLE001 - reported by the worker, which ends the run
            self.problem = self.problem or f"customer {customer.number}: {type(error).__name__}: {error}"
            self._cut_off(customer, place, self.problem)
            self.stop()
        finally:
            self._greenlets.discard(gevent.getcurrent())
            self.tally.done += 1
            if not self._greenlets:
                self._idle.set()

    def _drive(self, customer: Customer, planned_s: float, place: _Place) -> None:
        """Play one walk. A start that came late is made up for in the next time of thinking."""
        walk = self._script.walk(customer.number, planned_s, self.clock, self._emit)
        party, speed = self._party(customer), self._script.speed
        answer: Any = None
        while True:
            try:
                intent = walk.send(answer)
            except StopIteration:
                return
            answer = None
            if isinstance(intent, Think):
                place.due_s += intent.human_s / speed
                self._sleep_until(place.due_s)
                continue
            if isinstance(intent, Act):
                place.act, place.sent_s = intent, self.clock()
                answer = party.act(intent, place.due_s)
                place.act = None
            elif isinstance(intent, Listen):
                answer = party.listen(intent.human_s / speed)
            elif isinstance(intent, Ask):
                answer = party.ask(intent, place.due_s)
            elif isinstance(intent, Pause):
                self._sleep_until(self.clock() + intent.system_s)
            elif isinstance(intent, Go):
                answer = party.go(intent)
            else:
                party.leave(intent)
            place.due_s = self.clock()

    def _party(self, customer: Customer) -> Party:
        job = self.job
        headers = {CUSTOMER: str(customer.number), "Accept-Encoding": "identity"} if job.mocked else {}
        return party_of(
            job.journey, customer, self._sessions.open(headers), mocked=job.mocked, speed=job.speed, run=job.run,
            clock=self.clock, emit=self._emit, sleep=gevent.sleep,
        )  # fmt: skip

    def _sleep_until(self, at_s: float) -> None:
        if (left_s := at_s - self.clock()) > 0:
            gevent.sleep(min(LONGEST_S, left_s))

    def _cut_off(self, customer: Customer, place: _Place, why: str) -> None:
        """Write the rows of a customer who is followed no further: of the act in hand, if any, and of the exit."""
        if place.act is not None:
            step, now = place.act.step, self.clock()
            self._emit(
                Row(customer.number, customer.segment, step.name, place.act.visit, step.lane, step.station, -1,
                    min(place.due_s, place.sent_s), place.sent_s, NAN, now, "censored", "", "unanswered")
            )  # fmt: skip
        self._exit(customer, why)

    def _exit(self, customer: Customer, why: str) -> None:
        self._emit(exit_row(customer.number, customer.segment, self.clock(), "censored", why))

    def _count(self, request_type: str, exception: Exception | None = None, **_: Any) -> None:
        if exception is not None:
            self.tally.failed += 1
        if request_type == WAITING:
            self.tally.waits += 1
            return
        self.tally.requests += 1
        if self.clock() <= self.job.duration_s:
            self.tally.in_window += 1
