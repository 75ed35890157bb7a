"""The stages of a wait, as a live status shows them: what is done, under way, and to come."""

from __future__ import annotations

from collections.abc import Iterator

from journeys.blueprint import Journey, Step, Wait
from journeys.routes import ENDS, remainder


def stages_of(journey: Journey, current: str, wait: Wait) -> list[dict[str, str]]:
    """Return the stages of a wait, in the journey's order; `current` is the step where the case stands.

    Stages are on the usual way: what chance or a condition may bring (a slip, papers that are missing) is one only
    while it is under way. Steps that everybody skips are no stages; nor is what goes on in front of the customer on a
    branch beside the work (doubt, a reminder). While branches are open, the case stands at the step that forks.
    """
    beside, usual = set(_beside(journey)), _usual(journey, wait)
    stages, state, words = [], "done", "Done"
    for step in journey.steps:
        if step.awaits != wait.name or (step.skip >= 1 and step.name != current) or step.name in beside:
            continue
        if step.name not in usual and step.name != current:
            continue
        if step.name == current:
            stages.append({"label": step.label, "state": "now", "words": "In progress"})
            state, words = "next", "To come"
        else:
            stages.append({"label": step.label, "state": state, "words": words})
    return stages


def _usual(journey: Journey, wait: Wait) -> set[str]:
    """Return the steps that a case comes through where neither chance nor a condition sends it aside."""
    first = next(step.name for step in journey.steps if step.awaits == wait.name)
    usual, todo = set[str](), [first]
    while todo:
        name = todo.pop()
        if name in usual or name in ENDS or journey.step(name).awaits != wait.name:
            continue
        usual.add(name)
        step = journey.step(name)
        todo += [*step.fork.branches, step.fork.joins] if step.fork and step.skip < 1 else [_on(journey, step)]
    return usual


def _on(journey: Journey, step: Step) -> str:
    """Return the usual way on from a step: what its routes leave, else the likeliest, else the next."""
    rest = remainder(step.routes)
    likely = max(step.routes, key=lambda route: route.probability or 0.0, default=None)
    return rest or (likely.to if likely is not None else journey.after(step.name))


def _beside(journey: Journey) -> Iterator[str]:
    """Yield the frontstage steps of branches."""
    for forking in journey.steps:
        if forking.fork is None:
            continue
        seen, todo = {forking.fork.joins, *ENDS}, list(forking.fork.branches)
        while todo:
            name = todo.pop()
            if name in seen:
                continue
            seen.add(name)
            todo += journey.leads_to(name)
            if journey.step(name).lane == "frontstage":
                yield name
