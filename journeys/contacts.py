"""Contacts: the support calls that a journey causes, who answers them, and what an unanswered one does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from journeys.distributions import ZERO, Distribution, Never
from journeys.durations import Duration
from journeys.errors import Problem


@dataclass(frozen=True, slots=True)
class During:
    """Contacts arise at a hazard while a customer is in the wait `wait`.

    The first comes `every` after the wait began, each further one `every` after the last one ended; an exponential
    `every` is a constant hazard. What has not come by the end of the wait never comes.
    """

    wait: str
    every: Distribution


@dataclass(frozen=True, slots=True)
class At:
    """A contact arises with `probability` on a visit to `step`, and the customer waits for its answer.

    `on` ``"entry"``: once the customer has thought and before acting. ``"failure"``: when the step has failed.
    """

    step: str
    probability: float
    on: Literal["entry", "failure"] = "entry"


@dataclass(frozen=True, slots=True)
class Redial:
    """A contact not answered is tried again with `probability`, `after` a while, at most `limit` times."""

    probability: float
    after: Distribution
    limit: int = 3


@dataclass(frozen=True, slots=True)
class Callback:
    """Callers who would wait behind many are offered a call-back.

    It is offered at the moment of joining the queue, after a full queue has rejected and if nobody takes the call at
    once. Who accepts keeps the place in the queue, over closing hours too, and has no patience to lose there any more;
    at that moment they go on with their step or their wait, as if the question had been answered. When its turn comes,
    the call is handled as any other if the customer picks up; if not, the agent has lost `ring`, and nothing follows:
    no redial, no giving up (outcome *reneged*, with a start). It is made wherever the customer is by then, after the
    end of their journey too: a run goes on until the last call-back is made, unless it is cut short.

    The row is written when the call-back is over, with ``call-back`` in its detail, and ``not reached`` where nobody
    picked up. One that the end of the run forestalls has no row.

    Parameters
    ----------
    above: offered where more than this many wait in the station's queue already, whatever for.
    probability: of accepting.
    reached: probability that the customer picks up.
    ring: the agent's time for a call that nobody picks up.
    """

    above: int
    probability: float = 1.0
    reached: float = 1.0
    ring: Duration = Duration(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A reason to ask for help, and what becomes of it.

    The order, each with its own draw: self-service answers a share (`self_service`, outcome *deflected*, detail
    ``self-service``); the chatbot a share of the rest (`chatbot`, after `chatbot_time`, detail ``chatbot``); what is
    left reaches `station`, after escalation from the bot where there is one, waits there no longer than `patience`
    (else *reneged*, and perhaps redialled), and is served in `handling`. A contact that arises while nobody is on duty
    comes back with probability `comes_back`: it waits for the next opening, and `morning` more, before it joins the
    queue; otherwise the caller finds it closed and drops the question (*balked*, detail ``closed``): no call, and
    unanswered. A contact whose wait or journey has ended in the meantime is not made; one being made is carried on.

    Parameters
    ----------
    name: unique, short, lower case; its rows in the log are those of the step ``contact:NAME``.
    reason: one phrase for reports ("where is my loan?").
    arises: when; `During` a wait, or `At` a step.
    self_service, chatbot: shares resolved without a person, 0 to 1.
    chatbot_time: time spent with the bot, whether it resolves the question or not (0 where there is no bot).
    station: who answers the rest; handling takes the time of that station's servers, whatever else they serve.
    handling: an agent's time for one contact.
    skill: what an agent must be able to do, where the station has groups; empty for nothing in particular.
    priority: in the station's queue; lower is served first.
    patience: how long the caller waits in the queue.
    comes_back: share of the contacts outside opening hours that are made after the next opening.
    morning: how long after that opening.
    callback: the call-back that callers in a long queue are offered; None for none.
    redial: what an unanswered caller does; None for nothing.
    gives_up: probability that a contact finally unanswered ends the journey (outcome *dropped*), unless the wait in
        which it arose has ended in the meantime.
    cost: of one contact that a person answers, besides the server's time.
    """

    name: str
    arises: During | At
    station: str
    handling: Distribution
    reason: str = ""
    self_service: float = 0.0
    chatbot: float = 0.0
    chatbot_time: Duration = Duration(0.0)
    skill: str = ""
    priority: int = 0
    patience: Distribution = Never()
    comes_back: float = 1.0
    morning: Distribution = ZERO
    callback: Callback | None = None
    redial: Redial | None = None
    gives_up: float = 0.0
    cost: float = 0.0

    def problems(self, path: str) -> Iterator[Problem]:
        """Yield what is wrong with the shares and laws."""
        shares = {"self_service": self.self_service, "chatbot": self.chatbot, "gives_up": self.gives_up,
                  "comes_back": self.comes_back}  # fmt: skip
        if isinstance(self.arises, At):
            shares["arises.probability"] = self.arises.probability
        else:
            wrong = list(self.arises.every.problems(f"{path}.arises.every"))
            yield from wrong
            if not wrong and self.arises.every.mean_s == 0:
                yield Problem(f"{path}.arises.every", "must be > 0", str(self.arises.every), "a duration above zero")
        if self.redial is not None:
            shares["redial.probability"] = self.redial.probability
            yield from self.redial.after.problems(f"{path}.redial.after")
            if self.redial.limit < 0:
                yield Problem(f"{path}.redial.limit", "must not be negative", str(self.redial.limit))
        if self.callback is not None:
            shares["callback.probability"], shares["callback.reached"] = (
                self.callback.probability,
                self.callback.reached,
            )
            if self.callback.above < 0:
                yield Problem(f"{path}.callback.above", "must not be negative", str(self.callback.above))
            if not self.callback.ring.s >= 0:
                yield Problem(f"{path}.callback.ring", "must not be negative", str(self.callback.ring))
        for name, share in shares.items():
            if not 0 <= share <= 1:
                yield Problem(f"{path}.{name}", "must be a probability", f"{share:g}", "0 to 1")
        for name in ("handling", "patience", "morning"):
            yield from getattr(self, name).problems(f"{path}.{name}")
        if self.chatbot_time.s < 0:
            yield Problem(f"{path}.chatbot_time", "must not be negative", str(self.chatbot_time))
