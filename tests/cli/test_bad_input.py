"""Bad input: one clear line per problem and exit code 2; something missing: exit code 3; never a traceback."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Done, journeywright

Edited = Callable[..., str]
Command = Callable[..., Done]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("abandon=0.10", "abondon=0.10", "mine.py:19: TypeError: Step has no 'abondon'; did you mean 'abandon'?"),
        ("import (\n", "import (\n    Jorney,",
         "mine.py:3: ImportError: journeys has no 'Jorney'; did you mean 'Journey'?"),
        ('Route("denied", 0.04)', 'Route("deneid", 0.04)',
         "first-journey.steps.identity.routes.deneid: there is no 'deneid'; did you mean 'denied'?"),
        ('Route("completed"))', 'Route("completed", 0.9))',
         "first-journey.steps.identity.routes: probabilities do not sum to 1 (got 0.94); 1; "),
        ("minutes(8), cv", "minutes(-8), cv",
         "first-journey.steps.identity.service.mean: must not be negative (got -8 min); a duration of zero or more"),
        ('(Route("denied", 0.04), Route("completed"))', '(Route("identity"),)',
         "first-journey.steps.identity.routes: is in a cycle with no way out (got identity); "),
        ("customers=1500,", "customers=1500,,", "mine.py:12: SyntaxError: invalid syntax"),
        ("journey = Journey(", "raise SystemExit(0)\njourney = Journey(", "mine.py:8: SystemExit: 0"),
        ("journey = Journey(", "jurney = Journey(", "mine.py: holds no journey; a variable named 'journey'"),
    ],
)  # fmt: skip
def test_a_file_of_ones_own(edited: Edited, command: Command, old: str, new: str, line: str) -> None:
    said = command("show", edited(old, new))
    assert said.code == 2
    assert said.out == ""
    assert len(said.err.splitlines()) == 1, said.err
    assert said.err.startswith(line)
    assert "Traceback" not in said.err


def test_all_problems_at_once(edited: Edited, command: Command, tmp_path: Path) -> None:
    name = edited('minutes(8), cv=1.0),\n            routes=(Route("denied", 0.04)',
                  'minutes(-8), cv=1.0),\n            routes=(Route("denied", 1.4)')  # fmt: skip
    said = command("simulate", name)
    assert said.code == 2
    assert [line.split(":")[0] for line in said.problems] == [
        "first-journey.steps.identity.service.mean",
        "first-journey.steps.identity.routes.denied.probability",
        "first-journey.steps.identity.routes",
    ]
    assert not (tmp_path / "out").exists()


WHAT_IF = """
journey = "first-journey"
[scenarios.as-is]
[scenarios.more-clerks]
"stations.clerk.servers" = 8
"steps.join.abandon" = 0.1
[scenarios.nobody-leaves]
"steps.join.abandon" = -0.1
"""


def test_a_what_if_names_each_scenario_that_is_wrong(command: Command, tmp_path: Path) -> None:
    (tmp_path / "what-if.toml").write_text(WHAT_IF, encoding="utf-8")
    said = command("compare", "what-if.toml")
    assert said.code == 2
    unknown = "stations has no 'clerk'; did you mean 'clerks'?; 'journeywright show JOURNEY' lists the paths"
    assert said.problems == [
        f"scenarios.more-clerks.stations.clerk.servers: {unknown}",
        "scenarios.nobody-leaves.steps.join.abandon: must be a probability (got -0.1); 0 to 1",
    ]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("show", "frist-journey"), "frist-journey: no such journey; did you mean 'first-journey'?"),
        (("show", "./nowhere.py"), "nowhere.py: no such file; a Python file with a variable named 'journey'"),
        (("show", "first-journey", "--set", "steps.jion.abandon=0.2"),
         "steps.jion.abandon: steps has no 'jion'; did you mean 'join'?"),
        (("show", "first-journey", "--set", "steps.join.abandon"), "--set: is not PATH=VALUE (got steps.join.abandon)"),
        (("show", "first-journey", "--set", "=8"), "--set: is not PATH=VALUE (got =8)"),
        (("show", "first-journey", "--set", "stations.clerks.servers=many"),
         "stations.clerks.servers: cannot be set to this (got 'many'); a whole number"),
        (("simulate", "loan-application", "--scenario", "redisgned"),
         "scenario: there is no 'redisgned'; did you mean 'redesigned'?"),
        (("simulate", "first-journey", "--scenario", "faster"), "first-journey: comes with no scenarios; "),
        (("compare", "what-if.toml"), "what-if.toml: cannot be read (No such file or directory)"),
        (("browse", "first-journey", "--rate", "0 / s"), "--rate: must be > 0 (got 0 / s)"),
        (("load", "first-journey", "--rate", "often"), "--rate: not a rate: 'often'"),
        (("load", "first-journey", "--duration", "-3 s"), "--duration: must be > 0 (got -3 s)"),
        (("load", "first-journey", "--target", "ftp://example.org"), "--target: is not an address"),
        (("new", "."), "NAME: is not a file's name (got '.')"),
        # the command line itself
        (("simulat", "first-journey"), "journeywright: no such command 'simulat'; did you mean 'simulate'?"),
        (("simulate",), "journeywright simulate: missing argument 'JOURNEY'; see 'journeywright simulate --help'"),
        (("simulate", "first-journey", "--sed", "1"), "journeywright simulate: no such option '--sed'"),
        (("simulate", "first-journey", "--customers", "0"),
         "journeywright simulate: invalid value for '--customers': 0 is not in the range"),
        (("simulate", "first-journey", "--customers", "ten"),
         "journeywright simulate: invalid value for '--customers': 'ten' is not a whole number; see"),
        (("compare", "a-run", "b-run", "--what-if", "w.toml"), "--what-if: is simulated (got a-run b-run); a journey"),
    ],
)  # fmt: skip
def test_one_line_that_tells_what_is_wrong(
    command: Command, tmp_path: Path, arguments: tuple[str, ...], line: str
) -> None:
    said = command(*arguments)
    assert said.code == 2
    assert said.out == ""
    assert len(said.problems) == 1, said.err
    assert said.err.startswith(line)
    assert list(tmp_path.iterdir()) == []


def test_new_writes_once(command: Command, tmp_path: Path) -> None:
    said = command("new", "my mine")
    assert said.code == 0
    assert said.out.splitlines() == [
        "my mine.py: try  journeywright simulate 'my mine.py'",
        "my mine.toml: try  journeywright compare 'my mine.toml'",
    ]
    (tmp_path / "my mine.py").write_text("mine", encoding="utf-8")
    said = command("new", "my mine.py")
    assert (said.code, said.problems) == (
        2, [f"my mine.{ending}: is there already; choose another name" for ending in ("py", "toml")],
    )  # fmt: skip
    assert (tmp_path / "my mine.py").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("command", ["browse", "load"])
def test_a_target_that_is_down(tmp_path: Path, nowhere: str, command: str) -> None:
    said = journeywright(
        command, "first-journey", "--customers", 2, "--speed", 3600, "--target", nowhere, folder=tmp_path
    )
    if "no browser" in said.err:
        pytest.skip(said.err)
    assert said.code == 3
    assert len(said.problems) == 1
    assert said.err.startswith(f"{nowhere}: ")
    assert "--target" in said.err
    assert not (tmp_path / "out").exists()


def test_a_port_in_use(command: Command) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = command("serve", "first-journey", "--port", str(port))
    assert said.code == 3
    assert said.problems == [
        f"127.0.0.1:{port}: the port is in use; choose another with --port, or 0 for any that is free"
    ]


def test_a_folder_that_is_no_run(
    command: Command, monkeypatch: pytest.MonkeyPatch, simulated: tuple[Path, Done]
) -> None:
    said = command("report", "nothing")
    assert said.code == 3
    assert said.problems == [
        "nothing: holds no run (no manifest.json, No such file or directory); give the folder with manifest.json"
    ]
    monkeypatch.chdir(simulated[0])
    said = command("report", "out")
    assert said.code == 3
    assert said.problems[0].endswith("; give a run's folder, such as out/runs/simulated-as-is")


@pytest.mark.parametrize(
    ("sql", "line"),
    [
        ("SELECT * FORM events", "query: Parser Error: "),
        ("SELECT outcom FROM events", 'query: Binder Error: Referenced column "outcom" not found'),
        ("SELECT * FROM event", "query: Catalog Error: Table with name event does not exist"),
        ("", "query: is empty; such as SELECT count(*) FROM events"),
    ],
)
def test_wrong_sql(simulated: tuple[Path, Done], command: Command, sql: str, line: str) -> None:
    said = command("query", str(simulated[0] / "out" / "runs" / "simulated-as-is"), sql)
    assert said.code == 2
    assert len(said.err.splitlines()) == 1, said.err
    assert said.err.startswith(line)
    assert "Traceback" not in said.err


def test_a_budget_missed_is_not_bad_input(tmp_path: Path) -> None:
    said = journeywright(
        "simulate", "first-journey", "--customers", 60, "--replications", 2, "--jobs", 1, "--set",
        "steps.join.abandon=0.9", folder=tmp_path,
    )  # fmt: skip
    assert said.code == 1
    assert len(said.problems) == 1
    assert said.err.startswith("As is, simulated: completion >= 70%: missed, ")
    assert "summary.json" in said.out


def test_claims_that_cannot_be_judged_are_told_before_anything_is_simulated(command: Command, tmp_path: Path) -> None:
    (tmp_path / "what-if.toml").write_text(
        'journey = "first-journey"\ncustomers = 100\nreplications = 3\n[scenarios.as-is]\n[scenarios.fewer]\n'
        '"stations.clerks.servers" = 4\n'
    )
    (tmp_path / "claims.toml").write_text(
        'claims = [{says = "completion up at least 1%", scenario = "fwer"}, "p95(idntity) < 1 h"]'
    )
    said = command("compare", "what-if.toml", "--claims", "claims.toml")
    assert said.code == 2
    assert said.problems == [
        "claim 1.scenario: there is no run 'fwer'; did you mean 'fewer'?",
        "claim 2.says: there is no step 'idntity'; did you mean 'identity'?",
    ]
    assert not (tmp_path / "out").exists()
    (tmp_path / "claims.toml").write_text('claims = ["completion up at least 900%", "calls unchanged within 900%"]')
    said = command("compare", "what-if.toml", "--claims", "claims.toml", "--jobs", "1")
    assert said.code == 1
    assert "claim refuted: completion up at least 900% (fewer against as-is)" in said.err
    assert "supported: calls unchanged within 900%" in said.out
    assert "unchanged" not in said.err


def test_a_journey_without_claims(command: Command) -> None:
    said = command("compare", "loan-application", "--claims", "first-journey")
    assert said.code == 2
    assert said.problems == ["first-journey: comes with no claims; give a file of claims, such as claims.toml"]


def test_questions_and_formats_that_are_not_there(command: Command, tmp_path: Path) -> None:
    assert command("simulate", "first-journey", "--customers", "5", "--replications", "1", "--jobs", "1").code in (0, 1)
    run = "out/runs/simulated-as-is"
    said = command("query", run, "outcome")
    assert (said.code, said.problems) == (
        2, ["query: there is no question 'outcome'; did you mean 'outcomes'?; or give SQL"],
    )  # fmt: skip
    said = command("export", run, "--to", "xis")
    assert (said.code, said.problems) == (2, ["--to: there is no format 'xis'; did you mean 'xes'?"])
    assert command("query", run, "failures").out.startswith("no rows (step, outcome")
