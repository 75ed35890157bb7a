"""The command line. What its commands do is in `journeywright_rooms`; each room is imported when it is needed."""

from __future__ import annotations

import errno
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

import journeywright_experiments as experiments
import journeywright_rooms as rooms
from journeys.errors import InvalidInput, JourneywrightError, Problem

# twelve people and a minute of load, on clocks that let the demonstration end within three minutes
DEMO_CUSTOMERS, DEMO_ARRIVALS, DEMO_SPEED, DEMO_PATIENCE_S = 12, "1 / s", 30_000.0, 24.0
DEMO_LOAD, DEMO_SECONDS = "40 / s", 60.0


_DEVICE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)


class _Interrupted(JourneywrightError):
    """The user, or the system, told us to stop."""

    exit_code = 130


class _Commands(click.Group):
    """Turns every error that a user can mend into its lines and its exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs |= {"standalone_mode": False, "prog_name": "journeywright"}
        _stop_as_after_ctrl_c()
        try:
            code = super().main(*args, **kwargs)
        except click.exceptions.Exit as stop:
            code = stop.exit_code
        except click.exceptions.NoArgsIsHelpError as help_:
            help_.show()
            code = 2
        except click.ClickException as error:
            click.echo(_usage(error), err=True)
            code = 2
        except JourneywrightError as error:
            click.echo(str(error), err=True)
            code = error.exit_code
        except OSError as error:
            if error.errno not in _DEVICE:
                raise
            click.echo(f"{error.filename or 'output'}: cannot be written ({error.strerror}); make room there", err=True)
            code = 3
        if code == _Interrupted.exit_code and threading.current_thread() is threading.main_thread():
            # everything is closed: a second Ctrl-C has nothing left to stop
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(code if isinstance(code, int) else 0)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            if sys.stderr.isatty():
                click.echo(err=True)  # after the terminal's ^C
            kept = "; ".join(getattr(error, "__notes__", ())) or "runs that had ended are kept"
            raise _Interrupted(f"interrupted; {kept}") from None


def _usage(error: click.ClickException) -> str:
    """Return an error of the command line on one line."""
    what = " ".join(error.format_message().split()).rstrip(".").replace(". Did you", "; did you")
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "journeywright"
    return f"{path}: {what[:1].lower()}{what[1:]}; see '{path} --help'"


def _stop_as_after_ctrl_c() -> None:
    """Let a request to end (or a closed terminal) do what Ctrl-C does: end the children, and keep what was measured."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        asked = getattr(signal, name, None)
        if asked is not None and signal.getsignal(asked) is signal.SIG_DFL:
            signal.signal(asked, lambda *_: signal.raise_signal(signal.SIGINT))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="journeywright")
def main() -> None:
    """Walk the same customers through a journey: simulated, in a real browser, and under load."""


# Looking at journeys -------------------------------------------------------------------------------------------------


@main.command("list")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def list_(as_json: bool) -> None:
    """List the journeys that are installed."""
    from journeys.loading import load, registered

    found = {name: load(name) for name in sorted(registered())}
    if as_json:
        rooms.print_json(
            [{"name": name, "title": journey.title, "steps": len(journey.steps)} for name, journey in found.items()]
        )
        return
    for name, journey in found.items():
        click.echo(f"{name:24} {journey.title}: {len(journey.steps)} steps, {len(journey.contacts)} reasons to call")


@main.command()
@click.argument("journey")
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path first.")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def show(journey: str, changes: tuple[str, ...], as_json: bool) -> None:
    """Show a journey's steps, and each of its parameters with its path and source."""
    from journeys.paths import canonical, parameters, source_of

    chosen = rooms.find_journey(journey, rooms.read_changes(changes))
    if as_json:
        listed = [{"path": path, "value": str(value), "source": source_of(chosen, path).kind,
                   "note": source_of(chosen, path).note} for path, value in parameters(chosen)]  # fmt: skip
        rooms.print_json({"journey": canonical(chosen), "parameters": listed})
        return
    click.echo(f"{chosen.title or chosen.name}\n{chosen.story}\n")
    for step in chosen.steps:
        ways = ", ".join(route.to if route.probability is None else f"{route.to} {route.probability:.0%}"
                         for route in step.routes) or chosen.after(step.name)  # fmt: skip
        if step.fork is not None:
            ways = f"{' | '.join(step.fork.branches)}: {step.fork.needed} of them -> {step.fork.joins}"
        click.echo(f"  {step.lane:11} {step.name:20} {step.station or '-':14} -> {ways}")
    click.echo("")
    for path, value in parameters(chosen):
        source, text = source_of(chosen, path), str(value) if not isinstance(value, tuple) else f"{len(value)} values"
        click.echo(f"  {path:58} {text:40} {source.kind}: {source.note}")


@main.command()
@click.argument("journey")
@click.option("-o", "--out", type=click.Path(path_type=Path), required=True, help="FILE.svg or FILE.png.")
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path first.")
def blueprint(journey: str, out: Path, changes: tuple[str, ...]) -> None:
    """Draw a journey as a service blueprint."""
    from reports.blueprint_figure import draw_blueprint

    click.echo(draw_blueprint(rooms.find_journey(journey, rooms.read_changes(changes)), out))


@main.command()
@click.argument("name")
def new(name: str) -> None:
    """Write a first journey of your own to NAME.py, to be changed from there."""
    from journeys.errors import CannotWrite
    from journeys.loading import source_file

    path = Path(name if name.endswith(".py") else f"{name}.py")
    if path.suffix != ".py" or not path.stem.strip("."):
        raise InvalidInput(
            [Problem("NAME", "is not a file's name", repr(name), "such as checkout, or shop/checkout.py")]
        )
    if path.exists():
        raise InvalidInput([Problem(str(path), "is there already", "", "choose another name")])
    try:
        path.write_text(source_file("first-journey").read_text(encoding="utf-8"), encoding="utf-8")
    except OSError as error:
        raise CannotWrite(f"{path}: cannot be written ({error.strerror})") from error
    click.echo(f"{path}: try 'journeywright simulate {path}'")


# Walking them --------------------------------------------------------------------------------------------------------


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def add(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return add


_OUTPUT = (
    click.option("--out", type=click.Path(path_type=Path), default=Path("out"), show_default=True, help="Folder."),
    click.option("--json", "as_json", is_flag=True, help="Print the summary for machines."),
)
_TARGET = (
    click.option("--target", default="mock", show_default=True, help="URL of an application, or mock."),
    click.option("--speed", type=click.FloatRange(0, min_open=True), help="Human seconds per second."),
)
_SIMULATION = (
    click.option("--engine", type=click.Choice(["compiled", "simpy"]), callback=lambda _, __, name: name or "",
                 help="The fastest that can, unless told."),
    click.option("--jobs", type=click.IntRange(1), help="Processes of this machine; one a core unless told."),
    click.option("--cluster", default="", metavar="ADDRESS", help="A running Dask cluster's, such as tcp://host:8786."),
    click.option("--resume", is_flag=True, help="Keep what an earlier run into the same folder has completed."),
)  # fmt: skip


def _choice() -> Callable[[Any], Any]:
    """Add the options by which every engine is told what to walk, and where to put it."""
    return _options(
        click.argument("journey"),
        click.option("--what-if", type=click.Path(path_type=Path), help="TOML file with the scenario."),
        click.option("--scenario", help="A scenario of that file, or of the one that comes with the journey."),
        click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path; repeatable."),
        click.option("--customers", type=click.IntRange(1), help="How many customers."),
        click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Whose customers."),
        *_OUTPUT,
    )


@main.command()
@_choice()
@click.option("--replications", type=click.IntRange(1), default=10, show_default=True, help="Independent repeats.")
@click.option(
    "--until",
    multiple=True,
    metavar="PRECISION",
    help="Repeat until a metric is known so well: 'completion within 2%', '... within 1 pp'; repeatable.",
)
@click.option("--at-most", type=click.IntRange(2), default=200, show_default=True, help="Replications, with --until.")
@_options(*_SIMULATION)
def simulate(until: tuple[str, ...], at_most: int, out: Path, as_json: bool, **options: Any) -> None:
    """Simulate a journey, and report it."""
    chosen, precision = rooms.Chosen.of(options), None
    names = ("seed", "replications", "customers", "engine", "jobs", "cluster", "resume")
    told = {name: options[name] for name in names}
    with rooms.resumable():
        if until:
            arm, precision = experiments.simulated_until(chosen, out, until, at_most, **told)
        else:
            arm = rooms.simulated(chosen, out, **told)
    rooms.report(out, [arm], precision=precision, as_json=as_json)


@main.command()
@click.argument("inputs", nargs=-1, required=True, metavar="WHATIF.toml | JOURNEY | RUN RUN ...")
@click.option("--replications", type=click.IntRange(1), help="Independent repeats; the file's number unless told.")
@click.option("--customers", type=click.IntRange(1), help="How many customers a replication.")
@click.option("--seed", type=click.IntRange(0), help="Whose customers; the file's unless told.")
@_options(*_SIMULATION, *_OUTPUT)
def compare(inputs: tuple[str, ...], out: Path, as_json: bool, **options: Any) -> None:
    """Compare scenarios: those of a what-if file, or runs made before.

    The first is the baseline (or the one that the file names), and the last is the one whose budgets must hold.
    """
    if len(inputs) == 1 and not (Path(inputs[0]) / "manifest.json").exists():
        what_if = rooms.find_what_if(inputs[0])
        with rooms.resumable():
            arms = rooms.compared(what_if, out, **options)
        rooms.report(out, arms, what_if=what_if, judged=arms[-1].name, as_json=as_json)
        return
    arms = rooms.arms_of([Path(folder) for folder in inputs])
    rooms.report(out, arms, judged=arms[-1].name, as_json=as_json)


@main.command()
@_choice()
@_options(*_TARGET)
@click.option("--contexts", type=click.IntRange(1), default=4, show_default=True, help="Customers at once.")
@click.option("--rate", help="Arrivals per time, such as '2 / s'; else the next when a context is free.")
@click.option("--give-up", default="120 s", show_default=True, help="How long after the last arrival to follow them.")
@click.option("--headed", is_flag=True, help="With a window.")
@click.option("--first-customer", type=click.IntRange(0), default=0, help="Start with this customer's number.")
def browse(target: str, rate: str | None, give_up: str, out: Path, as_json: bool, **options: Any) -> None:
    """Walk customers through the pages in a real browser, and report it."""
    engine = {name: options[name] for name in ("seed", "customers", "speed", "contexts", "headed", "first_customer")}
    arm = rooms.browsed(
        rooms.Chosen.of(options), out, target, rate=rooms.read_rate(rate) if rate else None,
        give_up_s=rooms.read_duration(give_up, "--give-up").s, **engine,
    )  # fmt: skip
    rooms.report(out, [arm], twins=target == "mock" and not options["first_customer"], as_json=as_json)


@main.command()
@_choice()
@_options(*_TARGET)
@click.option("--rate", help="Arrivals per time, such as '20 / s'; the journey's own, sped up, unless told.")
@click.option("--duration", default="60 s", show_default=True, help="How long customers arrive.")
@click.option("--follow-up", help="How long after it to follow them; 60 s, or eight days of the mock's people.")
@click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Load processes.")
@click.option("--in-flight", type=click.IntRange(1), default=2000, show_default=True, help="Most customers at once.")
@click.option("--max-rate", default="200 / s", show_default=True, help="Guard against loading too hard.")
@click.option("--allow-public", is_flag=True, help="The target may be outside this machine and its network.")
def load(target: str, rate: str | None, duration: str, follow_up: str | None, max_rate: str, out: Path, as_json: bool,
         **options: Any) -> None:  # fmt: skip
    """Let customers arrive at the API as planned, whatever it does, and report it."""
    engine = {name: options[name] for name in ("seed", "customers", "speed", "workers", "in_flight", "allow_public")}
    arm = rooms.loaded(
        rooms.Chosen.of(options), out, target, rate=rooms.read_rate(rate) if rate else None,
        duration_s=rooms.read_duration(duration).s,
        follow_up_s=rooms.read_duration(follow_up, "--follow-up").s if follow_up else None,
        max_rate=rooms.read_rate(max_rate, "--max-rate"), **engine,
    )  # fmt: skip
    rooms.report(out, [arm], twins=target == "mock", as_json=as_json)


@main.command()
@click.argument("journey")
@click.option("--set", "changes", multiple=True, metavar="PATH=VALUE", help="Change a path; repeatable.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to serve on; loopback unless told.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="0 for a free one.")
@click.option("--speed", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True,
              help="Human seconds per second.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Whose customers.")
@click.option("--database", type=click.Path(path_type=Path), help="SQLite file; a temporary one unless told.")
def serve(journey: str, changes: tuple[str, ...], **options: Any) -> None:
    """Serve the mocked back end of a journey: its pages and its API."""
    from simulators.backend.running import serve as run

    run(rooms.find_journey(journey, rooms.read_changes(changes)), **options)


# Experimenting -------------------------------------------------------------------------------------------------------

for _experiment in experiments.COMMANDS:
    main.add_command(_experiment)


# Reading runs --------------------------------------------------------------------------------------------------------


@main.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("sql")
@click.option("--json", "as_json", is_flag=True, help="For machines.")
def query(run: Path, sql: str, as_json: bool) -> None:
    """Answer SQL over a run's rows (the view is called events)."""
    from journeys.eventlog import Run

    answer = Run.open(run).sql(sql)
    click.echo(answer.to_json(orient="records") if as_json else answer.to_string(index=False))


@main.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@_options(*_OUTPUT)
def report(runs: tuple[Path, ...], out: Path, as_json: bool) -> None:
    """Write the report of runs made before, simulated and measured, side by side."""
    rooms.report(out, rooms.arms_of(runs), as_json=as_json)


@main.command()
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/demo"), show_default=True, help="Folder.")
@click.option("--replications", type=click.IntRange(2), default=10, show_default=True, help="Of each scenario.")
def demo(out: Path, replications: int) -> None:
    """Walk the loan application through all three engines, and report it."""
    from journeys.browser.finding import BrowserMissing
    from reports.blueprint_figure import draw_blueprint

    what_if = rooms.find_what_if("loan-application")
    baseline = rooms.Chosen(what_if.journey, what_if.scenario(what_if.baseline))
    click.echo("1/4 drawing the blueprint")
    for suffix in ("svg", "png"):
        draw_blueprint(baseline.journey, out / f"blueprint.{suffix}")
    click.echo(f"2/4 simulating {len(what_if.scenarios)} scenarios")
    arms = rooms.compared(what_if, out, replications=replications)
    click.echo(f"3/4 walking {DEMO_CUSTOMERS} customers through its pages in a browser")
    try:
        arms.append(
            rooms.browsed(
                baseline, out, "mock", seed=what_if.seed, customers=DEMO_CUSTOMERS, contexts=DEMO_CUSTOMERS,
                rate=rooms.read_rate(DEMO_ARRIVALS), speed=DEMO_SPEED, give_up_s=DEMO_PATIENCE_S, install=True,
            )
        )  # fmt: skip
    except BrowserMissing as error:
        click.echo(f"{error}\nThe rest of the demonstration goes on without a browser.", err=True)
    click.echo(f"4/4 loading its API with {DEMO_LOAD} for {DEMO_SECONDS:.0f} s")
    arms.append(
        rooms.loaded(baseline, out, "mock", seed=what_if.seed, rate=rooms.read_rate(DEMO_LOAD), duration_s=DEMO_SECONDS)
    )  # fmt: skip
    rooms.report(out, arms, what_if=what_if, judged=what_if.scenarios[-1].name, twins=True)


if __name__ == "__main__":
    main()
