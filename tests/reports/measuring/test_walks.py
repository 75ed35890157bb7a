"""What became of each customer: read from rows whose story is known."""

from __future__ import annotations

import itertools
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from journeys import Fork, Journey, Route, Step
from journeys.columns import Coded, Columns
from journeys.errors import CannotRead
from journeys.eventlog import NAN, Row
from reports.measuring.decisions import leads_only_to
from reports.measuring.walks import Walks, read_walks
from tests.reports.synthetic import LOAN, approved, arrival, leaving, manifest, row


def walks(rows: list[Row], journey: Journey = LOAN, **changed: object) -> Walks:
    return read_walks(journey, Columns.of(rows), manifest(**changed))


def read(rows: list[Row], journey: Journey = LOAN, **changed: object) -> dict[str, dict[int, Any]]:
    """Return what became of each customer, by number, for each column."""
    customers = walks(rows, journey, **changed).customers
    columns = {name: getattr(customers, name) for name in ("at", "cause", "decision_s", "approved", "arrived_s")}
    return {
        name: dict(zip(customers.customer.tolist(), column.values() if isinstance(column, Coded) else column.tolist(),
                       strict=True))
        for name, column in columns.items()
    }  # fmt: skip


def test_where_a_journey_ended_is_where_its_last_row_leads() -> None:
    found = read(
        [
            arrival(0, 0), leaving(0, 5, "dropped", "nobody answered (how_to)"),
            arrival(1, 0), row(1, "start", (0, NAN, 8), "dropped", "dropped"),
            leaving(1, 8, "dropped", "gave up at start"),
            arrival(2, 0), row(2, "start", 1, to="submit"), row(2, "submit", 2, to="intake"),
            row(2, "intake", (2, 2, 9), to="review"), leaving(2, 99, "dropped", "gave up waiting (decision)"),
            arrival(3, 0), row(3, "start", 1, to="submit"), row(3, "submit", 2, to="intake"),
            row(3, "intake", (2, NAN, 50), "dropped", "dropped"),
            leaving(3, 50, "dropped", "gave up waiting (decision)"),
            arrival(4, 0), row(4, "start", 1, "failed", "dropped"), leaving(4, 1, "dropped", "failed at start"),
        ]
    )  # fmt: skip
    assert found["at"] == {0: "start", 1: "start", 2: "review", 3: "intake", 4: "start"}
    assert found["cause"] == {
        0: "calls went unanswered",
        1: "gave up while acting",
        2: "gave up waiting",
        3: "gave up waiting",
        4: "technical failure",
    }


def test_steps_that_take_no_time_keep_the_journeys_order() -> None:
    rows = [arrival(0, 0), *(row(0, name, 7, to=to) for name, to in (("intake", "review"), ("submit", "intake")))]
    assert read([*rows, leaving(0, 7, "dropped", "gave up waiting (decision)")])["at"][0] == "review"


def test_time_to_decision_runs_from_the_first_submission_to_the_last_row_of_the_wait() -> None:
    reworked = [
        arrival(1, 0), row(1, "submit", 100, to="intake"), row(1, "intake", (100, 100, 200), to="review"),
        row(1, "review", (200, 200, 300), to="papers"), row(1, "papers", 400, to="review"),
        row(1, "review", (400, 450, 500), to="denied", visit=1), leaving(1, 500, "denied"),
    ]  # fmt: skip
    asked_for_papers = [
        arrival(2, 0), row(2, "submit", 100, to="intake"), row(2, "review", (200, 200, 300), to="papers"),
        leaving(2, 400, "dropped", "gave up at papers"),
    ]  # fmt: skip
    found = read([*approved(0, 0, 1000.0), *reworked, *asked_for_papers])
    assert found["decision_s"][0] == 1000.0
    assert found["decision_s"][1] == 400.0
    assert np.isnan(found["decision_s"][2])
    assert found["approved"] == {0: True, 1: False, 2: False}


def test_parallel_branches_are_one_decision_and_machines_count_each_second_once() -> None:
    checks = ("identity", "credit")
    branches = tuple(Step(name=name, lane="support", station="portal", awaits="decision") for name in checks)
    intake = Step(name="intake", lane="support", awaits="decision", fork=Fork(checks, "review"))
    steps = {step.name: (step,) for step in LOAN.steps} | {"intake": (intake, *branches)}
    journey = replace(LOAN, steps=tuple(itertools.chain(*steps.values())))
    assert leads_only_to(journey, "offer", "completed")
    assert not leads_only_to(journey, "intake", "denied")
    first = [arrival(0, 0), row(0, "submit", 100, to="intake"), row(0, "intake", (100, 100, 100), to="review")]
    denied = [
        *first, row(0, "identity", (100, 100, 140), to="denied"), row(0, "credit", (100, 110, 140), "withdrawn"),
        leaving(0, 140, "denied"),
    ]  # fmt: skip
    found = read(denied, journey)
    assert (found["at"][0], found["decision_s"][0], found["approved"][0]) == ("identity", 40.0, False)
    joined = [
        *first, row(0, "identity", (100, 110, 130), to="review"), row(0, "credit", (100, 105, 140), to="review"),
        row(0, "review", (140, 140, 150), to="offer"), leaving(0, 160, "completed"),
    ]  # fmt: skip
    scaled = read(joined, journey, speed=60.0, human_steps=("review",), kind="measured", engine="load")
    assert scaled["decision_s"][0] == pytest.approx(40 + 10 * 60)


def test_a_scaled_clock_stretches_the_time_of_people_and_not_that_of_machines() -> None:
    checks = Step(name="intake", lane="support", station="portal", awaits="decision")
    journey = replace(LOAN, steps=tuple(checks if step.name == "intake" else step for step in LOAN.steps))
    rows = [
        arrival(0, 10), row(0, "submit", 100, to="intake"), row(0, "intake", (100, 101, 103), to="review"),
        row(0, "review", (103, 103, 113), to="offer"), leaving(0, 120, "dropped", "gave up at offer"),
    ]  # fmt: skip
    customers = read(rows, journey, speed=60.0, human_steps=("review",), kind="measured", engine="load")
    assert customers["decision_s"][0] == pytest.approx(3 + 10 * 60)
    assert customers["arrived_s"][0] == 600


def test_only_customers_who_arrive_within_the_cohort_count() -> None:
    rows = [one for number in range(5) for one in approved(number, 100.0 * number, 50.0)]
    assert list(read(rows, cohort_s=(100.0, 300.0))["at"]) == [1, 2, 3]
    assert list(read(rows, cohort_s=(1000.0, 3000.0), speed=10.0)["at"]) == [1, 2, 3]


@pytest.mark.parametrize("numbers", [(0, 1, 2), (5, 90_000, 1 << 40)])
def test_the_order_of_the_rows_and_the_numbers_of_the_customers_do_not_matter(numbers: tuple[int, ...]) -> None:
    extra = [row(0, "contact:where", 40), row(0, "review", (50, 60, 70), to="papers", visit=1)]
    rows = [one._replace(customer=number) for number in numbers for one in (*approved(0, 0, 70.0), *extra)]
    rows += [one._replace(customer=7) for one in approved(0, 5.0, 70.0)]  # arrives too late to count
    inside = read(rows, cohort_s=(0.0, 1.0))
    assert list(inside["at"].items()) == [(number, "offer") for number in numbers]
    assert set(inside["decision_s"].values()) == {70.0}
    for seed in range(20):
        assert read(random.Random(seed).sample(rows, len(rows)), cohort_s=(0.0, 1.0)) == inside


@pytest.mark.parametrize(
    ("broken", "problem"),
    [
        ([arrival(0, 0), arrival(0, 1), leaving(0, 2, "denied")], "arrive more than once"),
        ([arrival(0, 0), leaving(0, 2, "denied"), leaving(0, 2, "denied")], "leave more than once"),
        ([arrival(1, 0), leaving(1, 1, "denied"), leaving(0, 2, "denied")], "without having arrived"),
        ([arrival(0, 0), leaving(0, 2, "served")], "an outcome that is none"),
        ([arrival(0, 0)], "never leave"),
    ],
)
def test_a_log_that_loses_or_doubles_customers_is_refused(broken: list[Row], problem: str) -> None:
    with pytest.raises(CannotRead, match=problem):
        read(broken)


def test_a_run_cut_short_counts_those_without_an_end_as_censored() -> None:
    found = walks([*approved(0, 0, 9), arrival(1, 5)], finished=False)
    assert found.customers.outcome.values() == ["completed", "censored"]
    assert found.unfinished == 1


def test_denial_is_known_by_where_people_can_still_go() -> None:
    letter = Step(name="letter", lane="customer", routes=(Route("denied"),))
    offer = replace(LOAN.step("offer"), routes=(Route("completed"),))
    journey = replace(LOAN, steps=(*LOAN.steps[:-1], offer, letter))
    assert leads_only_to(journey, "letter", "denied")
    assert not leads_only_to(journey, "review", "denied")
