"""Building the kernel: guided by training where the compiler can, and the same rows however it was built."""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

import numpy as np
import pytest

from journeys import Journey
from journeys.columns import Columns
from simulators.compiled import building, missing, replicate, training

pytestmark = pytest.mark.skipif(bool(missing() or not building.compiler()), reason="there is no C compiler")
HASTY = ("-O0", "-std=gnu11", "-ffp-contract=off", "-fPIC", "-w")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to build in, hastily."""
    (tmp_path / "tables.h").write_text(building.header(), encoding="ascii")
    monkeypatch.setattr(building, "FLAGS", HASTY)
    return tmp_path


def rows(journey: Journey, speed: float = 1.0, kernel: ctypes.CDLL | None = None) -> list[Columns]:
    """Return the rows of 300 customers, in parts."""
    parts: list[Columns] = []
    replicate(journey, 3, 0, 300, speed=speed, take=parts.append, kernel=kernel)
    return parts


def is_gcc() -> bool:
    said = subprocess.run([*building.compiler(), "--version"], capture_output=True, text=True, check=True)
    return "Free Software Foundation" in said.stdout


@pytest.mark.slow
def test_rows_do_not_depend_on_how_the_kernel_was_built(folder: Path) -> None:
    hasty = building.opened(building._compile(folder, ()))
    for journey in (training.REVIEWED, training.APPLICATION):
        for speed in (1.0, 1.25):
            ours, others = rows(journey, speed), rows(journey, speed, hasty)
            assert repr([part.rows() for part in ours]) == repr([part.rows() for part in others])


@pytest.mark.slow
def test_training_leaves_a_profile_of_both_variants(folder: Path) -> None:
    assert building._trained(folder) == is_gcc()


@pytest.mark.slow
def test_a_compiler_that_cannot_count_builds_all_the_same(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "COUNTING", ("-fno-such-way-of-counting",))
    building.build(folder / "kept.so")
    assert rows(training.ONE_QUEUE, kernel=building.opened(folder / "kept.so"))


def test_what_a_compiler_says_is_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "FLAGS", ("-fno-such-flag",))
    with pytest.raises(building.KernelMissing, match=r"no-such-flag.*--engine simpy"):
        building.build(folder / "kept.so")
    assert not (folder / "kept.so").exists()


def test_memory_that_somebody_holds_is_not_written_again() -> None:
    first = rows(training.REVIEWED)
    before = [np.array(part.end_s) for part in first]
    for _ in range(4):
        assert [list(part.end_s) for part in rows(training.REVIEWED)] == [list(times) for times in before]
    replicate(training.REVIEWED, 4, 0, 300, take=lambda part: None)
    assert all(np.array_equal(part.end_s, times) for part, times in zip(first, before, strict=True))
