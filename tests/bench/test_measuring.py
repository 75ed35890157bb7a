"""What the benchmark says of work whose size is known."""

from __future__ import annotations

import time
from collections.abc import Sequence, Sized
from pathlib import Path

import pytest

from tests.bench.measuring import Child


def fill(megabytes: int) -> Sequence[Sized]:
    return [bytearray(b"1") * (1_000_000 * megabytes), range(7)]


def spin(seconds: float) -> Sequence[Sized]:
    began = time.process_time()
    while time.process_time() - began < seconds:
        pass
    return [range(3)]


def idle(seconds: float) -> Sequence[Sized]:
    time.sleep(seconds)
    return spin(0.25)


@pytest.mark.skipif(not Path("/proc/self/clear_refs").is_file(), reason="memory is read from Linux's /proc")
def test_added_memory_is_that_of_the_work() -> None:
    with Child() as child:
        child.measure(fill, 1)
        sample = child.measure(fill, 60)
    assert 58 < sample.added_mb < 66
    assert sample.rows == 60_000_007


def test_seconds_are_those_of_the_processor_and_of_one_run() -> None:
    with Child() as child:
        assert 0.04 <= child.measure(spin, 0.05).seconds < 0.08
        assert 0.25 <= child.measure(idle, 0.3).seconds < 0.35


def test_a_child_that_dies_is_no_result(capfd: pytest.CaptureFixture[str]) -> None:
    with Child() as child, pytest.raises(EOFError):
        child.measure(fill, "many")
    assert "TypeError" in capfd.readouterr().err
