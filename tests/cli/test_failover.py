"""failover, from the command line: a replica is killed under load, and the page tells what customers noticed."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.actuators import STEADY_S
from tests.backend.test_replicas import needs_envoy
from tests.cli.running import Done, journeywright

Command = Callable[..., Done]


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
def test_what_does_not_go_together_is_refused(tmp_path: Path, command: Command) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nname = "x"\nstation = "website"\nkind = "kill"\nat = "1 min"\nlasting = "5 s"\n')
    both = command("failover", "first-journey", "--table", "--fault", faults.name)
    assert (both.code, both.problems) == (2, ["--table: does not go with --fault; one of them says what breaks"])
    late = command("failover", "first-journey", "--fault", faults.name)
    assert late.code == 2
    assert "--fault: must leave time before and after (got 60 s to 65 s); within 0 s and 24 s" in late.err
    own = command("failover", "first-journey", "--target", "http://127.0.0.1:1")
    assert (own.code, own.problems[0].partition(";")[0]) == (2, "--target: needs --fault (got http://127.0.0.1:1)")
    faults.write_text(
        '[actuator]\nkind = "command"\n[[fault]]\nname = "x"\nstation = "website"\nkind = "kill"\nat = "8 s"\n'
        'lasting = "8 s"\ndo = "true"\nundo = "true"\n'
    )
    began = time.monotonic()
    down = command("failover", "first-journey", "--target", "http://127.0.0.1:1", "--fault", faults.name)
    assert down.code == 3
    assert "http://127.0.0.1:1: nothing answers" in down.problems[0]
    assert time.monotonic() - began < STEADY_S  # it is not waited for as one that answers with errors is


@needs_envoy
def test_budgets_that_are_none_of_a_failover_are_refused(command: Command) -> None:
    told = command("failover", "first-journey", "--budget", "completion >= 5%", "--budget", "lost submissions <")
    assert told.code == 2
    assert "--budget: is not one of a failover (got completion >= 5%); conversion before failover" in told.err
    assert "--budget: not a budget: 'lost submissions <'" in told.err


@needs_envoy
@pytest.mark.load
def test_a_load_goes_to_replicas_while_something_breaks_and_is_simulated_beside_it(tmp_path: Path) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text(
        '[[fault]]\nname = "lost-answers"\nstation = "website"\nkind = "reset"\nshare = 0.5\nat = "1 s"\n'
        'lasting = "2 s"\n[[fault]]\nname = "killed"\nstation = "website"\nkind = "kill"\nat = "1 s"\nlasting = "2 s"\n'
    )
    done = journeywright(
        "load", "first-journey", "--replicas", "2", "--fault", faults, "--rate", "10 / s", "--duration", "4 s",
        "--speed", "20000", "--max-lag", "5 s", folder=tmp_path,
        within_s=110,
    )  # fmt: skip
    assert done.code in (0, 1), done.err
    run = tmp_path / "out" / "runs" / "loaded-as-is"
    asked = "SELECT count(*) AS n FROM events WHERE outcome = 'failed' AND detail LIKE '%the answer broke off%'"
    found = journeywright("query", run, asked, "--json", folder=tmp_path)
    assert json.loads(found.out)[0]["n"] > 3, found.out
    twin = journeywright(
        "query", tmp_path / "out" / "runs" / "twin-of-loaded-as-is",
        "SELECT count(*) AS n FROM events WHERE outcome = 'failed' AND detail LIKE '%lost-answers%'", "--json",
        folder=tmp_path,
    )  # fmt: skip
    assert json.loads(twin.out)[0]["n"] > 3, twin.out


def test_replicas_and_faults_are_ours_and_a_browser_s_are_no_load_s(tmp_path: Path, command: Command) -> None:
    faults = tmp_path / "faults.toml"
    faults.write_text('[[fault]]\nname = "x"\nkind = "offline"\nat = "1 s"\nlasting = "5 s"\n')
    load = command("load", "first-journey", "--fault", faults.name)
    assert (load.code, load.problems[0].partition(": ")[2]) == (
        2, "is in the browser (got offline); walk it: journeywright browse",
    )  # fmt: skip
    own = command("load", "first-journey", "--target", "http://127.0.0.1:1", "--replicas", "2")
    assert own.code == 2
    assert own.problems[0].startswith("--replicas: is for the mocked back end (got http://127.0.0.1:1)")
