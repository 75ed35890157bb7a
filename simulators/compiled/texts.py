"""The texts of which the kernel makes the details of rows, by group."""

from __future__ import annotations

from collections.abc import Mapping

from journeys.blueprint import Journey
from journeys.routes import ENDS

_SINGLE = {
    "too_long": "the answer took too long",
    "failover": "failover",
    "no_replica": "no replica",
    "breakdown": "breakdown",
    "escalated": "escalated by chatbot",
    "self_service": "self-service",
    "chatbot": "chatbot",
    "closed": "closed",
    "callback": "call-back",
    "unreached": "not reached",
    "not_needed": "no longer needed",
    "returned": "returned",
    "referred": "referred",
}


def texts_of(journey: Journey) -> Mapping[str, list[str]]:
    """Return the texts of each group, those of steps, waits, contacts, stock and facts in the journey's order."""
    steps = [step.name for step in journey.steps]
    return {
        "still": [f"still at {place}" for place in [*steps, *ENDS]],
        "gave_up": [f"gave up at {name}" for name in steps],
        "no_patience": [f"no patience for {name}" for name in steps],
        **{how: [f"{how} at {name}" for name in steps] for how in ("failed", "reneged", "balked", "rejected")},
        "gave_up_waiting": [f"gave up waiting ({wait.name})" for wait in journey.waits],
        "nobody": [f"nobody answered ({contact.name})" for contact in journey.contacts],
        "out_of_stock": [f"out of stock: {stock.name}" for stock in journey.stock],
        "facts": [fact.name for fact in journey.facts],
        **{group: [text] for group, text in _SINGLE.items()},
    }
