"""The command that finds how many customers a target can serve within a budget: capacity."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import reading, running
from commands.options import OUTPUT, TARGET, added, command
from commands.planned_trials import Plan, made
from commands.progress import progress
from commands.saying import say
from journeys.errors import BudgetMissed, InvalidInput, Problem

if TYPE_CHECKING:
    from journeys.budgets import Budget
    from reports.capacity.finding import Capacity, Foreseen
    from reports.capacity.search import Search, Trial

MOST_REPLICAS = 64


@command(short_help="Find the highest rate that keeps a budget, and what gives out.")
@click.argument("journey")
@click.option("--budget", required=True, help="What is to be kept, such as 'p95(submit) < 800 ms'.")
@added(*TARGET)
@click.option("--database", metavar="URL", help="The target's own, postgresql://...: what its sessions wait for.")
@click.option("--replicas", default="", metavar="N | N..M", help="Of the mock: so many processes; each number in turn.")
@click.option("--from", "low", default="0.5 / s", show_default=True, help="Lowest rate to try.")
@click.option("--up-to", "high", default="200 / s", show_default=True, help="Highest rate to try; a guard as well.")
@click.option(
    "--within",
    type=click.FloatRange(0.01, 1),
    default=0.1,
    show_default=True,
    help="How wide the 95% interval may be, as a share of the capacity.",
)
@click.option(
    "--trial",
    default="20 s",
    show_default=True,
    help="How long customers arrive in a trial; up to three times as long where they are few.",
)
@click.option("--time", "most_time", default="15 min", show_default=True, help="Most time for all of it.")
@click.option("--max-requests", type=click.IntRange(1), default=500_000, show_default=True, help="Guard, over all.")
@click.option("--cost", type=click.FloatRange(0, min_open=True), help="Of a replica, per hour.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Load processes.")
@click.option("--in-flight", type=click.IntRange(1), default=2000, show_default=True, help="Most customers at once.")
@click.option("--allow-public", is_flag=True, help="The target may be outside this machine and its network.")
@click.option("--what-if", type=click.Path(path_type=Path), help="TOML file with the scenario.")
@click.option("--scenario", help="A scenario of that file, or of the one that comes with the journey.")
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path; repeatable.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Whose customers come first.")
@added(*OUTPUT)
def capacity(out: Path, as_json: bool, **options: Any) -> None:
    """Find the highest rate of arrivals that keeps a budget, and what gives out beyond it.

    Trials with ever new customers narrow down the rate at which the budget is as likely kept as missed, and repeat
    where luck decides; the answer is an interval. A trial in which the generator could not keep up counts for nothing.
    Exit code 1: the capacity is not known as well as asked for.
    """
    from reports.capacity.finding import CapacityStudy
    from reports.capacity.scaling import fit
    from reports.capacity.texts import capacity_lines

    plan = _plan(out, options)
    found: list[Capacity] = []
    with progress(f"capacity: {plan.budget}") as tell:
        for index, replicas in enumerate(plan.replicas):
            plan.until(index)
            found.append(_searched(plan, replicas, tell, found[-1] if found else None))
    known = {one.replicas: one.belief for one in found if one.scales}
    study = CapacityStudy(plan.budget, "the mocked back end" if plan.target == "mock" else plan.shown, tuple(found),
                          fit(known), options["cost"] or math.nan, plan.chosen.journey.money.currency)  # fmt: skip
    html, summary = _report(plan, study)
    if as_json:
        click.echo(summary.read_text(encoding="utf-8"), nl=False)
    else:
        say(["", *capacity_lines(study), "", f"report   {html}", f"summary  {summary}"])
    vague = [one for one in found if one.ended or one.beyond]
    if vague:
        raise BudgetMissed("\n".join(_vague(one) for one in vague))


def _vague(found: Capacity) -> str:
    """Return why a capacity is not known as well as asked for, in one line."""
    from reports.capacity.texts import lacking_text
    from reports.wording import count

    who = f" of {count(found.replicas, 'replica')}" if found.replicas else ""
    return f"capacity{who}: {lacking_text(found)}"


def _plan(out: Path, options: dict[str, Any]) -> Plan:
    from journeys.clients.target import Target

    chosen, target = reading.Chosen.of(options), options["target"]
    budget = _budget(chosen, options["budget"])
    if target != "mock":
        shown = Target.parse(target).shown
        if options["replicas"]:
            what = "is about the mocked back end alone"
            raise InvalidInput([Problem("--replicas", what, target, "leave it out, and scale the target yourself")])
    else:
        shown = "mock"
        if options["database"]:
            what = "is about a target of your own"
            raise InvalidInput([Problem("--database", what, options["database"], "the mock tells of its own database")])
    _expect_seen(options["database"])
    low_rate, high_rate = reading.read_rate(options["low"], "--from"), reading.read_rate(options["high"], "--up-to")
    if low_rate >= high_rate:
        raise InvalidInput([Problem("--from", "is not below --up-to", options["low"], f"less than {high_rate}")])
    return Plan(
        chosen, budget, target, shown, _replicas(options["replicas"]),
        options["speed"] or (running.BROWSED_SPEED if target == "mock" else 1.0), options, out, time.monotonic(),
        reading.read_duration(options["most_time"], "--time").s, reading.read_duration(options["trial"], "--trial").s,
    )  # fmt: skip


def _expect_seen(database: str | None) -> None:
    """Ask a database once, before anything is loaded; say so where its sessions may not be seen."""
    if not database:
        return
    from load.sampling import ActiveSessions
    from simulators.backend.postgres import connecting

    asked = ActiveSessions(connecting(database))
    asked.close()
    if asked.hidden:
        click.echo(
            f"--database: {asked.hidden} sessions of other users are not shown to this one; GRANT pg_monitor would",
            err=True,
        )


def _replicas(text: str) -> tuple[int, ...]:
    """Return the numbers of replicas; (0,) where nobody named any."""
    if not text:
        return (0,)
    low, dots, high = text.partition("..")
    numbers = [int(part) for part in (low, high if dots else low) if part.strip().isdigit()]
    if len(numbers) != 2 or not 1 <= numbers[0] <= numbers[1] <= MOST_REPLICAS:
        what = "is no number or range of replicas"
        raise InvalidInput([Problem("--replicas", what, text, f"such as 3 or 1..4, up to {MOST_REPLICAS}")])
    return tuple(range(numbers[0], numbers[1] + 1))


def _budget(chosen: reading.Chosen, text: str) -> Budget:
    from journeys.budgets import Budget
    from journeys.errors import did_you_mean

    budget = Budget(text)
    if problem := budget.problem():
        raise InvalidInput([Problem("--budget", problem)])
    names = [step.name for step in chosen.journey.steps]
    if budget.step and budget.step not in names:
        raise InvalidInput([Problem("--budget", "names no step", budget.step, did_you_mean(budget.step, names))])
    return budget


def _searched(plan: Plan, replicas: int, tell: Callable[[int, int], None], fewer: Capacity | None) -> Capacity:
    """Search the capacity of one number of replicas, given what was found of `fewer`."""
    from commands.foreseeing import foreseen
    from reports.capacity.finding import Capacity, hottest
    from reports.capacity.search import Search, search

    low, high = (reading.read_rate(plan.options[name]).per_s for name in ("low", "high"))
    told_before = foreseen(
        plan.chosen.journey, plan.budget, plan.options["what_if"], replicas=replicas, speed=plan.speed, low_per_s=low,
        high_per_s=high, lasts_s=plan.lasts_s,
    )  # fmt: skip
    found = Search(low, high, plan.options["within"], _limit(plan.budget), _first(told_before, replicas, fewer))

    def enough(trials: Sequence[Trial]) -> str:
        if plan.requests >= plan.options["max_requests"]:
            return f"{plan.requests:,} requests were made; allow more with --max-requests"
        if trials and time.monotonic() + plan.trial_s > plan.ends_s:
            return "the time was used up; allow more with --time"
        return ""

    def told(found: Search) -> None:
        elapsed_s = time.monotonic() - plan.began_s
        tell(round(min(elapsed_s, plan.time_s)), math.ceil(plan.time_s))
        if not sys.stderr.isatty():
            click.echo(_line(plan, replicas, found), err=True)

    began_s = time.monotonic()
    why = search(found, lambda rate, number: made(plan, replicas, rate, number), enough, told)
    estimate = found.belief.estimate(len(found.telling))
    return Capacity(
        replicas, estimate, found.belief, tuple(found.trials), why, found.one_sided or found.beyond,
        hottest(found.trials, estimate.value), told_before, _unseen(plan), found.times, plan.options["within"],
        time.monotonic() - began_s,
    )  # fmt: skip


def _first(told: Foreseen | None, replicas: int, fewer: Capacity | None) -> float:
    """Return where to look first: where fewer replicas point to, or else the model; NaN where neither says anything."""
    if fewer is not None and fewer.scales:
        return fewer.estimate.value * replicas / fewer.replicas
    return told.per_s if told is not None else math.nan


def _limit(budget: Budget) -> float:
    """Return the limit of a budget on a time of a step; NaN of others, of which only kept or missed counts."""
    from reports.capacity.trials import is_foreseen

    return budget.limit if is_foreseen(budget.of) and budget.relation in ("<", "<=") else math.nan


def _unseen(plan: Plan) -> str:
    """Return what would show a database's locks; empty where they are seen, or there is none but the mock's."""
    return "" if plan.target == "mock" or plan.options["database"] else (
        "a lock or a full pool is not seen from outside: --database postgresql://... shows a database's waits"
    )  # fmt: skip


def _line(plan: Plan, replicas: int, found: Search) -> str:
    from reports.capacity.texts import interval_text, rate_text, unit_of
    from reports.wording import count, number

    last = found.trials[-1]
    what = f"{count(replicas, 'replica')}, " if replicas else ""
    said = "void" if last.void else "kept" if last.kept else "missed"
    known = found.belief.estimate(len(found.telling))
    return (
        f"{what}trial {len(found.trials)} at {rate_text(last.rate_per_s)}: {plan.budget.of} "
        f"{number(last.value, unit_of(plan.budget))}, {said}; capacity {interval_text(known)}"
    )


def _report(plan: Plan, study: Any) -> tuple[Path, Path]:
    """Write the report, with the fastest trial that kept the budget as its run; return page and summary."""
    from reports.capacity.finding import NAME
    from reports.capacity.texts import rate_text
    from reports.loading.generation import NAME as LOADS
    from reports.loading.generation import generations
    from reports.study import write_report

    last = study.capacities[-1]
    kept = [(trial.rate_per_s, number) for number, trial in enumerate(last.trials) if trial.kept and not trial.void]
    number = max(kept)[1] if kept else 0
    arm = plan.chosen.arm(plan.out / "runs" / f"capacity-{last.replicas}-{number:02d}")
    arm = replace(arm, title=f"Trial {number + 1}, at {rate_text(last.trials[number].rate_per_s)}")
    files = write_report(
        plan.out, title=plan.chosen.journey.title or plan.chosen.journey.name, measured=[arm],
        found={NAME: study, LOADS: generations({arm.name: arm.run})},
    )  # fmt: skip
    return files.html, files.summary
