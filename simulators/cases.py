"""Cases: one customer's matter each, where it stands, and what is being done for it right now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from journeys.blueprint import Step
from journeys.population import Stream, Uniforms
from simulators.stations import StationState
from simulators.tickets import Delay, Ticket


@dataclass(frozen=True, slots=True)
class Plan:
    """A step as one segment lives it, with the draws that the organisation needs, and where it is served."""

    step: Step
    acts: bool
    service: Stream | None
    patience: Stream | None
    timeout: Stream | None
    fails: Uniforms | None
    skip: Uniforms
    route: Uniforms
    station: StationState | Delay


@dataclass(frozen=True, slots=True)
class Work:
    """What is being done for a case right now, so that it can be withdrawn; no ticket before it is taken up."""

    plan: Plan
    visit: int
    ready_s: float
    withdraw: Callable[[], None]
    ticket: Ticket | None = None


class Case:
    """One customer's matter.

    `step` is where it stands, or the end it reached; `acts` tells whether it is the customer's turn; `wait` names the
    wait they are in; `version` grows whenever that concerns the customer, and `listener` is then called. `known` is
    the version of which the customer knows from what they did themselves: work may end at the very moment it begins.
    """

    __slots__ = (
        "acts", "customer", "ended", "known", "listener", "missed", "segment", "served", "step", "version", "visits",
        "wait", "work",
    )  # fmt: skip

    def __init__(self, customer: int, segment: int) -> None:
        self.customer, self.segment = customer, segment
        self.step, self.wait = "", ""
        self.acts, self.ended = False, False
        self.version, self.known = 0, 0
        self.listener: Callable[[], None] | None = None
        self.visits: dict[str, int] = {}
        self.served: dict[str, int] = {}
        self.missed: set[str] = set()
        self.work: Work | None = None
