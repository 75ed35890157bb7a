"""Errors: one line a problem, and the same error after a journey between processes."""

from __future__ import annotations

import pickle

import pytest

from journeys.errors import (
    BudgetMissed,
    CannotWrite,
    InvalidInput,
    JourneywrightError,
    Problem,
    TargetUnreachable,
    Unsupported,
    did_you_mean,
)

PROBLEMS = (
    Problem("a.b", "must be > 0", "-5 h", "a duration above zero", "see the manual"),
    Problem("c", "is missing"),
)


def test_a_problem_is_one_line():
    assert str(PROBLEMS[0]) == "a.b: must be > 0 (got -5 h); a duration above zero; see the manual"
    assert str(PROBLEMS[1]) == "c: is missing"


@pytest.mark.parametrize("error", [InvalidInput(PROBLEMS), Unsupported("load", PROBLEMS)])
def test_errors_travel_between_processes(error: InvalidInput | Unsupported):
    back = pickle.loads(pickle.dumps(error))
    assert type(back) is type(error)
    assert back.problems == PROBLEMS
    assert str(back) == "\n".join(map(str, PROBLEMS))


def test_each_remedy_has_its_exit_code():
    codes = {kind.exit_code for kind in (JourneywrightError, InvalidInput, Unsupported)}
    assert codes == {2}
    assert CannotWrite.exit_code == TargetUnreachable.exit_code == 3
    assert BudgetMissed.exit_code == 1


@pytest.mark.parametrize(
    ("word", "hint"),
    [("verfy", "did you mean 'verify'?"), ("xyz", "known: submit, verify"), ("", "known: submit, verify")],
)
def test_a_near_miss_is_suggested(word: str, hint: str):
    assert did_you_mean(word, ["verify", "submit"]) == hint
    assert did_you_mean(word, []) == "known: none"
