"""The organisation that customers deal with: its stations, the cases that move through them, its phone, its stock.

It plays everything behind the customer on any clock: the SimPy engine gives it a simulated one, the mocked back end
the real one. So a queue, a shift, a batch window or a route means the same in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from journeys.blueprint import Journey, Step
from journeys.contacts import Contact
from journeys.distributions import ZERO, Distribution, Never
from journeys.errors import InvalidInput, Problem
from journeys.eventlog import CONTACT, NAN, Row
from journeys.population import Population, Stream, Uniforms, by_segment
from journeys.routes import ENDS, Condition, FactIs, InSegment, OutOfStock, VisitsAtLeast, choose
from journeys.walking import Acted, Answered
from simulators.cases import Case, Plan, Work
from simulators.clocks import NEVER, Clock, Timer
from simulators.stations import StationState
from simulators.tickets import Delay, Ticket, TicketEnd
from simulators.warehouse import Warehouse

__all__ = ["Case", "Organisation"]

Served = Callable[[TicketEnd | str, float, float, int, str], None]
"""Told how work ended: outcome, when ready and when begun in seconds of the run, server, detail."""


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
        self._delay = Delay(human, run_s)
        self._views = by_segment(journey)
        self._streams: dict[tuple[str, str], Stream] = {}
        self._uniforms: dict[tuple[str, str], Uniforms] = {}
        self._plans = [{step.name: self._plan(step) for step in view.steps} for view in self._views]
        self._segments = [segment.name for segment in journey.segments]

    def start(self) -> None:
        """Open the stations, and begin shifts, breakdowns and faults; to be called at the run's zero."""
        for state in self.stations.values():
            state.start()

    # What customers do -----------------------------------------------------------------------------------------------

    def begin(self, customer: int) -> Case:
        """Open a case at the journey's first step."""
        case = Case(customer, self._population.segment(customer))
        case.known = self._arrive(case, self._resolved(case, self.journey.steps[0].name))
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
            to, detail = self._onwards(case, plan, visit, how, detail)
            case.known = self._arrive(case, to)
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
        service_s = law.at(case.customer, visit)
        ticket = Ticket(case.customer, CONTACT + contact, visit, service_s, ended, priority=found.priority)
        state.join(ticket, patience_s)

    def go(self, case: Case, to: str) -> str:
        """Let the customer turn to another step, or to an end, after a failure; return the one that is reached."""
        reached = self._resolved(case, to)
        case.known = self._arrive(case, reached)
        return reached

    def leave(self, case: Case, reason: str) -> None:
        """Let the customer withdraw: work in hand for them stops at this moment."""
        if case.ended:
            return
        work = case.work
        if work is not None:
            case.work = None
            work.withdraw()
            if not work.plan.acts:
                start_s, server, detail = NAN, -1, reason
                if work.ticket is not None:
                    start_s, server = work.ticket.start_s, work.ticket.server
                    detail = _joined(reason, work.ticket.detail)
                self._write(case, work.plan, work.visit, work.ready_s, start_s, server, "dropped", "dropped", detail)
        case.known = self._arrive(case, "dropped")

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

    def _onwards(self, case: Case, plan: Plan, visit: int, how: str, detail: str) -> tuple[str, str]:
        """Return where a case goes after a step, and the detail of its row."""
        if how != "served":
            return self._resolved(case, _elsewhere(plan.step, how)), detail
        to, takes = self._resolved(case, self._route(case, plan, visit)), plan.step.takes
        return to, _joined(detail, f"out of stock: {takes}" if takes in case.missed else "")

    def _arrive(self, case: Case, to: str) -> int:
        """Let a case stand at a step or end, begin its work there, and return the version of its standing there."""
        case.step = to
        if to in ENDS:
            case.acts, case.ended, case.wait = False, True, ""
            self._tell(case)
            return case.version
        plan = self._plans[case.segment][to]
        before = (case.acts, case.wait)
        case.acts, case.wait = plan.acts, plan.step.awaits
        if plan.acts or before != (case.acts, case.wait):
            self._tell(case)
        version = case.version
        if not plan.acts:
            self._work_on(case, plan, case.visits[to] - 1, 0)
        return version

    def _tell(self, case: Case) -> None:
        case.version += 1
        if case.listener is not None:
            case.listener()

    def _work_on(self, case: Case, plan: Plan, visit: int, attempt: int) -> None:
        """Do a step behind the counter, with its attempts, and send the case on."""
        step, attempts = plan.step, plan.step.attempts

        def served(how: TicketEnd | str, ready_s: float, start_s: float, server: int, detail: str) -> None:
            if how == "withdrawn":
                return
            detail = _joined(f"attempt {attempt + 1}" if attempt else "", detail)
            if how in ("failed", "timed_out") and attempts is not None and attempt + 1 < attempts.limit:
                self._write(case, plan, visit, ready_s, start_s, server, how, step.name, detail)
                again = self._clock_of(step).after(
                    attempts.backoff.s * 2**attempt, lambda: self._work_on(case, plan, visit, attempt + 1)
                )
                case.work = Work(plan, visit, self._run_s(), again.cancel)
                return
            to, detail = self._onwards(case, plan, visit, how, detail)
            self._write(case, plan, visit, ready_s, start_s, server, how, to, detail)
            self._arrive(case, to)

        timeout_s = plan.timeout.at(case.customer, visit) if plan.timeout else math.inf
        self._serve(case, plan, visit, served, timeout_s)

    def _serve(self, case: Case, plan: Plan, visit: int, served: Served, deadline_s: float) -> None:
        """Wait for the batch window, then queue at the station (or let the delay pass).

        A customer who acts counts the deadline from that moment; behind the counter an attempt begins at the window.
        """
        batch, ready_s = plan.step.batch, self._run_s()
        if batch is None:
            self._queue(case, plan, visit, ready_s, served, deadline_s)
            return
        now = self._human.now_s()
        # who is ready less than a billionth of a period late was ready at the very moment, but for rounding
        windows = max(0, math.ceil((now - batch.first.s) / batch.every.s - 1e-9))
        clock = self._clock_of(plan.step)
        deadline: Timer = NEVER
        sent_s = clock.now_s()

        def opens() -> None:
            deadline.cancel()
            left_s = max(0.0, deadline_s - (clock.now_s() - sent_s)) if plan.acts else deadline_s
            self._queue(case, plan, visit, ready_s, served, left_s)

        def too_late() -> None:
            withdraw()
            case.work = None
            served("timed_out", ready_s, NAN, -1, "")

        def withdraw() -> None:
            timer.cancel()
            deadline.cancel()

        timer = self._human.after(max(0.0, batch.first.s + windows * batch.every.s - now), opens)
        if plan.acts:
            deadline = clock.after(deadline_s, too_late)
        case.work = Work(plan, visit, ready_s, withdraw)

    def _queue(self, case: Case, plan: Plan, visit: int, ready_s: float, served: Served, deadline_s: float) -> None:
        customer, step = case.customer, plan.step
        nth = case.served.get(step.name, 0)
        case.served[step.name] = nth + 1
        service_s = plan.service.at(customer, nth) if plan.service else 0.0
        fails = plan.fails is not None and plan.fails.at(customer, nth) < (
            step.attempts.failure if step.attempts else 0
        )
        station = plan.station
        deadline: Timer = NEVER

        def ended(ticket: Ticket, how: TicketEnd) -> None:
            deadline.cancel()
            case.work = None
            served(how, ready_s, ticket.start_s, ticket.server, ticket.detail)

        def take_back() -> None:
            station.withdraw(ticket)

        def too_late() -> None:
            station.withdraw(ticket)
            served("timed_out", ready_s, ticket.start_s, ticket.server, ticket.detail)

        ticket = Ticket(customer, step.name, nth, service_s, ended, priority=step.priority, fails=fails)
        case.work = Work(plan, visit, ready_s, take_back, ticket)
        station.join(ticket, plan.patience.at(customer, visit) if plan.patience else math.inf, step.balk_above)
        if deadline_s != math.inf and not ticket.ended:
            # asked for after the service, so that an answer at the very moment of the deadline is in time
            deadline = self._clock_of(step).after(deadline_s, too_late)

    def _route(self, case: Case, plan: Plan, visit: int) -> str:
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

    def _plan(self, step: Step) -> Plan:
        name = step.name

        def timeout(view: Journey) -> Distribution | None:
            attempts = view.step(name).attempts
            return attempts.timeout if attempts else None

        acts = step.lane == "customer"
        instant = all(view.step(name).service == ZERO for view in self._views)
        return Plan(
            step=step,
            acts=acts,
            service=None if instant else self._stream(name, "service", lambda view: view.step(name).service),
            patience=self._stream(name, "patience", lambda view: view.step(name).patience) if step.patience else None,
            timeout=self._stream(name, "timeout", timeout) if step.attempts and not acts else None,
            fails=self._choices(name, "fails") if step.attempts and step.attempts.failure else None,
            skip=self._choices(name, "skip"),
            route=self._choices(name, "route"),
            station=self.stations[step.station] if step.station else self._delay,
        )

    def _write(
        self, case: Case, plan: Plan, visit: int, ready_s: float, start_s: float, server: int, outcome: str, to: str,
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
        detail = _joined("escalated by chatbot" if contact.chatbot_time.s else "", ticket.detail)
        self._emit(
            Row(case.customer, self._segments[case.segment], CONTACT + contact.name, visit, "support", contact.station,
                ticket.server, ready_s, ready_s, ticket.start_s, self._run_s(), how, "", detail)
        )  # fmt: skip


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _elsewhere(step: Step, how: str) -> str:
    return {"reneged": step.on_renege, "balked": step.on_balk, "rejected": step.on_rejected}.get(how, step.on_failure)
