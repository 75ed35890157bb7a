"""What a dotted path is called by people: the field in words, and the title of what it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from journeys.blueprint import Journey

FIELDS: Mapping[str, Mapping[str, str]] = {
    "steps": {
        "service": "how long “{}” takes",
        "service.mean": "how long “{}” takes",
        "think": "how long customers take for “{}”",
        "think.mean": "how long customers take for “{}”",
        "abandon": "the share of customers who give up at “{}”",
        "skip": "the share of customers who pass over “{}”",
        "value": "what “{}” is worth",
        "cost": "what “{}” costs",
        "batch.every": "how often “{}” is taken up",
        "patience": "patience in the queue of “{}”",
        "response_patience": "patience during “{}”",
        "attempts.failure": "the share of attempts at “{}” that fail",
        "attempts.timeout": "the time-out of “{}”",
        "attempts.backoff": "the pause between attempts at “{}”",
    },
    "stations": {
        "servers": "the number of servers at “{}”",
        "cost_per_hour": "what an hour at “{}” costs",
    },
    "contacts": {
        "arises.probability": "how often “{}” is asked",
        "arises.every": "how often “{}” is asked",
        "self_service": "the share of “{}” that self-service answers",
        "chatbot": "the share of “{}” that the chatbot answers",
        "chatbot_time": "how long the chatbot takes for “{}”",
        "handling": "how long an answer to “{}” takes",
        "patience": "callers’ patience with “{}”",
        "comes_back": "the share who ask “{}” again when it is open",
        "morning": "how soon “{}” is asked after the opening",
        "gives_up": "the share who leave when “{}” stays unanswered",
        "cost": "what a call with “{}” costs",
        "redial.probability": "the share who redial with “{}”",
        "redial.after": "how soon callers redial with “{}”",
    },
    "waits": {
        "uncertain": "patience during “{}”, in the dark",
        "informed": "patience during “{}”, informed",
        "visible": "the share who see how things stand during “{}”",
    },
    "facts": {
        "effort": "how long it takes to tell “{}”",
        "reask_abandon": "the share who leave when asked again for “{}”",
    },
    "stock": {
        "every": "how often “{}” is replenished",
        "sync": "how late the stock of “{}” is seen",
    },
    "segments": {"share": "the share of “{}”"},
    "": {
        "arrivals.rate": "how many customers come",
        "money.completion_value": "what a completion is worth",
        "money.drop_off_cost": "what a customer lost costs",
        "loyalty.returns": "the share who come again",
        "loyalty.refers": "the share who send others",
    },
}
"""Words for fields by their collection, with a place for the title; under the empty name, whole paths."""


def in_words(journey: Journey, path: str) -> str:
    """Return what a path is called by people, such as ``how long “Assessment” takes``; empty where it has no words.

    A path that nobody has words for, or of something that the journey does not have, is to be shown as it is.
    """
    if path in FIELDS[""]:
        return FIELDS[""][path]
    kind, _, rest = path.partition(".")
    name, _, field = rest.partition(".")
    item = next((one for one in _named(journey, kind) if one.name == name), None)
    if item is None:
        return ""
    title = _title(item)
    if kind == "steps" and field.startswith("routes.") and field.endswith(".probability"):
        return f"the share that goes from “{title}” to “{_goal(journey, field.split('.')[1])}”"
    words = FIELDS.get(kind, {}).get(field, "")
    return words.replace("{}", title)


def named(journey: Journey, path: str) -> str:
    """Return a path in words, with itself in brackets where one must type it; itself alone where it has no words."""
    words = in_words(journey, path)
    return f"{words} ({path})" if words else path


def _named(journey: Journey, kind: str) -> tuple[Any, ...]:
    found = getattr(journey, kind, ()) if kind in FIELDS and kind else ()
    return found if isinstance(found, tuple) else ()


def _goal(journey: Journey, to: str) -> str:
    return next((_title(step) for step in journey.steps if step.name == to), to)


def _title(item: Any) -> str:
    """Return what people call an element: its title, a contact's reason, a fact's label, or its name in words."""
    for attribute in ("title", "reason", "label"):
        if found := getattr(item, attribute, ""):
            return str(found)
    return str(item.name).replace("_", " ").replace("-", " ").capitalize()
