"""Budgets of a failover as pytest's items: something is broken once, and each of them is judged."""

from __future__ import annotations

from typing import Any

import pytest

from journeys.budgets import Budget
from journeys.errors import Missing
from reports.failover import Trial, Window

pytest_plugins = ["pytester"]
JOURNEY = """
from dataclasses import replace
from journeys import Budget
from journeys.loading import load
journey = replace(load("first-journey"), budgets=tuple(map(Budget, (
    "completion >= 5%", "conversion during failover >= 99%", "lost submissions = 0", "recovered within 10 s"))))
"""
API = ("--journey-engines", "api", "-p", "no:playwright", "-p", "no:cacheprovider", "-k", "failover")


@pytest.fixture
def folder(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makepyfile(journey_members=JOURNEY)
    return pytester


def trial(budgets: tuple[Budget, ...]) -> Trial:
    keys = [f"{what}.{phase}" for what in ("conversion", "p95", "failed") for phase in ("before", "during", "after")]
    measured = dict.fromkeys(keys, 0.9) | {"recovery": 4.0, "calls": 1.0, "attempts": 100.0}
    return Trial(3, "kill", Window(1, 2, 3), measured, [], 9, 0, 0, 9, 9, 0.1, 1.4, budgets=budgets)


def test_each_is_judged_and_the_breaking_happens_once(folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    tried: list[Any] = []

    def once(plan: Any) -> Trial:
        tried.append(plan)
        return trial(plan.budgets)

    monkeypatch.setattr("commands.failover.tried_once", once)
    result = folder.runpytest_inprocess(*API)
    result.assert_outcomes(passed=2, failed=1)
    assert len(tried) == 1
    result.stdout.fnmatch_lines(["conversion during failover >= 99%: missed, 90%. Of 100 who came during it*"])


def test_it_is_skipped_where_nothing_can_be_broken(folder: pytest.Pytester, monkeypatch: pytest.MonkeyPatch):
    own = folder.runpytest_inprocess(*API, "-rs", "--journey-target", "http://127.0.0.1:1")
    own.assert_outcomes(skipped=3)
    own.stdout.fnmatch_lines(["*a failover breaks the mocked back end*"])

    def without(plan: Any) -> Trial:
        raise Missing("envoy: is not installed")

    monkeypatch.setattr("commands.failover.tried_once", without)
    folder.runpytest_inprocess(*API).assert_outcomes(skipped=3)
