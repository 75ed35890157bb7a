"""Child processes that leave Ctrl-C to their parent, which then ends them."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator


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
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
