"""The command that tells whether a change made something worse: regression."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click

from commands import reporting
from commands.forms import forms_of, taken
from commands.options import OUTPUT, added, command
from journeys.errors import BudgetMissed, InvalidInput, Problem

NO_BUDGETS = "no run's budgets are judged: whether they hold is another question"


@command(short_help="Tell what a change made worse.")
@click.option("--before", "before_runs", multiple=True, required=True, type=click.Path(path_type=Path), metavar="RUN",
              help="A run measured before the change; repeatable.")  # fmt: skip
@click.option("--after", "after_runs", multiple=True, required=True, type=click.Path(path_type=Path), metavar="RUN",
              help="A run measured after it; repeatable.")  # fmt: skip
@click.option("--margin", default="5%", show_default=True, help="As good as no change, of a time.")
@click.option("--margin-share", default="1 pp", show_default=True, help="As good as no change, of a share.")
@taken
@added(*OUTPUT)
def regression(
    before_runs: tuple[Path, ...], after_runs: tuple[Path, ...], margin: str, margin_share: str, out: Path,
    as_json: bool, **options: Any,
) -> None:  # fmt: skip
    """Tell what a change made worse: runs measured before it against runs measured after it.

    Each step's median and 95th percentile, its failures, and completion, with intervals that hold together. Three runs
    a side or more, taken in turn, also cover what differs from run to run. Exits with 1 where anything is worse.
    """
    from reports.regression import Margins, compared, sampled
    from reports.regression_texts import lines
    from reports.sections.regression import NAME

    forms = forms_of(options)
    margins = Margins(_part(margin, "%", "--margin"), _part(margin_share, "pp", "--margin-share"))
    arms = reporting.arms_of([*before_runs, *after_runs])
    before, after = arms[: len(before_runs)], arms[len(before_runs) :]
    wrong = [
        Problem(str(arm.run.folder), "was simulated", arm.run.manifest.engine, "a measured run; for others, compare")
        for arm in arms
        if arm.run.manifest.kind != "measured"
    ]
    first = arms[0].run.manifest
    wrong += [
        Problem(
            str(arm.run.folder), "is a run of another journey", arm.run.manifest.journey, f"runs of {first.journey}"
        )
        for arm in arms
        if arm.run.manifest.journey != first.journey
    ]
    wrong += [
        Problem(str(arm.run.folder), "ran at another speed, or by another engine",
                f"{arm.run.manifest.engine} at {arm.run.manifest.speed:g}", f"{first.engine} at {first.speed:g}")
        for arm in arms
        if (arm.run.manifest.engine, arm.run.manifest.speed) != (first.engine, first.speed)
    ]  # fmt: skip
    if wrong:
        raise InvalidInput(wrong)
    sides = [sampled(arms[0].journey, [arm.run.frame() for arm in side]) for side in (before, after)]
    found = compared(sides[0], sides[1], margins)
    if not as_json:
        click.echo("\n".join(lines(found)))
    reporting.report(out, arms, found={NAME: found}, judged=NO_BUDGETS, forms=forms, as_json=as_json)
    if worse := found.called("worse"):
        raise BudgetMissed("\n".join(f"regression: {change.title}: worse" for change in worse))


def _part(text: str, unit: str, option: str) -> float:
    found = re.fullmatch(rf"(\d+(?:\.\d+)?)\s*{unit}", text.strip())
    if found is None or not 0 < float(found[1]) < 100:
        raise InvalidInput([Problem(option, "is not a margin", text, f"above 0 and below 100, such as 5 {unit}")])
    return float(found[1]) / 100


COMMANDS = (regression,)
