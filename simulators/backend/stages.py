"""The stages of a wait, as a live status shows them: what is done, under way, and to come."""

from __future__ import annotations

from collections.abc import Iterator

from journeys.blueprint import Journey, Step, Wait
from journeys.routes import ENDS, remainder


def stages_of(journey: Journey, current: str, wait: Wait) -> list[dict[str, str]]:
    """Return the stages of a wait, in the journey's order; `current` is the step where the case stands.

    Visible waits that follow each other without the customer are one row of stages. Stages are on the usual way: what
    chance or a condition may bring (a slip, papers that are missing) is one only while it is under way. Steps that
    everybody skips are no stages; nor is what goes on in front of the customer on a branch beside the work (doubt, a
    reminder). While branches are open, the case stands at the step that forks.
    """
    beside, usual = set(_beside(journey)), _usual(journey, current, wait)
    stages, state, words = [], "done", "Done"
    for step in journey.steps:
        if (step.skip >= 1 and step.name != current) or step.name in beside:
            continue
        if step.name != current and (step.name not in usual or not step.awaits):
            continue
        if step.name == current:
            stages.append({"label": step.label, "state": "now", "words": "In progress"})
            state, words = "next", "To come"
        else:
            stages.append({"label": step.label, "state": state, "words": words})
    return stages


def _usual(journey: Journey, current: str, wait: Wait) -> set[str]:
    """Return the steps that a case comes through where neither chance nor a condition sends it aside.

    From the first visible wait that leads to this one, and from where the case stands, as far as waits are visible and
    the customer does nothing.
    """
    seen = {one.name for one in journey.waits if one.visible > 0} | {wait.name}
    firsts = {step.awaits: step.name for step in reversed(journey.steps) if step.awaits in seen}
    earlier = (_onwards(journey, step.name, seen) for step in journey.steps if step.name in firsts.values())
    usual: set[str] = next((steps for steps in earlier if firsts[wait.name] in steps), set())
    return usual | _onwards(journey, current, seen)


def _onwards(journey: Journey, begin: str, seen: set[str]) -> set[str]:
    """Return the steps of the usual way from `begin` on, for as long as cases are in one of the waits `seen`."""
    usual, todo = set[str](), [begin]
    while todo:
        name = todo.pop()
        if name in usual or name in ENDS:
            continue
        step = journey.step(name)
        if step.awaits in seen and step.lane != "customer":
            usual.add(name)
            todo += [*step.fork.branches, step.fork.joins] if step.fork and step.skip < 1 else [_on(journey, step)]
    return usual


def _on(journey: Journey, step: Step) -> str:
    """Return the usual way on from a step: the likeliest of its routes, or the next where everybody skips it."""
    beyond = remainder(step.routes) or journey.after(step.name)
    by_chance = {route.to: route.probability for route in step.routes if route.when is None and route.probability}
    left = 1.0 - sum(by_chance.values())
    likeliest = max(by_chance, key=by_chance.__getitem__, default=beyond)
    return beyond if step.skip >= 1 or by_chance.get(likeliest, 0.0) <= left else likeliest


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
