"""Folders that take no files: one line, exit code 3, and a run that is marked unfinished where there is one."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from journeys.columns import Columns
from journeys.errors import CannotWrite
from journeys.parts import write_part
from journeys.rows import Row
from tests.cli.running import Done, manifest

SMALL = ("--customers", 300, "--jobs", 1)


@pytest.mark.parametrize("engine", ["simulate", "load", "browse"])
def test_a_file_where_the_folder_should_be(command: Callable[..., Done], tmp_path: Path, engine: str) -> None:
    (tmp_path / "results").touch()
    more: tuple[object, ...] = {
        "simulate": ("--replications", 1, *SMALL), "load": ("--rate", "9/s", "--duration", "1 s"),
        "browse": ("--customers", 1),
    }[engine]  # fmt: skip
    said = command(engine, "first-journey", *map(str, more), "--out", "results")
    if "no browser" in said.err:
        pytest.skip(said.err)
    assert said.code == 3
    assert len(said.problems) == 1
    assert said.err.startswith("results/runs/")
    assert said.err.endswith("cannot be written (Not a directory); choose another with --out\n")


# no file may grow beyond this, as on a full disk: a manifest fits, rows don't
LIMITED = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
sys.argv[:] = ["journeywright", *sys.argv[1:]]
sys.dont_write_bytecode = True
runpy.run_module("journeywright", run_name="__main__")
"""


@pytest.mark.skipif(os.name != "posix", reason="needs limits of file sizes")
@pytest.mark.parametrize("replications", [1, 2])
def test_rows_that_do_not_fit(tmp_path: Path, replications: int) -> None:
    told = ("simulate", "first-journey", "--customers", 300, "--replications", replications)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, *map(str, told)], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    said = Done(done.returncode, done.stdout, done.stderr)
    assert said.code == 3
    assert len(said.problems) == 1
    assert said.err.endswith(".parquet: cannot be written (File too large); choose another with --out\n")
    run = tmp_path / "out" / "runs" / "simulated-as-is"
    assert manifest(run)["finished"] is False
    assert "cannot be written" in manifest(run)["reason"]
    assert list((run / "events").iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs the device that is always full")
def test_a_full_standard_output(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "journeywright", "list"], cwd=tmp_path, stdout=full, stderr=subprocess.PIPE,
            text=True, timeout=60,
        )  # fmt: skip
    assert done.returncode == 3
    assert done.stderr == "output: cannot be written (No space left on device); make room there\n"


def test_a_disk_that_fills_up_while_a_part_is_renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(Path, "replace", full)
    row = Row(1, "all", "join", 0, "customer", "", -1, 0.0, 0.0, 0.0, 0.0, "served", "", "")
    with pytest.raises(CannotWrite, match="No space left on device") as caught:
        write_part("as-is", [(0, Columns.of([row]))], tmp_path / "part.parquet")
    assert caught.value.exit_code == 3
    assert list(tmp_path.iterdir()) == []
