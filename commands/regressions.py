"""The command that tells whether a change made something worse: regression."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import reading, reporting, turns
from commands.forms import Forms, forms_of, taken
from commands.loading import GENERATOR, GUARDS, WORKLOAD, engine_options, workload_of
from commands.options import OUTPUT, added, command, section
from journeys.errors import BudgetMissed, InvalidInput, Problem

if TYPE_CHECKING:
    from reports.regressions.judging import Margins
    from reports.regressions.spreads import Drift
    from reports.study import Arm

NO_BUDGETS = "no run's budgets are judged: whether they hold is another question"
PATH = click.Path(path_type=Path)
JUDGING = section(
    "Runs, and how they are judged",
    click.option("--before", "before_runs", multiple=True, type=PATH, metavar="RUN",
                 help="A run measured before the change, as an argument is; repeatable."),
    click.option("--after", "after_runs", multiple=True, type=PATH, metavar="RUN",
                 help="A run measured after it; repeatable."),
    click.option("--paired", is_flag=True, help="The first before and the first after were taken in turn, and so on."),
    click.option("--latest", type=click.IntRange(1), metavar="N", help="Of the runs before, the N latest alone."),
    click.option("--margin", default="5%", show_default=True, help="As good as no change, of a time."),
    click.option("--margin-share", default="1 pp", show_default=True, help="As good as no change, of a share."),
    click.option("--drift", multiple=True, metavar="PART", help="By how much runs of the same thing differ (a standard "
                 "deviation: '5%' of times, '1 pp' of shares), where there are too few to tell it; without, they call "
                 "nothing."),
    click.option("--must-see", metavar="SLOWDOWN", help="Also fail (exit code 1) where a slowdown of a step, such as "
                 "10%, would not have been found 8 times in 10: a comparison that sees nothing is no pass."),
    click.option("--power", metavar="SLOWDOWN", help="Only tell how many pairs of such runs, or how many customers, "
                 "would show it, such as 10%."),
)  # fmt: skip
MAKING = section(
    "Making the runs",
    click.option("--before-target", metavar="URL", help="Make the runs now: the application before the change ..."),
    click.option("--after-target", metavar="URL", help="... and after it. Both stay up, and are walked in turn."),
    click.option("--pairs", type=click.IntRange(turns.FEWEST, turns.MOST), default=6, show_default=True,
                 help="Pairs of runs to make."),
    click.option("--within", default="1 h", show_default=True, help="No pair is begun that would end later."),
    click.option("--warm-up", default="5 s", show_default=True, help="How long each target is loaded beforehand."),
    click.option("--by", type=click.Choice(["load", "browser"]), default="load", show_default=True,
                 help="Who walks: the load engine, or customers in a real browser."),
    click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path of the journey."),
    click.option("--customers", type=click.IntRange(1), help="How many customers a run."),
    click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Whose; each pair has its own."),
    click.option("--speed", type=click.FloatRange(0, min_open=True), help="Human seconds per second."),
    click.option("--contexts", type=click.IntRange(1), default=4, show_default=True, help="In browsers: at once."),
)  # fmt: skip


@command(short_help="Tell what a change made worse.")
@click.argument("inputs", nargs=-1, metavar="RUN RUN ... | FOLDER | JOURNEY")
@added(*JUDGING, *MAKING, *WORKLOAD, *GENERATOR, *GUARDS)
@taken
@added(*OUTPUT)
def regression(inputs: tuple[str, ...], out: Path, as_json: bool, **options: Any) -> None:
    """Tell what a change made worse: runs measured before it against runs measured after it.

    \b
    regression NIGHT NIGHT ... --after TONIGHT
        earlier runs tell how much runs differ; three or more of them
    regression JOURNEY --before-target URL --after-target URL
        makes pairs of runs itself, in turn, so that drift cancels
    regression FOLDER
        judges such pairs once more
    regression RUN ... --power 10%
        tells how many runs would show that

    Each step's median and 95th percentile, its failures, and completion, with intervals that hold together. Exits with
    1 where anything is worse.
    """
    forms = forms_of(options)
    _expect_readable(options)
    if options["before_target"] or options["after_target"]:
        before, after = _made(inputs, out, options)
        _judge(before, after, True, options, out, forms, as_json)
        return
    paired = options["paired"]
    first, second = [*map(Path, inputs), *options["before_runs"]], list(options["after_runs"])
    if len(first) == 1 and not second and not (first[0] / "manifest.json").exists():
        (first, second), paired = turns.sides_in(first[0]), True
    if not first:
        raise InvalidInput([Problem("regression", "names no run before", "", "runs, or a journey with two targets")])
    arms = reporting.arms_of([*first, *second])
    _expect_alike(arms)
    before, after = arms[: len(first)], arms[len(first) :]
    if not paired:
        before, after = (sorted(side, key=_started) for side in (before, after))
    if options["latest"]:
        before = sorted(before, key=_started)[-options["latest"] :]
    if options["power"]:
        _plan(before, after if paired else [], options, as_json)
        return
    if not after:
        raise InvalidInput([Problem("--after", "names no run", "", "one or more", "or --power to plan")])
    if paired and len(before) != len(after):
        found = f"{len(before)} before, {len(after)} after"
        raise InvalidInput([Problem("--paired", "needs as many runs on either side", found)])
    _judge(before, after, paired, options, out, forms, as_json)


def _made(inputs: Sequence[str], out: Path, options: dict[str, Any]) -> tuple[list[Arm], list[Arm]]:
    """Make pairs of runs at the two targets, and return their arms."""
    from journeys.scenarios import Scenario

    targets = (options["before_target"], options["after_target"])
    if not all(targets) or len(inputs) != 1:
        what = "takes a journey, --before-target and --after-target"
        raise InvalidInput([Problem("regression", what, " ".join(inputs), "all three, to make runs")])
    chosen = reading.Chosen(inputs[0], Scenario("as-is", "As is", reading.read_changes(options["changes"])))
    plan = turns.Turns(
        chosen, out, targets, options["pairs"], reading.read_duration(options["within"], "--within").s,
        reading.read_duration(options["warm_up"], "--warm-up").s, options["by"], options["seed"],
        _told(chosen, options),
    )  # fmt: skip
    return turns.taken_in_turn(plan, turns.say)


def _told(chosen: reading.Chosen, options: dict[str, Any]) -> dict[str, Any]:
    """Return what the engine is told of each run, but whose customers walk."""
    if options["by"] == "browser":
        rate = reading.read_rate(options["rate"]) if options["rate"] else None
        return {name: options[name] for name in ("customers", "speed", "contexts")} | {"rate": rate}
    told = engine_options(options)
    del told["seed"]
    follow_up = options["follow_up"]
    return told | {
        "workload": workload_of(chosen.journey, options),
        "follow_up_s": reading.read_duration(follow_up, "--follow-up").s if follow_up else None,
    }


def _judge(
    before: list[Arm], after: list[Arm], paired: bool, options: dict[str, Any], out: Path, forms: Forms, as_json: bool
) -> None:
    """Compare both sides, write the report, and raise BudgetMissed where anything is worse, or could not be seen."""
    import numpy as np

    from reports.regressions.judging import compared
    from reports.regressions.samples import sampled
    from reports.regressions.texts import blindness, lines
    from reports.sections.regression import NAME

    first, second = (sampled(side[0].journey, [arm.run.frame() for arm in side]) for side in (before, after))
    order = np.argsort(np.argsort([_started(arm) for arm in (*before, *after)], kind="stable")).tolist()
    found = compared(first, second, _margins(options), paired=paired, drift=_drift(options["drift"]), order=order)
    found = dataclasses.replace(found, warnings=(*found.warnings, *_doubts([*before, *after])))
    # the page shows one run a side; all of them are in what was found
    shown = [
        dataclasses.replace(max(side, key=_started), title=title)
        for title, side in (("Before", before), ("After", after))
    ]
    reporting.report(
        out, shown, found={NAME: found}, judged=NO_BUDGETS, as_planned=False, forms=forms, also=lines(found),
        as_json=as_json,
    )  # fmt: skip
    failed = [f"regression: {change.title}: worse" for change in found.called("worse")]
    if options["must_see"]:
        sought = _part(options["must_see"], "%", "--must-see")
        failed += [f"regression: {text}" for text in blindness(found, sought)]
    if failed:
        raise BudgetMissed("\n".join(failed))


def _started(arm: Arm) -> str:
    """Return when a run was begun, as texts that sort by time."""
    return arm.run.manifest.started


def _plan(before: Sequence[Arm], after: Sequence[Arm], options: dict[str, Any], as_json: bool) -> None:
    """Tell how many runs such as these it takes to see a slowdown."""
    from reports.regressions.planning import planned
    from reports.regressions.samples import sampled
    from reports.regressions.texts import plan_lines

    journey = before[0].journey
    sides = [sampled(journey, [arm.run.frame() for arm in side]) for side in (before, after) if side]
    slowdown, drift = _part(options["power"], "%", "--power"), _drift(options["drift"])
    plan = planned(sides[0], sides[1] if len(sides) > 1 else (), slowdown, drift)
    if not as_json:
        click.echo("\n".join(plan_lines(plan)))
        return
    told = dataclasses.asdict(plan) | {"pairs": plan.pairs}
    for one in told["needed"]:
        one.update({name: None for name, value in one.items() if isinstance(value, float) and not math.isfinite(value)})
    reporting.print_json(told)


def _expect_alike(arms: Sequence[Arm]) -> None:
    """Raise InvalidInput for runs that cannot be laid beside the first."""
    first = arms[0].run.manifest
    wrong = list[Problem]()
    for arm in arms:
        own, where = arm.run.manifest, str(arm.run.folder)
        if own.kind != "measured":
            wrong.append(Problem(where, "was simulated", own.engine, "a measured run; for others, compare"))
        elif own.journey != first.journey:
            wrong.append(Problem(where, "is a run of another journey", own.journey, f"runs of {first.journey}"))
        elif (own.engine, own.speed) != (first.engine, first.speed):
            what = "ran at another speed, or by another engine"
            wrong.append(Problem(where, what, f"{own.engine} at {own.speed:g}", f"{first.engine} at {first.speed:g}"))
        elif (rate := own.settings.get("rate")) != (theirs := first.settings.get("rate")):
            wrong.append(Problem(where, "was loaded at another rate", str(rate), str(theirs)))
    if wrong:
        raise InvalidInput(wrong)


def _doubts(arms: Sequence[Arm]) -> Iterator[str]:
    """Yield what there is to say against some of the runs."""
    for arm in arms:
        own = arm.run.manifest
        if not own.finished:
            yield f"{arm.run.folder}: did not end by itself ({own.reason or 'no reason told'})"
    told = [arm.run.manifest.settings for arm in arms]
    late = [own["lag_p99_ms"] for own in told if (own.get("lag_p99_ms") or 0) > 1000 * own.get("most_lag_s", math.inf)]
    if late:
        yield (
            f"in {len(late)} of {len(arms)} runs the generator itself was late (99% of customers "
            f"within {max(late):.0f} ms in the worst): its lateness is in the times, "
            "which count from when customers meant to come"
        )
    hosts = {str(sorted(arm.run.manifest.host.items())) for arm in arms if arm.run.manifest.host}
    if len(hosts) > 1:
        yield f"the runs were made on {len(hosts)} kinds of machine"


def _expect_readable(options: dict[str, Any]) -> None:
    """Raise InvalidInput for what cannot be read, before anything is run."""
    _margins(options)
    _drift(options["drift"])
    for name in ("must_see", "power"):
        if options[name]:
            _part(options[name], "%", f"--{name.replace('_', '-')}")


def _margins(options: dict[str, Any]) -> Margins:
    from reports.regressions.judging import Margins

    return Margins(
        _part(options["margin"], "%", "--margin"), _part(options["margin_share"], "pp", "--margin-share")
    )  # fmt: skip


def _drift(texts: Sequence[str]) -> Drift | None:
    """Return what two runs of the same thing differ by, as told of times (5%) and of shares (1 pp); None if not."""
    from reports.regressions.spreads import Drift

    if not texts:
        return None
    told: dict[str, Any] = {"time_ratio": 0.0, "share": 0.0}
    for text in texts:
        name, unit = ("share", "pp") if text.strip().endswith("pp") else ("time_ratio", "%")
        told[name] = _part(text, unit, "--drift", zero=True)
    return Drift(**told)


def _part(text: str, unit: str, option: str, zero: bool = False) -> float:
    found = re.fullmatch(rf"(\d+(?:\.\d+)?)\s*{unit}", text.strip())
    if found is None or not 0 <= float(found[1]) < 100 or not (zero or float(found[1])):
        least = "0 or more" if zero else "above 0"
        raise InvalidInput([Problem(option, "is not a margin", text, f"{least} and below 100, such as 5 {unit}")])
    return float(found[1]) / 100


COMMANDS = (regression,)
