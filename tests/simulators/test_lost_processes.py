"""A process that is killed ends the work with an error, wherever it was; work given up leaves nothing that runs on."""

from __future__ import annotations

import os
import signal
import struct
import sys
import threading
import time
from collections.abc import Sequence

import pytest

from simulators.pools import WorkerLost, here

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="kills by a signal")]


class GivenUpError(Exception):
    pass


def killed_while_it_sends(task: int) -> int:
    """Do what a process does that is killed after the first bytes of a result: they say that a thousand follow."""
    if task == 3:
        frame = sys._getframe()
        while "result_queue" not in frame.f_locals:
            assert frame.f_back is not None
            frame = frame.f_back
        results = frame.f_locals["result_queue"]
        results._wlock.acquire()
        os.write(results._writer.fileno(), struct.pack("!i", 1_000) + b"some")
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def killed(task: int) -> int:
    if task == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return task


def quick(task: object) -> bytes:
    time.sleep(0.001)
    return bytes(100_000)


@pytest.mark.timeout(30)
@pytest.mark.parametrize("way", [killed, killed_while_it_sends])
def test_a_killed_process_ends_the_work(way) -> None:
    with pytest.raises(WorkerLost, match="a process was killed from outside"):
        here(2)(way, range(40), lambda place, result: None)
    found: dict[int, bytes] = {}
    here(2)(quick, range(4), found.__setitem__)  # and the next work has processes of its own
    assert sorted(found) == [0, 1, 2, 3]


@pytest.mark.parametrize(("after", "tasks"), [(1, range(200)), (9, range(200)), (1, [bytes(500_000)] * 20)])
def test_work_given_up_leaves_no_thread(after: int, tasks: Sequence[object]) -> None:
    before, count = set(threading.enumerate()), 0

    def done(place: int, result: bytes) -> None:
        nonlocal count
        count += 1
        if count == after:
            raise GivenUpError

    for _ in range(3):
        count = 0
        with pytest.raises(GivenUpError):
            here(2)(quick, tasks, done)
        assert set(threading.enumerate()) <= before
