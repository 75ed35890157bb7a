"""The demonstration: the loan application through all three engines, and its report."""

from __future__ import annotations

from pathlib import Path

import click

from commands import explaining, reading, reporting, running
from commands.options import command

# twelve people and a minute of load, on clocks that let the demonstration end within three minutes
DEMO_CUSTOMERS, DEMO_ARRIVALS, DEMO_SPEED, DEMO_PATIENCE_S = 12, "1 / s", 30_000.0, 24.0
DEMO_LOAD, DEMO_SECONDS = "40 / s", 60.0


@command(short_help="Walk the loan application through all three engines.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/demo"), show_default=True, help="Folder.")
@click.option("--replications", type=click.IntRange(2), default=10, show_default=True, help="Of each scenario.")
def demo(out: Path, replications: int) -> None:
    """Walk the loan application through all three engines, and report it."""
    from journeys.browser.finding import BrowserMissing
    from reports.blueprints.figure import draw_blueprint

    what_if = reading.find_what_if("loan-application")
    baseline = reading.Chosen(what_if.journey, what_if.scenario(what_if.baseline))
    click.echo("1/5 drawing the blueprint")
    for suffix in ("svg", "png"):
        draw_blueprint(baseline.journey, out / f"blueprint.{suffix}")
    click.echo(f"2/5 simulating {len(what_if.scenarios)} scenarios")
    arms = running.compared(what_if, out, replications=replications)
    click.echo("3/5 simulating further: who is to blame, which change does it, what would overturn it")
    found = explaining.explained(what_if, arms, explaining.Wanted(everything=True))
    click.echo(f"4/5 walking {DEMO_CUSTOMERS} customers through its pages in a browser")
    try:
        arms.append(
            running.browsed(
                baseline, out, "mock", seed=what_if.seed, customers=DEMO_CUSTOMERS, contexts=DEMO_CUSTOMERS,
                rate=reading.read_rate(DEMO_ARRIVALS), speed=DEMO_SPEED, give_up_s=DEMO_PATIENCE_S, install=True,
            )
        )  # fmt: skip
    except BrowserMissing as error:
        click.echo(f"{error}\nThe rest of the demonstration goes on without a browser.", err=True)
    click.echo(f"5/5 loading its API with {DEMO_LOAD} for {DEMO_SECONDS:.0f} s")
    arms.append(
        running.loaded(
            baseline, out, "mock", seed=what_if.seed, rate=reading.read_rate(DEMO_LOAD), duration_s=DEMO_SECONDS
        )
    )
    reporting.report(out, arms, what_if=what_if, judged=what_if.scenarios[-1].name, twins=True, found=found)


COMMANDS = (demo,)
