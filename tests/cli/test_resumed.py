"""A study that was killed goes on with --resume: nothing complete is repeated, and its log is the uninterrupted one."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from journeys.eventlog import Run
from simulators.cells import complete
from tests.cli.running import Underway, journeywright, manifest

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name != "posix", reason="needs process groups")]
STUDY = ("compare", "what-if.toml", "--customers", 600, "--replications", 6, "--jobs", 2, "--engine", "simpy")
WHAT_IF = """
title = "Fewer clerks"
journey = "first-journey"
baseline = "as-is"

[scenarios.as-is]
title = "As is"

[scenarios.fewer]
title = "Fewer"
"stations.clerks.servers" = 3
"""


def test_a_study_that_was_killed(start: Callable[..., Underway], tmp_path: Path) -> None:
    (tmp_path / "what-if.toml").write_text(WHAT_IF, encoding="utf-8")
    runs = [tmp_path / "killed" / "runs" / f"simulated-{name}" for name in ("as-is", "fewer")]
    command = start(*STUDY, "--out", "killed")
    command.until(lambda: all(complete(run) for run in runs))
    family = command.family()
    os.kill(command.process.pid, signal.SIGKILL)
    command.process.communicate(timeout=30)
    # its workers do not go on without it
    assert psutil.wait_procs(family, timeout=10)[1] == []
    before = {run: complete(run) for run in runs}
    assert 2 <= sum(map(len, before.values())) < 12
    assert [manifest(run)["finished"] for run in runs] == [False, False]
    written = {file: file.stat().st_mtime_ns for run in runs for file in (run / "events").glob("*.done")}

    said = journeywright(*STUDY, "--out", "killed", "--resume", folder=tmp_path)
    assert said.code in (0, 1), said.err  # 1 for a budget that is missed
    assert {file: file.stat().st_mtime_ns for file in written} == written
    assert [manifest(run)["finished"] for run in runs] == [True, True]
    journeywright(*STUDY, "--out", "whole", folder=tmp_path)
    for run in runs:
        whole = Run.open(tmp_path / "whole" / "runs" / run.name)
        rows = "SELECT * FROM events"
        assert Run.open(run).sql(rows).astype(str).equals(whole.sql(rows).astype(str))
    assert (tmp_path / "killed/summary.json").read_bytes() == (tmp_path / "whole/summary.json").read_bytes()
