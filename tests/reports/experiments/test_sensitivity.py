"""Sensitivity: against functions whose indices are known, against another estimator's code, and what intervals hold."""

from __future__ import annotations

import math

import numpy as np
import pytest

from journeys.budgets import Metric
from journeys.loading import load
from journeys.ranges import read_ranges
from reports.experiments.sensitivity import Index, Sensitivity, luck_in, sensitivity
from reports.experiments.texts import sensitivity_lines, sensitivity_values
from reports.statistics import Estimate, Floats


def ishigami(u: Floats) -> Floats:
    """sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1, each x uniform between -pi and pi."""
    x = np.pi * (2 * u - 1)
    found: Floats = np.sin(x[:, 0]) + 7 * np.sin(x[:, 1]) ** 2 + 0.1 * x[:, 2] ** 4 * np.sin(x[:, 0])
    return found


def ishigamis_indices() -> tuple[list[float], list[float]]:
    """Return (first, total) of that function, in closed form."""
    a, b = 7.0, 0.1
    alone = (0.5 * (1 + b * math.pi**4 / 5) ** 2, a**2 / 8, 0.0)
    together = b**2 * math.pi**8 * (1 / 18 - 1 / 50)  # of the first input and the third
    variance = sum(alone) + together
    first = [part / variance for part in alone]
    return first, [first[0] + together / variance, first[1], together / variance]


@pytest.mark.slow
def test_the_known_indices_are_found() -> None:
    found = sensitivity(ishigami, 3, samples=4096)
    first, total = ishigamis_indices()
    assert [one.first.value for one in found.indices] == pytest.approx(first, abs=0.03)
    assert [one.total.value for one in found.indices] == pytest.approx(total, abs=0.03)
    assert found.points == 4096 * 5
    assert found.ranked == (0, 1, 2)
    assert found.mean == pytest.approx(3.5, abs=0.05)


@pytest.mark.slow
def test_the_intervals_hold_the_truth_at_least_as_often_as_they_say() -> None:
    first, total = ishigamis_indices()
    inside = []
    for seed in range(40):
        found = sensitivity(ishigami, 3, samples=256, seed=seed)
        for index, own, all_ in zip(found.indices, first, total, strict=True):
            inside += [index.first.low <= own <= index.first.high, index.total.low <= all_ <= index.total.high]
    assert np.mean(inside) >= 0.93


def test_the_estimators_are_those_of_scipy() -> None:
    from scipy.stats import sobol_indices

    seen: dict[str, Floats] = {}

    def observe(points: Floats) -> Floats:
        seen["f"] = ishigami(points)
        return seen["f"]

    found = sensitivity(observe, 3, samples=128)
    f = seen["f"]
    parts = {"f_A": f[None, :128], "f_B": f[None, 128:256], "f_AB": f[256:].reshape(3, 1, 128)}
    theirs = sobol_indices(func=parts, n=128)
    assert [one.first.value for one in found.indices] == pytest.approx(list(theirs.first_order))
    assert [one.total.value for one in found.indices] == pytest.approx(list(theirs.total_order))


def test_a_sum_has_no_interplay_and_a_product_of_centred_inputs_has_nothing_else() -> None:
    added = sensitivity(lambda u: 2 * u[:, 0] + u[:, 1], 3, samples=1024)
    for index, share in zip(added.indices, (0.8, 0.2, 0.0), strict=True):
        assert index.first.value == pytest.approx(share, abs=0.02)
        assert index.total.value == pytest.approx(share, abs=0.02)
    assert added.indices[2].total.high == 0.0
    product = sensitivity(lambda u: (u[:, 0] - 0.5) * (u[:, 1] - 0.5), 2, samples=1024)
    for index in product.indices:
        assert index.first.value == pytest.approx(0.0, abs=0.03)
        assert index.total.value == pytest.approx(1.0, abs=0.05)


def test_an_output_that_never_changes_has_no_indices() -> None:
    found = sensitivity(lambda u: np.full(len(u), 3.0), 2, samples=8)
    assert not found.indices[0].first.measured
    assert (found.mean, found.deviation) == (3.0, 0.0)


def test_the_same_seed_gives_the_same_indices() -> None:
    assert sensitivity(ishigami, 3, seed=4) == sensitivity(ishigami, 3, seed=4)
    assert sensitivity(ishigami, 3, seed=4) != sensitivity(ishigami, 3, seed=5)


def test_luck_is_what_neither_the_point_nor_the_replication_explains() -> None:
    rng = np.random.default_rng(5)
    points, replications = rng.normal(0.0, 3.0, (4000, 1)), rng.normal(0.0, 9.0, (1, 4))
    assert luck_in(points + replications) == pytest.approx(0.0, abs=1e-12)
    noisy = points + replications + rng.normal(0.0, 2.0, (4000, 4))
    assert luck_in(noisy) == pytest.approx(1.0 / 10.0, abs=0.01)  # 2^2 / 4 of 3^2 + 2^2 / 4
    assert math.isnan(luck_in(points))


def test_lines_tell_of_a_share_what_lies_between_nothing_and_all() -> None:
    beyond, below = (Estimate(value, low, high, 64, "points", "bootstrap") for value, low, high in (
        (1.07, 0.67, 1.42), (-0.007, -0.034, 0.02),
    ))  # fmt: skip
    ranges = read_ranges(load("first-journey"), [f"stations.{one}.servers=3..8" for one in ("clerks", "website")])
    found = Sensitivity((Index(beyond, beyond), Index(below, below)), 0.8, 0.01, 256)
    *_, first, second = sensitivity_lines(found, ranges, Metric.parse("completion"), math.nan)
    assert first.split("  ", 1)[1].split() == ["100%", "(67%", "to", "100%)"] * 2
    assert second.split("  ", 1)[1].split() == ["0%", "(0%", "to", "2%)"] * 2
    assert sensitivity_values(found, ranges, Metric.parse("completion"), math.nan)["inputs"][0]["first"]["high"] == 1.42
