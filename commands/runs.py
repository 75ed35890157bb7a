"""Commands that read runs made before: query, report, export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from commands import reporting
from commands.forms import forms_of, taken
from commands.options import OUTPUT, added, command
from journeys.errors import InvalidInput, Problem, did_you_mean

MOMENTS = ("%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S")


@command(short_help="Answer SQL over a run's rows, or a ready question.")
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("sql", required=False, metavar="[SQL | QUESTION]")
@click.option("--show", is_flag=True, help="Print the SQL of a ready question, to be changed.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def query(run: Path, sql: str | None, show: bool, as_json: bool) -> None:
    """Answer SQL over a run's rows (the view is called events), or a ready question; without either, list those."""
    from journeys.eventlog import Run
    from reports.questions import QUESTIONS, lines

    opened = Run.open(run)
    if sql is None:
        if as_json:
            reporting.print_json([{"name": name, **one._asdict()} for name, one in QUESTIONS.items()])
            return
        click.echo("\n".join(lines()))
        click.echo(f"\nask one: journeywright query {run} outcomes; its SQL: --show; or SQL over the view events")
        return
    ready = QUESTIONS.get(sql)
    if ready is None and sql.strip() and " " not in sql.strip():
        near = did_you_mean(sql, list(QUESTIONS))
        raise InvalidInput([Problem("query", f"there is no question {sql!r}", "", near, "or give SQL")])
    if show:
        click.echo(ready.sql if ready else sql)
        return
    answer = opened.sql(ready.sql if ready else sql)
    if as_json:
        click.echo(answer.to_json(orient="records"))
    else:
        click.echo(answer.to_string(index=False) if len(answer) else f"no rows ({', '.join(answer.columns)})")


@command(short_help="Write the report of runs, simulated and measured.")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@taken
@added(*OUTPUT)
def report(runs: tuple[Path, ...], out: Path, as_json: bool, **options: Any) -> None:
    """Write the report of runs made before, simulated and measured, side by side."""
    forms = forms_of(options)
    with reporting.illustrating(forms) as illustrator:
        reporting.report(out, reporting.arms_of(runs), forms=forms, as_json=as_json, illustrator=illustrator)


@command(short_help="Write rows for process mining, OpenTelemetry, or as a table.")
@click.argument("run", type=click.Path(path_type=Path))
@click.option(
    "--to", "form", required=True, metavar="FORMAT", help="xes, ocel, otlp-traces, otlp-metrics, csv, parquet."
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="File; the run's name and the format's ending unless told."
)
@click.option(
    "--zero", type=click.DateTime(MOMENTS), help="The moment of the run's zero, UTC; a simulation's is a Monday."
)
@click.option("--json", "as_json", is_flag=True, help="Print the file's path for machines.")
def export(run: Path, form: str, out: Path | None, zero: datetime | None, as_json: bool) -> None:
    """Write a run's rows for other tools: process mining (XES, OCEL), OpenTelemetry, or as one table."""
    from journeys.eventlog import Run
    from reports.exports import FORMATS
    from reports.exports.visits import zero_of

    if form not in FORMATS:
        raise InvalidInput([Problem("--to", f"there is no format {form!r}", "", did_you_mean(form, list(FORMATS)))])
    opened, chosen = Run.open(run), FORMATS[form]
    path = out or Path(f"{run.resolve().name}{chosen.ending}")
    chosen.write(opened, zero.replace(tzinfo=UTC) if zero else zero_of(opened.manifest), path)
    if as_json:
        reporting.print_json({"run": str(run), "format": form, "file": str(path)})
    else:
        click.echo(f"{path}: {chosen.what}")


COMMANDS = (query, report, export)
