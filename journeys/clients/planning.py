"""What of a journey can be walked by its requests alone: refusals before the start, and what stays unmeasured."""

from __future__ import annotations

from collections.abc import Iterator

from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Problem, Unsupported, did_you_mean
from journeys.templating import names


def expect_requests(journey: Journey, mocked: bool, engine: str) -> None:
    """Raise what is in the way of walking an application of one's own.

    Unsupported where no step says what to send to it; InvalidInput for templates of values that nothing can supply.
    """
    if mocked:
        return
    if any(step.http for step in journey.steps):
        problems = list(_templates(journey))
        if problems:
            raise InvalidInput(problems)
        return
    what = "no step says what to send to an application of one's own"
    allowed = "http=(post('/orders', json={...}),) on the steps that it has"
    raise Unsupported(engine, [Problem(f"{journey.name}.steps", what, "", allowed, "or take the mocked back end")])


def _templates(journey: Journey) -> Iterator[Problem]:
    kept = {name for step in journey.steps for request in step.http for name in request.keep}
    known = sorted({fact.name for fact in journey.facts} | kept | {"customer"})
    for step in journey.steps:
        for index, request in enumerate(step.http):
            path = f"{journey.name}.steps.{step.name}.http.{index}"
            for name in sorted(names([request.path, request.json, request.form])):
                if name not in known:
                    what = f"nothing is called {{{name}}}"
                    yield Problem(path, what, "", did_you_mean(name, known), "a fact, or a value kept by a request")


def not_measured(journey: Journey, mocked: bool) -> tuple[str, ...]:
    """Return the paths of the journey about which a run on the target tells nothing.

    A mocked back end plays all of it, but nobody comes again. An application of one's own shows the steps that have
    requests; who works behind its counter, and whom its customers phone, it doesn't tell.
    """
    loyalty = ("loyalty",) if journey.loyalty is not None else ()
    if mocked:
        return loyalty
    steps = [f"steps.{step.name}" for step in journey.steps if not step.http]
    rest = [f"{field}.{item.name}" for field in ("stations", "waits", "contacts") for item in getattr(journey, field)]
    return (*steps, *rest, *loyalty)


def human_steps(journey: Journey, mocked: bool) -> tuple[str, ...]:
    """Return the steps whose durations a mocked back end plays at its speed; none of an application of one's own."""
    if not mocked:
        return ()
    return tuple(step.name for step in journey.steps if journey.clock(step.name) == "human")
