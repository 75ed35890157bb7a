"""The command that breaks things under load and says what customers noticed: failover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import reading, reporting, running
from commands.options import choice, command
from commands.trials import Plan, tried, tried_at
from journeys.errors import BudgetMissed, InvalidInput, Problem

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.budgets import Budget
    from journeys.faults import Fault
    from reports.failover import Trial, Window
    from reports.study import Arm

KINDS = ("kill", "pause", "latency", "partition", "restart")
COUNTS = (1, 2, 3)
SLOW = "500 ms"
RATE, DURATION, REPLICAS = "10 / s", "24 s", 3
LONGEST_FOLLOW_UP_S = 20.0
QUIET = "nothing"


@command(short_help="Break something under load: what do customers notice?")
@choice()
@click.option(
    "--replicas", type=click.IntRange(1, 32), default=REPLICAS, show_default=True, help="Of the customers' systems."
)
@click.option("--fault", type=click.Path(path_type=Path), help="TOML file of faults; a kill unless told.")
@click.option("--target", default="mock", show_default=True, help="URL of an application of your own, or mock.")
@click.option(
    "--table", is_flag=True, help="Instead: 1, 2, 3 replicas, each killed, paused, slowed, cut off, restarted."
)
@click.option(
    "--budget",
    "budgets",
    multiple=True,
    metavar="BUDGET",
    help="What must hold besides the journey's own: "
    "'conversion during failover >= 99%', 'recovered within 10 s'; repeatable.",
)
@click.option("--rate", default=RATE, show_default=True, help="Arrivals per time.")
@click.option("--duration", default=DURATION, show_default=True, help="They arrive; the fault has its middle third.")
@click.option("--follow-up", help="How long after it to follow them; at most 20 s unless told.")
@click.option("--speed", type=click.FloatRange(0, min_open=True), help="Human seconds per second.")
@click.option("--jobs", type=click.IntRange(1), help="Processes that simulate; one a core unless told.")
def failover(
    replicas: int, fault: Path | None, target: str, table: bool, budgets: tuple[str, ...], as_json: bool, **options: Any
) -> None:  # fmt: skip
    """Let something break under load, and tell what customers notice, beside what the model foresaw.

    The journey's customers' systems run as replicas behind a load balancer; everything acknowledged must outlive the
    fault, once. Exit code 1 where it does not, where a budget of the failover is missed, or where the replicas were not
    well before and after.

    At an application of your own, the file of faults says how they are brought about (a command, Toxiproxy, Envoy) and
    put right again, which happens whatever ends the run.
    """
    from journeys.fault_files import read_faults

    if table and fault is not None:
        raise InvalidInput([Problem("--table", "does not go with --fault", "", "one of them says what breaks")])
    plan = _planned(options, budgets)
    if fault is not None:
        faults = read_faults(fault)
        plan = replace(plan, window=_window_of(faults, plan.window))
    if target != "mock":
        done, arms = _at_own(plan, target, fault, faults if fault is not None else ())
    else:
        done, arms = _at_mock(plan, replicas, faults if fault is not None else (), table)
    from reports.failover_texts import lines, missed

    reporting.report(plan.out, arms, found={"failover": done}, also=lines(done), as_json=as_json)
    failed = [
        f"failover: {trial.replicas} replicas, {trial.fault}: {problem}"
        for trial in done
        for problem in (
            *([f"{trial.lost} acknowledged steps lost"] if trial.lost else []),
            *([f"{trial.doubled} steps done twice"] if trial.doubled else []),
            *(missed(one) for one in trial.judged() if one.status == "missed"),
            *trial.steady,
        )
    ]
    if failed:
        raise BudgetMissed("\n".join(failed))


def _at_mock(plan: Plan, replicas: int, faults: Sequence[Fault], table: bool) -> tuple[list[Trial], list[Arm]]:
    from simulators.replicas.balancer import find_envoy

    find_envoy()
    station = _station(plan.chosen.journey)
    if table:
        trials = [(count, [_standard(kind, station, plan.window)]) for count in COUNTS for kind in KINDS]
    else:
        trials = [(replicas, list(faults) or [_standard("kill", station, plan.window)])]
    return tried(plan, trials, quiet=not table)


def _at_own(plan: Plan, target: str, path: Path | None, faults: Sequence[Fault]) -> tuple[list[Trial], list[Arm]]:
    from simulators.actuators import read_actuator

    if path is None:
        what, instead = "needs --fault", "a file that says what breaks, and how that is brought about"
        raise InvalidInput([Problem("--target", what, target, instead, "see docs/replicas.md")])
    return tried_at(plan, target, faults, read_actuator(path, faults))


def standard_plan(chosen: reading.Chosen, out: Path, seed: int) -> Plan:
    """Return what a failover does that is told nothing else; `tried_once` then does it."""
    options = {"out": out, "seed": seed, "customers": None, "rate": RATE, "duration": DURATION, "speed": None,
               "follow_up": None, "jobs": None}  # fmt: skip
    return _planned({**options, "chosen": chosen}, ())


def tried_once(plan: Plan, replicas: int = REPLICAS) -> Trial:
    """Let one of so many replicas be killed, and return what came of it; raises Missing without a balancer."""
    return _at_mock(plan, replicas, (), False)[0][0]


def _planned(options: Mapping[str, Any], budgets: Sequence[str]) -> Plan:
    from journeys.arrivals import Poisson
    from reports.failover import Window

    chosen = options.get("chosen") or reading.Chosen.of(options)
    own = tuple(one for one in chosen.journey.budgets if one.of.is_of_failover)
    rate, law = reading.read_rate(options["rate"]), chosen.journey.arrivals
    lasts_s = reading.read_duration(options["duration"]).s
    speed = options["speed"] or (rate.per_s / law.rate.per_s if isinstance(law, Poisson) else running.BROWSED_SPEED)
    told = options["follow_up"]
    follow_up_s = (
        reading.read_duration(told, "--follow-up").s
        if told
        else min(LONGEST_FOLLOW_UP_S, running.FOLLOW_UP_DAYS * 86400 / speed)
    )
    return Plan(
        chosen, options["out"], options["seed"], options["customers"], rate, speed,
        Window(lasts_s / 3, 2 * lasts_s / 3, lasts_s), follow_up_s, options["jobs"], (*own, *_read(budgets)),
    )  # fmt: skip


def _read(texts: Sequence[str]) -> list[Budget]:
    from journeys.budgets import OF_FAILOVER, Budget

    budgets = [Budget(text) for text in texts]
    wrong = [Problem("--budget", one.problem()) for one in budgets if one.problem()]
    wrong += [
        Problem("--budget", "is not one of a failover", one.text, ", ".join(OF_FAILOVER))
        for one in budgets
        if not one.problem() and not one.of.is_of_failover
    ]
    if wrong:
        raise InvalidInput(wrong)
    return budgets


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


COMMANDS = (failover,)
