"""A replication measured a group of customers at a time tells what it tells measured at once."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from journeys import Constant, Loyalty, days
from journeys.blueprint import Journey
from journeys.catalogue.golf_clubs_checkout import journey as checkout
from journeys.catalogue.loan_application import journey as loan
from journeys.catalogue.stay_booking import journey as stays
from journeys.columns import Coded
from journeys.eventlog import Run
from journeys.parts import groups_of, read_parts
from reports.measuring import parting, pooling
from reports.measuring.metrics import Results, measure
from reports.measuring.quantities import quantiles
from simulators.simulation import Settings, simulate
from tests.reports.synthetic import LOAN

AGAIN = replace(
    LOAN,
    loyalty=Loyalty(returns=0.5, after=Constant(days(3)), refers=0.2, refers_after=Constant(days(2)), generations=3),
)


def same(one: Any, other: Any, path: str = "") -> None:
    """Expect two values to be the same but for the order of texts and of samples, and the last bits of sums."""
    if isinstance(one, Coded):
        assert one.values() == other.values(), path
    elif isinstance(one, np.ndarray):
        if ".samples" in path or ".spells" in path:
            one, other = np.sort(one), np.sort(other)
        np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-9, err_msg=path)
    elif isinstance(one, dict):
        assert set(one) == set(other), path
        for key in one:
            same(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, tuple):
        assert len(one) == len(other), path
        for place, (mine, yours) in enumerate(zip(one, other, strict=True)):
            same(mine, yours, f"{path}.{place}")
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-9, abs=1e-9, nan_ok=True), path
    elif is_dataclass(one) and not isinstance(one, Journey):
        for field in fields(one):
            same(getattr(one, field.name), getattr(other, field.name), f"{path}.{field.name}")
    else:
        assert one == other, path


def simulated(journey: Journey, folder: Path, customers: int = 900, replications: int = 1) -> Run:
    return Run.open(simulate(journey, folder, Settings(replications=replications, customers=customers, jobs=1)))


def in_groups(journey: Journey, run: Run, monkeypatch: pytest.MonkeyPatch) -> Results:
    monkeypatch.setattr(parting, "WHOLE_ROWS", 100)
    monkeypatch.setattr(parting, "GROUP_ROWS", 1200)
    return measure(journey, run)


@pytest.mark.slow
@pytest.mark.parametrize("journey", [loan, checkout, stays, AGAIN], ids=lambda journey: journey.name)
def test_all_figures_are_those_of_all_rows_at_once(
    journey: Journey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = simulated(journey, tmp_path, replications=2)
    at_once = measure(journey, run)
    assert len(groups_of(0, run.parts()[0], 1200)) > 2
    same(at_once, in_groups(journey, run, monkeypatch))
    for key, one in at_once.quantities.items():
        assert str(one.estimate().value), key


def test_one_replication_has_the_same_intervals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = simulated(LOAN, tmp_path)
    at_once = measure(LOAN, run)
    in_parts = in_groups(LOAN, run, monkeypatch)
    for key, one in at_once.quantities.items():
        same(one.estimate(), in_parts.quantities[key].estimate(), key)


def test_groups_have_all_rows_of_their_customers_once(tmp_path: Path) -> None:
    run = simulated(LOAN, tmp_path, customers=2000)
    paths = run.parts()[0]
    groups = groups_of(0, paths, 3000)
    rows = [read_parts(0, group.paths, (group.first, group.last)) for group in groups]
    assert len(groups) > 2
    assert sum(map(len, rows)) == len(read_parts(0, paths))
    for own, after in pairwise(rows):
        assert own.customer.max() < after.customer.min()


def test_what_is_kept_of_very_many_units_holds_no_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A view of a part's values would keep all of them in memory."""
    monkeypatch.setattr(pooling, "MOST_KEPT", 200)
    sample = pooling._Sample()
    for _ in range(4):
        sample.extend(np.arange(90.0))
    assert (sample._weight, [len(kept) for kept in sample._kept]) == (2, [135, 45])
    assert sample._kept[1].base is None


@pytest.mark.parametrize("parts", [1, 7, 60])
def test_very_many_units_are_thinned_without_moving_a_quantile(parts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pooling, "MOST_KEPT", 4000)
    drawn = np.random.default_rng(1).lognormal(0.0, 1.5, 60_000)
    drawn[::7] = np.inf  # as who left a queue has waited
    sample = pooling._Sample()
    for part in np.array_split(drawn, parts):
        sample.extend(part)
    kept = sample.values()
    assert 1000 < len(kept) <= 4000
    for q in (0.01, 0.1, 0.5, 0.8):
        rank = np.mean(drawn <= np.quantile(kept, q))
        assert rank == pytest.approx(q, abs=0.002)


def test_an_interval_from_thinned_units_is_as_wide_as_from_all(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = np.random.default_rng(2).exponential(1.0, 50_000)
    (whole,) = quantiles("time", "Time", drawn, {"p90": ("p90", 0.9)})
    few = replace(whole, samples=(np.sort(drawn)[5::10],))
    one, other = whole.estimate(), few.estimate()
    assert (other.n, other.low, other.high) == (
        one.n,
        pytest.approx(one.low, rel=2e-3),
        pytest.approx(one.high, rel=2e-3),
    )
