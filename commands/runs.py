"""Commands that read runs made before: query, report."""

from __future__ import annotations

from pathlib import Path

import click

from commands import reporting
from commands.options import OUTPUT, added


@click.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("sql")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def query(run: Path, sql: str, as_json: bool) -> None:
    """Answer SQL over a run's rows (the view is called events)."""
    from journeys.eventlog import Run

    answer = Run.open(run).sql(sql)
    click.echo(answer.to_json(orient="records") if as_json else answer.to_string(index=False))


@click.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@added(*OUTPUT)
def report(runs: tuple[Path, ...], out: Path, as_json: bool) -> None:
    """Write the report of runs made before, simulated and measured, side by side."""
    reporting.report(out, reporting.arms_of(runs), as_json=as_json)


COMMANDS = (query, report)
