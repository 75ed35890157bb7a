"""The command that measures a back end's eight qualities, and lays the redesign beside what is: scorecard."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import reading
from commands.options import choice, command
from journeys.errors import BudgetMissed, InvalidInput, Problem, did_you_mean

if TYPE_CHECKING:
    from journeys.evidence import Quality
    from reports.study import Arm


@command(short_help="Measure eight qualities of the running back end.")
@choice()
@click.option("--target", default="mock", show_default=True, help="URL of an application of your own, or mock.")
@click.option("--only", metavar="QUALITY,...", help="Only these qualities, separated by commas.")
@click.option(
    "--rate", help="Arrivals per time; the journey's own within 4 and 8 a second, or 2 at a target, unless told."
)
@click.option("--allow-public", is_flag=True, help="The load may go outside this machine and its network.")
@click.option("--allow-probe", is_flag=True, help="The security probe may go to another machine: yours, or with leave.")
@click.option("--keep", is_flag=True, help="Keep the runs and databases of the single measurements.")
def scorecard(target: str, only: str | None, as_json: bool, keep: bool, **options: Any) -> None:
    """Measure eight qualities of the running back end, and say how.

    Without --scenario, what is and the redesign stand side by side: the first and the last scenario of `backend.toml`
    beside the journey, or else of its what-if. At an application of your own, what cannot be measured from outside says
    so.
    """
    from commands.scoring import databases
    from commands.scoring.arms import Wanted, scored, scored_at
    from reports.loading.generation import NAME as LOADS
    from reports.loading.generation import generations
    from reports.scorecard.texts import NAME, lines
    from reports.sections.scorecard import cards_of
    from reports.study import write_report

    qualities = read_qualities(only)
    chosen = _chosen(options, one=target != "mock")
    rate = reading.read_rate(options["rate"]).per_s if options["rate"] else None
    out: Path = options["out"]
    told = {"rate_per_s": rate, "allow_public": options["allow_public"], "allow_probe": options["allow_probe"]}
    if target != "mock":
        arms: list[Arm] = [scored_at(chosen[0], target, Wanted(out, options["seed"], qualities, None, **told))]
    else:
        with databases.postgresql() as fresh:
            arms = [scored(one, Wanted(out, options["seed"], qualities, fresh, **told)) for one in chosen]
        if not keep:
            shutil.rmtree(out / "work", ignore_errors=True)
    cards = cards_of({arm.name: arm.run.folder for arm in arms}, {arm.name: arm.title for arm in arms})
    loads = generations({arm.name: arm.run for arm in arms})
    files = write_report(out, title=f"{arms[0].journey.title or arms[0].journey.name}: the back end", measured=arms,
                         found={NAME: cards, LOADS: loads})  # fmt: skip
    if as_json:
        click.echo(files.summary.read_text(encoding="utf-8"), nl=False)
    else:
        click.echo("\n".join([*lines(cards), f"report   {files.html}", f"summary  {files.summary}"]))
    late = [f"{name}: {problem}" for name, (made, *_) in loads.items() for problem in made.problems]
    if late:
        raise BudgetMissed("\n".join(late))


def read_qualities(text: str | None) -> tuple[Quality, ...]:
    """Return the qualities named, all where none is; raises InvalidInput with near-miss names."""
    from journeys.evidence import QUALITIES

    names = [name.strip() for name in (text or "").split(",") if name.strip()]
    wrong = [name for name in names if name not in QUALITIES]
    if wrong:
        raise InvalidInput(
            Problem("--only", "is no quality", name, did_you_mean(name, list(QUALITIES))) for name in wrong
        )
    return tuple(name for name in QUALITIES if not names or name in names)


def _chosen(options: dict[str, Any], one: bool) -> list[reading.Chosen]:
    """Return the scenarios to measure: the one that is named, or the first and the last."""
    from journeys.errors import JourneywrightError
    from journeys.loading import back_end_of

    if one or options["scenario"]:
        return [reading.Chosen.of(options)]
    try:
        what_if = reading.find_what_if(str(options["what_if"] or back_end_of(options["journey"])))
    except JourneywrightError:
        if options["what_if"]:
            raise
        return [reading.Chosen.of(options)]  # a journey without scenarios is measured as it is
    more = reading.read_changes(options["changes"])
    names = dict.fromkeys((what_if.baseline, what_if.scenarios[-1].name))
    found = []
    for name in names:
        scenario = what_if.scenario(name)
        changed = type(scenario)(scenario.name, scenario.title, {**scenario.changes, **more})
        found.append(reading.Chosen(options["journey"], changed, what_if.path))
    return found


COMMANDS = (scorecard,)
