"""The verdict's sentences say what the figures say, and no more."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from journeys import Budget, days
from journeys.eventlog import Run
from reports.calibration.trust import Trust
from reports.headline import headline
from reports.study import Arm, Study, analyse
from reports.tables import budget_tallies
from reports.verdict import opening
from tests.reports.synthetic import DAY, LOAN, population, write_run


def study(folder: Path, replications: int = 4, found: dict | None = None, **changed: float) -> Study:
    arms = [
        Arm(name, name.capitalize(), LOAN, write_run(folder / name, rows, scenario=name))
        for name, rows in {
            "before": [population(seed, 60) for seed in range(replications)],
            "after": [population(seed, 60, **changed) for seed in range(replications)],
        }.items()
    ]
    return analyse(title="Loan", simulated=arms, found=found)


def said(told: Study) -> str:
    assert told.comparison is not None
    return opening(told, told.comparison)


def test_a_clear_difference_is_said_with_points_interval_and_replications(tmp_path: Path) -> None:
    told = study(tmp_path, completes=0.75, calls=0.4)
    shape = (
        r"After raises completion from (\d+)% to (\d+)% "
        r"\(\+(\d+) points, 95% CI \+\d+ to \+\d+, 4 paired replications\)\."
    )
    found = re.fullmatch(shape, said(told))
    assert found, said(told)
    completed = [told.simulated[name].quantities["completion"].values.mean() for name in ("before", "after")]
    assert [int(found[1]), int(found[2])] == [round(100 * value) for value in completed]
    assert int(found[3]) == round(100 * (completed[1] - completed[0]))
    calls = headline(told).sentences[0]
    assert re.match(r"Calls per 100 customers fall by \d+% \(95% CI \d+ to \d+\), from", calls.text)
    assert calls.kinds == ("simulated",)


def test_a_drop_is_not_sold_as_a_rise(tmp_path: Path) -> None:
    assert said(study(tmp_path, completes=0.2)).startswith("After lowers completion")


def test_nothing_changed_is_said_to_be_nothing(tmp_path: Path) -> None:
    told = study(tmp_path)
    assert said(told).startswith("After leaves completion as it is: ")
    assert "Calls per 100 customers: no difference" in headline(told).sentences[0].text


def test_too_little_evidence_says_how_much_more_would_settle_it(tmp_path: Path) -> None:
    told = study(tmp_path, replications=3, completes=0.53)
    text = said(told)
    assert "may or may not change completion" in text
    assert told.comparison is not None
    found = told.comparison.metrics["completion"].change("after").paired
    assert found.needed is not None
    assert f"inconclusive; about {found.needed - 3} more replications would settle it." in text


def test_a_single_replication_settles_nothing(tmp_path: Path) -> None:
    assert "a single replication settles nothing" in said(study(tmp_path, replications=1, completes=0.9))


def test_money_is_marked_as_resting_on_assumed_prices(tmp_path: Path) -> None:
    told = study(tmp_path, completes=0.75, decision_s=DAY)
    money = [sentence for sentence in headline(told).sentences if "earn after costs" in sentence.text]
    assert [sentence.kinds for sentence in money] == [("simulated", "assumed")]


@pytest.mark.parametrize("record", [None, Trust("validated", "Forty orders were predicted within their intervals.")])
def test_a_prediction_says_whether_it_was_validated(tmp_path: Path, record: Trust | None) -> None:
    told = headline(study(tmp_path, found={"validation": record} if record else {}))
    assert told.trust is not None
    assert told.trust.status == ("validated" if record else "not validated")


def test_prices_that_are_given_are_not_called_assumed(tmp_path: Path) -> None:
    from dataclasses import replace

    from journeys import Source

    given = replace(LOAN, sources=(Source("stations", "given", "the case"), Source("money", "given", "the case")))
    arms = [
        Arm(name, name, given, write_run(tmp_path / name, [population(seed, 40, **more) for seed in range(3)]))
        for name, more in {"before": {}, "after": {"completes": 0.8}}.items()
    ]
    told = headline(analyse(title="", simulated=arms))
    assert {kind for sentence in told.sentences for kind in sentence.kinds} == {"simulated"}


def test_the_findings_say_who_was_saved_one_by_one(tmp_path: Path) -> None:
    told = study(tmp_path, completes=0.75)
    before, after = (told.simulated[name].customers.outcome.values() for name in ("before", "after"))
    saved = sum(a == "dropped" and b == "completed" for a, b in zip(before, after, strict=True)) / len(before)
    assert headline(told).findings[0].text == (
        f"Of 100 customers, {saved * 100:.1f} who were lost complete, and 0.0 who completed are lost."
    )


def test_where_nobody_counts_it_says_so_and_how_many_would(tmp_path: Path) -> None:
    journey = replace(LOAN, warm_up=days(8), cool_down=days(10))
    runs = [
        write_run(tmp_path / name, [population(1, 30)], cohort_s=(8 * DAY, -4 * DAY), customers=30, scenario=name)
        for name in ("before", "after")
    ]
    arms = [Arm(run.folder.name, run.folder.name, journey, run) for run in runs]
    told = headline(analyse(title="Loan", simulated=arms))
    assert told.answer == (
        "Nobody counts: all 30 customers of a replication arrive within 8.0 d of warm-up and 10.0 d of cool-down, "
        "which are left out. Simulate more of them, such as --customers 200."
    )
    assert (told.sentences, told.cards, told.findings) == ((), (), ())


def test_the_first_screen_counts_the_budgets(tmp_path: Path) -> None:
    told = study(tmp_path, completes=0.9)
    budgets = (Budget("completion >= 1%"), Budget("completion >= 99.9%"), Budget("denied <= 0.001%"))
    journey = replace(LOAN, budgets=budgets)
    arms = [Arm(name, name, journey, Run.open(tmp_path / name)) for name in told.simulated]
    tallies = budget_tallies(analyse(title="Loan", simulated=arms))
    assert [title for title, _ in tallies] == ["before", "after"]
    assert all(sum(n for _, n in tally) == 3 and ("kept", 1) in tally for _, tally in tallies)
