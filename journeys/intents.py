"""Intents: what a customer's walk asks of whoever drives it, and the answers that it is sent.

Times that intents carry are on the journey's clock; the driver divides human times by its speed.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, NamedTuple

from journeys.blueprint import Step
from journeys.contacts import Contact


class Think(NamedTuple):
    """Let `human_s` pass on the human clock."""

    human_s: float


class Pause(NamedTuple):
    """Let `system_s` pass on the real clock (the back-off before another attempt)."""

    system_s: float


class Act(NamedTuple):
    """Do `step`: the `visit`-th time (from 0), `attempt` from 0, answering the facts `asks`.

    `deadline_s` is when to stop waiting for the answer, from the moment of acting, on the step's own clock; infinity
    for never. `spoken_s` is what the facts add to the service, where it asks them in person. Answered with `Acted`.
    """

    step: Step
    visit: int
    attempt: int
    asks: tuple[str, ...]
    deadline_s: float
    spoken_s: float = 0.0


class Acted(NamedTuple):
    """What came of an act: `outcome` served, reneged, balked, rejected, timed_out or failed; `to` what follows.

    `to` None leaves the choice to the walk's own draw of the routes (there is no organisation that tells). Times are
    seconds of the run.
    """

    outcome: str
    to: str | None
    ready_s: float
    start_s: float
    end_s: float
    server: int = -1
    detail: str = ""


class Listen(NamedTuple):
    """Wait for the organisation for at most `human_s`; answered with `Heard`."""

    human_s: float


class Heard(NamedTuple):
    """Where the case now is, when that concerns the customer: a step of theirs, another wait, an end; None: nothing."""

    to: str | None


class Ask(NamedTuple):
    """Reach a person: contact `contact`, its `visit`-th time, in the queue for at most `patience_s` (human clock).

    Answered with `Answered`.
    """

    contact: Contact
    visit: int
    patience_s: float


class Answered(NamedTuple):
    """What came of a contact: `outcome` served, reneged, rejected, ``closed`` with the time until opening, or
    ``callback``: accepted, and to be made later.

    The row of a contact is written by whoever answered it, because only they know who served; the walk writes the rows
    of contacts that never reached anybody.
    """

    outcome: str
    opens_in_human_s: float = 0.0


class Go(NamedTuple):
    """Tell the organisation that the customer turns to step `to` after a failure.

    Answered with the step or end that the case came to, which is another where `to` is skipped; None: with `to`.
    """

    to: str


class Leave(NamedTuple):
    """Tell the organisation that the customer withdraws, at `step`, and why; answered with None."""

    step: str
    reason: str


Intent = Think | Pause | Act | Listen | Ask | Go | Leave
Walk = Generator[Intent, Any, str]
