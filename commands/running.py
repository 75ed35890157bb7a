"""Runs made by the engines, and the arms of reports made from them; each room is imported when it is needed."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from commands.live import seen_by, shown_to
from commands.progress import Teller, progress
from commands.reading import Chosen
from journeys.errors import InvalidInput, Problem
from journeys.scenarios import Scenario, WhatIf

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.durations import Rate
    from load.job import LoadProgress
    from load.workloads import Workload
    from reports.study import Arm

BROWSED_SPEED = 20_000.0
"""Human seconds per second where nothing else sets them: a day of the people behind the counter takes 4.3 s."""

FOLLOW_UP_DAYS = 8.0
"""How long after the last arrival a mocked back end is watched, on the journey's clock."""


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
    journeys = expect_sound(what_if)
    chosen = [
        Chosen(what_if.journey, scenario, what_if.path, journey)
        for scenario, journey in zip(what_if.scenarios, journeys, strict=True)
    ]
    told |= {"seed": what_if.seed if seed is None else seed, "customers": customers or what_if.customers,
             "replications": replications or what_if.replications}  # fmt: skip
    return _simulated(
        chosen, [run_of(one, out) for one in chosen], f"simulating {len(chosen)} scenarios", told
    )  # fmt: skip


def run_of(chosen: Chosen, out: Path) -> Path:
    """Return the folder of a simulated run."""
    return out / "runs" / f"simulated-{chosen.scenario.name}"


def _simulated(chosen: Sequence[Chosen], folders: Sequence[Path], what: str, told: Mapping[str, Any]) -> list[Arm]:
    from reports.measuring.metrics import measure_replication
    from simulators.simulation import Settings, Simulation, simulate_all

    simulations = [
        Simulation(one.journey, folder, one.scenario.name, one.texts, one.reference)
        for one, folder in zip(chosen, folders, strict=True)
    ]
    with progress(what) as tell:
        watched = simulate_all(
            simulations, Settings(**told), progress=tell, tell=lambda text: click.echo(text, err=True),
            watch=measure_replication, seen=seen_by(tell, [one.scenario.title for one in chosen]),
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


def expect_sound(what_if: WhatIf) -> list[Journey]:
    """Return the journey as it is in each scenario.

    Raises InvalidInput with the problems of all scenarios at once, each naming its scenario.
    """
    from journeys.loading import load

    journey, found = load(what_if.journey), list[Problem]()
    changed: list[Journey] = []
    for scenario in what_if.scenarios:
        try:
            changed.append(scenario.of(journey))
        except InvalidInput as error:
            found += error.problems
    if found:
        raise InvalidInput(found)
    return changed


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
    mocked: bool | None = None,
    name: str = "",
    replicas: int = 0,
    **options: Any,
) -> Arm:
    """Walk customers through the pages, and return the arm.

    `mocked` tells of an address whether it is a mocked back end's. `name` is that of the run's folder; one after the
    scenario where it is empty.
    """
    from journeys.browser.engine import browse
    from journeys.browser.finding import find

    where = out / "runs" / (name or f"browsed-{chosen.scenario.name}")
    mocked = target == "mock" if mocked is None else mocked
    speed = speed or (BROWSED_SPEED if mocked else 1.0)
    browser = find(headless=not headed, install=install)
    place = address(target, chosen.journey, seed, speed, replicas)
    with place as url, progress("browsing") as tell, chosen.kept(where):
        browse(
            chosen.journey, target=url, mocked=mocked, folder=where, seed=seed, customers=customers or 10,
            speed=speed, rate=rate, scenario=chosen.scenario.name, changes=chosen.texts, headed=headed,
            browser=browser, progress=shown_to(tell, where), **options,
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
    workload: Workload | None = None,
    duration_s: float | None = None,
    follow_up_s: float | None = None,
    mocked: bool | None = None,
    watch: Callable[[], None] | None = None,
    name: str = "",
    replicas: int = 0,
    **options: Any,
) -> Arm:
    """Let customers arrive at the API, and return the arm; `mocked` and `name` as in `browsed`.

    `watch` is called twice a second, where another command's bar tells how far it is.
    """
    from load.engine import load

    where = out / "runs" / (name or f"loaded-{chosen.scenario.name}")
    mocked = target == "mock" if mocked is None else mocked
    speed = speed_of(chosen.journey, mocked, speed, rate, workload)
    if follow_up_s is None:
        follow_up_s = FOLLOW_UP_DAYS * 86400 / speed if mocked else 60.0
    bar = progress("loading") if watch is None else contextlib.nullcontext(lambda done, total: watch())
    place = served(target, chosen.journey, seed, speed, replicas)
    with place as (url, serving), bar as tell, chosen.kept(where):
        show = shown_to(tell, where) if isinstance(tell, Teller) else tell
        load(
            chosen.journey, target=url, mocked=mocked, folder=where, seed=seed, customers=customers,
            rate=rate, workload=workload, duration_s=duration_s, speed=speed, follow_up_s=follow_up_s,
            scenario=chosen.scenario.name, changes=chosen.texts, progress=lambda at: show(*so_far(at, workload)),
            serving=serving, **options,
        )  # fmt: skip
    return chosen.arm(where)


def speed_of(
    journey: Journey, mocked: bool, speed: float | None, rate: Rate | None, workload: Workload | None
) -> float:
    """Return human seconds a second: what was told; else the clock on which a mock's people meet the blueprint's load.

    They do when their clock runs as fast as arrivals do.
    """
    from journeys.arrivals import Poisson
    from load.shapes import Shape

    law = journey.arrivals
    if not mocked or speed is not None:
        return speed or 1.0
    met = rate or (workload.mean if isinstance(workload, Shape) else None)
    return met.per_s / law.rate.per_s if met and isinstance(law, Poisson) else BROWSED_SPEED


def so_far(at: LoadProgress, workload: Workload | None) -> tuple[int, int]:
    """Return how much of a load run is done, of how much: customers, or seconds where nobody knows how many come."""
    from load.workloads import Closed

    if isinstance(workload, Closed):
        return round(min(at.elapsed_s, at.duration_s)), math.ceil(at.duration_s)
    return at.done, at.planned


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
    scenario = Scenario(manifest.scenario, measured.title, manifest.changes)
    chosen = Chosen(manifest.reference, scenario, journey=measured.journey)
    return simulated(
        chosen, out, seed=manifest.seed, replications=1, customers=len(arrived), jobs=1,
        arrivals=Schedule.from_seconds(np.maximum.accumulate(arrived).tolist()),
        until_s=float(exits["end_s"].max()) if cut_off else None,
        speed=manifest.speed,
        folder=out / "runs" / f"twin-of-{measured.run.folder.name}",
    )  # fmt: skip


@contextlib.contextmanager
def address(target: str, journey: Journey, seed: int, speed: float, replicas: int = 0) -> Iterator[str]:
    """Give the address to walk: the one named, or that of a mocked back end which lives as long as the context."""
    with served(target, journey, seed, speed, replicas) as (url, _):
        yield url


@contextlib.contextmanager
def served(target: str, journey: Journey, seed: int, speed: float, replicas: int = 0) -> Iterator[tuple[str, int]]:
    """Give the address to walk, as `address` does, and the id of the process that serves it; 0 where it is not ours."""
    if target != "mock":
        yield target, 0
        return
    from simulators.backend.process import BackendProcess

    # what is to happen to replicas waits for the run's zero; they are all well when the context is entered
    with BackendProcess(journey, seed=seed, speed=speed, replicas=replicas, waits=bool(replicas)) as backend:
        yield backend.url, backend.pid
        if backend.folder is not None:
            _expect_well(backend.folder, replicas)


def _expect_well(folder: Path, replicas: int) -> None:
    """Tell where replicas are not all well again after what happened to them."""
    from simulators.replicas.observing import observe_well

    well = observe_well(folder, replicas).healthy
    if well < replicas:
        click.echo(f"{well} of {replicas} replicas were well after the run", err=True)
