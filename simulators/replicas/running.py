"""Running a back end with replicas from this process, until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable

from simulators.backend.listening import Settings
from simulators.backend.running import at_end_of_input
from simulators.replicas.tier import keep

LOOK_S = 0.5


def run_tier(settings: Settings, announce: Callable[[str, str], None], child: bool) -> None:
    """Serve until SIGINT or SIGTERM; `announce` is told the address, once it answers there, and the run's folder.

    A `child` also ends when its standard input does, or when its parent is gone. Errors: see `keep`.
    """
    asyncio.run(_serve(settings, announce, child))


async def _serve(settings: Settings, announce: Callable[[str, str], None], child: bool) -> None:
    until, loop = asyncio.Event(), asyncio.get_running_loop()
    told = [asked for asked in (signal.SIGTERM, signal.SIGINT) if _is_ours(asked)]
    for asked in told:
        loop.add_signal_handler(asked, until.set)
    watching = None
    if child:
        at_end_of_input(lambda: _from_thread(loop, until))
        watching = asyncio.create_task(_watch(os.getppid(), until))
    try:
        await keep(settings, lambda url, folder: announce(url, str(folder)), until)
    finally:
        if watching is not None:
            watching.cancel()
        for asked in told:
            loop.remove_signal_handler(asked)


async def _watch(parent: int, until: asyncio.Event) -> None:
    while os.getppid() == parent:
        await asyncio.sleep(LOOK_S)
    until.set()


def _from_thread(loop: asyncio.AbstractEventLoop, until: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop has ended before
        loop.call_soon_threadsafe(until.set)


def _is_ours(asked: signal.Signals) -> bool:
    import threading

    return threading.current_thread() is threading.main_thread() and signal.getsignal(asked) is not signal.SIG_IGN
