"""A running Dask cluster, through joblib; imported only where one is asked for, since Dask is an extra."""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import distributed
from distributed.client import FutureCancelledError
from distributed.comm.addressing import get_address_host_port
from distributed.scheduler import KilledWorker
from joblib import Parallel
from joblib._dask import DaskDistributedBackend

from journeys.errors import Missing, TargetUnreachable
from journeys.eventlog import versions
from simulators.pools import R, T, WorkerLost, WorkOff, carry_out

ANSWERS_WITHIN_S = 10.0
"""How long a cluster may take to answer, and its first worker to come."""


class _Backend(DaskDistributedBackend):  # type: ignore[misc]
    """joblib's own, except that a task whose worker was lost fails; there, it is waited for without end."""

    def effective_n_jobs(self, n_jobs: int) -> int:
        # a single one joblib would take for this very process
        return max(2, int(super().effective_n_jobs(n_jobs)))

    def submit(self, func: Any, callback: Callable[[Any], None] | None = None) -> Any:
        def tell(done: concurrent.futures.Future[Any]) -> None:
            error = done.exception()
            if error is not None and callback is not None:
                callback(error)

        future = super().submit(func, callback)
        future.add_done_callback(tell)
        return future


@contextlib.contextmanager
def connected(address: str, packages: Sequence[str] = ()) -> Iterator[WorkOff]:
    """Give a function that lets the workers of the cluster at an address do tasks, as `simulators.pools` does here.

    Raises TargetUnreachable where no scheduler answers at the address, such as tcp://host:8786, or has no workers, and
    Missing where one of these lacks what we have: Journeywright, and the same versions of it and of `packages`. The
    function raises WorkerLost where the cluster ends before its tasks do; it waits while it has no workers.
    """
    _expect_an_answer(address)
    with _quiet(), contextlib.closing(_client(address)) as client:
        _expect_equipped(client, address, packages)

        def work_off(function: Callable[[T], R], tasks: Sequence[T], done: Callable[[int, R], None]) -> None:
            parallel = Parallel(backend=_Backend(client=client), return_as="generator_unordered")
            try:
                carry_out(parallel, function, tasks, done)
            except KilledWorker as error:
                raise WorkerLost(f"workers of {address} were killed", "they may need more memory") from error
            except (FutureCancelledError, concurrent.futures.CancelledError) as error:
                raise WorkerLost(f"the cluster {address} went away", "it may have been stopped") from error

        yield work_off


def _expect_an_answer(address: str) -> None:
    """Raise TargetUnreachable unless somebody listens; Dask's client takes its time, and some words, to find that."""
    try:
        host, port = get_address_host_port(address, strict=True)
        socket.create_connection((host, port), ANSWERS_WITHIN_S).close()
    except (OSError, ValueError) as error:
        raise _unreachable(address, error) from error


def _client(address: str) -> distributed.Client:
    try:
        return distributed.Client(address, timeout=ANSWERS_WITHIN_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise _unreachable(address, error) from error


def _unreachable(address: str, error: Exception) -> TargetUnreachable:
    said = " ".join(str(error).split()) or type(error).__name__
    return TargetUnreachable(f"--cluster {address}: no Dask scheduler answers ({said}); such as tcp://127.0.0.1:8786")


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Let Dask not log what is raised as well."""
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.startswith("distributed")]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


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
