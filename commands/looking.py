"""Commands that look at journeys: list, show, blueprint, new."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import click

from commands import reading, reporting
from commands.options import command
from journeys.errors import InvalidInput, Problem


@command("list")
@click.option("--engines", is_flag=True, help="Which engine walks which of them.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_(engines: bool, as_json: bool) -> None:
    """List the journeys that are installed."""
    from journeys.loading import load, registered

    found = {name: load(name) for name in sorted(registered())}
    if engines:
        from commands.documenting import support
        from reports.blueprints.support import support_lines

        says = support(found.values())
        if as_json:
            reporting.print_json([{"name": one.journey.name, "refusals": dict(one.refusals)} for one in says])
        else:
            click.echo("\n".join(support_lines(says)))
        return
    if as_json:
        reporting.print_json(
            [{"name": name, "title": journey.title, "steps": len(journey.steps)} for name, journey in found.items()]
        )
        return
    for name, journey in found.items():
        reasons = f"{len(journey.contacts)} reason{'' if len(journey.contacts) == 1 else 's'} to call"
        click.echo(f"{name:24} {journey.title}: {len(journey.steps)} steps, {reasons}")


@command(short_help="Show its steps, and each parameter with its path and source.")
@click.argument("journey")
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path first.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def show(journey: str, changes: tuple[str, ...], as_json: bool) -> None:
    """Show a journey's steps, and each of its parameters with its path and source."""
    from journeys.paths import canonical, parameters, source_of
    from journeys.remarks import remarks

    chosen = reading.find_journey(journey, reading.read_changes(changes))
    if as_json:
        listed = [{"path": path, "value": str(value), "source": source_of(chosen, path).kind,
                   "note": source_of(chosen, path).note} for path, value in parameters(chosen)]  # fmt: skip
        reporting.print_json({"journey": canonical(chosen), "parameters": listed})
        return
    click.echo(f"{chosen.title or chosen.name}\n{chosen.story}\n")
    for step in chosen.steps:
        ways = ", ".join(route.to if route.probability is None else f"{route.to} {route.probability:.0%}"
                         for route in step.routes) or chosen.after(step.name)  # fmt: skip
        if step.fork is not None:
            ways = f"{' | '.join(step.fork.branches)}: {step.fork.needed} of them -> {step.fork.joins}"
        click.echo(f"  {step.lane:11} {step.name:20} {step.station or '-':14} -> {ways}")
    for remark in remarks(chosen):
        click.echo(f"note: {remark}")
    click.echo("")
    for path, value in parameters(chosen):
        source, text = source_of(chosen, path), str(value) if not isinstance(value, tuple) else f"{len(value)} values"
        click.echo(f"  {path:58} {text:40} {source.kind}{': ' if source.note else ''}{source.note}")


@command()
@click.argument("journey")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="FILE.svg or FILE.png.")
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path first.")
def blueprint(journey: str, out: Path, changes: tuple[str, ...]) -> None:
    """Draw a journey as a service blueprint."""
    from reports.blueprints.figure import draw_blueprint

    click.echo(draw_blueprint(reading.find_journey(journey, reading.read_changes(changes)), out))


@command(short_help="Write a first journey of your own, to be changed from there.")
@click.argument("name")
def new(name: str) -> None:
    """Write a first journey of your own to NAME.py, and a what-if of it to NAME.toml, to be changed from there."""
    from journeys.errors import CannotWrite
    from journeys.loading import source_file

    path = Path(name if name.endswith(".py") else f"{name}.py")
    if path.suffix != ".py" or not path.stem.strip("."):
        raise InvalidInput(
            [Problem("NAME", "is not a file's name", repr(name), "such as checkout, or shop/checkout.py")]
        )
    what_if, source = path.with_suffix(".toml"), source_file("first-journey")
    there = [file for file in (path, what_if) if file.exists()]
    if there:
        raise InvalidInput(Problem(str(file), "is there already", "", "choose another name") for file in there)
    scenarios = source.with_suffix(".toml").read_text(encoding="utf-8")
    written = {
        path: source.read_text(encoding="utf-8"),
        what_if: scenarios.replace('"first-journey"', json.dumps(path.name, ensure_ascii=False), 1),
    }
    for file, text in written.items():
        try:
            file.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CannotWrite(f"{file}: cannot be written ({error.strerror})") from error
    click.echo(f"{path}: try  journeywright simulate {shlex.quote(str(path))}")
    click.echo(f"{what_if}: try  journeywright compare {shlex.quote(str(what_if))}")


COMMANDS = (list_, show, blueprint, new)
