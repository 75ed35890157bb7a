"""What the commands do: runs made by the engines, and the arms of the reports made from them.

Together with `journeywright` this is the one place that knows every room; each is imported when it is needed.
"""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from journeys.errors import BudgetMissed, InvalidInput, JourneywrightError, Problem
from journeys.scenarios import Scenario, WhatIf
from journeywright_progress import progress

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.durations import Duration, Rate
    from journeys.eventlog import Run
    from reports.precision import Precision
    from reports.results import Measured
    from reports.study import Arm

BROWSED_SPEED = 20_000.0
"""Human seconds per second where nothing else sets them: a day of the people behind the counter takes 4.3 s."""

FOLLOW_UP_DAYS = 8.0
"""How long after the last arrival a mocked back end is watched, on the journey's clock."""


# Reading what the user said ------------------------------------------------------------------------------------------


def read_changes(settings: Sequence[str]) -> dict[str, str]:
    """Return the paths and values of ``--set PATH=VALUE``; raises InvalidInput naming each that is none."""
    wrong = [setting for setting in settings if not setting.partition("=")[0].strip() or "=" not in setting]
    if wrong:
        raise InvalidInput(
            Problem("--set", "is not PATH=VALUE", setting, "such as --set stations.clerks.servers=8")
            for setting in wrong
        )
    return {path.strip(): value.strip() for path, _, value in (setting.partition("=") for setting in settings)}


def read_rate(text: str, option: str = "--rate") -> Rate:
    """Return the rate that an option gives; raises InvalidInput."""
    from journeys.durations import Rate

    rate: Rate = _read(Rate.parse, text, option)
    if not 0 < rate.per_s < math.inf:
        raise InvalidInput([Problem(option, "must be > 0", text, "arrivals per time, such as '5 / s'")])
    return rate


def read_duration(text: str, option: str = "--duration") -> Duration:
    """Return the duration that an option gives; raises InvalidInput."""
    from journeys.durations import Duration

    duration: Duration = _read(Duration.parse, text, option)
    return duration


def _read(parse: Callable[[str], Any], text: str, option: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        raise InvalidInput([Problem(option, str(error))]) from None


def find_journey(reference: str, changes: Mapping[str, Any]) -> Journey:
    """Return the journey with its changes, checked; raises InvalidInput with all problems."""
    from journeys.checks import check
    from journeys.loading import load
    from journeys.paths import apply

    return check(apply(load(reference), changes))


def find_what_if(reference: str) -> WhatIf:
    """Return the what-if of a TOML file, or the one that comes with a journey."""
    from journeys.loading import what_if_of
    from journeys.scenarios import read_what_if

    return read_what_if(reference if reference.endswith(".toml") else what_if_of(reference))


class Chosen:
    """A journey as a command names it: its reference, and the scenario applied to it."""

    def __init__(self, reference: str, scenario: Scenario) -> None:
        self.reference, self.scenario = reference, scenario
        self.journey = find_journey(reference, scenario.changes)

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Chosen:
        """Return what the options ``journey``, ``what_if``, ``scenario`` and ``changes`` choose."""
        changes: dict[str, Any] = {}
        name = options.get("scenario") or "as-is"
        title = name.replace("-", " ").capitalize()
        if options.get("scenario") or options.get("what_if"):
            found = find_what_if(str(options.get("what_if") or options["journey"]))
            chosen = found.scenario(options.get("scenario") or found.baseline)
            changes, name, title = dict(chosen.changes), chosen.name, chosen.title
        changes |= read_changes(options["changes"])
        return cls(options["journey"], Scenario(name, title, changes))

    @property
    def texts(self) -> dict[str, str]:
        """The scenario's changes as texts, for a manifest."""
        return {path: str(value) for path, value in self.scenario.changes.items()}

    @contextlib.contextmanager
    def kept(self, folder: Path) -> Iterator[None]:
        """Let a run that is cut short within the context be found again by `report`, as a finished one is."""
        from journeys.eventlog import Run, annotate
        from journeys.paths import digest

        try:
            yield
        except BaseException:
            with contextlib.suppress(JourneywrightError):  # it may have ended before it wrote a manifest
                if Run.open(folder).manifest.journey_digest == digest(self.journey):
                    annotate(folder, reference=self.reference)
            raise

    def arm(self, folder: Path, measured: Sequence[Measured] = (), **known: Any) -> Arm:
        """Return the arm of a finished run; `known` are fields for its manifest.

        `measured` are metrics taken while it ran, of use only if they are those of all of its replications.
        """
        from journeys.eventlog import Run, annotate

        annotate(folder, reference=self.reference, **known)
        run = Run.open(folder)
        whole = tuple(measured) if len(measured) == run.manifest.replications else ()
        return _arm(self.scenario.title, self.journey, run, whole)


# Running the engines -------------------------------------------------------------------------------------------------


def simulated(chosen: Chosen, out: Path, *, folder: Path | None = None, **told: Any) -> Arm:
    """Simulate, `told` the fields of `simulators.simulation.Settings`, and return the arm."""
    return _simulated([chosen], [folder or run_of(chosen, out)], f"simulating: {chosen.scenario.title}", told)[0]


def compared(
    what_if: WhatIf,
    out: Path,
    *,
    seed: int | None = None,
    replications: int | None = None,
    customers: int | None = None,
    **told: Any,
) -> list[Arm]:
    """Simulate the scenarios of a what-if, all checked before the first one runs, and return the arms."""
    expect_sound(what_if)
    chosen = [Chosen(what_if.journey, scenario) for scenario in what_if.scenarios]
    told |= {"seed": what_if.seed if seed is None else seed, "customers": customers or what_if.customers,
             "replications": replications or what_if.replications}  # fmt: skip
    return _simulated(
        chosen, [run_of(one, out) for one in chosen], f"simulating {len(chosen)} scenarios", told
    )  # fmt: skip


def run_of(chosen: Chosen, out: Path) -> Path:
    """Return the folder of a simulated run."""
    return out / "runs" / f"simulated-{chosen.scenario.name}"


def _simulated(chosen: Sequence[Chosen], folders: Sequence[Path], what: str, told: Mapping[str, Any]) -> list[Arm]:
    from reports.metrics import measure_replication
    from simulators.simulation import Settings, Simulation, simulate_all

    simulations = [
        Simulation(one.journey, folder, one.scenario.name, one.texts, one.reference)
        for one, folder in zip(chosen, folders, strict=True)
    ]
    with progress(what) as tell:
        watched = simulate_all(
            simulations, Settings(**told), progress=tell, tell=lambda text: click.echo(text, err=True),
            watch=measure_replication,
        )  # fmt: skip
    measured = [tuple(of[number] for number in sorted(of)) for of in watched]
    return [one.arm(folder, own) for one, folder, own in zip(chosen, folders, measured, strict=True)]


@contextlib.contextmanager
def resumable() -> Iterator[None]:
    """Let whoever interrupts the simulations within the context know that they can be resumed."""
    try:
        yield
    except KeyboardInterrupt as error:
        if getattr(error, "__notes__", ()):
            error.add_note("the same with --resume goes on from there")
        raise


def expect_sound(what_if: WhatIf) -> None:
    """Raise InvalidInput with the problems of all scenarios at once, each naming its scenario."""
    from journeys.loading import load

    journey, found = load(what_if.journey), list[Problem]()
    for scenario in what_if.scenarios:
        try:
            scenario.of(journey)
        except InvalidInput as error:
            found += error.problems
    if found:
        raise InvalidInput(found)


def browsed(
    chosen: Chosen,
    out: Path,
    target: str,
    *,
    seed: int,
    customers: int | None,
    speed: float | None = None,
    rate: Rate | None = None,
    headed: bool = False,
    install: bool = False,
    **options: Any,
) -> Arm:
    """Walk customers through the pages, and return the arm."""
    from journeys.browser.engine import browse
    from journeys.browser.finding import find

    where = out / "runs" / f"browsed-{chosen.scenario.name}"
    speed = speed or (BROWSED_SPEED if target == "mock" else 1.0)
    browser = find(headless=not headed, install=install)
    with address(target, chosen.journey, seed, speed) as url, progress("browsing") as tell, chosen.kept(where):
        browse(
            chosen.journey, target=url, mocked=target == "mock", folder=where, seed=seed, customers=customers or 10,
            speed=speed, rate=rate, scenario=chosen.scenario.name, changes=chosen.texts, headed=headed,
            browser=browser, progress=tell, **options,
        )  # fmt: skip
    return chosen.arm(where)


def loaded(
    chosen: Chosen,
    out: Path,
    target: str,
    *,
    seed: int,
    customers: int | None = None,
    rate: Rate | None = None,
    speed: float | None = None,
    duration_s: float = 60.0,
    follow_up_s: float | None = None,
    **options: Any,
) -> Arm:
    """Let customers arrive at the API, and return the arm."""
    from journeys.arrivals import Poisson
    from load.engine import load

    where = out / "runs" / f"loaded-{chosen.scenario.name}"
    law = chosen.journey.arrivals
    if target != "mock":
        speed = speed or 1.0
    elif speed is None:
        # the people behind the counter meet the load of the blueprint when their clock runs as fast as arrivals do
        speed = rate.per_s / law.rate.per_s if rate and isinstance(law, Poisson) else BROWSED_SPEED
    if follow_up_s is None:
        follow_up_s = FOLLOW_UP_DAYS * 86400 / speed if target == "mock" else 60.0
    with address(target, chosen.journey, seed, speed) as url, progress("loading") as tell, chosen.kept(where):
        load(
            chosen.journey, target=url, mocked=target == "mock", folder=where, seed=seed, customers=customers,
            rate=rate, duration_s=duration_s, speed=speed, follow_up_s=follow_up_s, scenario=chosen.scenario.name,
            changes=chosen.texts, progress=lambda at: tell(at.done, at.planned), **options,
        )  # fmt: skip
    return chosen.arm(where)


def twin_of(measured: Arm, out: Path) -> Arm:
    """Simulate the customers of a measured run, arriving when they did, on its clocks, and return the arm."""
    import numpy as np

    from journeys.arrivals import Schedule

    manifest = measured.run.manifest
    rows = measured.run.frame()
    arrived = rows[rows["step"] == "arrival"].sort_values("customer")["ready_s"].to_numpy()
    exits = rows[rows["step"] == "exit"]
    # a run in which everybody reached an end was cut short by nothing, and the organisation works on after the last
    cut_off = len(exits) < len(arrived) or bool((exits["outcome"] == "censored").any())
    chosen = Chosen(manifest.reference, Scenario(manifest.scenario, measured.title, manifest.changes))
    return simulated(
        chosen, out, seed=manifest.seed, replications=1, customers=len(arrived), jobs=1,
        arrivals=Schedule.from_seconds(np.maximum.accumulate(arrived).tolist()),
        until_s=float(exits["end_s"].max()) if cut_off else None,
        speed=manifest.speed,
        folder=out / "runs" / f"twin-of-{measured.run.folder.name}",
    )  # fmt: skip


@contextlib.contextmanager
def address(target: str, journey: Journey, seed: int, speed: float) -> Iterator[str]:
    """Give the address to walk: the one named, or that of a mocked back end which lives as long as the context."""
    if target != "mock":
        yield target
        return
    from simulators.backend.process import BackendProcess

    with BackendProcess(journey, seed=seed, speed=speed) as backend:
        yield backend.url


# Reports -------------------------------------------------------------------------------------------------------------


def arm_of(folder: Path) -> Arm:
    """Return the arm of a run made before; raises CannotRead, or InvalidInput where its journey is not found."""
    from journeys.eventlog import Run

    run = Run.open(folder)
    manifest = run.manifest
    journey = find_journey(manifest.reference or manifest.journey, manifest.changes)
    return _arm(manifest.scenario.replace("-", " ").capitalize(), journey, run)


def arms_of(folders: Sequence[Path]) -> list[Arm]:
    """Return the arms of runs made before; those that would have one name are named after their folders."""
    import dataclasses
    from collections import Counter

    arms = [arm_of(folder) for folder in folders]
    names = Counter(arm.name for arm in arms)
    return [
        arm if names[arm.name] == 1 else dataclasses.replace(arm, name=str(folder), title=f"{arm.title} ({folder})")
        for arm, folder in zip(arms, folders, strict=True)
    ]


def _arm(title: str, journey: Journey, run: Run, measured: tuple[Measured, ...] = ()) -> Arm:
    """Return the arm of a run; a measured one is named after its folder: its scenario may be simulated as well."""
    from reports.study import Arm

    engine = run.manifest.engine
    how = {"browser": ", in the browser", "load": ", under load"}.get(engine, "")
    name = run.folder.resolve().name if how else run.manifest.scenario
    return Arm(name=name, title=title + how, journey=journey, run=run, replications=measured)


def report(
    out: Path,
    arms: Sequence[Arm],
    *,
    what_if: WhatIf | None = None,
    judged: str = "",
    twins: bool = False,
    precision: Precision | None = None,
    as_json: bool = False,
) -> None:
    """Write the report of some arms and say where.

    Raises BudgetMissed where one of them (or only the arm `judged`) missed a budget, or a precision was not reached.
    """
    from reports.study import write_report
    from reports.terminal import lines, missed

    simulations = [arm for arm in arms if arm.run.manifest.kind == "simulated"]
    measured = [arm for arm in arms if arm.run.manifest.kind == "measured"]
    files = write_report(
        out,
        title=(what_if.title if what_if else "") or arms[0].journey.title or arms[0].journey.name,
        simulated=simulations,
        baseline=what_if.baseline if what_if else "",
        combined=what_if.scenarios[-1].name if what_if and len(what_if.scenarios) > 2 else None,
        measured=measured,
        twins={arm.name: twin_of(arm, out) for arm in measured} if twins else {},
        precision=precision,
    )
    if as_json:
        click.echo(files.summary.read_text(encoding="utf-8"), nl=False)
    else:
        click.echo("\n".join(lines(files.study)))
        click.echo(f"\nreport   {files.html}\nsummary  {files.summary}")
    failed = missed(files.study, judged)
    if precision is not None:
        failed += [f"simulate: {reached.aim}: not reached" for reached in precision.aims if not reached.met]
    if failed:
        raise BudgetMissed("\n".join(failed))


def print_json(value: Any) -> None:
    """Print a value for machines."""
    click.echo(json.dumps(value, indent=1, sort_keys=True, default=str))
