"""What every walk on a running target does before its first customer: reach it, and say in a manifest what it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from journeys.blueprint import Journey
from journeys.clients.planning import human_steps
from journeys.clients.target import MockedBackEnd, Target
from journeys.eventlog import Manifest
from journeys.paths import digest


def reach(place: Target, journey: Journey, mocked: bool, speed: float) -> MockedBackEnd | None:
    """Return the mocked back end at a place, None for an application of one's own.

    Raises TargetUnreachable where nothing answers, InvalidInput where it plays another journey or speed.
    """
    if not mocked:
        place.check_up()
        return None
    back_end = MockedBackEnd(place)
    back_end.check_plays(journey, speed)
    return back_end


def manifest_of(
    journey: Journey, place: Target, mocked: bool, *, changes: Mapping[str, str] | None, **told: Any
) -> Manifest:
    """Return the manifest of a measured run; `told` are the fields that differ from engine to engine."""
    return Manifest(
        journey=journey.name,
        journey_digest=digest(journey),
        kind="measured",
        replications=1,
        changes=dict(changes or {}),
        human_steps=human_steps(journey, mocked),
        target=place.shown,
        **told,
    )
