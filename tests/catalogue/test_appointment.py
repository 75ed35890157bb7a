"""The clinic's appointments: no-shows follow from access times, and the redesign does what its story claims."""

from __future__ import annotations

import numpy as np
import pytest

from journeys.columns import Columns
from journeys.loading import load
from journeys.routes import LongSince
from simulators.engines import ENGINES, choose
from tests.catalogue.stories import Claim, expect, expect_levers, expect_sources, measured, values, what_if

NAME = "appointment"
REPLICATIONS, CUSTOMERS = 4, 6000
CLAIMS = (
    Claim("measure.no-shows", 0.2, 0.5),
    Claim("measure.access.mean", 0.5, 0.95),
    Claim("calls", 0.05, 0.3),
    Claim("measure.seen", 1.05, 1.4),
    Claim("utilisation.clinicians", 1.1, 1.5),
    Claim("measure.by-hand", 0.1, 0.25),
    # alone: reminders bring people to their slots, verification spares the registry, and self-scheduling the phone
    Claim("measure.no-shows", 0.2, 0.5, "reminders"),
    Claim("measure.access.mean", 0.4, 0.9, "reminders"),
    Claim("calls", 0.1, 0.4, "self-scheduling"),
    Claim("utilisation.registry", 0.1, 0.4, "automatic-verification"),
    # whoever booked by themselves did not give up at the phone: a longer queue, of which more is forgotten
    Claim("measure.access.mean", 1.05, 1.8, "self-scheduling"),
    Claim("measure.no-shows", 1.02, 1.8, "self-scheduling"),
)


def test_numbers_have_sources_and_levers_add_up() -> None:
    expect_sources(load(NAME))
    expect_levers(NAME)


def test_no_scenario_touches_what_people_forget() -> None:
    forgetting = [
        f"steps.{step.name}.routes.{route.to}"
        for step in load(NAME).steps
        for route in step.routes
        if isinstance(route.when, LongSince)
    ]
    assert forgetting
    for scenario in what_if(NAME).scenarios:
        assert not [path for path in scenario.changes if path.startswith(tuple(forgetting))]


def test_the_longer_ago_it_was_booked_the_fewer_come() -> None:
    """Within one run: first appointments, by the time since the request."""
    journey = load(NAME)
    rows: list[Columns] = []
    engine = ENGINES[choose("simpy", journey, lambda text: None)]
    engine.replicate(journey, 11, 0, 2500, None, None, 1.0, rows.append)
    log = Columns.joined(rows)

    def first(*steps: str) -> dict[int, float]:
        own = np.flatnonzero(log.step.among(*steps) & log.outcome.among("served") & (log.visit == 0))[::-1]
        return dict(zip(log.customer[own].tolist(), log.end_s[own].tolist(), strict=True))

    requested, came, missed = first("request"), first("eve"), first("missed", "not_needed")
    waited = {number: came[number] - requested[number] for number in came}
    days = np.array([waited[number] / 86400 for number in sorted(waited)])
    gone = np.array([number in missed for number in sorted(waited)])
    assert gone[days > np.median(days)].mean() > 1.3 * gone[days <= np.median(days)].mean()


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.scenario}-{claim.key}")
def test_the_story_on_a_fresh_seed(claim: Claim) -> None:
    expect(NAME, claim, REPLICATIONS, CUSTOMERS)


@pytest.mark.slow
def test_as_it_is_the_clinic_is_as_the_story_tells() -> None:
    found = values(measured(NAME, "as-is", REPLICATIONS, CUSTOMERS))

    assert 5 * 86400 < found["measure.access.mean"] < 21 * 86400
    assert 0.15 < found["measure.no-shows"] < 0.40
    assert found["utilisation.calendar"] > 0.99  # every slot is given away, and a third of the clinicians' time is lost
    assert found["utilisation.clinicians"] < 0.75
    assert found["calls"] > 100
