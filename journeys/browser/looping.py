"""Running the engine's coroutine to its end from anywhere: a script, a notebook, beside Playwright's own sync API."""

from __future__ import annotations

import asyncio
import contextlib
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
    loop = asyncio.new_event_loop()
    task = loop.create_task(main())
    ended: Future[None] = Future()

    def work() -> None:
        try:
            loop.run_until_complete(task)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised where `run` was called
            ended.set_exception(error)
        else:
            ended.set_result(None)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    thread = threading.Thread(target=work, name="journeywright-browser")
    try:
        thread.start()
        ended.result()
    except KeyboardInterrupt:
        with contextlib.suppress(RuntimeError):  # the loop may have come to its end meanwhile
            loop.call_soon_threadsafe(task.cancel)
        raise
    finally:
        thread.join()
