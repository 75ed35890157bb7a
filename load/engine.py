"""The load engine in the command line's process: checks, starts the workers, keeps the log; never imports Locust."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from journeys.blueprint import Journey
from journeys.clients.planning import expect_requests, not_measured
from journeys.clients.starting import manifest_of
from journeys.clients.target import MockedBackEnd, Target
from journeys.durations import Rate, per_second
from journeys.errors import JourneywrightError, TargetUnreachable
from journeys.eventlog import Manifest, Run, RunWriter, versions
from load.fleet import Fleet, Listening
from load.job import Job, LoadProgress
from load.losses import cut_off
from load.pacing import share
from load.planning import check_options, plan
from load.shapes import Shape
from load.target import check_up
from load.workers import Workers
from load.workloads import Closed, Replay, Workload

LEAD_S = 0.5
DURATION_S = 60.0
PACKAGES = ("locust", "gevent", "geventhttpclient", "duckdb")


def load(
    journey: Journey,
    *,
    target: str,
    mocked: bool,
    folder: Path,
    seed: int,
    rate: Rate | None = None,
    workload: Workload | None = None,
    duration_s: float | None = None,
    customers: int | None = None,
    workers: int = 1,
    speed: float = 1.0,
    scenario: str = "as-is",
    changes: Mapping[str, str] | None = None,
    in_flight: int = 2000,
    follow_up_s: float = 60.0,
    max_rate: Rate = per_second(200),  # noqa: B008 - a frozen value
    max_customers: int = 200_000,
    max_duration_s: float = 3600.0,
    most_lag_s: float = 0.1,
    most_dropped: float = 0.0,
    progress: Callable[[LoadProgress], None] | None = None,
    allow_public: bool = False,
    over: Listening | None = None,
    tell: Callable[[str], None] = lambda line: None,
    began: Callable[[float, float], None] | None = None,
    serving: int = 0,
) -> Path:
    """Let the journey's customers arrive at a target as planned, and return the folder of the run.

    Arrivals are open: they follow the population's schedule, however the target answers; only a `Closed` workload
    waits for answers, and is labelled so. Latency runs from the intended start. Customers still on their way
    `follow_up_s` after the last arrival are censored. Where a worker dies, the others go on: what was lost with it is
    counted, and the run is marked unfinished.

    Parameters
    ----------
    journey: with the `changes` of its `scenario` already made.
    target: an http or https address. mocked: whether a mocked back end answers there, or an application of one's own.
    rate: arrivals. workload: a shape, a replay or a closed workload instead. Neither: the journey's own arrivals. These
        and a replay are on a clock `speed` times as fast.
    duration_s: how long customers arrive, in real seconds; None for the shape's or the log's length, or 60 s.
    customers: at most the first so many; None for all.
    workers: processes that make the load. in_flight: the most customers on their way at once, in all of them.
    speed: human seconds a real second, for thinking and patience; a mocked back end must run at the same.
    max_rate, max_customers, max_duration_s: caps against mistakes. allow_public: that the target may be a public
        address.
    most_lag_s, most_dropped: the generator's own budget, for reports to judge: how late it may start 99% of its
        customers, and the share that it may drop.
    progress: called about twice a second. tell: takes lines for a person.
    over: run over Locust's master, to which `workers` workers join from here or elsewhere; None: over child processes.
    began: called with the run's zero (`time.time()`) and its duration once customers are about to arrive.
    serving: the process whose tree serves the target, where that is known; its memory is noted, too.

    Raises InvalidInput or Unsupported for options and journeys that cannot be used, and TargetUnreachable, before
    anything starts; WorkerLost where no worker is left, Missing, TargetUnreachable or KeyboardInterrupt later, when the
    log is kept, marked unfinished.
    """
    closed = workload if isinstance(workload, Closed) else None
    plan_of = None if isinstance(workload, Closed) else workload
    lasts_s = _duration_s(workload, speed) if duration_s is None else duration_s
    check_options(
        duration_s=lasts_s, customers=customers, workers=workers, speed=speed, in_flight=in_flight,
        follow_up_s=follow_up_s, rate=rate, max_customers=max_customers, max_duration_s=max_duration_s, closed=closed,
    )  # fmt: skip
    expect_requests(journey, mocked, "load")
    place = Target.parse(target)
    planned_s: list[float] | None = None
    if closed is None:
        planned_s = plan(
            journey, seed, rate=rate, duration_s=lasts_s, customers=customers, speed=speed, max_rate=max_rate,
            max_customers=max_customers, workload=plan_of,
        ).tolist()  # fmt: skip
    check_up(place, allow_public)
    if over is not None:
        over.check(place.host)
    if mocked:
        MockedBackEnd(place).check_plays(journey, speed)
    most = len(planned_s) if planned_s is not None else customers or max_customers
    workers = min(workers, most, closed.users if closed else in_flight)
    manifest = manifest_of(
        journey, place, mocked, changes=changes, scenario=scenario, engine="load", seed=seed, customers=most,
        speed=speed, workload="closed" if closed else "open", not_measured=not_measured(journey, mocked),
        settings={
            "rate": str(rate or workload or "the journey's own"), "duration_s": lasts_s, "workers": workers,
            "in_flight": in_flight, "follow_up_s": follow_up_s, "mocked": mocked, "most_lag_s": most_lag_s,
            "most_dropped": most_dropped,
        },
        versions=versions(*PACKAGES),
    )  # fmt: skip
    with RunWriter(folder, manifest) as writer:
        jobs = _jobs(journey, writer, place, planned_s, closed)
        crew = Workers(jobs) if over is None else Fleet(jobs, over, tell)
        crew.held.watch(place.host, place.port, serving)
        _run(crew, writer, place, began, progress)
    return folder


def _duration_s(workload: Workload | None, speed: float) -> float:
    if isinstance(workload, Shape):
        return workload.duration_s
    return workload.times_s[-1] / speed if isinstance(workload, Replay) else DURATION_S


def _jobs(
    journey: Journey, writer: RunWriter, place: Target, planned_s: list[float] | None, closed: Closed | None
) -> list[Job]:
    manifest, run = writer.manifest, secrets.token_hex(6)
    told = manifest.settings
    workers = told["workers"]
    jobs = []
    for worker in range(workers):
        own = share(manifest.customers, worker, workers)
        jobs.append(
            Job(
                journey=journey,
                manifest=manifest,
                folder=str(writer.folder),
                target=place.url,
                mocked=told["mocked"],
                seed=manifest.seed,
                speed=manifest.speed,
                run=run,
                worker=worker,
                workers=workers,
                customers=own,
                planned_s=[planned_s[number] for number in own] if planned_s is not None else (),
                duration_s=told["duration_s"],
                follow_up_s=told["follow_up_s"],
                in_flight=len(share(told["in_flight"], worker, workers)),
                users=len(share(closed.users, worker, workers)) if closed else 0,
                pause_s=closed.pause.s if closed else 0.0,
            )
        )
    return jobs


def _run(
    crew: Workers,
    writer: RunWriter,
    place: Target,
    began: Callable[[float, float], None] | None,
    progress: Callable[[LoadProgress], None] | None,
) -> None:
    """Play the jobs and close the log, finished or not; raises what cut the run short."""
    short: BaseException | None = None
    zero: float | None = None
    jobs, mocked = crew.jobs, crew.jobs[0].mocked
    try:
        with crew:
            crew.start()
            zero = MockedBackEnd(place).zero(time.time) if mocked else time.time() + LEAD_S
            crew.go(zero)
            if began is not None:
                began(zero, jobs[0].duration_s)
            crew.follow(progress, zero)
    except (JourneywrightError, KeyboardInterrupt) as error:
        short = error
    try:
        if mocked and zero is not None:
            # others may walk there at the same time, in a browser
            writer.extend(row for row in MockedBackEnd(place).rows() if row.customer < writer.manifest.customers)
    except TargetUnreachable as error:
        short = short or error
    for index, ended in enumerate(crew.ended):
        if not ended:
            writer.extend(cut_off(writer.folder, jobs[index], whole=short is None))
    writer.flush()
    settings = {**writer.manifest.settings, **_figures(crew, writer.folder), "zero_unix_s": zero}
    if crew.losses:
        settings["lost_workers"] = list(crew.losses.values())
    if isinstance(crew, Fleet):
        settings["clocks_ahead_s"] = crew.clocks_ahead_s
    stopped = "stopped in Locust's page" if crew.stopped else ""
    reason = "interrupted" if isinstance(short, KeyboardInterrupt) else str(short or "")
    reason = reason or "; ".join((*crew.losses.values(), *filter(None, (stopped,))))
    known = {"customers": settings["arrivals"]} if jobs[0].users else {}
    writer.close(finished=not reason, reason=reason, settings=settings, **known)
    if isinstance(short, JourneywrightError):
        raise type(short)(f"{short}; what was measured is in {writer.folder}, marked unfinished") from None
    if short is not None:
        raise short


def _figures(crew: Workers, folder: Path) -> dict[str, Any]:
    """Return what the manifest tells of the load that was really made."""
    total = crew.progress(0.0)
    window_s = total.duration_s
    figures: dict[str, Any] = {
        "arrivals": total.started,
        "dropped_arrivals": total.dropped,
        "requests": total.requests,
        "failed_requests": total.failed,
        "long_polls": sum(tally.waits for tally in crew.tallies),
        "requests_per_s": round(sum(tally.in_window for tally in crew.tallies) / window_s, 3),
        "arrivals_per_s": round(total.started / window_s, 3),
        "most_in_flight": sum(tally.most_in_flight for tally in crew.tallies),
        "worker_busy_ratio": [round(tally.busy_ratio, 4) for tally in crew.tallies],
        "memory": crew.held.told(),
        "worker_cpu_s": [round(tally.cpu_s, 2) for tally in crew.tallies],
    }
    if list((folder / "events").glob("worker-*.parquet")):
        lag = "1000 * greatest(0, ready_s - intended_s)"
        found = Run(folder, Manifest("", "", "", "load", "measured", 0, 1, 0)).sql(
            f"SELECT quantile_cont({lag}, 0.5) AS p50, quantile_cont({lag}, 0.99) AS p99, max({lag}) AS max"
            " FROM events WHERE step = 'arrival' AND outcome = 'served'"
        )
        for name in ("p50", "p99", "max"):
            value = float(found[name].iloc[0])
            figures[f"lag_{name}_ms"] = round(value, 3) if math.isfinite(value) else None
    return figures
