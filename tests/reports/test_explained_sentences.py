"""What is said of blame, levers and assumptions: by people's names, and never beyond the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from journeys.loading import load, registered
from journeys.paths import parameters
from reports.headline import headline
from reports.html import page
from reports.naming import FIELDS, in_words, named
from reports.statistics import Estimate
from reports.study import Arm, Study, analyse
from reports.wording import change, change_digits
from tests.reports.explained import blame_by, doubts_of, levers_by
from tests.reports.synthetic import LOAN, bare, population, write_run

HOSTILE = '"><img src=x onerror=alert(1)>{}'
TITLED = replace(
    LOAN,
    steps=tuple(replace(step, title=HOSTILE) if step.name == "start" else step for step in LOAN.steps),
    stations=tuple(replace(own, title=HOSTILE) if own.name == "desk" else own for own in LOAN.stations),
)


def study(folder: Path, **found: object) -> Study:
    arms = [
        Arm(name, HOSTILE if name == "after" else name, TITLED,
            write_run(folder / name, [population(seed, 60, **more) for seed in range(3)], scenario=name))
        for name, more in {"before": {}, "middle": {"calls": 0.6}, "after": {"completes": 0.75}}.items()
    ]  # fmt: skip
    return analyse(title=HOSTILE, simulated=arms, found=found)


def test_a_path_is_called_by_its_title_with_the_path_to_type_behind_it() -> None:
    loan = load("loan-application")
    assert named(loan, "stations.assessors.servers") == (
        "the number of servers at “Loan assessors” (stations.assessors.servers)"
    )
    assert in_words(loan, "steps.assessment.routes.denied.probability").startswith("the share that goes from “")
    assert named(loan, "stations.nowhere.servers") == "stations.nowhere.servers"
    assert named(loan, "settings.round") == "settings.round"


@pytest.mark.parametrize("name", sorted(registered()))
def test_what_is_mostly_doubted_in_each_journey_has_words(name: str) -> None:
    journey = load(name)
    ends = ("service", "think", "abandon", "servers", "comes_back", "handling", "self_service", "effort", "visible")
    paths = [path for path, _ in parameters(journey) if path.split(".")[0] in FIELDS and path.endswith(ends)]
    assert [path for path in paths if path.count(".") == 2 and not in_words(journey, path)] == []


def test_shares_of_blame_are_told_where_they_are_shares(tmp_path: Path) -> None:
    count = len(blame_by(LOAN, 0.4, [0]).parts)
    blame = blame_by(TITLED, 0.4, [0.3, 0.1, *[0.0] * (count - 2)])
    said = " ".join(one.text for one in headline(study(tmp_path, blame={"before": blame})).findings)
    assert "begins with “Forms and instructions”" in said
    assert "−0" not in said


def test_parts_that_work_against_each_other_have_no_shares(tmp_path: Path) -> None:
    count = len(blame_by(LOAN, 0.4, [0]).parts)
    blame = blame_by(TITLED, 0.04, [0.003, *[-0.08] * (count - 1)])
    said = " ".join(one.text for one in headline(study(tmp_path, blame={"before": blame})).findings)
    left = f"{blame.left('drop-off'):.1%}"
    assert f"no part has a share that can be told: were all of them perfect, {left} would drop off" in said


@pytest.mark.parametrize(
    ("own", "other", "expected"),
    [
        (0.12, 0.06, "Of the +18.0 points, +12.0 (95% CI +11.5 to +12.5) are due to “before”, more than to any other"),
        (0.12, -0.06, "Of all changes, “before” does most: +12.0 points (95% CI +11.5 to +12.5); the others"),
    ],
)  # fmt: skip
def test_a_lever_that_does_more_than_all_together_is_not_called_a_part_of_them(
    tmp_path: Path, own: float, other: float, expected: str
) -> None:
    told = headline(study(tmp_path, levers=levers_by(before=own, middle=other)))
    assert any(one.text.startswith(expected) for one in told.findings), [one.text for one in told.findings]


def test_what_would_overturn_it_decides_and_is_told_by_title_and_path(tmp_path: Path) -> None:
    doubts, _ = doubts_of(TITLED)
    told = study(tmp_path, doubts=doubts)
    said = " ".join(one.text for one in headline(told).decides)
    assert f"the share of customers who give up at “{HOSTILE}” (steps.start.abandon)" in said
    text = page(told, bare(told))
    assert "<img src=x" not in text
    assert text.index('class="decides"') < text.index('class="more"')


@pytest.mark.parametrize(
    ("value", "shown"), [(-0.9969, "−99.7%"), (-0.99993, "−99.99%"), (-1.0, "−100%"), (-0.5, "−50%"), (-0.98, "−98%")]
)
def test_a_fall_by_nearly_all_is_not_called_a_fall_to_nothing(value: float, shown: str) -> None:
    estimate = Estimate(value, value - 0.001, value + 0.001)
    if value > -0.99:
        estimate = Estimate(value, value - 0.05, value + 0.05)
    assert change(value, change_digits(estimate)) == shown
