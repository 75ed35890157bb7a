"""A validation in words: the count first, what differs before what does not, and what more would settle."""

from __future__ import annotations

from reports.statistics import Estimate
from reports.validation.agreement import Judged, Validation
from reports.validation.equivalence import Equivalence, Verdict
from reports.validation.texts import answer, apart, validation_lines


def judged(name: str, verdict: Verdict, needed: float | None = None) -> Judged:
    found = Equivalence(1.0, 1.2, Estimate(0.2, 0.15, 0.25, 9), 0.1, verdict, needed, "")
    return Judged(name, name.upper(), "times", "s", found)


def validation(*numbers: Judged) -> Validation:
    return Validation("loaded", "twin", "2026", True, numbers, ())


def test_what_differs_is_told_first_and_counted() -> None:
    found = validation(judged("a", "equivalent"), judged("b", "inconclusive", 3.0), judged("c", "different"))
    assert answer(found) == (
        "The model does not predict what was measured: of 3 numbers 1 different, 1 inconclusive, 1 equivalent."
    )
    lines = validation_lines(found)
    assert [line.split()[0] for line in lines[-3:]] == ["c", "b", "a"]
    assert lines[2].startswith("model: not validated; twin held against loaded")
    assert [one.name for one in apart(found)] == ["c"]


def test_what_more_would_settle_is_told_where_nothing_is_settled() -> None:
    found = validation(*(judged(f"n{times}", "inconclusive", times) for times in (1.5, 4.0, 20.0)))
    told = answer(found)
    assert told.endswith("3 inconclusive. A run 4.0 times as long would settle half of those that more can settle.")
    assert "A run" not in answer(validation(judged("a", "inconclusive")))
