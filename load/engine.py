"""The load engine in the command line's process: checks, starts the workers, keeps the log; never imports Locust."""

from __future__ import annotations

import math
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from journeys.blueprint import Journey
from journeys.clients.planning import expect_requests, human_steps, not_measured
from journeys.durations import Rate, per_second
from journeys.errors import CannotRead, JourneywrightError, TargetUnreachable
from journeys.eventlog import EXIT, Manifest, Row, Run, RunWriter, versions
from journeys.paths import digest
from load.job import Job, LoadProgress
from load.pacing import share
from load.planning import check_options, plan
from load.target import Target
from load.workers import WorkerLost, Workers

LEAD_S = 0.5
PACKAGES = ("locust", "gevent", "geventhttpclient", "duckdb")


def load(
    journey: Journey,
    *,
    target: str,
    mocked: bool,
    folder: Path,
    seed: int,
    rate: Rate | None = None,
    duration_s: float = 60.0,
    customers: int | None = None,
    workers: int = 1,
    speed: float = 1.0,
    scenario: str = "as-is",
    changes: Mapping[str, str] | None = None,
    in_flight: int = 2000,
    follow_up_s: float = 60.0,
    max_rate: Rate = per_second(200),  # noqa: B008 - a frozen value
    max_customers: int = 200_000,
    progress: Callable[[LoadProgress], None] | None = None,
    allow_public: bool = False,
) -> Path:
    """Let the journey's customers arrive at a target as planned, and return the folder of the run.

    Arrivals are open: they follow the population's schedule, however the target answers. Latency runs from the intended
    start. Customers still on their way `follow_up_s` after the last arrival are censored.

    Parameters
    ----------
    journey: with the `changes` of its `scenario` already made.
    target: an http or https address. mocked: whether a mocked back end answers there, or an application of one's own.
    rate: arrivals; None for the journey's own, on a clock `speed` times as fast.
    duration_s: how long customers arrive, in real seconds. customers: at most the first so many; None for all.
    workers: processes that make the load. in_flight: the most customers on their way at once, in all of them.
    speed: human seconds a real second, for thinking and patience; a mocked back end must run at the same.
    max_rate, max_customers: caps against mistakes. allow_public: that the target may be a public address.
    progress: called about twice a second.

    Raises InvalidInput or Unsupported for options and journeys that cannot be used, and TargetUnreachable, before
    anything starts; WorkerLost, TargetUnreachable or KeyboardInterrupt later, when the log is kept, marked unfinished.
    """
    check_options(
        duration_s=duration_s, customers=customers, workers=workers, speed=speed, in_flight=in_flight,
        follow_up_s=follow_up_s, rate=rate, max_customers=max_customers,
    )  # fmt: skip
    expect_requests(journey, mocked, "load")
    place = Target.parse(target)
    planned = plan(
        journey, seed, rate=rate, duration_s=duration_s, customers=customers, speed=speed, max_rate=max_rate,
        max_customers=max_customers,
    )  # fmt: skip
    place.check_up(allow_public)
    if mocked:
        place.check_plays(journey, speed)
    workers = min(workers, len(planned), in_flight)
    manifest = Manifest(
        journey=journey.name,
        journey_digest=digest(journey),
        scenario=scenario,
        engine="load",
        kind="measured",
        seed=seed,
        replications=1,
        customers=len(planned),
        changes=dict(changes or {}),
        speed=speed,
        human_steps=human_steps(journey, mocked),
        target=place.shown,
        workload="open",
        not_measured=not_measured(journey, mocked),
        settings={
            "rate": str(rate) if rate is not None else "the journey's own",
            "duration_s": duration_s,
            "workers": workers,
            "in_flight": in_flight,
            "follow_up_s": follow_up_s,
            "mocked": mocked,
        },
        versions=versions(*PACKAGES),
    )
    with RunWriter(folder, manifest) as writer:
        jobs = _jobs(journey, writer, place, planned.tolist(), duration_s, follow_up_s, in_flight, mocked)
        _run(jobs, writer, place, mocked, progress)
    return folder


def _jobs(
    journey: Journey, writer: RunWriter, place: Target, planned_s: list[float], duration_s: float, follow_up_s: float,
    in_flight: int, mocked: bool,
) -> list[Job]:  # fmt: skip
    manifest, run = writer.manifest, secrets.token_hex(6)
    workers = manifest.settings["workers"]
    jobs = []
    for worker in range(workers):
        own = share(len(planned_s), worker, workers)
        jobs.append(
            Job(
                journey=journey,
                manifest=manifest,
                folder=str(writer.folder),
                target=place.url,
                mocked=mocked,
                seed=manifest.seed,
                speed=manifest.speed,
                run=run,
                worker=worker,
                workers=workers,
                customers=tuple(own),
                planned_s=tuple(planned_s[number] for number in own),
                duration_s=duration_s,
                follow_up_s=follow_up_s,
                in_flight=len(share(in_flight, worker, workers)),
            )
        )
    return jobs


def _run(
    jobs: list[Job],
    writer: RunWriter,
    place: Target,
    mocked: bool,
    progress: Callable[[LoadProgress], None] | None,
) -> None:
    """Play the jobs and close the log, finished or not; raises what cut the run short."""
    short: BaseException | None = None
    crew = Workers(jobs)
    try:
        with crew:
            crew.start()
            zero = place.start_clock() if mocked else time.time() + LEAD_S
            crew.go(zero)
            crew.follow(progress, zero)
    except (WorkerLost, TargetUnreachable, KeyboardInterrupt) as error:
        short = error
    try:
        if mocked:
            writer.extend(place.rows())
    except TargetUnreachable as error:
        short = short or error
    for index, ended in enumerate(crew.ended):
        if not ended:
            writer.extend(_cut_off(writer.folder, index))
    writer.flush()
    settings = {**writer.manifest.settings, **_figures(crew, writer.folder)}
    reason = "interrupted" if isinstance(short, KeyboardInterrupt) else str(short or "")
    writer.close(finished=short is None, reason=reason, settings=settings)
    if isinstance(short, JourneywrightError):
        raise type(short)(f"{short}; what was measured is in {writer.folder}, marked unfinished") from None
    if short is not None:
        raise short


def _cut_off(folder: Path, worker: int) -> list[Row]:
    """Return the exit rows of customers whose worker could not write them any more: censored."""
    if not list((folder / "events").glob(f"worker-{worker}-*.parquet")):
        return []
    import duckdb

    parts = str(folder / "events" / f"worker-{worker}-*.parquet").replace("'", "''")
    query = f"""
        SELECT customer, any_value(segment), max(coalesce(end_s, ready_s)) FROM read_parquet('{parts}')
        GROUP BY customer HAVING count(*) FILTER (WHERE step = '{EXIT}') = 0 ORDER BY customer
    """
    try:
        with duckdb.connect() as connection:
            found = connection.execute(query).fetchall()
    except duckdb.Error as error:
        raise CannotRead(f"{folder}: events cannot be read ({str(error).splitlines()[0]})") from None
    return [
        Row(customer, segment, EXIT, 0, "customer", "", -1, last_s, last_s, last_s, last_s, "censored", "",
            f"worker {worker} died")
        for customer, segment, last_s in found
    ]  # fmt: skip


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
        "worker_cpu_s": [round(tally.cpu_s, 2) for tally in crew.tallies],
    }
    if list((folder / "events").glob("worker-*.parquet")):
        lag = "1000 * greatest(0, ready_s - intended_s)"
        found = Run(folder, Manifest("", "", "", "load", "measured", 0, 1, 0)).sql(
            f"SELECT quantile_cont({lag}, 0.5) AS p50, quantile_cont({lag}, 0.99) AS p99, max({lag}) AS max"
            " FROM events WHERE step = 'arrival'"
        )
        for name in ("p50", "p99", "max"):
            value = float(found[name].iloc[0])
            figures[f"lag_{name}_ms"] = round(value, 3) if math.isfinite(value) else None
    return figures
