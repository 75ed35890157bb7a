"""What to fund: costs, gains, and how soon they are paid back, recomputed by hand from the replications."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from journeys import Investment, Journey, Poisson, Source, Spike, days, per_day
from journeys.checks import problems
from journeys.loading import load, registered, what_if_of
from journeys.paths import apply, source_of
from journeys.scenarios import read_what_if
from reports.funding import Funding, fundings, hundreds_a_year, in_a_sentence, rounded, weeks, weeks_span
from reports.headline import headline
from reports.html import page
from reports.statistics import Estimate, mean_interval
from reports.study import Arm, Study, analyse
from tests.reports.synthetic import LOAN, bare, population, write_run

INVESTMENTS = (
    Investment(name="scanner", one_off=60_000, running=5_000),
    Investment(name="portal", one_off=40_000),
)
PRICED = replace(LOAN, money=replace(LOAN.money, investments=INVESTMENTS))
YEAR_DAYS, DAILY = 365.25, 50


def with_made(*names: str) -> Journey:
    return apply(PRICED, {f"money.investments.{name}.made": "true" for name in names})


def study(folder: Path, base: Journey = PRICED, **changed: float) -> Study:
    made = {"before": base, "scanner": with_made("scanner"), "both": with_made("scanner", "portal")}
    rows = {
        "before": [population(seed, 60) for seed in range(4)],
        "scanner": [population(seed, 60, completes=0.6) for seed in range(4)],
        "both": [population(seed, 60, **changed or {"completes": 0.75}) for seed in range(4)],
    }
    arms = [
        Arm(name, name.capitalize(), made[name], write_run(folder / name, rows[name], scenario=name)) for name in made
    ]
    return analyse(title="Loan", simulated=arms)


def test_what_is_gained_a_year_is_the_paired_difference_at_the_models_arrivals(tmp_path: Path) -> None:
    told = study(tmp_path)
    scanner, both = fundings(told)
    before, after = (told.simulated[name].quantities["net"].values for name in ("before", "both"))
    by_hand = mean_interval((after - before) * DAILY * YEAR_DAYS / 100)

    assert both.gained.value == pytest.approx(by_hand.value)
    assert (both.gained.low, both.gained.high) == pytest.approx((by_hand.low, by_hand.high))
    assert (scanner.one_off, scanner.running) == (60_000, 5_000)
    assert (both.one_off, both.running) == (100_000, 5_000)
    assert both.first_year.low == pytest.approx(by_hand.low - 105_000)
    assert both.paid_back_weeks.value == pytest.approx(100_000 / (by_hand.value - 5_000) * YEAR_DAYS / 7)
    assert both.paid_back_weeks.low == pytest.approx(100_000 / (by_hand.high - 5_000) * YEAR_DAYS / 7)


def test_what_the_baseline_has_already_is_not_paid_again(tmp_path: Path) -> None:
    scanner, both = fundings(study(tmp_path, base=with_made("scanner")))
    assert scanner.investments == ()
    assert [one.name for one in both.investments] == ["portal"]


def test_the_verdict_and_the_page_say_what_it_costs(tmp_path: Path) -> None:
    told = study(tmp_path)
    said = [sentence.text for sentence in headline(told).decides]
    assert any(
        text.startswith("“Both” costs USD 100,000 to make and USD 5,000 a year to run, paid back in") for text in said
    )
    assert not any("not in the model" in text for text in said)
    text = page(told, bare(told))
    assert "What to fund" in text
    assert "Left after the first year" in text


def test_without_investments_the_verdict_says_that_their_cost_is_not_in_the_model(tmp_path: Path) -> None:
    told = analyse(
        title="Loan",
        simulated=[
            Arm(name, name, LOAN, write_run(tmp_path / name, [population(seed, 60, **changed) for seed in range(4)]))
            for name, changed in {"before": {}, "after": {"completes": 0.75}}.items()
        ],
    )
    assert any("not in the model" in sentence.text for sentence in headline(told).decides)
    assert "to say in the blueprint as an Investment" in page(told, bare(told))


@pytest.mark.parametrize(
    ("gained", "said"),
    [
        (Estimate(52_000, 26_000, 104_000), "paid back in 1.0 years (95% CI 26 weeks to 2.0 years)"),
        (Estimate(520_000, 260_000, 1_040_000), "paid back in 5.2 weeks (95% CI 2.6 to 10 weeks)"),
        (Estimate(52_000, -10_000, 104_000), "that it is paid back is not sure (95% CI 26 weeks to never)"),
        (Estimate(-52_000, -90_000, -10_000), "which is not paid back by what it earns here"),
        (Estimate(52_000), "one replication does not tell whether that is paid back"),
    ],
)
def test_a_payback_is_said_no_surer_than_it_is(gained: Estimate, said: str) -> None:
    assert said in in_a_sentence(Funding("x", (Investment(name="it", one_off=52_000),), gained), "USD")


def test_weeks_are_said_as_people_do() -> None:
    assert [weeks(value) for value in (1.0, 9.96, 51.0, 104.4, math.inf)] == [
        "1.0 week", "10.0 weeks", "51 weeks", "2.0 years", "never",
    ]  # fmt: skip
    assert weeks_span(Estimate(3, math.nan, math.nan)) == ""


def test_amounts_have_no_more_digits_than_their_interval_is_worth() -> None:
    told = rounded(Estimate(2_015_625.7, 1_368_599.1, 2_662_652.3))
    assert (told.value, told.low, told.high) == (2_020_000, 1_370_000, 2_660_000)
    assert rounded(Estimate(12.34)).value == 12.34


def test_bad_investments_are_named() -> None:
    bad = (Investment(name="a", one_off=-1), Investment(name="a", running=math.inf))
    found = {problem.path for problem in problems(replace(LOAN, money=replace(LOAN.money, investments=bad)))}
    assert found == {"money.investments.a", "money.investments.a.one_off", "money.investments.a.running"}


@pytest.mark.slow
def test_an_amount_with_a_source_is_not_marked_assumed(tmp_path: Path) -> None:
    given = replace(PRICED, sources=(*PRICED.sources, Source("money", "given", "the budget office")))
    told = replace(study(tmp_path), journey=given)
    (sentence,) = (one for one in headline(told).decides if "” costs" in one.text)
    assert sentence.kinds == ("simulated",)


def test_where_a_spike_has_its_part_in_the_figures_no_year_is_told() -> None:
    spiked = replace(LOAN, arrivals=Poisson(per_day(50), spikes=(Spike(at=days(7), lasting=days(4), factor=2.5),)))
    assert hundreds_a_year(LOAN) == pytest.approx(DAILY * YEAR_DAYS / 100)
    assert hundreds_a_year(spiked) == 0


@pytest.mark.parametrize("name", sorted(name for name in registered() if name not in ("first-journey", "stay-booking")))
def test_each_lever_of_a_bundled_journey_makes_an_investment_whose_reasoning_is_written(name: str) -> None:
    what_if, journey = read_what_if(Path(what_if_of(name))), load(name)
    made = {one.name for one in what_if.scenarios[-1].of(journey).money.investments if one.made}
    assert made == {one.name for one in journey.money.investments}
    assert not any(one.made for one in journey.money.investments)
    assert all(source_of(journey, f"money.investments.{one}").note for one in made)


def test_how_much_dearer_it_might_be_is_told() -> None:
    found = Funding("x", (Investment(name="it", one_off=100, running=20),), Estimate(600, 480, 720))
    assert in_a_sentence(found, "USD", "“X”").endswith(
        "; at 5.0 times that cost (4.0 to 6.0) its first year would leave nothing."
    )
    unsure = Funding("x", (Investment(name="it", one_off=100, running=20),), Estimate(600, 110, 720))
    assert "times that cost" not in in_a_sentence(unsure, "USD")
