"""Any valid journey passes its check, survives its paths, and is walked to an end; a damaged one never crashes it."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings

from journeys import Journey
from journeys.checks import check, problems
from journeys.errors import InvalidInput
from journeys.paths import apply, digest, get, parameters
from journeys.population import Population
from journeys.routes import ENDS
from journeys.walking import Act, Acted, Script
from tests.property.journeys import ODDITIES, journeys, odd_journeys


@given(journeys())
def test_a_valid_journey_has_no_problems(journey: Journey):
    assert [str(problem) for problem in problems(journey)] == []


@settings(max_examples=60)
@given(odd_journeys())
def test_a_damaged_journey_is_refused_or_sound_but_never_crashes_the_check(journey: Journey):
    found = list(problems(journey))
    assert all("\n" not in str(problem) for problem in found)
    if found:
        with pytest.raises(InvalidInput) as refused:
            check(journey)
        assert [problem.path for problem in refused.value.problems] == [f"{journey.name}.{one.path}" for one in found]
    else:
        assert check(journey) is journey


@pytest.mark.parametrize("oddity", ODDITIES, ids=repr)
def test_whatever_a_journey_has_for_stations_or_a_station_for_closures_is_told_by_the_check(shop: Journey, oddity: Any):
    for odd in (
        lambda: replace(shop, stations=oddity),
        lambda: replace(shop, stations=(replace(shop.stations[0], closures=oddity), *shop.stations[1:])),
    ):
        assert all("\n" not in str(problem) for problem in problems(odd()))


@given(journeys(max_steps=3))
def test_every_parameter_can_be_read_and_set_to_itself(journey: Journey):
    for path, value in parameters(journey):
        assert get(journey, path) == value
        assert apply(journey, {path: value}) == journey


@given(journeys(max_steps=2), journeys(max_steps=2))
def test_digests_are_equal_exactly_when_journeys_are(one: Journey, other: Journey):
    assert digest(one) == digest(pickle.loads(pickle.dumps(one)))
    assert (digest(one) == digest(other)) == (one == other)


@given(journeys())
def test_a_walk_without_an_organisation_ends(journey: Journey):
    script = Script(journey, Population(journey, 3), organisation=False)
    for customer in range(5):
        rows = []
        walk = script.walk(customer, 0.0, lambda: 0.0, rows.append)
        answer, end = None, ""
        for _ in range(10_000):
            try:
                intent = walk.send(answer)
            except StopIteration as stop:
                end = stop.value
                break
            answer = Acted("served", None, 0.0, 0.0, 0.0) if isinstance(intent, Act) else None
        assert end in ENDS
        assert [rows[0].step, rows[-1].step] == ["arrival", "exit"]
        assert rows[-1].outcome == end
        assert sum(row.step in ("arrival", "exit") for row in rows) == 2
