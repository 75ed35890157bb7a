"""Cases: one customer's matter each, where it stands, and what is being done for it right now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from journeys.blueprint import Step
from journeys.contacts import Contact
from journeys.forks import Fork
from journeys.intents import Acted, Answered
from journeys.population import Stream, Uniforms
from journeys.routes import LongSince, Ways
from simulators.clocks import NEVER, Clock, Timer
from simulators.stations import StationState
from simulators.tickets import SERVING, WAITING, Server, Ticket, TicketEnd


@dataclass(frozen=True, slots=True)
class Plan:
    """A step as one segment lives it, with the draws that the organisation needs, and where it is served.

    `ways` are its routes where chance alone decides, None where conditions or stock have a say; `since` are the draws
    of those that depend on a time that has passed; `beyond` is where those go who pass over the step.
    """

    step: Step
    acts: bool
    clock: Clock
    service: Stream | None
    patience: Stream | None
    timeout: Stream | None
    fails: Uniforms | None
    skip: Uniforms
    route: Uniforms
    station: Server
    ways: Ways | None
    since: Mapping[LongSince, Stream]
    beyond: str


@dataclass(frozen=True, slots=True)
class Line:
    """A contact as one segment makes it, with the draws that answering needs, and where it is answered.

    `accepts` and `reached` are the draws of a call-back, None where there is none.
    """

    contact: Contact
    step: str
    handling: Stream
    station: StationState
    accepts: Uniforms | None
    reached: Uniforms | None


class Case:
    """One customer's matter.

    `step` is where it stands, or the end it reached; `acts` tells whether it is the customer's turn; `wait` names the
    wait they are in; `version` grows whenever that concerns the customer, and `listener` is then called (a back end
    has `mover` called of what does not concern them). `known` is the version of which the customer knows, from what
    they did themselves (work may end at the very moment it begins)
    or because a simulated customer has heard it. `done_s` tells when they were last served at each step to which some
    route looks back, on the human clock. `answers` are the facts that were told, where they may differ from what the
    population says: somebody who tries the pages is nobody of it. `notes` is what processes of the user's own have
    told them, by its label. `sent` is how often they sent an act of each step, where faults may hit what passes; None
    before the first.

    A branch of a forked case is a case within it: `whole` is the case that it belongs to, `joins` where it arrives. The
    case keeps its `branches` in their order until it goes on, and how many of them are `lacking` until then.
    """

    __slots__ = (
        "acts", "answers", "branches", "customer", "done_s", "ended", "joins", "known", "lacking", "listener", "missed",
        "mover", "notes", "segment", "sent", "served", "step", "version", "visits", "wait", "whole", "work",
    )  # fmt: skip

    def __init__(self, customer: int, segment: int) -> None:
        self.customer, self.segment = customer, segment
        self.step, self.wait = "", ""
        self.acts, self.ended = False, False
        self.version, self.known = 0, 0
        self.listener: Callable[[], None] | None = None
        self.mover: Callable[[], None] | None = None
        self.visits: dict[str, int] = {}
        self.served: dict[str, int] = {}
        self.sent: dict[str, int] | None = None
        self.missed: set[str] = set()
        self.done_s: dict[str, float] = {}
        self.answers: dict[str, str] = {}
        self.notes: dict[str, str] = {}
        self.work: Work | None = None
        self.whole: Case | None = None
        self.joins, self.lacking = "", 0
        self.branches: tuple[Case, ...] = ()

    def fork(self, fork: Fork) -> tuple[Case, ...]:
        """Return the branches of the case, which share its visits and its wait."""
        self.branches, self.lacking = tuple(self._branch(fork.joins) for _ in fork.branches), fork.needed
        return self.branches

    def _branch(self, joins: str) -> Case:
        branch = Case(self.customer, self.segment)
        branch.whole, branch.joins, branch.wait = self, joins, self.wait
        branch.visits, branch.served, branch.missed = self.visits, self.served, self.missed
        branch.done_s, branch.answers, branch.notes = self.done_s, self.answers, self.notes
        return branch

    def in_hand(self) -> list[Work]:
        """Return the work for the case or its branches: first what nobody is serving, then what is in service."""
        if not self.branches:
            return [] if self.work is None else [self.work]
        found = [work for branch in self.branches if not branch.ended for work in branch.in_hand()]
        return sorted(found, key=lambda work: work.state == SERVING)

    def close(self) -> None:
        """End the branches that are still open."""
        for branch in self.branches:
            branch.close()
            branch.ended = True
        self.branches = ()


class Work(Ticket):
    """One attempt at a step: what is being done for a case right now, so that it can be withdrawn.

    It may be ahead of its station: waiting for a batch window, or for the back-off before another attempt.

    Parameters
    ----------
    case, plan, visit, attempt: whose work, at which step, on which visit and at which attempt, both from 0.
    ready_s: since when, in seconds of the run. deadline_s: when it is too late, from then, on the step's clock.
    done: told how it ended, once; not when it was withdrawn.
    told: takes what came of it, where a customer acts.

    `spoken_s` is what facts asked in person add to its service.
    """

    __slots__ = ("ahead", "attempt", "case", "deadline", "deadline_s", "done", "plan", "ready_s", "spoken_s",
                 "told", "visit")  # fmt: skip

    def __init__(
        self,
        case: Case,
        plan: Plan,
        visit: int,
        attempt: int,
        ready_s: float,
        deadline_s: float,
        done: Callable[[Work, str], None],
        told: Callable[[Acted], None] | None = None,
    ) -> None:
        super().__init__(case.customer, plan.step.name, -1, 0.0, plan.step.priority, plan.step.skill)
        self.case, self.plan, self.visit, self.attempt = case, plan, visit, attempt
        self.ready_s, self.deadline_s, self.done, self.told = ready_s, deadline_s, done, told
        self.ahead, self.spoken_s = True, 0.0
        self.deadline: Timer = NEVER

    def ended(self, how: TicketEnd) -> None:
        """Tell how the work ended, unless it was taken back."""
        if self.deadline is not NEVER:
            self.deadline.cancel()
        self.case.work = None
        if how != "withdrawn":
            self.done(self, how)

    def withdraw(self) -> None:
        """Take the work back, wherever it is; nobody is told."""
        if self.ahead:
            self.timer.cancel()
            self.deadline.cancel()
        else:
            self.plan.station.withdraw(self)

    def too_late(self) -> None:
        """Take the work back at its deadline, and tell that it timed out."""
        self.withdraw()
        self.case.work = None
        if not self.case.ended:  # by another branch, that has just taken over the server
            self.done(self, "timed_out")


class Call(Ticket):
    """One contact with a person.

    Parameters
    ----------
    case, line, visit: whose contact, which, and their how-manieth, from 0. ready_s: since when, in seconds of the run.
    done: told how it ended. told: takes the answer.

    `promised` is True for a call-back, and `reached` then tells whether the customer will pick up.
    """

    __slots__ = ("case", "done", "line", "promised", "reached", "ready_s", "told", "visit")

    def __init__(
        self,
        case: Case,
        line: Line,
        visit: int,
        ready_s: float,
        done: Callable[[Call, str], None],
        told: Callable[[Answered], None],
    ) -> None:
        service_s = line.handling.at(case.customer, visit)
        super().__init__(case.customer, line.step, visit, service_s, line.contact.priority, line.contact.skill)
        self.case, self.line, self.visit, self.ready_s, self.done, self.told = case, line, visit, ready_s, done, told
        self.promised, self.reached = False, True

    def promise(self, ahead: int) -> bool:
        """Make this a call-back, if it waits behind so many that one is offered, and the customer accepts."""
        offer, accepts, reached = self.line.contact.callback, self.line.accepts, self.line.reached
        if offer is None or accepts is None or reached is None or self.state != WAITING or ahead <= offer.above:
            return False
        self.promised = accepts.at(self.customer, self.visit) < offer.probability
        if self.promised:
            self.patience.cancel()
            self.reached = reached.at(self.customer, self.visit) < offer.reached
            if not self.reached:
                self.service_s = offer.ring.s
        return self.promised

    def ended(self, how: TicketEnd) -> None:
        """Tell how the contact ended."""
        self.done(self, how)
