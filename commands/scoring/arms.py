"""One arm of a scorecard: a scenario of a mocked back end, or an application of one's own, measured in every way."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands import reading
from commands.progress import progress
from commands.scoring import agreement, analysis, asking, databases, replicas, rules
from commands.scoring.pace import Pace, at_work, missing, pace_of
from journeys.evidence import QUALITIES, Evidence, Quality, write_evidence

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from reports.study import Arm
    from simulators.backend.process import BackendProcess

LOADED_S, FOLLOW_UP_S = 7.0, 3.0
ASKED_S = 8.0
MOST_LAG_S = 0.5
FROM_OUTSIDE: dict[Quality, str] = {
    "flexible": "how an application's rules are changed is not known from outside",
    "scalable": "an application's replicas cannot be added from outside; run the scorecard at each size instead",
    "database-agnostic": "an application's database cannot be exchanged from outside",
    "redundant": "nothing is broken at an application that is not asked for; see failover --target --fault",
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What all arms have in common; `postgresql` gives the address of a new database, None where there is none."""

    out: Path
    seed: int
    qualities: tuple[Quality, ...]
    postgresql: Callable[[], str] | None
    rate_per_s: float | None = None
    allow_public: bool = False
    allow_probe: bool = False


def scored(chosen: reading.Chosen, wanted: Wanted) -> Arm:
    """Measure a scenario of the mocked back end, and return the arm of its nominal load, with its evidence."""
    made = _Mocked(chosen, wanted)
    where = made.run()
    return _arm(chosen, made.journey, where, made.evidence)


class _Mocked:
    def __init__(self, chosen: reading.Chosen, wanted: Wanted) -> None:
        self.chosen, self.wanted, self.evidence = chosen, wanted, list[Evidence]()
        self.name = chosen.scenario.name
        self.journey = at_work(chosen.journey)
        self.work = wanted.out / "work" / self.name
        shutil.rmtree(self.work, ignore_errors=True)
        self.work.mkdir(parents=True, exist_ok=True)

    def run(self) -> Path:
        with progress(f"{self.name}: finding a pace"):
            pace = pace_of(self.journey, self.wanted.seed, self.work / "paced")
        where = self._loaded(pace)
        if self._wants("integrated", "flexible", "database-agnostic", "secure"):
            self._walked(pace)
        self._replicated(pace)
        for quality in QUALITIES:
            if quality not in self.wanted.qualities:
                self.evidence = [row for row in self.evidence if row.quality != quality]
        return where

    def _wants(self, *names: Quality) -> bool:
        return bool(set(names) & set(self.wanted.qualities))

    def _loaded(self, pace: Pace) -> Path:
        """Let customers come at the nominal rate; what their rows say is fast, and ad-hoc analysis."""
        from journeys.arrivals import Poisson
        from journeys.durations import per_second
        from journeys.eventlog import Run
        from load.engine import load
        from simulators.backend.process import BackendProcess

        where, rate = self.wanted.out / "runs" / f"scored-{self.name}", self.wanted.rate_per_s or pace.rate_per_s
        database = self.work / "loaded.db"
        with (
            BackendProcess(self.journey, seed=self.wanted.seed, speed=pace.speed, database=database) as backend,
            progress(f"{self.name}: nominal load") as tell,
            agreement.Onlooker(backend.url, database) as onlooker,
        ):
            load(
                self.journey, target=backend.url, mocked=True, folder=where, seed=self.wanted.seed,
                rate=per_second(rate), duration_s=LOADED_S, speed=pace.speed, follow_up_s=FOLLOW_UP_S,
                scenario=self.name, changes=self.chosen.texts, most_lag_s=MOST_LAG_S,
                progress=lambda at: tell(at.done, at.planned),
            )  # fmt: skip
        run = Run.open(where)
        law = self.journey.arrivals.rate if isinstance(self.journey.arrivals, Poisson) else None
        what = f"{rate:.3g} customers a second" + (
            f"; the blueprint's own are {86400 * law.per_s:.3g} a day" if law else ""
        )
        self.evidence += onlooker.evidence()
        self.evidence += analysis.speed_of(self.chosen.journey, run, what)
        self.evidence += analysis.questions(run, bool(self.journey.contacts), True, database)
        return where

    def _walked(self, pace: Pace) -> None:
        """Look at it from all sides, probe it, change its rule; walk the same customers on both databases."""
        from simulators.backend.process import BackendProcess

        seed, database = self.wanted.seed, self.work / "asked.db"
        made: list[BackendProcess] = []

        def served(**more: Any) -> BackendProcess:
            made.append(BackendProcess(self.journey, seed=seed, speed=pace.speed, database=database, **more))
            return made[-1].__enter__()

        def restarted(rule: rules.Rule) -> BackendProcess:
            made[-1].stop()
            return served(rules={rule.path: rule.value})

        try:
            backend = served()
            if self._wants("integrated"):
                with progress(f"{self.name}: page by page"), agreement.Onlooker(backend.url, database) as onlooker:
                    self.evidence += asking.by_pages(self.journey, backend.url, seed, ASKED_S)
                self.evidence += onlooker.evidence()
            if self._wants("secure"):
                from journeys.probing.probe import probe

                with progress(f"{self.name}: security probe"):
                    self.evidence += probe(self.journey, backend.url, mocked=True, seed=seed)
            if self._wants("flexible"):
                with progress(f"{self.name}: changing a rule"):
                    self.evidence += rules.changed(self.journey, backend, seed, restarted)
        finally:
            for one in made:
                one.stop()
        if self._wants("database-agnostic"):
            with progress(f"{self.name}: two databases") as tell:
                self.evidence += self._databases(pace, tell)

    def _databases(self, pace: Pace, tell: Callable[[int, int], None]) -> list[Evidence]:
        if self.wanted.postgresql is None:
            why = "PostgreSQL's server and its driver are not here (pip install 'journeywright[postgresql]')"
            return [missing("database-agnostic", why)]
        fresh, walks = self.wanted.postgresql, itertools.count(1)

        def walk(name: str, numbers: Sequence[int]) -> databases.Walked:
            nth = next(walks)
            where = self.work / f"walk-{nth}"
            database = fresh() if name == "PostgreSQL" else where.with_suffix(".db")
            tell(nth - 1, max(2, nth))
            return databases.walked(
                databases.walk_on(
                    self.journey, where, database, seed=self.wanted.seed, speed=pace.speed, numbers=numbers
                )
            )

        return databases.compared(walk, "SQLite", "PostgreSQL")

    def _replicated(self, pace: Pace) -> None:
        if not self._wants("scalable", "redundant"):
            return
        if why := replicas.why_not(self.journey):
            self.evidence += [missing("scalable", why), missing("redundant", why)]
            return
        if self._wants("scalable"):
            with progress(f"{self.name}: one replica, and two") as tell:
                self.evidence += replicas.scaled(self.journey, self.work, self.wanted.seed, tell)
        if self._wants("redundant"):
            with progress(f"{self.name}: a replica is killed") as tell:
                self.evidence += replicas.killed(self.journey, self.work, self.wanted.seed, pace, tell)


def scored_at(chosen: reading.Chosen, target: str, wanted: Wanted) -> Arm:
    """Measure an application of one's own, as far as that can be done from outside, and return the arm."""
    from journeys.clients.target import Target
    from journeys.durations import per_second
    from journeys.eventlog import Run
    from journeys.probing.asking import Asker, is_own_machine
    from journeys.probing.probe import probe
    from journeys.probing.visitors import FIRST, walk
    from load.engine import load

    journey, where = chosen.journey, wanted.out / "runs" / f"scored-{chosen.scenario.name}"
    rate = wanted.rate_per_s or 2.0
    with progress("nominal load") as tell:
        load(
            journey, target=target, mocked=False, folder=where, seed=wanted.seed, rate=per_second(rate),
            duration_s=LOADED_S, speed=60.0, follow_up_s=FOLLOW_UP_S, scenario=chosen.scenario.name,
            changes=chosen.texts, allow_public=wanted.allow_public, progress=lambda at: tell(at.done, at.planned),
        )  # fmt: skip
    run = Run.open(where)
    evidence = [missing(quality, why) for quality, why in FROM_OUTSIDE.items()]
    evidence += analysis.speed_of(journey, run, f"{rate:.3g} customers a second, thinking 60 times as fast")
    evidence += analysis.questions(run, bool(journey.contacts), False, None)
    place = Target.parse(target)
    if is_own_machine(place.host) or wanted.allow_probe:
        asker = Asker(place)
        told = [walk(journey, asker, wanted.seed, FIRST + 10 + n, mocked=False) for n in range(2)]
        evidence += asking.by_requests(journey, told) or [missing("integrated", "no request sends a fact")]
    else:
        evidence.append(missing("integrated", "visitors walk to this machine only, unless --allow-probe"))
    with progress("security probe"):
        evidence += probe(journey, target, mocked=False, seed=wanted.seed, allowed=wanted.allow_probe)
    return _arm(chosen, journey, where, [row for row in evidence if row.quality in wanted.qualities])


def _arm(chosen: reading.Chosen, journey: Journey, where: Path, evidence: Sequence[Evidence]) -> Arm:
    from journeys.eventlog import Run, annotate

    write_evidence(where, evidence)
    annotate(where, reference=chosen.reference)
    return reading.arm_named(chosen.scenario.title, journey, Run.open(where))
