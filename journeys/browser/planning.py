"""What a browser can walk: refusals before the start, and what is left out on a user's own application."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator
from typing import Any

from journeys.actions import Keep
from journeys.blueprint import Journey
from journeys.errors import InvalidInput, Problem, Unsupported, did_you_mean
from journeys.templating import names


def expect_sound(*, customers: int, contexts: int, speed: float, give_up_s: float, first: int) -> None:
    """Raise InvalidInput with whatever is wrong with a run's numbers."""
    found = []
    for path, value in (("customers", customers), ("contexts", contexts)):
        if value < 1:
            found.append(Problem(path, "must be 1 or more", str(value)))
    for path, number in (("speed", speed), ("give_up_s", give_up_s)):
        if not (number > 0 and math.isfinite(number)):
            found.append(Problem(path, "must be > 0", f"{number:g}", "a number above zero"))
    if first < 0:
        found.append(Problem("first_customer", "must not be negative", str(first), "0 or more"))
    if found:
        raise InvalidInput(found)


def expect_expressible(journey: Journey) -> None:
    """Raise Unsupported where no step has page actions, InvalidInput where one names a value that nothing gives."""
    if all(step.page is None for step in journey.steps):
        raise Unsupported(
            "browser",
            [
                Problem(
                    f"{journey.name}.steps",
                    "no step has page actions",
                    "",
                    'page=page("/path", Press("Continue")) in a step says what a customer does there',
                    "or walk the mocked back end",
                )
            ],
        )
    found = list(_unknown_names(journey))
    if found:
        raise InvalidInput(found)


def not_measured(journey: Journey, mocked: bool) -> tuple[str, ...]:
    """Return the paths of which a run tells nothing: nobody comes again, and an own application may lack pages."""
    loyalty = ("loyalty",) if journey.loyalty is not None else ()
    if mocked:
        return loyalty
    steps = (f"steps.{step.name}" for step in journey.steps if step.page is None)
    waits = (f"waits.{wait.name}" for wait in journey.waits)
    contacts = (f"contacts.{contact.name}" for contact in journey.contacts)
    return (*steps, *waits, *contacts, *loyalty)


def _unknown_names(journey: Journey) -> Iterator[Problem]:
    known = {"customer", *(fact.name for fact in journey.facts)}
    pages = [(step.name, step.page) for step in journey.steps if step.page is not None]
    for _, page in pages:
        known |= {action.as_ for action in page.actions if isinstance(action, Keep)}
    for step, page in pages:
        texts: list[tuple[str, Any]] = [("path", page.path)]
        texts.extend((f"actions.{index}", dataclasses.asdict(action)) for index, action in enumerate(page.actions))
        for where, text in texts:
            for name in sorted(names(text) - known):
                yield Problem(
                    f"{journey.name}.steps.{step}.page.{where}",
                    f"nothing is called {{{name}}}",
                    "",
                    did_you_mean(name, sorted(known)),
                    "a fact, {customer}, or what a Keep keeps",
                )
