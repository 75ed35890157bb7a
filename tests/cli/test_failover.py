"""failover, from the command line: a replica is killed under load, and the page tells what customers noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.backend.test_replicas import needs_envoy
from tests.cli.running import journeywright


@needs_envoy
@pytest.mark.bench
def test_a_replica_is_killed_and_nobody_is_the_worse_for_it(tmp_path: Path) -> None:
    done = journeywright(
        "failover", "first-journey", "--replicas", "2", "--rate", "20 / s", "--duration", "4 s", "--follow-up", "2 s",
        "--speed", "20000", "--jobs", "1", folder=tmp_path, within_s=110,
    )  # fmt: skip
    assert done.code == 0, done.err
    told = json.loads((tmp_path / "out" / "summary.json").read_text())["sections"]["failover"]["trials"]
    assert [(one["replicas"], one["fault"], one["lost"], one["doubled"]) for one in told] == [(2, "kill", 0, 0)]
    assert told[0]["acknowledged"] > 20
    assert told[0]["detected_s"] is not None
    assert "When something breaks" in (tmp_path / "out" / "report.html").read_text()
    assert "0 of them lost, 0 done twice" in done.out


@needs_envoy
def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nname = "x"\nstation = "website"\nkind = "kill"\nat = "1 min"\nlasting = "5 s"\n')
    both = journeywright("failover", "first-journey", "--table", "--fault", faults, folder=tmp_path)
    assert (both.code, both.problems) == (2, ["--table: does not go with --fault; one of them says what breaks"])
    late = journeywright("failover", "first-journey", "--fault", faults, folder=tmp_path)
    assert late.code == 2
    assert "--fault: must leave time before and after (got 60 s to 65 s); within 0 s and 24 s" in late.err
    own = journeywright("failover", "first-journey", "--target", "http://127.0.0.1:1", folder=tmp_path)
    assert (own.code, own.problems[0].partition(";")[0]) == (2, "--target: needs --fault (got http://127.0.0.1:1)")
    faults.write_text(
        '[actuator]\nkind = "command"\n[[fault]]\nname = "x"\nstation = "website"\nkind = "kill"\nat = "8 s"\n'
        'lasting = "8 s"\ndo = "true"\nundo = "true"\n'
    )
    down = journeywright(
        "failover", "first-journey", "--target", "http://127.0.0.1:1", "--fault", faults, folder=tmp_path
    )
    assert down.code == 3
    assert "http://127.0.0.1:1: does not answer" in down.problems[0]
