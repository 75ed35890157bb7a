from __future__ import annotations

import asyncio
import contextlib
import os
import signal

import pytest

from journeys.browser.looping import run


def test_it_runs_where_no_loop_is_running() -> None:
    done: list[str] = []

    async def main() -> None:
        await asyncio.sleep(0)
        done.append("done")

    run(main)

    assert done == ["done"]


def test_it_runs_beside_a_running_loop_and_raises_what_is_raised() -> None:
    async def main() -> None:
        await asyncio.sleep(0)
        raise ValueError("from inside")

    async def outside() -> None:
        run(main)

    with pytest.raises(ValueError, match="from inside"):
        asyncio.run(outside())


@pytest.mark.parametrize("beside", [False, True])
def test_ctrl_c_cancels_cleans_up_and_is_raised_on(beside: bool) -> None:
    told: list[str] = []

    async def main() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        try:
            await asyncio.sleep(30)
        except asyncio.CancelledError:
            await asyncio.sleep(0)
            told.append("cleaned up")
            raise

    async def outside() -> None:
        run(main)

    def in_a_notebook() -> None:  # whose loop leaves Ctrl-C to Python
        loop = asyncio.new_event_loop()
        with contextlib.closing(loop):
            loop.run_until_complete(outside())

    with pytest.raises(KeyboardInterrupt):
        in_a_notebook() if beside else run(main)

    assert told == ["cleaned up"]
