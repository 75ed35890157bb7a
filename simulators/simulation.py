"""Simulations: replications of one journey or of several scenarios, by one engine, in one pool of processes.

The rows are the same, bit for bit, whichever engine, however many processes, and whichever machines wrote them.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from journeys.arrivals import Arrivals
from journeys.blueprint import Journey
from journeys.checks import check
from journeys.errors import CannotWrite, InvalidInput, Missing, Problem
from journeys.eventlog import Manifest, Run, RunWriter, versions
from journeys.packing import packed
from journeys.paths import canonical, digest
from journeys.population import Population
from simulators.cells import Cell, Simulated, Watch, complete, receive, simulate_cell, sweep, sweep_torn
from simulators.engines import ENGINES, EngineName, choose
from simulators.pools import WorkerLost, WorkOff, here

_WHAT_ROWS_DEPEND_ON = ("journey_digest", "scenario", "engine", "seed", "customers", "speed", "settings", "versions")

_SMALL = {"compiled": 40_000, "simpy": 2_000}
"""Customers that a process simulates in the time in which it would start another: 0.7 s of CPU, of the loan."""


class SimulationLost(Missing):
    """A process of the simulation ended before its replications did."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a simulation is told besides the journey.

    Parameters
    ----------
    seed, replications, customers: whose customers; `customers` None for the journey's own number.
    arrivals, until_s, speed: stand in for the journey's law, for the end, and for its people's clock; a twin of a
        measured run gets that run's.
    jobs: processes of this machine; None for one a core.
    engine: which one; empty for the fastest that expresses the journey and runs here.
    cluster: address of the scheduler of a running Dask cluster, whose workers do it instead; empty for this machine.
    resume: keep the replications that an earlier run in the same folder completed, with the same settings otherwise
        (more or fewer replications are no other settings).
    """

    seed: int = 1
    replications: int = 1
    customers: int | None = None
    arrivals: Arrivals | None = None
    until_s: float | None = None
    speed: float = 1.0
    jobs: int | None = None
    engine: EngineName = ""
    cluster: str = ""
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Simulation:
    """A journey to be simulated, and the run that comes of it.

    Parameters
    ----------
    journey: with its scenario's changes. folder: of the run.
    scenario, changes, reference: for the manifest.
    """

    journey: Journey
    folder: Path
    scenario: str = "as-is"
    changes: Mapping[str, str] = field(default_factory=dict)
    reference: str = ""


def simulate(
    journey: Journey,
    folder: Path,
    settings: Settings | None = None,
    *,
    scenario: str = "as-is",
    changes: Mapping[str, str] | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Path:
    """Simulate replications of one journey and write them as one run; return its folder. See `simulate_all`."""
    simulate_all([Simulation(journey, folder, scenario, changes or {})], settings or Settings(), progress=progress)
    return folder


def simulate_all(
    simulations: Sequence[Simulation],
    settings: Settings,
    *,
    progress: Callable[[int, int], None] = lambda done, of: None,
    tell: Callable[[str], None] = lambda text: None,
    watch: Watch | None = None,
    seen: Callable[[int, int, Any], None] = lambda place, replication, watched: None,
) -> list[Mapping[int, Any]]:
    """Simulate replications of several scenarios in one pool of processes, and write each scenario as one run.

    The scenarios' first replications come first, so that a study which is cut short can be compared in pairs.

    `progress` is told (replications done, of how many) over all scenarios; those of a resumed study at the start.
    `tell` is told, on one line, what a person should know: why it is not the fastest engine, or that one is compiled.
    `watch` is given the rows of each replication where they were simulated; what it returns is returned, for each
    simulation by replication. Those are missing that were complete before, or too large to be held. `seen` is told each
    as soon as it is there: the simulation's place, the replication, and what `watch` returned.
    Raises InvalidInput for a journey with problems and for a run that cannot be resumed, Unsupported or Missing where
    the engine that was asked for cannot simulate it, CannotWrite for a folder that takes no files, SimulationLost where
    a process was killed. Whatever ends a study early, what was complete is kept, and can be resumed.
    """
    for simulation in simulations:
        check(simulation.journey)
    tell = _once(tell)
    runs = [_Run(simulation, settings, tell, watch) for simulation in simulations]
    with _processes(settings, runs) as work_off:
        try:
            for run in runs:
                run.begin()
            _simulate(runs, settings.replications, work_off, progress, seen)
        except BaseException as error:
            cut = [run for run in runs if run.cut_short(error)]
            where = ", ".join(str(run.simulation.folder) for run in cut)
            if isinstance(error, WorkerLost):
                raise SimulationLost(
                    f"simulation: {error.what}; what was measured is in {where}, marked unfinished, and can be "
                    f"resumed; {error.remedy}"
                ) from error
            if cut and not isinstance(error, CannotWrite):
                error.add_note(f"what was measured is kept in {where}, marked unfinished")
            raise
    return [run.watched for run in runs]


class _Run:
    """One scenario's run under way: its manifest, and which of its replications are complete."""

    def __init__(
        self, simulation: Simulation, settings: Settings, tell: Callable[[str], None], watch: Watch | None
    ) -> None:
        self.simulation, self._settings, self._watch = simulation, settings, watch
        self.watched: dict[int, Any] = {}
        self._writer: RunWriter | None = None
        self._journey = packed(simulation.journey)
        earlier = _earlier(simulation.folder) if settings.resume else None
        asked = settings.engine or (earlier.engine if earlier else "")
        self.manifest = _manifest(simulation, settings, choose(asked, simulation.journey, tell))
        self.complete: set[int] = set()
        if earlier is not None:
            _expect_same(simulation.folder, earlier, self.manifest)
            self.complete = {number for number in complete(simulation.folder) if number < settings.replications}

    def begin(self) -> None:
        """Clear the folder of what is not kept, and say in its manifest that the run is under way."""
        sweep(self.simulation.folder, self.complete)
        self._writer = RunWriter(self.simulation.folder, self.manifest, keep=True)
        self.manifest = self._writer.manifest
        self._end_if_complete()

    def cell(self, replication: int) -> Cell:
        """Return what a process needs to simulate a replication."""
        told, seen = self._settings, None if self._settings.cluster else self.simulation.folder
        return Cell(self._journey, self.manifest, replication, told.arrivals, told.until_s, seen, self._watch)

    def completed(self, replication: int, watched: Any) -> None:
        """Note that a replication is complete, and end the run after the last."""
        self.complete.add(replication)
        if watched is not None:
            self.watched[replication] = watched
        self._end_if_complete()

    def cut_short(self, error: BaseException) -> bool:
        """Mark the run unfinished if it has begun and is; tell whether it was."""
        if self._writer is None or self._writer.manifest.finished:
            return False
        with contextlib.suppress(CannotWrite):  # what cut it short is what matters
            sweep_torn(self.simulation.folder)
        self._writer.cut_short(error)
        return True

    def _end_if_complete(self) -> None:
        assert self._writer is not None
        if len(self.complete) == self._settings.replications:
            self._writer.close()


@contextlib.contextmanager
def _processes(settings: Settings, runs: Sequence[_Run]) -> Iterator[WorkOff]:
    """Give what lets processes simulate: those of this machine, or of a cluster; raises Missing where it is none."""
    engines = {run.manifest.engine for run in runs}
    if not settings.cluster:
        yield here(settings.jobs or (1 if _is_small(runs, settings.replications) else None))
        return
    try:
        from simulators.cluster import connected
    except ModuleNotFoundError as error:
        raise Missing(f"--cluster: needs the package {error.name}; pip install 'journeywright[cluster]'") from error
    packages = sorted({package for engine in engines for package in ENGINES[engine].packages})
    with connected(settings.cluster, packages) as work_off:
        yield work_off


def _is_small(runs: Sequence[_Run], replications: int) -> bool:
    """Tell whether this process has simulated everything by the time that others would have started."""
    return sum(run.manifest.customers * replications / _SMALL[run.manifest.engine] for run in runs) <= 1


def _simulate(
    runs: Sequence[_Run], replications: int, work_off: WorkOff, progress: Callable[[int, int], None],
    seen: Callable[[int, int, Any], None],
) -> None:  # fmt: skip
    """Let all cells be simulated that are not complete, and see to it that their rows are in their runs' folders."""
    places = [
        (run, replication) for replication in range(replications) for run in runs if replication not in run.complete
    ]
    total = len(runs) * replications
    progress(total - len(places), total)

    def done(place: int, simulated: Simulated) -> None:
        run, replication = places[place]
        receive(simulated.files, run.simulation.folder)
        run.completed(replication, simulated.watched)
        if simulated.watched is not None:
            seen(runs.index(run), replication, simulated.watched)
        progress(sum(len(run.complete) for run in runs), total)

    work_off(simulate_cell, [run.cell(replication) for run, replication in places], done)


def _manifest(simulation: Simulation, settings: Settings, engine: str) -> Manifest:
    journey = simulation.journey
    customers = settings.customers or journey.customers
    told: dict[str, Any] = {}
    if settings.until_s is not None:
        told["until_s"] = settings.until_s
    if settings.arrivals is not None:
        text = json.dumps(canonical(settings.arrivals), sort_keys=True, default=str)
        told["arrivals_digest"] = hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
    return Manifest(
        journey=journey.name,
        journey_digest=digest(journey),
        scenario=simulation.scenario,
        changes=dict(simulation.changes),
        engine=engine,
        kind="simulated",
        seed=settings.seed,
        replications=settings.replications,
        customers=customers,
        speed=settings.speed,
        human_steps=tuple(step.name for step in journey.steps if journey.clock(step.name) == "human"),
        cohort_s=None
        if settings.arrivals is not None
        else cohort(journey, settings.seed, customers, settings.replications),
        reference=simulation.reference,
        settings=told,
        versions=versions(*ENGINES[engine].packages),
    )


def cohort(journey: Journey, seed: int, customers: int, replications: int) -> tuple[float, float] | None:
    """Return the arrival times between which customers count: after warm-up, and before the earliest cool-down.

    None where all of them do.
    """
    if not (journey.warm_up.s or journey.cool_down.s):
        return None
    last = min(
        float(Population(journey, seed, replication).arrivals_s(customers)[-1]) for replication in range(replications)
    )
    return journey.warm_up.s, last - journey.cool_down.s


def _earlier(folder: Path) -> Manifest | None:
    """Return the manifest of the run that is in a folder, None where there is none; raises CannotRead."""
    return Run.open(folder).manifest if (folder / "manifest.json").exists() else None


def _expect_same(folder: Path, earlier: Manifest, now: Manifest) -> None:
    """Raise InvalidInput with whatever the rows depend on that was another in the earlier run."""
    differing = [name for name in _WHAT_ROWS_DEPEND_ON if getattr(earlier, name) != getattr(now, name)]
    if differing:
        raise InvalidInput(
            Problem(
                "--resume", f"{folder} was simulated with another {name.replace('_', ' ')}",
                f"{getattr(now, name)}, then {getattr(earlier, name)}", "the same as then",
                "without --resume it starts afresh",
            )
            for name in differing
        )  # fmt: skip


def _once(tell: Callable[[str], None]) -> Callable[[str], None]:
    """Return `tell` for texts that were not told before."""
    told = set[str]()

    def tell_once(text: str) -> None:
        if text not in told:
            told.add(text)
            tell(text)

    return tell_once
