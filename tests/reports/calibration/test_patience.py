"""The interval of a fitted patience, against a patience that is known."""

from __future__ import annotations

import functools

import numpy as np
import pytest

from reports.calibration import patience
from reports.calibration.laws import fit_censored


def test_the_interval_of_a_mean_patience_holds_it_as_often_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 600 fits to exponential patience cut off by services that began, at 95%: 94% by this seed."""
    monkeypatch.setattr(patience, "fit_censored", functools.partial(fit_censored, laws=("Exponential",)))
    random, trials, held, mean_s = np.random.default_rng(77), 600, 0, 100.0
    for _ in range(trials):
        lost_s, served_s = random.exponential(mean_s, 400), random.exponential(60.0, 400)
        left = lost_s < served_s
        found = patience._fitted("steps.ask.patience", np.concatenate([lost_s[left], served_s[~left]]), int(left.sum()))
        held += found.mean_s.low <= mean_s <= found.mean_s.high
    assert 0.925 <= held / trials <= 0.98
