"""Break-even: assumptions and their ranges, and the value at which a verdict tips over, where it is known."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from journeys import (
    Budget,
    Exponential,
    Journey,
    Lognormal,
    Money,
    Poisson,
    Source,
    Station,
    Step,
    Wait,
    days,
    hours,
    minutes,
    per_hour,
)  # fmt: skip
from journeys.paths import get
from reports.attribution.assumptions import Assumption, assumptions, varied
from reports.attribution.break_even import Doubts, doubted
from reports.attribution.looks import Condition, budget_condition

BASE = Journey(
    name="small", arrivals=Poisson(per_hour(60)),
    steps=(
        Step(name="apply", lane="customer", think=Lognormal(minutes(4), cv=0.5), abandon=0.2),
        Step(name="check", lane="backstage", station="clerks", service=Exponential(days(1)), awaits="answer"),
    ),
    stations=(Station(name="clerks", servers=6, cost_per_hour=10.0),),
    waits=(Wait(name="answer", uncertain=Exponential(days(2))),),
    money=Money(completion_value=100.0),
    sources=(Source("arrivals", "derived", "a log"),),
)  # fmt: skip
FASTER = replace(BASE, steps=(BASE.steps[0], replace(BASE.steps[1], service=Exponential(hours(6)))))
RISES = Condition("completion rises", "completion", 1)
EARNS = Condition("earnings rise", "net", 1)


def test_the_assumed_numbers_are_found_with_what_the_scenario_sets_by_itself() -> None:
    found = {one.path: one for one in assumptions(BASE, FASTER)}
    assert set(found) == {
        "steps.apply.think", "steps.apply.abandon", "steps.check.service", "stations.clerks.servers",
        "stations.clerks.cost_per_hour", "waits.answer.uncertain", "money.completion_value",
    }  # fmt: skip
    assert [path for path, one in found.items() if one.scenario_only] == ["steps.check.service"]


@pytest.mark.parametrize(
    ("path", "low", "high"),
    [
        ("steps.apply.abandon", 1 / 9, 1 / 3),  # odds of 1 to 4, halved and doubled
        ("stations.clerks.servers", 4, 8),
        ("money.completion_value", 50, 200),
    ],
)
def test_ranges_are_as_the_rule_says(path: str, low: float, high: float) -> None:
    one = next(one for one in assumptions(BASE, FASTER) if one.path == path)
    assert [one.at(-1), one.at(0), one.at(1)] == pytest.approx([low, get(BASE, path), high])


def test_a_law_is_made_longer_as_a_whole() -> None:
    one = next(one for one in assumptions(BASE, BASE) if one.path == "steps.apply.think")
    assert one.at(1) == Lognormal(minutes(8), cv=0.5)
    assert one.text(1) == "mean 8 min"


def test_what_is_no_sound_journey_is_none() -> None:
    assert varied(BASE, Assumption("stations.clerks.servers", 6, False), 0.5) is not None
    assert varied(BASE, Assumption("steps.apply.abandon", 3.0, False), 0.0) is None
    assert varied(BASE, Assumption("steps.nobody.abandon", 0.5, False), 0.0) is None


class Model:
    """Stands in for simulations: completion and earnings by formula, a little different in each replication."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def __call__(self, cells: Sequence[tuple[Journey, int]], keys: Sequence[str]) -> np.ndarray:
        self.asked += [(repr(journey), number) for journey, number in cells]
        found = []
        for journey, number in cells:
            begun = 1 - journey.step("apply").abandon
            patience, service = journey.wait("answer").uncertain.mean_s, journey.step("check").service.mean_s
            completion = begun * patience / (patience + service) + 0.001 * number
            extra = 12.0 * (journey.step("check").service != BASE.step("check").service)
            found.append({"completion": completion, "net": completion * journey.money.completion_value - extra})
        return np.array([[one[key] for key in keys] for one in found])


def doubts(*conditions: Condition) -> tuple[Doubts, Model]:
    model = Model()
    return doubted(BASE, FASTER, conditions, model, 3), model


def test_where_a_verdict_tips_over_is_found_and_no_cell_is_simulated_twice() -> None:
    found, model = doubts(RISES, EARNS)
    assert len(model.asked) == len(set(model.asked)) == found.cells
    assert not [one for one in found.overturned if one.condition == RISES]
    value = next(one for one in found.overturned if one.assumption.path == "money.completion_value")
    assert not value.up
    # 0.8 (8/9 - 2/3) of a customer more pays 12 at a value of 67.5, in each replication
    assert [value.assumption.at(u) for u in dataclasses.astuple(value.crossing)] == pytest.approx([67.5] * 3, rel=1e-3)
    assert (value.text, value.span) == ("67.5", "67.5 to 67.5")


def test_a_budget_is_overturned_where_its_limit_is_reached() -> None:
    found, _ = doubts(RISES, budget_condition(Budget("completion >= 60%"), "completion"))
    by = {one.assumption.path: one for one in found.overturned}
    assert {one.condition.says for one in by.values()} == {"“completion >= 60%” is kept"}
    assert by["steps.apply.abandon"].up
    # (1 - a) 8/9 + 0.001 = 0.6
    at = by["steps.apply.abandon"]
    assert at.assumption.at(at.at) == pytest.approx(1 - 0.599 * 9 / 8, abs=0.003)


def test_what_moves_nothing_is_not_looked_at_closely() -> None:
    found, _ = doubts(RISES)
    assert "steps.apply.think" not in {one.assumption.path for one in found.moved}
    assert found.assumed == 7
    abandon = next(one for one in found.moved if one.assumption.path == "steps.apply.abandon")
    assert abandon.low[0] > found.differences[0] > abandon.high[0]
