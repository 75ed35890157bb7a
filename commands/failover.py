"""The command that breaks things under load and says what customers noticed: failover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import reading, reporting, running
from commands.options import choice
from commands.progress import progress
from journeys.errors import BudgetMissed, InvalidInput, Problem

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.faults import Fault
    from reports.failover import Trial, Window
    from reports.study import Arm

KINDS = ("kill", "pause", "latency", "partition")
COUNTS = (1, 2, 3)
SLOW = "500 ms"
LONGEST_FOLLOW_UP_S = 20.0
QUIET = "nothing"


@dataclass(frozen=True, slots=True)
class _Plan:
    """What all trials of a command have in common."""

    chosen: reading.Chosen
    out: Path
    seed: int
    customers: int | None
    rate: Any
    speed: float
    window: Window
    follow_up_s: float
    jobs: int | None


@click.command()
@choice()
@click.option("--replicas", type=click.IntRange(1, 32), default=3, show_default=True, help="Of the customers' systems.")
@click.option("--fault", type=click.Path(path_type=Path), help="TOML file of faults; a kill unless told.")
@click.option("--table", is_flag=True, help="Instead: 1, 2, 3 replicas, each killed, paused, slowed and cut off.")
@click.option("--rate", default="10 / s", show_default=True, help="Arrivals per time.")
@click.option("--duration", default="24 s", show_default=True, help="They arrive; the fault has its middle third.")
@click.option("--follow-up", help="How long after it to follow them; at most 20 s unless told.")
@click.option("--speed", type=click.FloatRange(0, min_open=True), help="Human seconds per second.")
@click.option("--jobs", type=click.IntRange(1), help="Processes that simulate; one a core unless told.")
def failover(replicas: int, fault: Path | None, table: bool, as_json: bool, **options: Any) -> None:
    """Let something break under load, and tell what customers notice, beside what the model foresaw.

    The journey's customers' systems run as replicas behind a load balancer; everything acknowledged must outlive the
    fault, once. Exit code 1 where it does not, or where the replicas were not well before and after.
    """
    from journeys.fault_files import read_faults
    from simulators.replicas.balancer import find_envoy

    if table and fault is not None:
        raise InvalidInput([Problem("--table", "does not go with --fault", "", "one of them says what breaks")])
    find_envoy()
    plan = _planned(options)
    station = _station(plan.chosen.journey)
    if table:
        trials = [(count, [_standard(kind, station, plan.window)]) for count in COUNTS for kind in KINDS]
    elif fault is not None:
        faults = read_faults(fault)
        plan = replace(plan, window=_window_of(faults, plan.window))
        trials = [(replicas, list(faults))]
    else:
        trials = [(replicas, [_standard("kill", station, plan.window)])]
    done, arms = _tried(plan, trials, quiet=not table)
    from reports.failover_texts import lines

    if not as_json:
        click.echo("\n".join(["", *lines(done)]))
    reporting.report(plan.out, arms, found={"failover": done}, as_json=as_json)
    failed = [
        f"failover: {trial.replicas} replicas, {trial.fault}: {problem}"
        for trial in done
        for problem in (
            *([f"{trial.lost} acknowledged steps lost"] if trial.lost else []),
            *([f"{trial.doubled} steps done twice"] if trial.doubled else []),
            *trial.steady,
        )
    ]
    if failed:
        raise BudgetMissed("\n".join(failed))


def _planned(options: Mapping[str, Any]) -> _Plan:
    from journeys.arrivals import Poisson
    from reports.failover import Window

    chosen = reading.Chosen.of(options)
    rate, law = reading.read_rate(options["rate"]), chosen.journey.arrivals
    lasts_s = reading.read_duration(options["duration"]).s
    speed = options["speed"] or (rate.per_s / law.rate.per_s if isinstance(law, Poisson) else running.BROWSED_SPEED)
    told = options["follow_up"]
    follow_up_s = (
        reading.read_duration(told, "--follow-up").s
        if told
        else min(LONGEST_FOLLOW_UP_S, running.FOLLOW_UP_DAYS * 86400 / speed)
    )
    return _Plan(
        chosen, options["out"], options["seed"], options["customers"], rate, speed,
        Window(lasts_s / 3, 2 * lasts_s / 3, lasts_s), follow_up_s, options["jobs"],
    )  # fmt: skip


def _station(journey: Journey) -> str:
    """Return the replicated station at which customers act most; raises InvalidInput where there is none."""
    from simulators.replicas.hosting import hosted_stations

    hosted = hosted_stations(journey)
    if not hosted:
        what = "has no system at which customers act alone, whose replicas could break"
        raise InvalidInput([Problem(f"{journey.name}.stations", what, "", "a station of kind system")])
    used = Counter(step.station for step in journey.steps if step.station in hosted)
    return used.most_common(1)[0][0]


def _standard(kind: Any, station: str, window: Window) -> Fault:
    from journeys.durations import Duration
    from journeys.faults import Fault

    return Fault(
        name=kind, station=station, kind=kind, replica=0, at=Duration(window.begin_s),
        lasting=Duration(window.end_s - window.begin_s), delay=Duration.parse(SLOW if kind == "latency" else "0 s"),
    )  # fmt: skip


def _window_of(faults: Sequence[Fault], window: Window) -> Window:
    """Return when the first of some faults begins and the last one ends; raises InvalidInput where that is too late."""
    begin_s = min(fault.at.s for fault in faults)
    end_s = max(fault.at.s + fault.lasting.s for fault in faults)
    if not 0 < begin_s < end_s < window.lasts_s:
        got, allowed = f"{begin_s:g} s to {end_s:g} s", f"within 0 s and {window.lasts_s:g} s"
        raise InvalidInput([Problem("--fault", "must leave time before and after", got, allowed, "see --duration")])
    return replace(window, begin_s=begin_s, end_s=end_s)


def as_tier(journey: Journey, count: int, faults: Sequence[Fault]) -> Journey:
    """Return a journey whose customers' systems are replicas behind our balancer, and some faults; checked."""
    from journeys.checks import check
    from journeys.durations import Duration
    from journeys.stations import Replicas
    from simulators.replicas.balancer import NOTICED_S, RETRIES
    from simulators.replicas.hosting import hosted_stations

    hosted = hosted_stations(journey)
    stations = tuple(
        replace(
            station,
            replicas=replace(
                station.replicas or Replicas(), count=count, failover=Duration(NOTICED_S), retries=RETRIES,
                none_up="fail",
            ),
        )
        if station.name in hosted
        else station
        for station in journey.stations
    )  # fmt: skip
    # budgets are those of everyday service, and of days, not of a minute in which something breaks
    return check(replace(journey, stations=stations, faults=(*journey.faults, *faults), budgets=()))


def _tried(plan: _Plan, trials: Sequence[tuple[int, list[Fault]]], quiet: bool) -> tuple[list[Trial], list[Arm]]:
    """Make the trials, with the same load without a fault first where that is wanted, and return their arms."""
    from reports.failover import Trial

    journeys = [(count, faults, as_tier(plan.chosen.journey, count, faults)) for count, faults in trials]
    done: list[Trial] = []
    arms: list[Arm] = []
    calm: dict[str, Any] = {}
    if quiet:
        measured, twin, _, arm = _trial(plan, trials[0][0], [], as_tier(plan.chosen.journey, trials[0][0], []))
        calm = {"quiet": measured, "quiet_twin": twin}
        arms.append(arm)
    for count, faults, journey in journeys:
        measured, twin, more, arm = _trial(plan, count, faults, journey)
        name = ", ".join(fault.name for fault in faults)
        done.append(Trial(count, name, plan.window, measured, twin, **more, **calm))
        arms.append(arm)
    return done, arms


def _trial(plan: _Plan, count: int, faults: Sequence[Fault], journey: Journey) -> Any:
    """Return the figures of one measured run, those of its twin's replications, what else was seen, and its arm."""
    from journeys.eventlog import Run, annotate
    from load.engine import load
    from reports.failover import figures
    from simulators.backend.process import BackendProcess
    from simulators.replicas.audit import audit
    from simulators.replicas.balancer import NOTICED_S
    from simulators.replicas.hosting import hosted_stations
    from simulators.replicas.observing import observe

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
        seen = observe(backend.folder)
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
    hit = faults[0].replica or 0 if faults else 0
    more = {
        "acknowledged": held.acknowledged, "lost": held.lost, "doubled": held.doubled,
        "requests": seen.requests - before.requests, "tries": seen.tries - before.tries,
        "detected_s": seen.detected_s(hit, faults[0].at.s) if faults else None, "expected_s": NOTICED_S,
        "steady": tuple(steady),
    }  # fmt: skip
    twin = _twin(plan, journey, rows, name, steps)
    arm = reading.arm_named(_title(count, faults), journey, run)
    return figures(rows, plan.window, steps), twin, more, arm


def replace_journey(chosen: reading.Chosen, journey: Journey) -> reading.Chosen:
    """Return what was chosen with another journey in its place."""
    other = reading.Chosen.__new__(reading.Chosen)
    other.reference, other.scenario, other.journey = chosen.reference, chosen.scenario, journey
    return other


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
    plan: _Plan, journey: Journey, rows: Any, name: str, steps: frozenset[str]
) -> list[dict[str, float]]:  # fmt: skip
    """Return the figures of the same customers simulated, arriving when they did, on the same clocks, many times."""
    import numpy as np

    from journeys.arrivals import Schedule
    from journeys.eventlog import ARRIVAL, EXIT
    from reports.failover import REPLICATIONS, Watching
    from simulators.simulation import Settings, Simulation, simulate_all

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


COMMANDS = (failover,)
