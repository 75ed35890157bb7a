"""A running Dask cluster, through joblib; imported only where one is asked for, since Dask is an extra."""

from __future__ import annotations

import concurrent.futures
import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import distributed
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker
from joblib import Parallel
from joblib._dask import DaskDistributedBackend

from journeys.errors import Missing, TargetUnreachable
from journeys.eventlog import versions
from simulators.pools import R, T, WorkerLost, carry_out

ANSWERS_WITHIN_S = 10.0
"""How long a cluster may take to answer, and its first worker to come."""


class _Backend(DaskDistributedBackend):  # type: ignore[misc]
    """joblib's own, except that a task whose worker was lost fails; there, it is waited for without end."""

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> Any:
        def tell(done: concurrent.futures.Future[Any]) -> None:
            error = done.exception()
            if error is not None and callback is not None:
                callback(error)

        future = super().submit(func, callback)
        future.add_done_callback(tell)
        return future


def work_off(
    address: str, function: Callable[[T], R], tasks: Sequence[T], done: Callable[[int, R], None],
    packages: Sequence[str] = (),
) -> None:  # fmt: skip
    """Let the workers of the cluster at an address, such as tcp://host:8786, do tasks; see `simulators.pools.work_off`.

    Raises Missing where a worker lacks what we have: Journeywright, and the same versions of it and of `packages`;
    TargetUnreachable where no cluster answers; WorkerLost where its workers end before their tasks do.
    """
    try:
        client = distributed.Client(address, timeout=ANSWERS_WITHIN_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise TargetUnreachable(
            f"--cluster {address}: no Dask scheduler answers ({said}); start one with 'dask scheduler'"
        ) from error
    with contextlib.closing(client):
        _expect_equipped(client, address, packages)
        parallel = Parallel(backend=_Backend(client=client), return_as="generator_unordered")
        try:
            carry_out(parallel, function, tasks, done)
        except (KilledWorker, FutureCancelledError, concurrent.futures.CancelledError) as error:
            raise WorkerLost(f"the cluster {address} lost workers", "they may need more memory") from error


def _expect_equipped(client: Any, address: str, packages: Sequence[str]) -> None:
    """Raise Missing unless there are workers, and each has what we have: other versions may give other numbers."""
    try:
        client.wait_for_workers(1, timeout=ANSWERS_WITHIN_S)
    except TimeoutError as error:
        raise TargetUnreachable(
            f"--cluster {address}: has no workers; start some with 'dask worker {address}'"
        ) from error
    here = versions(*packages)
    try:
        there = client.run(versions, *packages)
    except ModuleNotFoundError as error:
        raise Missing(f"--cluster {address}: a worker lacks {error.name}; install journeywright there") from error
    for worker, found in there.items():
        for package, version in here.items():
            if found.get(package) != version:
                raise Missing(
                    f"--cluster {address}: worker {worker} has {package} {found.get(package, 'not at all')}, "
                    f"this machine {version}; install the same there"
                )
