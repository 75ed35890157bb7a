"""A job as it travels from a master to a worker: plain values, so that a worker runs no code but its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Problem
from journeys.eventlog import Manifest, versions
from journeys.paths import apply, digest
from load.job import Job

POPULATION = ("faker", "numpy")
"""Packages besides this one that decide who customers are: a master and its workers need the same."""
PLAIN = ("target", "mocked", "seed", "speed", "run", "worker", "workers", "duration_s", "follow_up_s", "in_flight",
         "users", "pause_s")  # fmt: skip


def packed(job: Job) -> dict[str, Any]:
    """Return a job as plain values; the journey is left out, as the worker has its own copy of it."""
    told = {name: getattr(job, name) for name in PLAIN}
    own = range(job.worker, job.worker + len(job.customers) * job.workers, job.workers)
    assert list(job.customers) == list(own), "a worker's customers are every so many"
    return told | {
        "customers": len(job.customers),
        "planned_s": np.asarray(job.planned_s, dtype="<f8").tobytes(),
        "manifest": asdict(job.manifest),
        "versions": versions(*POPULATION),
    }


def unpacked(told: Mapping[str, Any], journey: Journey, folder: str) -> Job:
    """Return the job that a master has told, for this machine's copy of its `journey`, with rows kept in `folder`.

    Raises InvalidInput where the copy is another one, or would be walked by other people.
    """
    manifest = Manifest(**told["manifest"])
    job = Job(
        journey=_same(journey, manifest), manifest=manifest, folder=folder,
        customers=range(told["worker"], told["worker"] + told["customers"] * told["workers"], told["workers"]),
        planned_s=np.frombuffer(told["planned_s"], dtype="<f8").tolist(), **{name: told[name] for name in PLAIN},
    )  # fmt: skip
    own, problems = versions(*POPULATION), []
    for package, version in told["versions"].items():
        if package != "python" and own.get(package) != version:
            what, had = f"has another version of {package} than its master", own.get(package, "none")
            problems.append(Problem("worker", what, had, version, "the same on every machine"))
    if problems:
        raise InvalidInput(problems)
    return job


def _same(journey: Journey, manifest: Manifest) -> Journey:
    """Return the journey as the master has it: as it is, or with the changes of the run's scenario."""
    changed: tuple[Callable[[], Journey], ...] = (lambda: journey, lambda: apply(journey, manifest.changes))
    for make in changed:
        own = make()
        if digest(own) == manifest.journey_digest:
            return own
    what, allowed = "is not the master's", f"the same version of {manifest.journey} on every machine"
    raise InvalidInput([Problem("worker's journey", what, journey.name, allowed)])
