"""What is printed is only text, fits the terminal where a person reads it, and is left as it is elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.saying import fit, narrowed, plain, say
from reports.study import Arm, analyse
from reports.terminal import lines
from tests.reports.synthetic import LOAN, population, write_run

ESCAPES = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe"


def test_no_name_moves_the_cursor_or_turns_the_writing() -> None:
    assert plain(f"a{ESCAPES}b\tc") == "a�[2J�]0;owned��31m�gnp.exeb\tc"


def test_prose_breaks_between_words_and_columns_do_not() -> None:
    prose, columns, command = "word " * 30, "a" * 40 + "  " + "b" * 60, "  again  " + "x " * 60
    told = fit([prose.strip(), columns, command, "short"], 50)
    assert max(map(len, told[:-3])) <= 50
    assert told[-3:] == [columns, command, "short"]
    assert " ".join(line.strip() for line in told[:-3]) == prose.strip()


def test_where_nobody_looks_on_lines_are_whole(capsys: pytest.CaptureFixture[str]) -> None:
    say(["word " * 100, f"x{ESCAPES}"])
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "word " * 100
    assert "\x1b" not in out


def test_several_rows_that_are_too_wide_leave_their_intervals_out() -> None:
    table = [["so far", "completed"], ["As is", "43% (38% to 48%)"], ["Other (new)", "50% (41% to 59%)"]]
    assert narrowed(table, 20) == [["so far", "completed"], ["As is", "43%"], ["Other (new)", "50%"]]
    assert narrowed(table, 80) == table


def test_runs_stand_one_below_the_other_where_the_terminal_is_narrow(tmp_path: Path) -> None:
    run = write_run(tmp_path / "run", [population(1, 40), population(2, 40)])
    told = analyse(title="t", simulated=[Arm("a", "As is", LOAN, run)])
    wide, narrow = lines(told), lines(told, (), 60)
    assert any(line.startswith("As is  simulated") for line in wide)
    assert "As is (simulated)" in narrow
    assert any(line.startswith("  completed    ") for line in narrow)
    assert lines(told, (), 400) == wide
