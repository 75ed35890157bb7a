"""The golf shop: what a late picture of the stock does, and the redesign, on a seed that nobody looked at before."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from commands.cells import Cells
from journeys.blueprint import Journey
from journeys.budgets import Metric
from journeys.catalogue.golf_clubs_checkout import journey
from journeys.loading import what_if_of
from journeys.paths import apply, parameters, source_of
from journeys.scenarios import read_what_if
from reports.statistics import mean_interval

WHAT_IF = read_what_if(what_if_of("golf-clubs-checkout"))
LEVERS = ("real-time-stock", "alternatives", "voucher")
SEED, REPLICATIONS = 60_902, 6
METRICS = (
    "completion", "reach(sold_out)", "reach(not_available)", "reach(cancelled)", "through(similar)", "calls per 100",
    "value per completion", "through(balls)",
)  # fmt: skip

Values = Mapping[str, np.ndarray]


def test_every_parameter_has_a_source_or_says_assumed() -> None:
    assert not [path for path, _ in parameters(journey) if not source_of(journey, path).note]


def test_the_redesign_is_its_levers_and_no_two_change_one_path() -> None:
    together: dict[str, object] = {}
    for lever in LEVERS:
        assert not set(WHAT_IF.scenario(lever).changes) & set(together)
        together |= WHAT_IF.scenario(lever).changes
    assert WHAT_IF.scenario("redesigned").changes == together


def of(variants: Sequence[Journey]) -> list[Values]:
    """Return the metrics of each variant, replication by replication."""
    cells = [(variant, number) for variant in variants for number in range(REPLICATIONS)]
    found = Cells(SEED, jobs=1).values(cells, [Metric.parse(metric) for metric in METRICS])
    return [dict(zip(METRICS, part.T, strict=True)) for part in np.split(found, len(variants))]


@pytest.fixture(scope="module")
def scenarios() -> Mapping[str, Values]:
    names = [scenario.name for scenario in WHAT_IF.scenarios]
    return dict(zip(names, of([WHAT_IF.scenario(name).of(journey) for name in names]), strict=True))


def change(before: Values, after: Values, metric: str) -> tuple[float, float]:
    """Return the interval of the paired difference."""
    found = mean_interval(after[metric] - before[metric])
    return found.low, found.high


@pytest.mark.slow
def test_as_it_is_the_shop_tells_too_late(scenarios: Mapping[str, Values]) -> None:
    found = {metric: float(values.mean()) for metric, values in scenarios["as-is"].items()}
    assert 0.25 < found["completion"] < 0.31
    assert 0.02 < found["reach(not_available)"] < 0.07
    assert 0.002 < found["reach(cancelled)"] < 0.02
    assert found["calls per 100"] > 0.3


@pytest.mark.slow
def test_the_redesign_does_what_the_story_claims(scenarios: Mapping[str, Values]) -> None:
    before, after = scenarios["as-is"], scenarios["redesigned"]
    low, high = change(before, after, "completion")
    assert low > 0.02
    assert high < 0.08
    assert change(before, after, "through(similar)")[0] > 0.08
    assert change(before, after, "reach(not_available)")[1] < -0.02
    assert change(before, after, "calls per 100")[1] < -0.3
    assert after["reach(cancelled)"].max() < 0.001
    # who would have left takes something less dear, with a voucher
    assert change(before, after, "value per completion")[1] < 0


@pytest.mark.slow
def test_the_levers_need_each_other(scenarios: Mapping[str, Values]) -> None:
    """To know early helps little where nothing else is offered, and an offer little where it is not known."""
    base = scenarios["as-is"]["completion"]
    alone = sum(scenarios[lever]["completion"] - base for lever in LEVERS)
    together = scenarios["redesigned"]["completion"] - base
    assert mean_interval(together - alone).low > 0
    low, high = change(scenarios["as-is"], scenarios["real-time-stock"], "completion")
    assert -0.005 < low < high < 0.015


@pytest.mark.slow
def test_the_older_the_picture_the_more_are_told_at_the_checkout(scenarios: Mapping[str, Values]) -> None:
    live = WHAT_IF.scenario("redesigned").of(journey)
    lags = of([apply(live, {"stock.driver.sync": lag}) for lag in ("0 s", "1 h", "6 h")])
    for newer, older in itertools.pairwise(lags):
        assert change(newer, older, "reach(not_available)")[0] > 0
        assert change(newer, older, "completion")[1] < 0
        assert change(newer, older, "through(similar)")[1] < 0
    # and what goes well with a club is sold as often with each sale, to fewer
    assert np.ptp([float(found["through(balls)"].mean()) for found in lags]) < 0.02
