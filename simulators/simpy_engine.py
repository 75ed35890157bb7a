"""The SimPy engine: customers walk their journey through the simulated organisation on a SimPy environment.

This is the reference. A customer is the generator of `journeys.walking`; the engine answers its intents from
`simulators.organisation`. Every pause of either is one event of `simpy.Environment`, so simultaneous events happen in
the order in which they were scheduled (time, then SimPy's own sequence).
"""

from __future__ import annotations

import contextlib
import gc
import math
from collections.abc import Callable, Iterator
from typing import Any

import simpy

from journeys.arrivals import Arrivals
from journeys.blueprint import Journey
from journeys.calendars import FOLLOW_UP
from journeys.loyalty import Further
from journeys.population import Population
from journeys.rows import Row, exit_row
from journeys.walking import Act, Ask, Go, Heard, Intent, Leave, Listen, Pause, Script, Think, Walk
from simulators.clocks import NEVER, Timer
from simulators.organisation import Case, Organisation
from simulators.own_time import ClockedEnvironment
from simulators.processes import Processes


class _Due:
    """An event of SimPy's that carries out an action, and its own timer: once cancelled, it comes and does nothing.

    Of what makes a `simpy.Event` it has what the environment looks at: that it succeeded, and its callbacks. Having
    happened, it lets go of the action, which often holds on to it.
    """

    __slots__ = ("action", "callbacks")
    _ok = True

    def __init__(self, action: Callable[[], None]) -> None:
        self.action: Callable[[], None] | None = action
        self.callbacks = _CARRY_OUT

    def cancel(self) -> None:
        self.action = None


def _carry_out(due: _Due) -> None:
    action = due.action
    if action is not None:
        due.action = None
        action()


_CARRY_OUT, _NORMAL = (_carry_out,), simpy.events.NORMAL


class SimulatedClock:
    """A clock on a SimPy environment; `speed` of its seconds pass in one of the environment's."""

    __slots__ = ("_environment", "_schedule", "_speed")

    def __init__(self, environment: simpy.Environment, speed: float = 1.0) -> None:
        self._environment, self._speed = environment, speed
        self._schedule: Callable[[Any, Any, float], None] = environment.schedule

    @property
    def stands(self) -> bool:
        """Never: whoever simulates has time."""
        return False

    def now_s(self) -> float:
        """Return the simulated time, in seconds."""
        return self._environment._now * self._speed

    def after(self, delay_s: float, action: Callable[[], None]) -> Timer:
        """Let `action` happen as a SimPy event; raises ValueError on a negative delay."""
        if delay_s == math.inf:
            return NEVER
        if not delay_s >= 0:
            raise ValueError(f"a delay must not be negative (got {delay_s} s)")
        due = _Due(action)
        self._schedule(due, _NORMAL, delay_s / self._speed)
        return due


class _Visitor:
    """One customer's walk in progress: sends the generator what came of its last intent, and carries out the next."""

    __slots__ = ("_case", "_human", "_listens", "_organisation", "_over", "_system", "_timer", "_walk")

    def __init__(self, walk: Walk, case: Case, organisation: Organisation, human: SimulatedClock,
                 system: SimulatedClock, over: Callable[[int], None]) -> None:  # fmt: skip
        self._walk, self._case, self._organisation = walk, case, organisation
        self._human, self._system = human, system
        self._over = over
        self._timer: Timer = NEVER
        self._listens = False
        case.listener = self._told

    def go_on(self, answer: Any = None) -> None:
        """Resume the walk with `answer`, as far as it goes without time passing."""
        while True:
            try:
                intent: Intent = self._walk.send(answer)
            except StopIteration:
                self._case.listener = None
                self._over(self._case.customer)
                return
            kind = type(intent)
            if kind is Think:
                self._human.after(intent[0], self.go_on)  # type: ignore[arg-type]
                return
            if kind is Act:
                act: Act = intent  # type: ignore[assignment]
                self._organisation.act(self._case, act.step.name, self.go_on, act.deadline_s, act.spoken_s)
                return
            if kind is Listen:
                if self._case.version == self._case.known:
                    self._listens = True
                    self._timer = self._human.after(intent[0], self._in_vain)  # type: ignore[arg-type]
                    return
                answer = self._news()
                continue
            answer = None
            if isinstance(intent, Ask):
                self._organisation.ask(self._case, intent.contact.name, intent.visit, intent.patience_s, self.go_on)
                return
            if isinstance(intent, Pause):
                self._system.after(intent.system_s, self.go_on)
                return
            if isinstance(intent, Go):
                answer = self._organisation.go(self._case, intent.to)
            elif isinstance(intent, Leave):
                self._organisation.leave(self._case, intent.reason)

    def _news(self) -> Heard:
        self._case.known = self._case.version
        return Heard(self._case.step)

    def _told(self) -> None:
        if self._listens:
            self._listens = False
            self._timer.cancel()
            self.go_on(self._news())

    def _in_vain(self) -> None:
        self._listens = False
        self.go_on(Heard(None))


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Leave cycles alone meanwhile: few and small beside the rows, and looking for them is a fifth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def replicate(
    journey: Journey, seed: int, replication: int, customers: int, arrivals: Arrivals | None = None,
    until_s: float | None = None, speed: float = 1.0,
) -> list[Row]:  # fmt: skip
    """Simulate one replication and return its rows in the order in which they were written.

    Parameters
    ----------
    journey: checked, with its scenario's changes. seed, replication: whose customers.
    customers: how many arrive (fewer where a schedule holds fewer). arrivals: stands in for the journey's own law,
        and for whom its loyalty would bring.
    until_s: when the run ends, in simulated seconds; None for `FOLLOW_UP` after the last arrival. Whoever is on the
        way then is censored.
    speed: human seconds per second of the run, as in a measured run on a mocked back end: machines, arrivals and rows
        keep to the run's seconds.
    """
    return _Replication(Population(journey, seed, replication), customers, arrivals, speed).rows(until_s)


class _Replication:
    """One replication: who is inside, who is still to come, and the rows of all. Parameters as of `replicate`."""

    def __init__(self, population: Population, customers: int, arrivals: Arrivals | None, speed: float) -> None:
        self._environment = environment = simpy.Environment()
        self._journey, self._speed = population.journey, speed
        self._clock = clock = SimulatedClock(environment)
        self._human = human = clock if speed == 1.0 else SimulatedClock(environment, speed)
        self._rows: list[Row] = []
        # a user's own code knows nothing of a scaled clock
        beside = environment if speed == 1.0 else ClockedEnvironment(human)
        self._organisation = Organisation(
            self._journey, population, human=human, system=clock, run_s=clock.now_s, emit=self._rows.append,
            own=Processes(self._journey, population, beside, clock.now_s).of,
        )  # fmt: skip
        self._script = Script(self._journey, population, speed=speed)
        self._times: list[float] = population.arrivals_s(customers, arrivals).tolist()
        self._further = self._follow if arrivals is None else None
        self._everybody_out = environment.event()
        self._inside: dict[int, Case] = {}
        self._started = self._coming = 0

    def rows(self, until_s: float | None) -> list[Row]:
        """Let everybody come, go and be followed, and return the rows."""
        self._organisation.kept = self._perhaps_last
        self._organisation.start()
        if self._times:
            self._clock.after(self._times[0], self._arrive)
            with _no_garbage_collection():
                ends_at = self._times[-1] + FOLLOW_UP.s / self._speed if until_s is None else until_s
                self._environment.run(until=self._everybody_out | self._environment.timeout(ends_at))
        for number, case in sorted(self._inside.items()):
            segment = self._journey.segments[case.segment].name
            self._rows.append(exit_row(number, segment, self._clock.now_s(), "censored", f"still at {case.step}"))
        return self._rows

    def _arrive(self) -> None:
        number, times = self._started, self._times
        self._started += 1
        if self._started < len(times):
            self._clock.after(max(0.0, times[self._started] - self._clock.now_s()), self._arrive)
        self._begin(number, times[number], "")

    def _begin(self, number: int, intended_s: float, why: str) -> None:
        case = self._inside[number] = self._organisation.begin(number)
        walk = self._script.walk(
            number, intended_s, self._clock.now_s, self._rows.append, why=why, further=self._further
        )
        _Visitor(walk, case, self._organisation, self._human, self._clock, self._over).go_on()

    def _over(self, number: int) -> None:
        del self._inside[number]
        self._perhaps_last()

    def _perhaps_last(self) -> None:
        nobody_comes = self._started == len(self._times) and not self._coming
        if nobody_comes and not self._inside and not self._organisation.promised:
            self._everybody_out.succeed()

    def _follow(self, journey: Further) -> None:
        """Let somebody come because of a journey that was completed."""

        def comes() -> None:
            self._coming -= 1
            self._begin(journey.customer, self._clock.now_s(), journey.why)

        if journey.after_s != math.inf:
            self._coming += 1
            self._human.after(journey.after_s, comes)
