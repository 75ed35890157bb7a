"""Pacing: who is due, and when the next one is."""

from __future__ import annotations

import math

import pytest

from load.pacing import due, pace, quantile, share


def test_nobody_is_due_before_the_first_arrival() -> None:
    assert due([2.0, 3.0], 0, 0.5) == (0, 1.5)


def test_arrivals_of_the_same_moment_are_due_together() -> None:
    assert due([1.0, 1.0, 1.0, 5.0], 0, 1.0) == (3, 4.0)


def test_who_was_missed_is_due_at_once_and_the_plan_does_not_move() -> None:
    assert due([1.0, 2.0, 3.0, 10.0], 1, 7.0) == (3, 3.0)


def test_a_clock_that_steps_back_starts_nobody_twice() -> None:
    assert due([1.0, 2.0, 3.0], 2, 0.0).until == 2


def test_after_the_last_arrival_there_is_nothing_to_wait_for() -> None:
    assert due([1.0], 1, 2.0) == (1, math.inf)


class FakeClock:
    """A clock that only waiting moves, and starting customers: each takes `busy_s`."""

    def __init__(self, busy_s: float) -> None:
        self.now_s, self.busy_s, self.waited = 0.0, busy_s, list[float]()

    def wait(self, wait_s: float) -> None:
        self.waited.append(wait_s)
        self.now_s += wait_s


@pytest.mark.parametrize("busy_s", [0.0, 0.4, 2.5])
def test_everyone_is_started_once_and_nobody_waits_for_who_is_due(busy_s: float) -> None:
    planned, clock = [0.5, 1.0, 1.1, 4.0, 4.2], FakeClock(busy_s)
    started: list[tuple[int, float]] = []
    for batch in pace(planned, lambda: clock.now_s, clock.wait):
        for customer in batch:
            started.append((customer, clock.now_s))
            clock.now_s += busy_s
    assert [customer for customer, _ in started] == [0, 1, 2, 3, 4]
    free_s = 0.0
    for (_, at_s), planned_s in zip(started, planned, strict=True):
        assert at_s == pytest.approx(max(planned_s, free_s))
        free_s = at_s + busy_s
    assert max(clock.waited) <= 3.0


@pytest.mark.parametrize("workers", [1, 2, 3, 7])
def test_workers_share_all_customers_without_overlap(workers: int) -> None:
    shares = [customer for worker in range(workers) for customer in share(20, worker, workers)]
    assert sorted(shares) == list(range(20))


def test_quantile_is_a_value_that_occurred() -> None:
    values = [float(value) for value in range(1, 101)]
    assert quantile(values, 0.99) == 99.0
    assert quantile(values, 1.0) == 100.0
    assert quantile([], 0.5) == 0.0
