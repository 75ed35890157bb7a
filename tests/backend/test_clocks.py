"""The clock on an event loop."""

from __future__ import annotations

import asyncio
import math

from simulators.backend.clocks import AsyncioClock


class Wall:
    """A wall clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.s = 100.0

    def __call__(self) -> float:
        return self.s


def run(story: object) -> None:
    async def bounded() -> None:
        async with asyncio.timeout(5):
            await story()  # type: ignore[operator]

    asyncio.run(bounded())


def test_equal_times_keep_their_order() -> None:
    async def story() -> None:
        wall, seen, done = Wall(), [], asyncio.Event()
        clock = AsyncioClock(asyncio.get_running_loop(), wall.s, 10.0, wall)
        for name in range(50):
            clock.after(0.02, lambda name=name: seen.append(name))
        clock.after(0.01, lambda: seen.append("first"))
        clock.after(0.02, done.set)
        wall.s += 0.25
        await done.wait()
        assert seen == ["first", *range(50)]
        assert clock.now_s() == 2.5

    run(story)


def test_nothing_happens_early_and_speed_scales() -> None:
    async def story() -> None:
        loop, due = asyncio.get_running_loop(), asyncio.Event()
        clock = AsyncioClock(loop, loop.time(), 1000.0)
        asked_s, at = clock.now_s(), []
        for delay_s in (3.3, 7.7, 20.0):
            clock.after(delay_s, lambda delay_s=delay_s: at.append((delay_s, clock.now_s() - asked_s)))
        clock.after(30.0, due.set)
        await due.wait()
        assert [delay for delay, _ in at] == [3.3, 7.7, 20.0]
        assert all(delay <= passed for delay, passed in at)

    run(story)


def test_cancelled_and_infinite_never_come() -> None:
    async def story() -> None:
        loop, wall, seen, done = asyncio.get_running_loop(), Wall(), [], asyncio.Event()
        loop.set_exception_handler(lambda _, context: seen.append(context["exception"]))
        clock = AsyncioClock(loop, wall.s, 1.0, wall)
        clock.after(0.01, lambda: seen.append("cancelled alone")).cancel()
        timers = [clock.after(0.02, lambda: seen.append("cancelled")) for _ in range(200)]
        clock.after(math.inf, lambda: seen.append("infinite"))
        clock.after(0.02, done.set)
        for timer in timers:
            timer.cancel()
            timer.cancel()
        assert len(clock._heap) < 100
        clock.after(0.01, lambda: seen.append("cancelled late")).cancel()
        wall.s += 2
        await done.wait()
        assert seen == []

    run(story)


def test_a_failing_action_stops_no_other() -> None:
    async def story() -> None:
        loop, wall, done, told = asyncio.get_running_loop(), Wall(), asyncio.Event(), []
        loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
        clock = AsyncioClock(loop, wall.s, 1.0, wall)
        clock.after(0.02, lambda: 1 // 0)
        clock.after(0.02, done.set)
        wall.s += 1
        await done.wait()
        assert isinstance(told[0], ZeroDivisionError)

    run(story)


def test_a_stopped_clock_forgets() -> None:
    async def story() -> None:
        wall, seen, done = Wall(), [], asyncio.Event()
        clock = AsyncioClock(asyncio.get_running_loop(), wall.s, 1.0, wall)
        clock.after(0.02, lambda: seen.append("forgotten"))
        clock.stop()
        clock.after(0.02, done.set)
        wall.s += 1
        await done.wait()
        assert seen == []

    run(story)


def test_a_clock_that_is_held_goes_on_from_where_it_stood() -> None:
    async def story() -> None:
        wall, seen, done = Wall(), [], asyncio.Event()
        clock = AsyncioClock(asyncio.get_running_loop(), wall.s, 10.0, wall)
        clock.after(0.01, lambda: (seen.append("first"), clock.hold()))
        clock.after(0.02, lambda: seen.append("second"))
        clock.after(20.0, done.set)
        wall.s += 1
        while not seen:
            await asyncio.sleep(0)
        wall.s += 7
        assert (seen, clock.now_s()) == (["first"], 10.0)
        clock.go_on()
        assert clock.now_s() == 10.0
        wall.s += 1
        await done.wait()
        assert (seen, clock.now_s()) == (["first", "second"], 20.0)

    run(story)
