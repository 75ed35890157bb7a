"""What is told of walks: rates, trends, summaries of a bounded size, whom to look at."""

from __future__ import annotations

import doctest
from pathlib import Path

import pandas as pd
import pytest

import pytest_journeywright.history
from journeys.browser import truth
from journeys.findings import Finding, rulings
from pytest_journeywright import verdicts
from pytest_journeywright.history import notable
from pytest_journeywright.summary import LIMIT_BYTES, markdown
from pytest_journeywright.told import Told
from pytest_journeywright.verdicts import Attempt, Walked

RULINGS = rulings("")


def found(check: str, customer: int, what: str = "it") -> Finding:
    return Finding(check, "pay", what, customer)


def walked(*attempts: Attempt, **more: object) -> Walked:
    return Walked("s", "shop", "shop.py", "api", "all", 1, False, attempts, **more)  # type: ignore[arg-type]


def told() -> Told:
    return Told("s", "mock", 3, (), 1, 1.0, 1, 2, ("api",), RULINGS, Path("out"), False, False, False, "")


def test_examples_hold() -> None:
    assert doctest.testmod(pytest_journeywright.history).failed == 0
    assert doctest.testmod(truth).failed == 0


def test_broken_is_who_failed_each_time_and_flaky_who_did_not() -> None:
    first = Attempt("first", (1, 2, 3, 4), (found("step", 1), found("server-error", 2), found("console", 3)))
    again = Attempt("again-1", (1, 2), (found("step", 1),))
    both = walked(first, again)
    assert both.broken(RULINGS) == {1}
    assert both.flaky(RULINGS) == {2}
    assert both.times(2, RULINGS) == (1, 2)
    assert both.fails(RULINGS)
    flaky = walked(Attempt("first", (2,), (found("step", 2),)), Attempt("again-1", (2,), ()))
    assert not flaky.fails(RULINGS)
    assert flaky.fails(rulings("flaky"))
    assert Walked.of_json(both.as_json()) == both


def test_who_was_not_walked_again_is_broken() -> None:
    first = Attempt("first", tuple(range(9)), tuple(found("step", number) for number in range(9)))
    few = verdicts.sample(first, RULINGS)
    assert few == (0, 1, 2)
    assert walked(first, Attempt("again-1", few, tuple(found("step", number) for number in few))).broken(RULINGS) == {
        *range(9)
    }


def test_where_one_recovers_the_others_whom_the_same_befell_walk_again_too() -> None:
    first = Attempt("first", tuple(range(6)), tuple(found("step", number, "same") for number in range(5)))
    assert verdicts.doubtful(first, {1}, RULINGS) == set(range(5))
    assert verdicts.doubtful(first, set(), RULINGS) == set()


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        (0.56, [0.49, 0.5, 0.51], 1),  # beyond all, by more than a tenth
        (0.54, [0.49, 0.5, 0.51], 0),  # beyond all, by less
        (0.60, [0.4, 0.5, 0.7], 0),  # not beyond all
        (0.9, [0.5, 0.5], 0),  # beside too few
    ],
)
def test_only_what_lies_beyond_the_last_runs_is_notable(now: float, before: list[float], said: int) -> None:
    assert len(notable({"p95(pay)": now}, [{"p95(pay)": value} for value in before])) == said


def test_a_summary_is_bounded_and_harmless() -> None:
    wild = tuple(
        found("console", number, f"<script>alert({number})</script>|`x` " + "y" * 150) for number in range(2000)
    )
    text = markdown([walked(Attempt("first", tuple(range(2000)), wild))], told(), [], [])
    assert len(text.encode()) <= LIMIT_BYTES + 100
    assert "<script>" not in text
    assert text.rstrip().endswith("and more, in the folder of the results")


def row(customer: int, step: str, outcome: str = "served", detail: str = "") -> dict[str, object]:
    return {"customer": customer, "step": step, "outcome": outcome, "detail": detail, "lane": "customer", "visit": 0,
            "ready_s": 1.0, "end_s": 1.5}  # fmt: skip


def test_a_failure_that_was_made_good_is_an_attempt() -> None:
    rows = pd.DataFrame([row(1, "pay", "failed"), row(1, "pay"), row(2, "pay", "failed"), row(3, "pay", "timed_out")])
    met = verdicts.met(rows, [found("step", 1), found("step", 2)], mocked=False)
    assert [(one.check, one.customer) for one in met] == [("attempt", 1), ("step", 2), ("step", 3)]


def test_what_is_asked_again_is_read_from_the_rows_of_a_mocked_back_end() -> None:
    rows = pd.DataFrame([row(1, "pay", detail="re-asked: phone, employer; slow")])
    (again,) = verdicts.met(rows, [], mocked=True)
    assert (again.check, again.what) == ("asked-again", "phone, employer, which the customer had given")


def test_few_customers_cover_every_step() -> None:
    walked = [row(1, "a"), row(1, "b", "failed"), row(2, "a"), row(2, "b"), row(3, "c"), row(4, "c"), row(4, "exit")]
    rows = pd.DataFrame(walked)
    met_by = verdicts.steps_of(rows)
    assert met_by == {1: {"a"}, 2: {"a", "b"}, 3: {"c"}, 4: {"c"}}
    assert verdicts.covering(met_by, {"a", "b", "c"}) == (2, 3)
    assert verdicts.covering({4: met_by[4]}, {"a", "c"}) == (4,)
    assert verdicts.covering(verdicts.steps_of(pd.DataFrame([row(1, "a"), row(1, "exit", "denied")])), {"denied"}) == (
        1,
    )
    assert verdicts.figures(rows) == ({"served": 1}, {"a": [0.5, 0.5], "b": [0.5], "c": [0.5, 0.5]})


@pytest.mark.parametrize(
    ("seen", "held", "lies"),
    [
        ({"kicker": "Your turn", "heading": "Order", "form": True, "now": []}, {"step": "order", "acts": True}, False),
        ({"kicker": "Your turn", "heading": "Pay", "form": True, "now": []}, {"step": "order", "acts": True}, True),
        ({"kicker": "Completed", "heading": "", "form": False, "now": []}, {"step": "review", "acts": False}, True),
        ({"kicker": "In progress", "heading": "", "form": False, "now": ["Review"]},
         {"step": "review", "acts": False}, False),
        ({"kicker": "In progress", "heading": "", "form": False, "now": ["Receipt"]},
         {"step": "review", "acts": False}, True),
        ({"kicker": "Completed", "heading": "", "form": False, "now": []},
         {"step": "denied", "acts": False, "end": True}, True),
        ({"kicker": "Decision", "heading": "", "form": False, "now": []},
         {"step": "denied", "acts": False, "end": True}, False),
    ],
)  # fmt: skip
def test_a_page_lies_where_it_says_something_else_than_is_held(
    seen: dict[str, object], held: dict[str, object], lies: bool, shop: object
) -> None:
    assert bool(truth.lie(seen, {"end": False, **held}, shop)) == lies  # type: ignore[arg-type]
