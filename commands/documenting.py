"""Commands about the documents: the page of a journey, made from its own runs, and which engines walk which journey."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from commands import reading
from commands.cells import Cells, expect_metrics
from commands.options import command
from commands.progress import progress

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from journeys.blueprint import Journey
    from journeys.errors import Problem
    from journeys.scenarios import WhatIf
    from reports.blueprints.page import Made
    from reports.blueprints.page_wanted import PageWanted
    from reports.blueprints.support import Support


@command(short_help="Write the page of each bundled journey.")
@click.argument("names", nargs=-1, metavar="[JOURNEY]...")
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("docs/journeys"), show_default=True, help="Folder."
)
@click.option("--replications", type=click.IntRange(2), help="Of each scenario; the page's own number unless told.")
@click.option("--customers", type=click.IntRange(1), help="How many customers a replication.")
@click.option("--jobs", type=click.IntRange(1), help="Processes; one a core unless told.")
def docs(names: tuple[str, ...], out: Path, replications: int | None, customers: int | None, jobs: int | None) -> None:
    """Write the page of each JOURNEY (all that have one, unless named), and which engines walk which journey.

    A page is made of the journey's `page.toml`, its what-if, and runs that are made for it.
    """
    import dataclasses

    from journeys.errors import CannotWrite
    from journeys.loading import has_page, page_of, registered, what_if_of
    from reports.blueprints.figure import draw_blueprint
    from reports.blueprints.page import journey_page
    from reports.blueprints.page_wanted import read_page
    from reports.blueprints.support import support_page

    chosen = names or tuple(name for name in sorted(registered()) if has_page(name))
    for name in chosen:
        journey, what_if = reading.find_journey(name, {}), reading.find_what_if(what_if_of(name))
        wanted = read_page(page_of(name), [scenario.name for scenario in what_if.scenarios])
        wanted = dataclasses.replace(wanted, replications=replications or wanted.replications)
        expect_metrics(journey, list(wanted.figures.values()), "figures")
        expect_metrics(journey, [one.metric for one in wanted.measured if one.metric], "measured")
        made = _made(journey, what_if, wanted, customers, jobs)
        try:
            out.mkdir(parents=True, exist_ok=True)
            draw_blueprint(journey, out / f"{journey.name}.svg")
            (out / f"{journey.name}.md").write_text(journey_page(journey, what_if, wanted, made), encoding="utf-8")
        except OSError as error:
            raise CannotWrite(f"{out}: cannot be written ({error.strerror})") from error
        click.echo(out / f"{journey.name}.md")
    if not names:
        pages = {name: f"{name}.md" for name in chosen}
        journeys = [reading.find_journey(name, {}) for name in sorted(registered())]
        (out / "README.md").write_text(support_page(support(journeys), pages), encoding="utf-8")
        click.echo(out / "README.md")


def support(journeys: Iterable[Journey]) -> list[Support]:
    """Return what each engine says of each journey: the simulating ones, and those that walk a running application."""
    from journeys.browser.planning import expect_expressible
    from journeys.clients.planning import expect_requests
    from journeys.errors import Unsupported
    from reports.blueprints.support import Support
    from simulators.engines import ENGINES

    def refusal(expect: Callable[[], None]) -> str:
        try:
            expect()
        except Unsupported as error:
            return error.problems[0].problem
        return ""

    found = []
    for journey in journeys:
        says = {name: _in_words(engine.unsupported(journey)) for name, engine in ENGINES.items()}
        says |= {"browser": "", "load": ""}
        says["browser (own application)"] = refusal(partial(expect_expressible, journey))
        says["load (own application)"] = refusal(partial(expect_requests, journey, False, "load"))
        found.append(Support(journey, says))
    return found


def _in_words(problems: Sequence[Problem]) -> str:
    """Return each problem once, with the paths that have it."""
    paths = dict[str, list[str]]()
    for one in problems:
        paths.setdefault(one.problem, []).append(one.path)
    return "; ".join(f"{', '.join(them)}: {problem}" for problem, them in paths.items())


def _made(journey: Journey, what_if: WhatIf, wanted: PageWanted, customers: int | None, jobs: int | None) -> Made:
    import numpy as np

    from journeys.paths import apply
    from reports.blueprints.page import Made

    metrics = list(wanted.figures.values())
    arms = {scenario.name: scenario.of(journey) for scenario in what_if.scenarios}
    with progress(f"{journey.name}") as tell:
        cells = Cells(wanted.seed, customers, "", jobs, tell, lambda text: click.echo(text, err=True))

        def values(variants: list[Journey]) -> list[NDArray[np.float64]]:
            asked = [(variant, number) for variant in variants for number in range(wanted.replications)]
            return np.split(cells.values(asked, metrics), len(variants))

        figures = dict(zip(arms, values(list(arms.values())), strict=True))
        sweeps = []
        for sweep in wanted.sweeps:
            places = [list(wanted.figures).index(title) for title in sweep.figures]
            variants = [apply(arms[sweep.scenario], {sweep.path: value}) for value in sweep.values]
            made = [found[:, places] for found in values(variants)]
            sweeps.append(dict(zip(sweep.values, made, strict=True)))
    with tempfile.TemporaryDirectory() as folder:
        answers = [
            _answer(arms[question.scenario], question.scenario, question.sql, wanted, customers, Path(folder))
            for question in wanted.questions
        ]
    return Made(figures, sweeps, answers, customers or journey.customers)


def _answer(
    journey: Journey, scenario: str, sql: str, wanted: PageWanted, customers: int | None, folder: Path
) -> pd.DataFrame:
    from journeys.eventlog import Run
    from simulators.simulation import Settings, simulate

    run = folder / scenario
    if not run.exists():
        simulate(journey, run, Settings(wanted.seed, wanted.replications, customers), scenario=scenario)
    return Run.open(run).sql(sql)


COMMANDS = (docs,)
