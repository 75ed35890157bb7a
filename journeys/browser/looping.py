"""Running the engine's coroutine to its end from anywhere: a script, a notebook, beside Playwright's own sync API."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any


def run(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run `main` in an event loop of its own; Ctrl-C cancels it, lets it clean up, and is raised on.

    Where a loop is already running in this thread (a notebook's, for example), another thread runs it.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(main())
    else:
        _run_beside(main)


def _run_beside(main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Task[None] | None]] = Future()
    ended: Future[None] = Future()

    async def entered() -> None:
        started.set_result((asyncio.get_running_loop(), asyncio.current_task()))
        await main()

    def work() -> None:
        try:
            asyncio.run(entered())
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where `run` was called
            ended.set_exception(error)
        else:
            ended.set_result(None)

    thread = threading.Thread(target=work, name="journeywright-browser")
    thread.start()
    loop, task = started.result()
    try:
        ended.result()
    except KeyboardInterrupt:
        if task is not None and not ended.done():
            loop.call_soon_threadsafe(task.cancel)
        thread.join()
        raise
    finally:
        thread.join()
