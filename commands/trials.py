"""Trials: a load with a fault in it, measured, audited, and simulated again and again."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands import reading
from commands.progress import progress
from commands.tiers import as_foreseen, as_tier
from journeys.errors import TargetUnreachable

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.budgets import Budget
    from journeys.faults import Fault
    from load.job import LoadProgress
    from reports.failover import Trial, Window
    from reports.study import Arm
    from simulators.actuators import Actuator

QUIET = "nothing"
OFTEN = 50.0
"""Of 1,000 steps of customers: where more than so many fail without a fault, there is no steady state to disturb."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What all trials of a command have in common; times in real seconds. `budgets` are those of a failover."""

    chosen: reading.Chosen
    out: Path
    seed: int
    customers: int | None
    rate: Any
    speed: float
    window: Window
    follow_up_s: float
    jobs: int | None
    budgets: tuple[Budget, ...] = ()


def tried(plan: Plan, trials: Sequence[tuple[int, list[Fault]]], quiet: bool) -> tuple[list[Trial], list[Arm]]:
    """Make the trials, with the same load without a fault first where that is wanted, and return their arms."""
    from reports.failover import Trial

    journeys = [(count, faults, _broken(plan.chosen.journey, count, faults)) for count, faults in trials]
    done: list[Trial] = []
    arms: list[Arm] = []
    calm: dict[str, Any] = {}
    if quiet:
        measured, twin, _, arm = _trial(plan, trials[0][0], [], _broken(plan.chosen.journey, trials[0][0], []))
        calm = {"quiet": measured, "quiet_twin": twin}
        arms.append(arm)
    for count, faults, journey in journeys:
        measured, twin, more, arm = _trial(plan, count, faults, journey)
        name = ", ".join(fault.name for fault in faults)
        done.append(Trial(count, name, plan.window, measured, twin, **more, **calm, budgets=plan.budgets))
        arms.append(arm)
    return done, arms


def _broken(journey: Journey, count: int, faults: Sequence[Fault]) -> Journey:
    # budgets are those of everyday service, and of days, not of a minute in which something breaks
    return replace(as_tier(journey, count, faults), budgets=())


def _trial(plan: Plan, count: int, faults: Sequence[Fault], journey: Journey) -> Any:
    """Return the figures of one measured run, those of its twin's replications, what else was seen, and its arm."""
    from journeys.eventlog import Run, annotate
    from load.engine import load
    from reports.failover import figures
    from simulators.backend.process import BackendProcess
    from simulators.replicas.audit import audit
    from simulators.replicas.balancer import NOTICED_S
    from simulators.replicas.hosting import happens_to_a_process, hosted_stations
    from simulators.replicas.observing import observe, observe_well

    name = f"{'-'.join(fault.name for fault in faults) or QUIET}-{count}"
    where, database = plan.out / "runs" / f"loaded-{name}", plan.out / "runs" / f"loaded-{name}.db"
    for old in (database, *(database.with_name(database.name + end) for end in ("-wal", "-shm"))):
        old.unlink(missing_ok=True)
    where.parent.mkdir(parents=True, exist_ok=True)
    kept = replace_journey(plan.chosen, journey)
    mock = BackendProcess(
        journey, seed=plan.seed, speed=plan.speed, replicas=count, database=database, waits=True
    )  # fmt: skip
    with (
        mock as backend,
        progress(f"loading: {name}") as tell,
        kept.kept(where),
    ):
        assert backend.folder is not None
        before = observe(backend.folder)
        load(
            journey, target=backend.url, mocked=True, folder=where, seed=plan.seed, rate=plan.rate,
            duration_s=plan.window.lasts_s, customers=plan.customers, speed=plan.speed, follow_up_s=plan.follow_up_s,
            scenario=name, progress=lambda at: tell(at.done, at.planned),
        )  # fmt: skip
        seen = observe_well(backend.folder, count)
    annotate(where, reference=plan.chosen.reference)
    run = Run.open(where)
    rows = _columns(run)
    steps = frozenset(step.name for step in journey.steps if step.station in hosted_stations(journey))
    own = frozenset(step.name for step in journey.steps if step.lane == "customer")
    held = audit(database, _told(rows, own))
    steady = [
        f"{found.healthy} of {count} replicas were well {when}"
        for found, when in ((before, "before the load"), (seen, "after it"))
        if found.healthy != count
    ]
    noticed = faults and happens_to_a_process(faults[0])
    more = {
        "acknowledged": held.acknowledged, "lost": held.lost, "doubled": held.doubled,
        "requests": seen.requests - before.requests, "tries": seen.tries - before.tries,
        "detected_s": seen.detected_s(faults[0].replica or 0, faults[0].at.s) if noticed else None,
        "expected_s": NOTICED_S if noticed and faults[0].kind != "restart" else math.nan, "steady": tuple(steady),
        "office_restarts": seen.office_restarts,
    }  # fmt: skip
    twin = _twin(plan, as_foreseen(journey), rows, name, steps)
    arm = reading.arm_named(_title(count, faults), journey, run)
    return figures(rows, plan.window, steps), twin, more, arm


def tried_at(
    plan: Plan, target: str, faults: Sequence[Fault], actuator: Actuator
) -> tuple[list[Trial], list[Arm]]:  # fmt: skip
    """Make a trial at an application of the user's own, with the same load without a fault first, and return its arms.

    Raises TargetUnreachable where it is not in its steady state before, at once where nothing listens; whatever is then
    done to it is undone again.
    """
    from journeys.clients.target import Target
    from reports.failover import PHASES, Trial
    from simulators.actuators import unsteady

    Target.parse(target).check_up()
    if why := unsteady(target):
        raise TargetUnreachable(f"{target}: {why}; start it, or put it right, before something is broken on purpose")
    quiet, quiet_twin, calm = _own_trial(plan, target, [], actuator)
    measured, twin, arm = _own_trial(plan, target, faults, actuator)
    why = unsteady(target)
    steady = [f"{target} {why} after it"] if why else []
    failed = max((quiet[f"failed.{phase}"] for phase in PHASES if quiet[f"failed.{phase}"] > OFTEN), default=0.0)
    if failed:
        steady.append(f"{failed:.0f} of 1,000 steps failed without any fault")
    trial = Trial(
        0, ", ".join(fault.name for fault in faults), plan.window, measured, twin, None, 0, 0, 0, 0, None, float("nan"),
        tuple(steady), quiet, quiet_twin, budgets=plan.budgets,
    )  # fmt: skip
    return [trial], [calm, arm]


def _own_trial(plan: Plan, target: str, faults: Sequence[Fault], actuator: Actuator) -> Any:
    """Return the figures of one measured run, those of its twin's replications, and its arm."""
    from journeys.checks import check
    from journeys.eventlog import Run, annotate
    from load.engine import load
    from reports.failover import figures
    from simulators.actuators import Schedule

    own = plan.chosen.journey
    journey = check(replace(own, faults=(*own.faults, *faults), budgets=()))
    name = "-".join(fault.name for fault in faults) or QUIET
    where = plan.out / "runs" / f"loaded-{name}"
    with (
        Schedule(faults, actuator) as schedule,
        progress(f"loading: {name}") as tell,
        replace_journey(plan.chosen, journey).kept(where),
    ):

        def at(now: LoadProgress) -> None:
            schedule.begin(time.monotonic() - now.elapsed_s)
            tell(now.done, now.planned)

        load(
            journey, target=target, mocked=False, folder=where, seed=plan.seed, rate=plan.rate,
            duration_s=plan.window.lasts_s, customers=plan.customers, speed=plan.speed, follow_up_s=plan.follow_up_s,
            scenario=name, progress=at,
        )  # fmt: skip
    annotate(where, reference=plan.chosen.reference)
    run = Run.open(where)
    rows, steps = _columns(run), frozenset(step.name for step in journey.steps if step.http)
    title = ", ".join(fault.name for fault in faults) or "undisturbed"
    # an application of one's own has no phone: nobody knows who would have called
    return (
        figures(rows, plan.window, steps) | {"calls": math.nan}, _twin(plan, journey, rows, name, steps),
        reading.arm_named(title, journey, run),
    )  # fmt: skip


def replace_journey(chosen: reading.Chosen, journey: Journey) -> reading.Chosen:
    """Return what was chosen with another journey in its place."""
    return reading.Chosen(chosen.reference, chosen.scenario, chosen.what_if, journey)


def _title(count: int, faults: Sequence[Fault]) -> str:
    what = ", ".join(fault.name for fault in faults) or "undisturbed"
    return f"{count} replica{'s' if count > 1 else ''}, {what}"


def _columns(run: Any) -> Any:
    from journeys.columns import Columns
    from journeys.eventlog import Row

    frame = run.frame()[list(Row._fields)]
    return Columns.of([Row(*values) for values in frame.itertuples(index=False, name=None)])


def _told(rows: Any, steps: frozenset[str]) -> Counter[tuple[int, str]]:
    import numpy as np

    own = np.flatnonzero(rows.step.among(*steps) & rows.outcome.among("served"))
    return Counter(zip(rows.customer[own].tolist(), rows.step.at(own).values(), strict=True))


def _twin(
    plan: Plan, journey: Journey, rows: Any, name: str, steps: frozenset[str]
) -> list[dict[str, float]]:  # fmt: skip
    """Return the figures of the same customers simulated, arriving when they did, on the same clocks, many times.

    None where something breaks of which no journey says enough to be simulated.
    """
    import numpy as np

    from journeys.arrivals import Schedule
    from journeys.eventlog import ARRIVAL, EXIT
    from reports.failover import REPLICATIONS, Watching
    from simulators.engines import unforeseeable
    from simulators.simulation import Settings, Simulation, simulate_all

    if unforeseeable(journey.faults):
        return []
    arrived = np.flatnonzero(rows.step.among(ARRIVAL))
    at_s = rows.ready_s[arrived][np.argsort(rows.customer[arrived], kind="stable")]
    ends = np.flatnonzero(rows.step.among(EXIT))
    cut_off = bool(rows.outcome.at(ends).among("censored").any())
    settings = Settings(
        seed=plan.seed, replications=REPLICATIONS, customers=len(arrived), speed=plan.speed, jobs=plan.jobs,
        arrivals=Schedule.from_seconds(np.maximum.accumulate(at_s).tolist()),
        until_s=float(rows.end_s[ends].max()) if cut_off else None,
    )  # fmt: skip
    simulation = Simulation(journey, plan.out / "runs" / f"twin-of-{name}", name, {}, plan.chosen.reference)
    with progress(f"simulating: {name}") as tell:
        (watched,) = simulate_all([simulation], settings, progress=tell, watch=Watching(plan.window, steps))
    return [watched[number] for number in sorted(watched)]
