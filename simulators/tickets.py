"""Tickets: pieces of work that a station takes in and ends, and the delay, which is a station without a queue."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal, Protocol

from journeys.eventlog import NAN
from simulators.clocks import NEVER, Clock, Timer

TicketEnd = Literal["served", "reneged", "balked", "rejected", "failed", "withdrawn"]
WAITING, LAID_DOWN, SERVING, GONE, FREED, HUNG = 0, 1, 2, 3, 4, 5
"""Where a ticket is: in the queue; begun and laid down; in a server's hands; ended; freed, its end not yet told; hung
at a replica that is silent."""


class Ticket:
    """One piece of work at a station; a kind of work says in `ended` what follows.

    Parameters
    ----------
    customer, step, nth: whose work, at which step or contact, and the how-manieth of theirs at it (together they
        address the luck of injected errors).
    service_s: service time, on the station's clock. priority: lower is served first.
    skill: what its server must be able to do; empty for nothing in particular.

    `fails` is True for work that will turn out to have failed at the end of its service; `place` is the how-manieth it
    was to come to its station; `sent_to` is the way on that the service itself has chosen, empty for none.
    """

    __slots__ = (
        "customer", "detail", "ends_at", "fails", "nth", "patience", "place", "priority", "remaining_s", "sent_to",
        "server", "service_s", "skill", "start_s", "state", "step", "timer",
    )  # fmt: skip

    def __init__(
        self, customer: int, step: str, nth: int, service_s: float, priority: int = 0, skill: str = ""
    ) -> None:
        self.customer, self.step, self.nth, self.service_s = customer, step, nth, service_s
        self.priority, self.skill, self.fails = priority, skill, False
        self.state, self.place = WAITING, 0
        self.server, self.start_s, self.detail, self.sent_to = -1, NAN, "", ""
        self.ends_at, self.remaining_s = math.inf, math.inf
        self.timer: Timer = NEVER
        self.patience: Timer = NEVER

    def ended(self, how: TicketEnd) -> None:
        """Go on with whatever follows this work; called once, by `end`."""
        raise NotImplementedError

    def end(self, how: TicketEnd) -> None:
        """End the work."""
        self.state = GONE
        if self.patience is not NEVER:
            self.patience.cancel()
        self.ended(how)

    def finish(self) -> None:
        """End the work as it turns out when its service is over."""
        self.end("failed" if self.fails else "served")

    def touched_by(self, name: str) -> None:
        """Note a fault or breakdown in the detail."""
        self.detail = f"{self.detail}, {name}" if self.detail else name


class Server(Protocol):
    """What serves tickets: a station, a delay, or a process of the user's own.

    `stands_still` tells whether a service that has begun may end at another time than it was due then.
    """

    stands_still: bool

    def join(self, ticket: Ticket, patience_s: float = math.inf, balk_above: int | None = None) -> None:
        """Take a ticket in, and end it in the course of time, or at once."""

    def withdraw(self, ticket: Ticket) -> None:
        """Take work back; nothing if it has ended."""


class Delay:
    """Serves everybody at once, each for their own time.

    Parameters
    ----------
    clock: on which it works. run_s: tells the run's seconds, for the rows.
    """

    stands_still = False

    def __init__(self, clock: Clock, run_s: Callable[[], float]) -> None:
        self._clock, self._run_s = clock, run_s

    def join(self, ticket: Ticket, patience_s: float = math.inf, balk_above: int | None = None) -> None:
        """Begin the time of a ticket; there is no queue to lose patience with."""
        ticket.state, ticket.start_s, ticket.remaining_s = SERVING, self._run_s(), ticket.service_s
        ticket.timer = self._clock.after(ticket.service_s, ticket.finish)

    def withdraw(self, ticket: Ticket) -> None:
        """Take work back; nothing if it has ended."""
        if ticket.state == SERVING:
            ticket.timer.cancel()
            ticket.end("withdrawn")
