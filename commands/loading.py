"""Commands that let customers arrive at an API: load, and what finds its capacity."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands import reading, reporting, running
from commands.capacity import capacity
from commands.forms import forms_of, taken
from commands.options import TARGET, added, choice, command, section
from commands.tiers import TIER, tiered
from journeys.errors import InvalidInput, Problem

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from load.fleet import Listening
    from load.workloads import Workload

WORKLOAD = section(
    "Arrivals",
    click.option("--rate", help="Arrivals per time, such as '20 / s'; the journey's own, sped up, unless told."),
    click.option("--shape", help="How the rate moves: 'ramp 1 / s to 20 / s for 2 min, hold 20 / s for 5 min, spike "
                 "60 / s for 10 s'; 'week 5 / s for 10 min' compresses the journey's week."),
    click.option("--profile", type=click.Path(path_type=Path), help="File of the week's 168 weights, for 'week'."),
    click.option("--replay", type=click.Path(path_type=Path), help="Arrivals as in a run's folder or a CSV file."),
    click.option("--column", default="", help="Of that CSV file: seconds, or ISO 8601 times."),
    click.option("--users", type=click.IntRange(1), help="A closed workload instead: so many at once."),
    click.option("--pause", default="0 s", show_default=True, help="With --users: mean pause before the next one."),
    click.option("--duration", help="How long customers arrive; the shape's or the log's length, or 60 s."),
    click.option("--follow-up", help="How long to follow them then; 60 s, or eight days of the mock's people."),
)  # fmt: skip
GUARDS = section(
    "Guards",
    click.option("--max-rate", default="200 / s", show_default=True, help="Highest rate that may be asked for."),
    click.option("--max-customers", type=click.IntRange(1), default=200_000, show_default=True, help="Most of them."),
    click.option("--max-time", default="1 h", show_default=True, help="Longest --duration."),
    click.option("--allow-public", is_flag=True, help="The target may be outside this machine and its network."),
)
GENERATOR = section(
    "The generator",
    click.option("--workers", type=click.IntRange(1), default=1, show_default=True, help="Load processes."),
    click.option("--in-flight", type=click.IntRange(1), default=2000, show_default=True, help="Most at once."),
    click.option("--max-lag", default="100 ms", show_default=True, help="99% of customers start this late at most, or "
                 "the run fails: the generator was too slow."),
    click.option("--max-dropped", type=click.FloatRange(0, 1), default=0.0, show_default=True,
                 help="Share of arrivals that may be dropped at --in-flight before the run fails."),
)  # fmt: skip
MASTER_PORT = 5557
BROWSERS = section(
    "Browsers at peak",
    click.option("--browsers", type=click.IntRange(1), metavar="M", help="Also let M customers at a time walk in a "
                 "real browser, under this load and then without it: what does a person feel at peak?"),
    click.option("--browsers-from", metavar="TIME", help="When they begin; after a fifth of the load unless told."),
)  # fmt: skip
DISTRIBUTED = section(
    "More processes and machines",
    click.option("--master", metavar="HOST:PORT", help="Wait here for --workers that join, from this machine or "
                 "others; * for all of its addresses."),
    click.option("--worker", metavar="HOST:PORT", help="Join the master there; it says what to load, and when."),
    click.option("--ui", is_flag=False, flag_value=0, type=click.IntRange(0, 65535), metavar="[PORT]",
                 help="Open Locust's web page on this machine for the run."),
)  # fmt: skip


@command(short_help="Let customers arrive at the API as planned, whatever it does.")
@choice()
@added(*TARGET, *TIER, *WORKLOAD)
@added(*BROWSERS, *GENERATOR, *DISTRIBUTED, *GUARDS)
@taken
def load(target: str, follow_up: str | None, out: Path, as_json: bool, **options: Any) -> None:
    """Let customers arrive at the API as planned, whatever it does, and report it.

    Fails (exit code 1) where a budget was missed, or the load was not what it should have been: arrivals late, dropped,
    or lost with a worker.
    """
    forms = forms_of(options)
    chosen = tiered(reading.Chosen.of(options), {**options, "target": target}, browser=bool(options["browsers"]))
    if options["worker"]:
        _join(chosen.journey, options)
        return
    replicas = options["replicas"] or 0
    told = {
        "over": _over(options), "tell": lambda line: click.echo(line, err=True),
        "follow_up_s": reading.read_duration(follow_up, "--follow-up").s if follow_up else None,
        "workload": workload_of(chosen.journey, options), **engine_options(options),
    }  # fmt: skip
    if options["browsers"]:
        from commands.peak import at_peak

        begin = options["browsers_from"]
        begin_s = reading.read_duration(begin, "--browsers-from").s if begin else None
        arms = at_peak(
            chosen, out, target, replicas=replicas, browsers=options["browsers"], browsers_from_s=begin_s, told=told
        )
        reporting.report(out, arms, forms=forms, as_json=as_json)
        return
    # who comes in a closed workload is decided by the answers, so nobody else can meet the same
    arm = running.loaded(chosen, out, target, replicas=replicas, **told)
    reporting.report(out, [arm], twins=target == "mock" and not options["users"], forms=forms, as_json=as_json)


def _over(options: dict[str, Any]) -> Listening | None:
    """Return where Locust's master listens, where there is to be one."""
    from load.fleet import Listening

    if options["master"]:
        return Listening(*_place(options["master"], "--master"), own=False, page=options["ui"])
    return Listening(page=options["ui"]) if options["ui"] is not None else None


def _join(journey: Journey, options: dict[str, Any]) -> None:
    """Be a worker until its master says that the run is over."""
    from load.fleet import join
    from load.remote import Joining

    if options["master"]:
        raise InvalidInput([Problem("--worker", "does not go with --master", "", "one process is one of them")])
    code = join(*_place(options["worker"], "--worker"), Joining(journey, options["allow_public"]))
    if code:
        raise click.exceptions.Exit(code)


def _place(text: str, option: str) -> tuple[str, int]:
    """Return the host and the port of a text; Locust's own port where it has none."""
    host, colon, port = text.rpartition(":")
    if not colon:
        host, port = text, str(MASTER_PORT)
    if not host or not port.isdecimal() or int(port) > 65535:
        raise InvalidInput([Problem(option, "is not HOST:PORT", text, f"such as 10.0.0.5:{MASTER_PORT}")])
    return host, int(port)


def engine_options(options: dict[str, Any]) -> dict[str, Any]:
    """Return what the load engine is told besides the workload: whose customers, how many, how fast, and the guards."""
    names = ("seed", "customers", "speed", "workers", "in_flight", "allow_public", "max_customers")
    return {name: options[name] for name in names} | {
        "rate": reading.read_rate(options["rate"]) if options["rate"] else None,
        "duration_s": reading.read_duration(options["duration"]).s if options["duration"] else None,
        "max_rate": reading.read_rate(options["max_rate"], "--max-rate"),
        "max_duration_s": reading.read_duration(options["max_time"], "--max-time").s,
        "most_lag_s": reading.read_duration(options["max_lag"], "--max-lag").s,
        "most_dropped": options["max_dropped"],
    }


def workload_of(journey: Journey, options: dict[str, Any]) -> Workload | None:
    """Return the shape, the replay or the closed workload that was asked for; raises InvalidInput for two of them."""
    from load.shapes import Shape
    from load.workloads import Closed, read_profile, read_replay

    told = [f"--{name}" for name in ("rate", "shape", "replay", "users") if options[name]]
    if len(told) > 1:
        raise InvalidInput(
            [Problem(told[0], f"does not go with {told[1]}", "", "one of them says when customers come")]
        )
    if options["replay"]:
        return read_replay(options["replay"], options["column"])
    if options["users"]:
        return Closed(options["users"], reading.read_duration(options["pause"], "--pause"))
    if not options["shape"]:
        return None
    own = getattr(journey.arrivals, "profile", ())
    profile = read_profile(options["profile"]) if options["profile"] else own
    try:
        return Shape.parse(options["shape"], profile)
    except ValueError as error:
        raise InvalidInput([Problem("--shape", str(error))]) from None


COMMANDS = (load, capacity)
