"""Replications until a precision is reached: how aims are read, when the procedure stops, and what it promises then."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from journeys.budgets import Metric
from reports.experiments.precision import Aim, replicate_until
from reports.statistics import Floats

NAN = float("nan")


@pytest.mark.parametrize(
    ("text", "metric", "width", "relative", "shown"),
    [
        ("completion within 2%", "completion", 0.02, True, "completion within 2%"),
        ("completion ± 1 pp", "completion", 0.01, False, "completion within 1 pp"),
        ("completion +- 0.01", "completion", 0.01, False, "completion within 1 pp"),
        (" p95 wait(submit)  within 2 min ", "p95 wait(submit)", 120.0, False, "p95 wait(submit) within 2 min"),
        ("calls per 100 +/- 1.5", "calls per 100", 1.5, False, "calls per 100 within 1.5"),
    ],
)
def test_an_aim_is_read(text: str, metric: str, width: float, relative: bool, shown: str) -> None:
    aim = Aim.parse(text)
    assert aim == Aim(Metric.parse(metric), pytest.approx(width), relative)
    assert str(aim) == shown
    assert Aim.parse(shown) == Aim(aim.metric, pytest.approx(width), relative)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("completion", "not a precision: 'completion'"),
        ("happiness within 2%", "not a metric: 'happiness'"),
        ("completion within 1 s", r"not a width of completion: '1 s' \(write 2% of its value, or 1 pp\)"),
        ("p95(submit) within 3", r"not a width of p95\(submit\): '3' \(write 2% of its value, or 50 ms\)"),
        ("completion within 0%", "not a width of completion: '0%' .write one above zero."),
        ("completion within nan", "write one above zero"),
    ],
)
def test_what_is_no_aim_tells_why(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Aim.parse(text)


def drawn(values: Floats, asked: list[int] | None = None):
    """Observe a fixed sequence, shape (n, n_aims), and keep how many were asked for."""

    def observe(n: int) -> Floats:
        if asked is not None:
            asked.append(n)
        return values[:n]

    return observe


def test_it_goes_on_until_every_interval_is_narrow() -> None:
    rng = np.random.default_rng(3)
    values = np.column_stack([rng.normal(0.5, 0.01, 500), rng.normal(100.0, 30.0, 500)])
    aims = [Aim.parse("completion within 5%"), Aim.parse("calls per 100 within 5")]
    asked: list[int] = []
    found = replicate_until(drawn(values, asked), aims, most=500)
    assert found.met
    assert [reached.met for reached in found.aims] == [True, True]
    # two intervals that hold together at 95% hold at 97.5% each: the normal quantile is 2.24, the spread 30
    assert found.replications == asked[-1] == pytest.approx((2.24 * 30 / 5) ** 2, rel=0.25)
    assert asked == sorted(asked)
    assert all(after <= 2 * before for before, after in pairwise(asked))
    assert max(asked[:-1]) < found.replications


def test_it_stops_at_the_first_look_where_that_is_enough() -> None:
    found = replicate_until(drawn(np.full((50, 1), 0.4)), [Aim.parse("completion within 1%")], least=5)
    assert (found.replications, found.met, found.needed) == (5, True, None)


def test_a_cap_that_is_hit_says_how_many_more_it_would_take() -> None:
    values = np.random.default_rng(5).normal(10.0, 4.0, (60, 1))
    found = replicate_until(drawn(values), [Aim.parse("calls per 100 within 0.5")], most=60)
    assert (found.met, found.replications) == (False, 60)
    assert found.needed == pytest.approx((1.96 * values.std() / 0.5) ** 2, rel=0.05)


def test_a_metric_that_nobody_measures_promises_nothing() -> None:
    found = replicate_until(drawn(np.full((40, 1), NAN)), [Aim.parse("time to decision within 1 h")], most=40)
    assert (found.met, found.needed, found.replications) == (False, None, 40)


def test_replications_without_anything_to_measure_make_more_of_them_necessary() -> None:
    values = np.random.default_rng(5).normal(10.0, 4.0, (60, 1))
    aim = [Aim.parse("calls per 100 within 0.5")]
    half = np.where(np.arange(120)[:, None] % 2, NAN, np.repeat(values, 2, axis=0))
    whole, sparse = (replicate_until(drawn(some), aim, most=len(some)) for some in (values, half))
    assert whole.needed is not None
    assert sparse.needed == 2 * whole.needed


def test_a_relative_width_is_of_the_truth_and_not_of_the_estimate() -> None:
    aim = Aim.parse("calls per 100 within 25%")
    assert aim.half(8.0) == pytest.approx(1.6)
    assert 8.0 + aim.half(8.0) <= 1.25 * 8.0  # were the truth at the far end, 9.6, the estimate is within 25% of it
    assert abs(8.0 - 6.4) == pytest.approx(0.25 * 6.4)


@pytest.mark.parametrize("law", ["normal", "gamma"])
def test_the_truth_is_as_near_as_it_says_as_often_as_it_says(law: str) -> None:
    """Of 600 sequential experiments: the promise is 95%, and stopping when it looks good costs a little of it."""
    rng, aim = np.random.default_rng(17), [Aim.parse("calls per 100 within 10%")]
    hits = used = 0
    for _ in range(600):
        values = rng.normal(10.0, 4.0, (400, 1)) if law == "normal" else rng.gamma(6.25, 1.6, (400, 1))
        found = replicate_until(drawn(values), aim, most=400)
        assert found.met
        hits += abs(found.aims[0].estimate.value - 10.0) <= 1.0
        used += found.replications
    assert hits / 600 >= 0.93
    assert used / 600 == pytest.approx((1.96 * 4.0 / (10 / 1.1 * 0.1)) ** 2, rel=0.1)
