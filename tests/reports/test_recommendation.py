"""What is recommended: by what the first year leaves, against each of the others, recomputed from the replications."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from reports.headline import headline
from reports.recommendation import recommendation
from reports.statistics import mean_interval
from reports.study import Study
from reports.wording import number
from tests.reports.test_funding import DAILY, PRICED, YEAR_DAYS, study


def said(told: Study) -> str:
    assert told.comparison is not None
    found = recommendation(told, told.comparison)
    assert found is not None
    return found.sentence.text


def test_the_best_by_what_its_first_year_leaves_is_named_with_the_next(tmp_path: Path) -> None:
    told = study(tmp_path, completes=0.97)
    net = {name: results.quantities["net"].values * DAILY * YEAR_DAYS / 100 for name, results in told.simulated.items()}
    # the scanner costs 60,000 and 5,000 a year, the portal 40,000 on top
    ahead = mean_interval(net["both"] - 105_000 - (net["scanner"] - 65_000))
    found = said(told)
    assert ahead.low > 0
    assert found.startswith("Recommended: “Both”, whose first year leaves ")
    assert "of which “Scanner” is the next" in found
    shown = found.partition("is the next (")[2].partition(", 95%")[0]
    assert float(shown.removeprefix("USD ").replace(",", "")) == pytest.approx(ahead.value, rel=0.02)
    assert any(sentence.text == found for sentence in headline(told).decides)


def test_what_costs_more_than_it_brings_is_not_recommended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dear = replace(PRICED.money, investments=tuple(replace(one, running=1e9) for one in PRICED.money.investments))
    journey = replace(PRICED, money=dear)
    monkeypatch.setattr("tests.reports.test_funding.PRICED", journey)
    assert said(study(tmp_path, journey)) == "Recommended: none; “Before” is better than each change in the first year."


def test_what_is_not_shown_to_be_worse_is_not_called_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = study(tmp_path / "as-is", completes=0.75)
    net = {name: one.quantities["net"].values * DAILY * YEAR_DAYS / 100 for name, one in base.simulated.items()}
    dear = {  # each costs a little more than it brings on average
        "scanner": float((net["scanner"] - net["before"]).mean()) + 1_000,
        "portal": float((net["both"] - net["scanner"]).mean()) + 1_000,
    }
    amounts = tuple(replace(one, one_off=max(0.0, dear[one.name]), running=0.0) for one in PRICED.money.investments)
    journey = replace(PRICED, money=replace(PRICED.money, investments=amounts))
    monkeypatch.setattr("tests.reports.test_funding.PRICED", journey)
    found = said(study(tmp_path / "dear", journey, completes=0.75))
    assert found == "Recommended: none yet; no change is shown to do better than “Before” in the first year."


def test_what_is_not_settled_against_another_says_so(tmp_path: Path) -> None:
    assert said(study(tmp_path, completes=0.62)).endswith("“Scanner” is not settled.")


def test_where_no_completion_has_a_value_completion_decides(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journey = replace(PRICED, money=replace(PRICED.money, completion_value=0.0))
    monkeypatch.setattr("tests.reports.test_funding.PRICED", journey)
    told = study(tmp_path, journey, completes=0.97)
    assert "net" not in told.simulated["both"].quantities
    best = told.simulated["both"].quantities["completion"].estimate().value
    assert f"“Both”, which {number(best, 'share')} complete (" in said(told)
