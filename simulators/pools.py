"""Tasks worked off by several processes: those of this machine, or the workers of a running Dask cluster."""

from __future__ import annotations

import contextlib
import functools
import os
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from journeys.errors import Missing
from simulators.guarding import guarded, wound_up
from simulators.shielding import children_leave_ctrl_c_to_us

T = TypeVar("T")
R = TypeVar("R")

_LOOK_EVERY_S = 0.5


class WorkerLost(Missing):
    """A process ended before its task did; `remedy` says what may help."""

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy
        super().__init__(f"{what}; {remedy}")


class WorkOff(Protocol):
    """Lets processes do tasks."""

    def __call__(self, function: Callable[[T], R], tasks: Sequence[T], done: Callable[[int, R], None]) -> None:
        """Call `done` with the place of each task, and with what `function` returns for it, as soon as it is there.

        Raises what `function` or `done` raises, after which no process goes on, and WorkerLost.
        """


def here(jobs: int | None = None) -> WorkOff:
    """Return what lets processes of this machine do tasks.

    `jobs` is their number, None for one a core; a single one is this process itself. They see no Ctrl-C, end when this
    process ends, and otherwise wait for more tasks.
    """

    def work_off(function: Callable[[T], R], tasks: Sequence[T], done: Callable[[int, R], None]) -> None:
        if jobs == 1 or len(tasks) == 1:
            for place, task in enumerate(tasks):
                done(place, function(task))
            return
        from multiprocessing import resource_tracker

        from joblib import Parallel, cpu_count
        from joblib.externals.loky.process_executor import BrokenProcessPool

        processes = max(1, min(jobs or cpu_count(), len(tasks)))
        if processes > 1 and os.name == "posix":
            resource_tracker.ensure_running()  # else joblib starts it, which lifts the block
            function = functools.partial(_ending_with, os.getpid(), function)
        try:
            carry_out(Parallel(n_jobs=processes, return_as="generator_unordered"), function, tasks, done)
        except BrokenProcessPool as error:
            raise WorkerLost("a process was killed from outside", "with fewer --jobs it needs less memory") from error

    return work_off


def carry_out(parallel: Any, function: Callable[[T], R], tasks: Sequence[T], done: Callable[[int, R], None]) -> None:
    """Give tasks to a `joblib.Parallel` that yields each result once it is there, and call `done` with each.

    Where something is raised, tasks that are not yet done are given up, without a word.
    """
    from joblib import delayed

    results: Any = None
    with _without_a_word():
        try:
            with children_leave_ctrl_c_to_us():
                results = parallel(delayed(_at)(place, function, task) for place, task in enumerate(tasks))
            with guarded(parallel):
                for place, result in results:
                    done(place, result)
        finally:
            if results is not None:
                with wound_up(parallel):
                    results.close()


@contextlib.contextmanager
def _without_a_word() -> Iterator[None]:
    """Let joblib not warn that stopping early wastes work, or that it puts a new process in the place of one that had
    come to hold much memory; nor its thread tell that it misses tasks just given up.

    Where warnings are errors, the second would end that thread, and then nobody would wait for the tasks.
    """
    tell = threading.excepthook

    def unless_given_up(told: threading.ExceptHookArgs) -> None:
        of_joblib = told.thread is not None and told.thread.name == "ExecutorManagerThread"
        if not (of_joblib and told.exc_type is KeyError):
            tell(told)

    threading.excepthook = unless_given_up
    try:
        with warnings.catch_warnings():
            for nothing_to_tell in (".*tasks", "A worker stopped"):
                warnings.filterwarnings("ignore", message=nothing_to_tell, category=UserWarning)
            yield
    finally:
        threading.excepthook = tell


def _at(place: int, function: Callable[[T], R], task: T) -> tuple[int, R]:
    return place, function(task)


def _ending_with(parent: int, function: Callable[[T], R], task: T) -> R:
    """Carry out a task in a process that ends when `parent` does, which joblib's own don't, and go on writing."""
    _watch(parent)
    return function(task)


@functools.cache
def _watch(parent: int) -> None:
    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY_S)
        os._exit(1)

    threading.Thread(target=watch, name="ends with its parent", daemon=True).start()
