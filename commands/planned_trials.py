"""The trials of a capacity: what the user asked for, read, and one load run of ever new customers at a rate."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from commands import reading, running

if TYPE_CHECKING:
    from journeys.budgets import Budget
    from load.sampling import ActiveSessions, MockDatabase
    from reports.capacity.search import Trial

LEAST_ARRIVALS, LONGEST = 150, 3.0
WARM_UP = 0.2
AFTER_S, MOST_AFTER_S = 2.0, 60.0


@dataclass(slots=True)
class Plan:
    """What the user asked for, read; `ends_s` is when the search under way has to end."""

    chosen: reading.Chosen
    budget: Budget
    target: str
    shown: str
    replicas: tuple[int, ...]
    speed: float
    options: dict[str, Any]
    out: Path
    began_s: float
    time_s: float
    trial_s: float
    ends_s: float = 0.0
    requests: int = 0

    def lasts_s(self, rate_per_s: float) -> float:
        """Return how long customers arrive in a trial at a rate."""
        return min(max(self.trial_s, LEAST_ARRIVALS / rate_per_s), LONGEST * self.trial_s)

    def until(self, index: int) -> None:
        """Give the search of one number of replicas an equal share of the time that is left."""
        now_s = time.monotonic()
        left_s = self.began_s + self.time_s - now_s
        self.ends_s = now_s + left_s / (len(self.replicas) - index)


def made(plan: Plan, replicas: int, rate_per_s: float, number: int) -> Trial:
    """Let customers nobody has seen yet arrive at a rate, and judge the budget on those after the warm-up."""
    from journeys.clients.target import Target
    from journeys.durations import Rate
    from journeys.eventlog import Run, annotate
    from load.engine import load
    from load.job import LoadProgress
    from load.watching import Watch
    from reports.capacity.judging import judged, shortfall
    from reports.capacity.trials import stations_busy, trial_luck, trial_value
    from reports.loading.generation import generation

    rate_per_s = float(f"{rate_per_s:.4g}")  # as it is shown, so that it can be made again
    lasts_s = plan.lasts_s(rate_per_s)
    journey, seed = plan.chosen.journey, plan.options["seed"] + number
    folder = plan.out / "runs" / f"capacity-{replicas}-{number:02d}"
    zero_at = math.nan
    with running.served(plan.target, journey, seed, plan.speed, replicas) as (url, pid), watched(plan, url) as database:
        place = Target.parse(url)
        watch = Watch(place.host, place.port, pid)

        def look(at: LoadProgress) -> None:
            nonlocal zero_at
            if at.elapsed_s >= 0:
                zero_at = time.monotonic() - at.elapsed_s
                watch.look(at.elapsed_s)

        load(
            journey, target=url, mocked=plan.target == "mock", folder=folder, seed=seed, rate=Rate(rate_per_s),
            duration_s=lasts_s, workers=plan.options["workers"], speed=plan.speed, follow_up_s=_after_s(plan),
            in_flight=plan.options["in_flight"], max_rate=Rate(rate_per_s), max_duration_s=math.inf,
            allow_public=plan.options["allow_public"],
            scenario=plan.chosen.scenario.name, changes=plan.chosen.texts, progress=look,
        )  # fmt: skip
    annotate(folder, reference=plan.chosen.reference)
    run, begin_s = Run.open(folder), WARM_UP * lasts_s
    requests = int(run.manifest.settings["requests"])
    plan.requests += requests
    hot = watch.busy(begin_s, lasts_s)
    sessions: dict[str, float] = {}
    if database is not None and not math.isnan(zero_at):
        hot |= database.busy(zero_at + begin_s, zero_at + lasts_s)
        sessions = database.sessions(zero_at + begin_s, zero_at + lasts_s)
    hot |= {f"station {name}": share for name, share in
            stations_busy(journey, run, begin_s, lasts_s, replicas).items()}  # fmt: skip
    load_made = generation(run)
    assert load_made is not None
    trial = judged(
        plan.budget, rate_per_s, trial_value(plan.budget, journey, run, begin_s, lasts_s), load_made, hot,
        missing=shortfall(run, begin_s, lasts_s), requests=requests,
    )  # fmt: skip
    luck = trial_luck(plan.budget, run, rate_per_s, begin_s, lasts_s)
    return replace(trial, sessions=tuple(sessions.items()), luck=luck)


@contextlib.contextmanager
def watched(plan: Plan, url: str) -> Iterator[ActiveSessions | MockDatabase | None]:
    """Look at the target's database while the context lasts: the mock's own, or the one that was named; or at none."""
    from load.sampling import ActiveSessions, MockDatabase, Sampler

    source: ActiveSessions | MockDatabase | None = MockDatabase(url) if plan.target == "mock" else None
    if plan.options["database"]:
        from simulators.backend.postgres import connecting

        source = ActiveSessions(connecting(plan.options["database"]))
    with Sampler([source] if source is not None else []):
        yield source


def _after_s(plan: Plan) -> float:
    """Return how long after the last arrival customers are followed: so that who is still waiting has missed it."""
    if not plan.budget.of.is_time:
        return MOST_AFTER_S
    human = plan.budget.step and plan.target == "mock" and plan.chosen.journey.clock(plan.budget.step) == "human"
    return AFTER_S + min(1.5 * plan.budget.limit / (plan.speed if human else 1.0), MOST_AFTER_S)
