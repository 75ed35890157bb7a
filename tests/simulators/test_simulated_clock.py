"""The simulated clock: its own speed, order at equal times, and timers that may be cancelled at any time."""

from __future__ import annotations

import gc
import math
import weakref

import pytest
import simpy

from simulators.simpy_engine import SimulatedClock


def test_what_is_due_at_one_moment_happens_in_the_order_in_which_it_was_asked_for():
    environment, happened = simpy.Environment(), []
    slow, fast = SimulatedClock(environment), SimulatedClock(environment, 60.0)
    for clock, delay_s, name in ((slow, 2, "a"), (fast, 120, "b"), (slow, 1, "c"), (fast, 60, "d"), (slow, 2, "e")):
        clock.after(delay_s, lambda name=name, clock=clock: happened.append((name, clock.now_s())))
    environment.run()
    assert happened == [("c", 1), ("d", 60), ("a", 2), ("b", 120), ("e", 2)]


def test_a_timer_cancelled_before_comes_to_nothing_and_one_cancelled_later_has_happened():
    environment, happened = simpy.Environment(), []
    clock = SimulatedClock(environment)
    before, later = clock.after(1, lambda: happened.append("before")), clock.after(2, lambda: happened.append("later"))
    before.cancel()
    environment.run()
    later.cancel()
    assert happened == ["later"]
    clock.after(math.inf, lambda: happened.append("never")).cancel()


def test_events_of_simpys_own_run_beside():
    environment, happened = simpy.Environment(), []

    def process():
        yield environment.timeout(1)
        happened.append("process")

    SimulatedClock(environment).after(1, lambda: happened.append("clock"))
    environment.process(process())
    environment.run()
    assert happened == ["clock", "process"]


@pytest.mark.parametrize("delay_s", [-1e-9, math.nan])
def test_nothing_happens_in_the_past(delay_s: float):
    with pytest.raises(ValueError, match="negative"):
        SimulatedClock(simpy.Environment()).after(delay_s, print)


class Owner:
    """Holds the timer of an action of its own."""

    def act(self) -> None:
        """Do nothing."""


@pytest.mark.parametrize("cancelled", [False, True])
def test_what_has_happened_or_was_cancelled_keeps_nobody_alive(cancelled: bool):
    environment, owner = simpy.Environment(), Owner()
    owner.timer = SimulatedClock(environment).after(1, owner.act)  # type: ignore[attr-defined]
    gone, collects = weakref.ref(owner), gc.isenabled()
    gc.disable()
    try:
        if cancelled:
            owner.timer.cancel()  # type: ignore[attr-defined]
        environment.run()
        del owner
        assert gone() is None
    finally:
        if collects:
            gc.enable()
