"""What a sound blueprint says to no effect: steps that nobody comes to, stations that nobody uses."""

from __future__ import annotations

from collections.abc import Iterator

from journeys.blueprint import Journey, Step


def remarks(journey: Journey) -> Iterator[str]:
    """Yield a sentence for each step that no way leads to, and for each station at which nothing is done.

    A way counts however improbable it is: a what-if may open it. So does what only a segment does.
    """
    met = _met(journey)
    for step in journey.steps:
        if step.name not in met:
            yield f"steps.{step.name}: nobody comes to it; a route of another step must lead there"
    own = {value for segment in journey.segments for value in segment.differs.values() if isinstance(value, str)}
    used = own | {step.station for step in journey.steps} | {contact.station for contact in journey.contacts}
    for station in journey.stations:
        if station.name not in used:
            yield f"stations.{station.name}: nothing is done there; a step or contact names it as its station"


def _met(journey: Journey) -> set[str]:
    """Return the steps to which a way leads from the first one."""
    steps = {step.name: step for step in journey.steps}
    met: set[str] = set()
    todo = [step.name for step in journey.steps[:1]]
    while todo:
        name = todo.pop()
        if name in steps and name not in met:
            met.add(name)
            todo += [*journey.leads_to(name), *_aside(steps[name])]
            if steps[name].skip > 0:
                todo.append(journey.after(name))
    return met


def _aside(step: Step) -> tuple[str, ...]:
    return step.on_renege, step.on_balk, step.on_rejected, step.on_failure
