"""The organisation that customers deal with: its stations, the cases that move through them, its phone, its stock.

It plays everything behind the customer on any clock: the SimPy engine gives it a simulated one, the mocked back end
the real one. So a queue, a shift, a batch window or a route means the same in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from journeys.blueprint import Journey, Step
from journeys.contacts import Contact
from journeys.distributions import ZERO, Distribution, Never
from journeys.errors import InvalidInput, Problem
from journeys.eventlog import CONTACT, NAN, Row
from journeys.population import Population, Stream, Uniforms, by_segment
from journeys.routes import ENDS, Condition, FactIs, InSegment, OutOfStock, VisitsAtLeast, choose
from journeys.walking import Acted, Answered
from simulators.clocks import NEVER, Clock, Timer
from simulators.stations import StationState, Ticket, TicketEnd
from simulators.warehouse import Warehouse

Served = Callable[[TicketEnd | str, float, float, int, str], None]
"""Told how work ended: outcome, start and ready in seconds of the run, server, detail."""


class Case:
    """One customer's matter.

    `step` is where it stands, or the end it reached; `acts` tells whether it is the customer's turn; `wait` names the
    wait they are in; `version` grows whenever that concerns the customer, and `listener` is then called.
    """

    __slots__ = (
        "acts", "customer", "ended", "listener", "missed", "segment", "served", "step", "version", "visits", "wait",
        "work",
    )  # fmt: skip

    def __init__(self, customer: int, segment: int) -> None:
        self.customer, self.segment = customer, segment
        self.step, self.wait = "", ""
        self.acts, self.ended = False, False
        self.version = 0
        self.listener: Callable[[], None] | None = None
        self.visits: dict[str, int] = {}
        self.served: dict[str, int] = {}
        self.missed: set[str] = set()
        self.work: _Work | None = None


@dataclass(slots=True)
class _Work:
    """What is being done for a case right now, so that it can be withdrawn."""

    plan: _Plan
    visit: int
    ready_s: float
    withdraw: Callable[[], None]


@dataclass(frozen=True, slots=True)
class _Plan:
    step: Step
    acts: bool
    service: Stream | None
    patience: Stream | None
    timeout: Stream | None
    fails: Uniforms | None
    skip: Uniforms
    route: Uniforms
    station: StationState | None


class Organisation:
    """Everything behind the customer, for one population.

    Parameters
    ----------
    journey, population: the blueprint, and whose draws its services and routes are.
    human, system: clocks of people and of machines. run_s: tells the run's seconds, for rows.
    emit: takes the rows that the organisation writes: steps in which no customer acts, and contacts answered.
    """

    def __init__(
        self,
        journey: Journey,
        population: Population,
        *,
        human: Clock,
        system: Clock,
        run_s: Callable[[], float],
        emit: Callable[[Row], None],
    ) -> None:
        self.journey, self._population = journey, population
        self._human, self._system, self._run_s, self._emit = human, system, run_s, emit
        self.stations = {
            station.name: StationState(
                station,
                human if station.kind == "people" else system,
                run_s,
                population,
                tuple(fault for fault in journey.faults if fault.station == station.name),
            )
            for station in journey.stations
        }
        self.warehouse = Warehouse(journey.stock, human)
        self._views = by_segment(journey)
        self._streams: dict[tuple[str, str], Stream] = {}
        self._uniforms: dict[tuple[str, str], Uniforms] = {}
        self._plans = [{step.name: self._plan(step) for step in view.steps} for view in self._views]
        self._segments = [segment.name for segment in journey.segments]

    def start(self) -> None:
        """Open the stations, and begin shifts, breakdowns, faults and deliveries; to be called at the run's zero."""
        for state in self.stations.values():
            state.start()
        self.warehouse.start()

    # What customers do -----------------------------------------------------------------------------------------------

    def begin(self, customer: int) -> Case:
        """Open a case at the journey's first step."""
        case = Case(customer, self._population.segment(customer))
        self._arrive(case, self._resolved(case, self.journey.steps[0].name))
        return case

    def act(self, case: Case, step: str, done: Callable[[Acted], None], deadline_s: float = math.inf) -> None:
        """Let the customer do their step; `done` is told what came of it, perhaps at once.

        `deadline_s`, on the step's own clock: work not done by then is withdrawn (*timed_out*). After *failed* or
        *timed_out* it is still the customer's turn at the same step. Raises InvalidInput when it is not their turn.
        """
        if not case.acts or case.step != step:
            raise InvalidInput([Problem(f"case.{step}", "is not this customer's turn", f"at {case.step}")])
        plan = self._plans[case.segment][step]
        visit = case.visits[step] - 1

        def served(how: TicketEnd | str, ready_s: float, start_s: float, server: int, detail: str) -> None:
            end_s = self._run_s()
            if how in ("failed", "timed_out"):
                done(Acted(how, None, ready_s, start_s, end_s, server, detail))
                return
            if how == "withdrawn":
                return
            to = self._resolved(case, self._route(case, plan, visit) if how == "served" else _elsewhere(plan.step, how))
            self._arrive(case, to)
            done(Acted(how, to, ready_s, start_s, end_s, server, detail))

        self._serve(case, plan, visit, served, deadline_s)

    def ask(self, case: Case, contact: str, visit: int, patience_s: float, done: Callable[[Answered], None]) -> None:
        """Let the customer phone; `done` is told when the call is over, or at once that nobody is on duty."""
        found = self._views[case.segment].contact(contact)
        state = self.stations[found.station]
        if not state.open:
            done(Answered("closed", state.opens_in_s()))
            return
        ready_s = self._run_s()

        def ended(ticket: Ticket, how: TicketEnd) -> None:
            self._write_contact(case, found, visit, ready_s, ticket, how)
            done(Answered(how))

        law = self._stream(CONTACT + contact, "handling", lambda view: view.contact(contact).handling)
        ticket = Ticket(case.customer, visit, law.at(case.customer, visit), ended, priority=found.priority)
        state.join(ticket, patience_s)

    def go(self, case: Case, to: str) -> None:
        """Let the customer turn to another step, or to an end, after a failure."""
        self._arrive(case, self._resolved(case, to))

    def leave(self, case: Case, reason: str) -> None:
        """Let the customer withdraw: work in hand for them stops at this moment."""
        if case.ended:
            return
        work = case.work
        if work is not None:
            case.work = None
            work.withdraw()
            if not work.plan.acts:
                self._write(case, work.plan, work.visit, work.ready_s, NAN, -1, "dropped", "dropped", reason)
        self._arrive(case, "dropped")

    # How cases move --------------------------------------------------------------------------------------------------

    def _resolved(self, case: Case, to: str) -> str:
        """Begin the visit of `to`, passing over steps that this visit skips; return the step or end reached."""
        while to not in ENDS:
            plan = self._plans[case.segment][to]
            visit = case.visits.get(to, 0)
            case.visits[to] = visit + 1
            if not plan.step.skip or plan.skip.at(case.customer, visit) >= plan.step.skip:
                return to
            remainder = [route.to for route in plan.step.routes if route.probability is None and route.when is None]
            to = remainder[0] if remainder else self.journey.after(to)
        return to

    def _arrive(self, case: Case, to: str) -> None:
        case.step = to
        if to in ENDS:
            case.acts, case.ended, case.wait = False, True, ""
            self._tell(case)
            return
        plan = self._plans[case.segment][to]
        before = (case.acts, case.wait)
        case.acts, case.wait = plan.acts, plan.step.awaits
        if plan.acts or before != (case.acts, case.wait):
            self._tell(case)
        if not plan.acts:
            self._work_on(case, plan, case.visits[to] - 1, 0)

    def _tell(self, case: Case) -> None:
        case.version += 1
        if case.listener is not None:
            case.listener()

    def _work_on(self, case: Case, plan: _Plan, visit: int, attempt: int) -> None:
        """Do a step behind the counter, with its attempts, and send the case on."""
        step, attempts = plan.step, plan.step.attempts

        def served(how: TicketEnd | str, ready_s: float, start_s: float, server: int, detail: str) -> None:
            if how == "withdrawn":
                return
            detail = "; ".join(part for part in (f"attempt {attempt + 1}" if attempt else "", detail) if part)
            if how in ("failed", "timed_out") and attempts is not None and attempt + 1 < attempts.limit:
                self._write(case, plan, visit, ready_s, start_s, server, how, step.name, detail)
                again = self._clock_of(step).after(
                    attempts.backoff.s * 2**attempt, lambda: self._work_on(case, plan, visit, attempt + 1)
                )
                case.work = _Work(plan, visit, self._run_s(), again.cancel)
                return
            to = self._resolved(case, self._route(case, plan, visit) if how == "served" else _elsewhere(step, how))
            if step.takes and step.takes in case.missed:
                detail = "; ".join(part for part in (detail, f"out of stock: {step.takes}") if part)
            self._write(case, plan, visit, ready_s, start_s, server, how, to, detail)
            self._arrive(case, to)

        timeout_s = plan.timeout.at(case.customer, visit) if plan.timeout else math.inf
        self._serve(case, plan, visit, served, timeout_s)

    def _serve(self, case: Case, plan: _Plan, visit: int, served: Served, deadline_s: float) -> None:
        """Wait for the batch window, then queue at the station (or let the delay pass)."""
        step, batch = plan.step, plan.step.batch
        ready_s = self._run_s()
        if batch is None:
            self._queue(case, plan, visit, ready_s, served, deadline_s)
            return
        now = self._human.now_s()
        windows = max(0, math.ceil((now - batch.first.s) / batch.every.s))
        opens_in_s = max(0.0, batch.first.s + windows * batch.every.s - now)
        timer = self._human.after(opens_in_s, lambda: self._queue(case, plan, visit, ready_s, served, deadline_s))
        case.work = _Work(plan, visit, ready_s, timer.cancel)

    def _queue(self, case: Case, plan: _Plan, visit: int, ready_s: float, served: Served, deadline_s: float) -> None:
        customer, step = case.customer, plan.step
        nth = case.served.get(step.name, 0)
        case.served[step.name] = nth + 1
        service_s = plan.service.at(customer, nth) if plan.service else 0.0
        fails = plan.fails is not None and plan.fails.at(customer, nth) < (
            step.attempts.failure if step.attempts else 0
        )
        deadline: Timer = NEVER
        if plan.station is None:
            start_s = self._run_s()

            def passed() -> None:
                deadline.cancel()
                case.work = None
                served("failed" if fails else "served", ready_s, start_s, -1, "")

            timer = self._human.after(service_s, passed)
            withdraw: Callable[[], None] = timer.cancel
        else:
            station = plan.station

            def ended(ticket: Ticket, how: TicketEnd) -> None:
                deadline.cancel()
                case.work = None
                served(how, ready_s, ticket.start_s, ticket.server, ticket.detail)

            ticket = Ticket(customer, nth, service_s, ended, priority=step.priority, fails=fails)

            def withdraw() -> None:
                station.withdraw(ticket)

        if deadline_s != math.inf:

            def too_late() -> None:
                start = NAN if plan.station is None else ticket.start_s
                withdraw()
                case.work = None
                served("timed_out", ready_s, start, -1 if plan.station is None else ticket.server, "")

            deadline = self._clock_of(step).after(deadline_s, too_late)

        def take_back() -> None:
            deadline.cancel()
            withdraw()

        case.work = _Work(plan, visit, ready_s, take_back)
        if plan.station is not None:
            patience_s = plan.patience.at(customer, visit) if plan.patience else math.inf
            plan.station.join(ticket, patience_s, step.balk_above)

    def _route(self, case: Case, plan: _Plan, visit: int) -> str:
        step = plan.step
        if step.takes:
            (case.missed.discard if self.warehouse.take(step.takes) else case.missed.add)(step.takes)

        def holds(condition: Condition) -> bool:
            if isinstance(condition, InSegment):
                return self._segments[case.segment] in condition.segments
            if isinstance(condition, VisitsAtLeast):
                return case.visits.get(condition.step, 0) >= condition.visits
            if isinstance(condition, FactIs):
                return self._population.customer(case.customer).persona[condition.fact] in condition.values
            return self._is_out_of_stock(condition, step, case)

        return choose(step.routes, plan.route.at(case.customer, visit), holds) or self.journey.after(step.name)

    def _is_out_of_stock(self, condition: OutOfStock, step: Step, case: Case) -> bool:
        if not condition.seen and step.takes == condition.stock:
            return condition.stock in case.missed
        return self.warehouse.level(condition.stock, seen=condition.seen) <= 0

    # Plans and rows --------------------------------------------------------------------------------------------------

    def _clock_of(self, step: Step) -> Clock:
        return self._system if self.journey.clock(step.name) == "system" else self._human

    def _stream(self, step: str, purpose: str, pick: Callable[[Journey], Distribution | None]) -> Stream:
        found = self._streams.get((step, purpose))
        if found is None:
            laws = [pick(view) or Never() for view in self._views]
            found = self._streams[step, purpose] = self._population.stream(step, purpose, laws)
        return found

    def _choices(self, step: str, purpose: str) -> Uniforms:
        return self._uniforms.setdefault((step, purpose), self._population.choices(step, purpose))

    def _plan(self, step: Step) -> _Plan:
        name = step.name

        def timeout(view: Journey) -> Distribution | None:
            attempts = view.step(name).attempts
            return attempts.timeout if attempts else None

        acts = step.lane == "customer"
        instant = all(view.step(name).service == ZERO for view in self._views)
        return _Plan(
            step=step,
            acts=acts,
            service=None if instant else self._stream(name, "service", lambda view: view.step(name).service),
            patience=self._stream(name, "patience", lambda view: view.step(name).patience) if step.patience else None,
            timeout=self._stream(name, "timeout", timeout) if step.attempts and not acts else None,
            fails=self._choices(name, "fails") if step.attempts and step.attempts.failure else None,
            skip=self._choices(name, "skip"),
            route=self._choices(name, "route"),
            station=self.stations[step.station] if step.station else None,
        )

    def _write(
        self, case: Case, plan: _Plan, visit: int, ready_s: float, start_s: float, server: int, outcome: str, to: str,
        detail: str,
    ) -> None:  # fmt: skip
        step = plan.step
        self._emit(
            Row(case.customer, self._segments[case.segment], step.name, visit, step.lane, step.station, server, ready_s,
                ready_s, start_s, self._run_s(), outcome, to, detail)
        )  # fmt: skip

    def _write_contact(
        self, case: Case, contact: Contact, visit: int, ready_s: float, ticket: Ticket, how: TicketEnd
    ) -> None:
        escalated = "escalated by chatbot" if contact.chatbot_time.s else ""
        detail = "; ".join(part for part in (escalated, ticket.detail) if part)
        self._emit(
            Row(case.customer, self._segments[case.segment], CONTACT + contact.name, visit, "support", contact.station,
                ticket.server, ready_s, ready_s, ticket.start_s, self._run_s(), how, "", detail)
        )  # fmt: skip


def _elsewhere(step: Step, how: str) -> str:
    return {"reneged": step.on_renege, "balked": step.on_balk, "rejected": step.on_rejected}.get(how, step.on_failure)
