"""Budgets of a failover: a replica of the mocked back end is killed under load, once a session; they are judged."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from journeys.errors import Missing
from pytest_journeywright.locking import locked
from pytest_journeywright.plugin import told_of
from pytest_journeywright.told import Told

if TYPE_CHECKING:
    from journeys.blueprint import Journey
    from journeys.budgets import Budget

OWN = "a failover breaks the mocked back end; an application of your own: journeywright failover --target URL"


def judges(
    journey: Journey, reference: str, budget: Budget, failed: Callable[[str], Exception]
) -> Callable[[pytest.FixtureRequest], None]:
    """Return the work of an item that judges a budget of a failover; `failed` makes what it raises where it is missed.

    It is skipped at an application of one's own, and where there is no balancer.
    """

    def work(request: pytest.FixtureRequest) -> None:
        told = told_of(request.config)
        if not told.mocked:
            pytest.skip(OWN)
        try:
            found = _found(told, journey, reference)
        except Missing as error:
            pytest.skip(str(error))
        status, text = found["budgets"][budget.text]
        said = f"{budget.text}: {text}. {found['noticed']}"
        request.node.user_properties.append(("journey_budget", said))
        if status == "missed":
            raise failed(said)
        if status != "kept":
            pytest.skip(said)

    return work


def _found(told: Told, journey: Journey, reference: str) -> dict[str, Any]:
    """Return what came of the failover, which whichever process needs it first lets happen."""
    place = told.out / "failover" / f"{journey.name}.json"
    with locked(place.with_suffix(".lock")):
        with contextlib.suppress(OSError, ValueError):
            known: dict[str, Any] = json.loads(place.read_text(encoding="utf-8"))
            if known["session"] == told.session:
                return known
        found = {"session": told.session, **_tried(told, journey, reference, place.with_suffix(""))}
        place.write_text(json.dumps(found), encoding="utf-8")
    return found


def _tried(told: Told, journey: Journey, reference: str, out: Path) -> dict[str, Any]:
    from commands.failover import standard_plan, tried_once
    from commands.reading import Chosen
    from journeys.scenarios import Scenario
    from reports.failover_texts import noticed
    from reports.wording import number

    chosen = Chosen(reference, Scenario("as-is", "As is", {}), journey=journey)
    trial = tried_once(standard_plan(chosen, out, told.seed))
    return {
        "noticed": noticed(trial),
        "budgets": {
            one.budget.text: (one.status, f"{one.status}, {number(one.measured, one.unit)}") for one in trial.judged()
        },
    }
