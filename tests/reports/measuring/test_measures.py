"""A journey's own measures: shares, spans, tallies, and repeat custom, from rows made by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from journeys import Budget, Busy, Loyalty, Share, Span, Tally
from journeys.checks import check, problems
from journeys.columns import Columns
from journeys.eventlog import Row
from journeys.loyalty import referred, returned
from journeys.measures import Measure
from reports.judging import judge
from reports.measuring.metrics import measure_replication
from reports.measuring.quantities import Quantity
from reports.measuring.results import Results, merged
from tests.reports.synthetic import DAY, LOAN, approved, arrival, leaving, manifest, row

DENIED = [
    arrival(1, 0),
    row(1, "start", (0, 0, 10), to="submit"),
    row(1, "submit", (10, 15, 20), to="intake"),
    row(1, "intake", (20, 20, 50), to="review"),
    row(1, "review", (50, 60, 100), to="papers"),
    row(1, "papers", (200, 200, 200), to="review"),
    row(1, "review", (200, 300, 400), to="denied"),
    leaving(1, 400, "denied"),
]
ROWS = [*approved(0, 0.0, DAY), *DENIED, arrival(2, 5), row(2, "start", (5, 5, 9), "dropped"), leaving(2, 9, "dropped")]


def results(
    *measures: Measure, rows: list[Row] = ROWS, budgets: tuple[Budget, ...] = (), **described: object
) -> Results:
    journey = check(replace(LOAN, measures=measures, budgets=budgets, loyalty=described.pop("loyalty", None)))
    told = manifest(**described)
    return merged(journey, told, [measure_replication(journey, told, 0, Columns.of(rows))])


def measured(measure: Measure, **described: Any) -> dict[str, Quantity]:
    found = results(measure, **described).quantities
    return {key.removeprefix("measure."): item for key, item in found.items() if key.startswith("measure.")}


@pytest.mark.parametrize(
    ("measure", "hits", "of"),
    [
        (Share(name="x", title="X", visited=("review",)), 2, 3),
        (Share(name="x", title="X", among=("submit",), avoided=("papers",)), 1, 2),
        (Share(name="x", title="X", avoided=("papers",), ended=("completed",)), 1, 3),
        (Share(name="x", title="X", ended=("denied", "dropped")), 2, 3),
        (Share(name="x", title="X", among=("papers", "review"), visited=("papers",), of="visits"), 1, 4),
        (Share(name="x", title="X", among=("offer",), visited=("papers",)), 0, 1),
    ],
)
def test_shares(measure: Share, hits: int, of: int) -> None:
    found = measured(measure)["x"]

    assert (found.successes, found.units) == (hits, of)
    assert found.values.tolist() == [hits / of]


def test_spans_begin_at_the_last_end_of_service_before_them() -> None:
    to_the_start = measured(Span(name="x", title="X", since=("intake", "papers"), until="review"))
    to_the_end = measured(Span(name="x", title="X", since=("submit",), until="review", to_the_end=True))

    # intake ended at 50 and 43,220 s, papers at 200; the reviews began at 60, 300 and right after the intake
    assert sorted(to_the_start["x.p50"].sample) == [0.0, 10.0, 100.0]
    assert to_the_start["x.mean"].values[0] == pytest.approx(110 / 3)
    assert sorted(to_the_end["x.p90"].sample) == [80.0, 380.0, DAY]


def test_spans_are_on_the_journeys_clock() -> None:
    span = Span(name="x", title="X", since=("submit",), until="papers")

    assert measured(span, speed=60.0)["x.p50"].sample.tolist() == [180.0 * 60]


def test_busy_is_time_in_service_of_anybody_however_it_ended() -> None:
    rows = [*DENIED, arrival(2, 0), row(2, "review", (50, 75, 100), "dropped"), leaving(2, 100, "dropped")]
    busy = Busy(name="x", title="X", steps=("review",), servers=2)

    found = results(busy, rows=rows).quantities["measure.x"]

    assert found.values[0] == pytest.approx((40 + 100 + 25) / (2 * 400))


def test_nothing_to_measure_is_no_number() -> None:
    found = measured(Span(name="x", title="X", since=("offer",), until="papers"))

    assert all(math.isnan(item.values[0]) for item in found.values())


def test_tallies_count_every_visit() -> None:
    assert measured(Tally(name="x", title="X", visited=("review", "papers")))["x"].values[0] == pytest.approx(400 / 3)


def test_who_comes_again_is_counted_only_where_somebody_may() -> None:
    more = [arrival(returned(0), DAY * 2, detail="returned"), leaving(returned(0), DAY * 2, "completed"),
            arrival(referred(0), DAY * 2, detail="referred"), leaving(referred(0), DAY * 2, "completed")]  # fmt: skip

    loyal = results(rows=[*ROWS, *more], loyalty=Loyalty(returns=0.5)).quantities

    assert (loyal["returned"].values[0], loyal["referred"].values[0]) == (0.2, 0.2)
    assert "returned" not in results(rows=ROWS).quantities
    assert "returned" not in results(loyalty=Loyalty(), not_measured=("loyalty",)).quantities


def test_budgets_limit_them() -> None:
    share = Share(name="direct", title="Without papers", among=("submit",), avoided=("papers",))
    span = Span(name="turnaround", title="Turnaround", since=("submit",), until="review")
    budgets = Budget("share(direct) >= 40%"), Budget("p90(turnaround) < 2 d"), Budget("mean(turnaround) < 1 min")

    judged = judge("as-is", results(share, span, budgets=budgets))

    # reviews began 43,200 s, 40 s and 280 s after the last submission
    assert [judged[0].estimate.value, judged[2].estimate.value] == pytest.approx([0.5, 43520 / 3])
    assert judged[0].unit == "share"
    assert [item.unit for item in judged[1:]] == ["s", "s"]


def test_what_is_wrong_is_told_with_its_path() -> None:
    wrong = replace(
        LOAN,
        measures=(
            Share(name="review", title="X"),
            Share(name="x", title="X", visited=("revew",), ended=("complete",)),
            Share(name="y", title="Y", visited=("review",), of="visits"),
            Span(name="z", title="Z", since=("nowhere",), until="review"),
        ),
        budgets=(Budget("share(z) < 1%"), Budget("p95 wait(z) < 1 s")),
    )

    told = {problem.path: str(problem) for problem in problems(wrong)}

    assert set(told) == {
        "measures.review", "measures.x.visited", "measures.x.ended", "measures.y", "measures.z.since", "budgets.0",
        "budgets.1",
    }  # fmt: skip
    assert "review" in told["measures.x.visited"]
