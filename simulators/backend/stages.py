"""The stages of a wait, as a live status shows them: what is done, under way, and to come."""

from __future__ import annotations

from collections.abc import Iterator

from journeys.blueprint import Journey, Wait
from journeys.routes import ENDS


def stages_of(journey: Journey, current: str, wait: Wait) -> list[dict[str, str]]:
    """Return the stages of a wait, in the journey's order; `current` is the step where the case stands.

    Steps that everybody skips are no stages; nor is what goes on in front of the customer on a branch beside the work
    (doubt, a reminder). While branches are open, the case stands at the step that forks.
    """
    beside = set(_beside(journey))
    stages, state, words = [], "done", "Done"
    for step in journey.steps:
        if step.awaits != wait.name or (step.skip >= 1 and step.name != current) or step.name in beside:
            continue
        if step.name == current:
            stages.append({"label": step.label, "state": "now", "words": "In progress"})
            state, words = "next", "To come"
        else:
            stages.append({"label": step.label, "state": state, "words": words})
    return stages


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
