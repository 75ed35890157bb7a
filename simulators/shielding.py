"""Ctrl-C where it would do harm: child processes leave it to their parent, and what must be whole comes first."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGHUP") if hasattr(signal, name))


@contextlib.contextmanager
def children_leave_ctrl_c_to_us() -> Iterator[None]:
    """Let processes started in this context never see Ctrl-C (or a closed terminal), from their first moment on.

    A terminal tells the whole process group, and a child that is still importing would die with a traceback. Blocked
    signals stay blocked in children; those meant for us arrive when the context ends. Nothing where there are no
    signal masks (Windows).
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    try:
        with ctrl_c_put_off():
            yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextlib.contextmanager
def ctrl_c_put_off() -> Iterator[None]:
    """Keep Ctrl-C (and the news of a closed terminal) until the context ends, by whichever thread it comes.

    Blocking signals in one thread is not enough: those of a library may block none, and Python then tells the main one.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread is ever interrupted
        return
    came: list[int] = []
    handlers = {number: signal.signal(number, lambda number, frame: came.append(number)) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)  # where it is blocked as well, it waits
