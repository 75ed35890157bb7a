"""What a blueprint says to no effect is told, and nothing else is."""

from __future__ import annotations

import dataclasses

import pytest

from journeys import Journey, Route, Segment, Station
from journeys.loading import load, registered
from journeys.remarks import remarks


def changed(journey: Journey, name: str, **values: object) -> Journey:
    steps = tuple(dataclasses.replace(step, **values) if step.name == name else step for step in journey.steps)
    return dataclasses.replace(journey, steps=steps)


def test_a_step_that_nobody_comes_to_and_a_station_that_nothing_uses(shop: Journey) -> None:
    assert list(remarks(shop)) == []
    last, spare = shop.steps[-1].name, Station(name="spare")
    passed = dataclasses.replace(
        changed(shop, shop.steps[0].name, routes=(Route("completed"),)), stations=(*shop.stations, spare)
    )
    said = list(remarks(passed))
    assert f"steps.{last}: nobody comes to it; a route of another step must lead there" in said
    assert said[-1] == "stations.spare: nothing is done there; a step or contact names it as its station"
    assert len(said) == len(shop.steps)  # all but the first, and the station


def test_a_way_aside_and_a_segments_own_station_count(shop: Journey) -> None:
    first, last = shop.steps[0].name, shop.steps[-1].name
    aside = changed(shop, first, routes=(Route("completed"),), on_renege=last)
    assert not any(said.startswith(f"steps.{last}:") for said in remarks(aside))
    own = (Segment("everyone", 1.0, {f"steps.{last}.station": "spare"}),)
    spared = dataclasses.replace(shop, stations=(*shop.stations, Station(name="spare")), segments=own)
    assert list(remarks(spared)) == []


@pytest.mark.parametrize("name", sorted(registered()))
def test_bundled_journeys_say_nothing_in_vain(name: str) -> None:
    assert list(remarks(load(name))) == []
