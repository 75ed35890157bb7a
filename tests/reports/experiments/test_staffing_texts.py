"""A staffing in words: the answer first, how sure it is, and what was left open."""

from __future__ import annotations

import numpy as np

from journeys import Budget
from journeys.ranges import Range
from reports.experiments.staffing import Search, Trial, limits
from reports.experiments.staffing_costs import Costs
from reports.experiments.staffing_texts import staffing_lines, staffing_values

BUDGET = Budget("completion >= 50%")
RANGES = [Range("stations.desk.servers", 3, 5)]
COSTS = Costs(np.array([300.0, 400.0, 500.0]), "USD")


def trial(at: int, *values: float) -> Trial:
    return Trial((at,), limits(np.array(values)[:, None], [BUDGET]), len(values))


MISSED, OPEN, KEPT = trial(0, 0.2, 0.21, 0.22), trial(1, 0.4, 0.7, 0.5, 0.6), trial(2, 0.8, 0.81, 0.82)


def test_the_answer_its_certainty_and_what_was_passed_over() -> None:
    lines = staffing_lines(Search((2,), (KEPT, MISSED, OPEN)), KEPT, RANGES, COSTS, [BUDGET])
    assert lines[0] == "Least costly: stations.desk.servers=5, USD 500 a week"
    assert lines[1] == "Every limit holds, with 95% confidence, by 3 replications that the search had not seen:"
    assert lines[2] == "  completion >= 50%: kept, 81% (78.5% to 83.5%)"
    needed = OPEN.limits[0].needed
    assert needed is not None
    assert needed > 4
    assert lines[3] == (
        f"Undecided, and passed over: stations.desk.servers=4; about {needed} replications would settle it"
    )
    assert lines[5].startswith("Tried 3 of 3 staffings")
    assert [line.split()[5] for line in lines[7:]] == ["missed", "inconclusive", "kept"]  # by cost


def test_an_answer_that_fresh_replications_leave_open_says_so() -> None:
    lines = staffing_lines(Search((1,), (OPEN,)), OPEN, RANGES, COSTS, [BUDGET])
    assert lines[1].startswith("Not every limit is sure to hold, by 4 replications")
    assert "inconclusive, 55.0% (" in lines[2]
    assert lines[2].endswith("replications would settle it")
    assert not staffing_values(Search((1,), (OPEN,)), OPEN, RANGES, COSTS)["confirmed"]


def test_no_answer_is_an_answer() -> None:
    lines = staffing_lines(Search(None, (MISSED,)), None, RANGES, COSTS, [BUDGET])
    assert lines[0] == "No staffing in these ranges is shown to keep completion >= 50%"
    assert staffing_values(Search(None, (MISSED,)), None, RANGES, COSTS)["best"] is None
