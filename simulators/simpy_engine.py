"""The SimPy engine: customers walk their journey through the simulated organisation on a SimPy environment.

This is the reference. A customer is the generator of `journeys.walking`; the engine answers its intents from
`simulators.organisation`. Every pause of either is one event of `simpy.Environment`, so simultaneous events happen in
the order in which they were scheduled (time, then SimPy's own sequence).
"""

from __future__ import annotations

import contextlib
import gc
import math
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import simpy

from journeys.arrivals import Arrivals
from journeys.blueprint import Journey
from journeys.checks import check
from journeys.errors import Missing
from journeys.eventlog import EXIT, Manifest, Row, RunWriter, versions
from journeys.paths import digest
from journeys.population import Population
from journeys.walking import Act, Ask, Go, Heard, Intent, Leave, Listen, Pause, Script, Think, Walk
from simulators.clocks import NEVER, Timer
from simulators.organisation import Case, Organisation
from simulators.shielding import children_leave_ctrl_c_to_us

FOLLOW_UP_S = 400 * 86400.0
"""How long after the last arrival a run goes on; whoever is on the way after that is censored."""


class SimulationLost(Missing):
    """A process of the simulation ended before its replications did."""


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
                self._organisation.act(self._case, intent.step.name, self.go_on, intent.deadline_s)  # type: ignore[union-attr]
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
    customers: how many arrive (fewer where a schedule holds fewer). arrivals: stands in for the journey's own law.
    until_s: when the run ends, in simulated seconds; None for FOLLOW_UP_S after the last arrival. Whoever is on the
        way then is censored.
    speed: human seconds per second of the run, as in a measured run on a mocked back end: machines, arrivals and rows
        keep to the run's seconds.
    """
    rows: list[Row] = []
    write = rows.append
    environment = simpy.Environment()
    clock = SimulatedClock(environment)
    human = clock if speed == 1.0 else SimulatedClock(environment, speed)
    population = Population(journey, seed, replication)
    now = clock.now_s
    organisation = Organisation(journey, population, human=human, system=clock, run_s=now, emit=write)
    script = Script(journey, population, speed=speed)
    times = population.arrivals_s(customers, arrivals).tolist()
    everybody_out = environment.event()
    inside: dict[int, Case] = {}
    started = 0

    def over(number: int) -> None:
        del inside[number]
        perhaps_last()

    def perhaps_last() -> None:
        if not inside and started == len(times) and not organisation.promised:
            everybody_out.succeed()

    def arrive() -> None:
        nonlocal started
        number, intended_s = started, times[started]
        started += 1
        if started < len(times):
            clock.after(max(0.0, times[started] - now()), arrive)
        case = inside[number] = organisation.begin(number)
        _Visitor(script.walk(number, intended_s, now, write), case, organisation, human, clock, over).go_on()

    organisation.kept = perhaps_last
    organisation.start()
    if times:
        clock.after(times[0], arrive)
        with _no_garbage_collection():
            ends_at = times[-1] + FOLLOW_UP_S / speed if until_s is None else until_s
            environment.run(until=everybody_out | environment.timeout(ends_at))
    for number, case in sorted(inside.items()):
        segment = journey.segments[case.segment].name
        end_s = now()
        detail = f"still at {case.step}"
        write(Row(number, segment, EXIT, 0, "customer", "", -1, end_s, end_s, end_s, end_s, "censored", "", detail))
    return rows


@dataclass(frozen=True, slots=True)
class Settings:
    """What a simulation is told besides the journey.

    Parameters
    ----------
    seed, replications, customers: whose customers; `customers` None for the journey's own number.
    arrivals, until_s, speed: stand in for the journey's law, for the end, and for its people's clock; a twin of a
        measured run gets that run's.
    jobs: processes; None for one a core.
    """

    seed: int = 1
    replications: int = 1
    customers: int | None = None
    arrivals: Arrivals | None = None
    until_s: float | None = None
    speed: float = 1.0
    jobs: int | None = None


def simulate(
    journey: Journey,
    folder: Path,
    settings: Settings | None = None,
    *,
    scenario: str = "as-is",
    changes: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Path:
    """Simulate replications of a journey in parallel and write them as one run; return its folder.

    `progress` is told (replications done, of how many). Raises InvalidInput for a journey with problems, CannotWrite
    for a folder that takes no files. The rows are the same however many processes wrote them.
    """
    from multiprocessing import resource_tracker

    from joblib import Parallel, delayed
    from joblib.externals.loky.process_executor import BrokenProcessPool

    settings = settings or Settings()
    check(journey)
    customers = settings.customers or journey.customers
    manifest = Manifest(
        journey=journey.name,
        journey_digest=digest(journey),
        scenario=scenario,
        changes=dict(changes or {}),
        engine="simpy",
        kind="simulated",
        seed=settings.seed,
        replications=settings.replications,
        customers=customers,
        speed=settings.speed,
        human_steps=tuple(step.name for step in journey.steps if journey.clock(step.name) == "human"),
        cohort_s=_cohort(journey, settings, customers),
        versions=versions("simpy"),
    )
    with RunWriter(folder, manifest):
        jobs = min(settings.jobs or -1, settings.replications)
        work = (
            delayed(_replicate_to)(journey, settings, replication, customers, folder, manifest)
            for replication in range(settings.replications)
        )
        parallel = Parallel(n_jobs=jobs if settings.replications > 1 else 1, return_as="generator_unordered")
        try:
            if jobs != 1 and os.name == "posix":
                resource_tracker.ensure_running()  # else joblib starts it, which lifts the block
            with children_leave_ctrl_c_to_us():
                results = parallel(work)
            for done, _ in enumerate(results, start=1):
                if progress is not None:
                    progress(done, settings.replications)
        except KeyboardInterrupt:
            # joblib would tell us that stopping early wastes work
            warnings.filterwarnings("ignore", message=".*tasks which were still being processed", category=UserWarning)
            raise
        except BrokenProcessPool as error:
            raise SimulationLost(
                f"simulation: a process was killed from outside; what was measured is in {folder}, marked unfinished; "
                "with fewer --jobs it needs less memory"
            ) from error
    return folder


def _replicate_to(
    journey: Journey, settings: Settings, replication: int, customers: int, folder: Path, manifest: Manifest
) -> int:
    rows = replicate(
        journey, settings.seed, replication, customers, settings.arrivals, settings.until_s, settings.speed
    )  # fmt: skip
    writer = RunWriter(folder, manifest, part=f"replication-{replication:05d}")
    writer.extend(rows, replication)
    writer.flush()
    return len(rows)


def _cohort(journey: Journey, settings: Settings, customers: int) -> tuple[float, float] | None:
    """Return the arrival times between which customers count: after warm-up, and before the earliest cool-down."""
    if settings.arrivals is not None or not (journey.warm_up.s or journey.cool_down.s):
        return None
    last = min(
        float(Population(journey, settings.seed, replication).arrivals_s(customers)[-1])
        for replication in range(settings.replications)
    )
    return journey.warm_up.s, last - journey.cool_down.s
