"""What joblib's pool of processes leaves undone where one of them was killed, or where tasks are given up."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from typing import Any

_LOOK_EVERY_S = 0.5
_DEAD_FOR_LOOKS = 4
_GOES_WITHIN_S = 5.0


@contextlib.contextmanager
def guarded(parallel: Any) -> Iterator[None]:
    """Watch over the processes of a `joblib.Parallel` that works, so that nobody waits for one that has died.

    A process that is killed in the middle of sending a result leaves half a message in the pipe, and joblib's thread
    waits for the other half: it never looks whether the sender lives. Where one is dead for two seconds and joblib has
    not seen it, the others are killed and the pipe is closed, which joblib takes for the end of its pool.
    """
    executor = _executor(parallel)
    if executor is None:
        yield
        return
    over = threading.Event()
    watcher = threading.Thread(target=_watch, args=(executor, over), name="sees killed processes", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


@contextlib.contextmanager
def wound_up(parallel: Any) -> Iterator[None]:
    """Within it the pool of a `joblib.Parallel` may be ended; wait until its last thread has gone.

    Nobody waits for the thread that sends tasks. It may let go of a semaphore just while the interpreter ends, and then
    a warning of a leak is printed.
    """
    executor = _executor(parallel)
    calls = getattr(executor, "_call_queue", None)
    try:
        yield
    finally:
        if calls is not None and executor._call_queue is None:
            calls.close()
            calls._reader.close()  # nobody reads any more: else who is in the middle of a large task waits for ever
            if calls._thread is not None:  # its join_thread() waits only where another process made the queue
                calls._thread.join(_GOES_WITHIN_S)


def _executor(parallel: Any) -> Any:
    """Return the pool of processes of this machine behind a `joblib.Parallel`; None where it has none."""
    executor = getattr(parallel._backend, "_workers", None)
    return executor if hasattr(executor, "_executor_manager_thread") else None


def _watch(executor: Any, over: threading.Event) -> None:
    results, looks = executor._result_queue, 0
    while not over.wait(_LOOK_EVERY_S):
        processes = list((executor._processes or {}).values())
        looks = looks + 1 if any(_is_dead(process.pid) for process in processes) else 0
        if looks == _DEAD_FOR_LOOKS:
            for process in processes:
                with contextlib.suppress(OSError):
                    os.kill(process.pid, getattr(signal, "SIGKILL", signal.SIGTERM))
            results._writer.close()
            return


def _is_dead(pid: int) -> bool:
    import psutil

    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True
