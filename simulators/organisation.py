"""The organisation that customers deal with: its stations, the cases that move through them, its phone, its stock.

It plays everything behind the customer on any clock: the SimPy engine gives it a simulated one, the mocked back end
the real one. So a queue, a shift, a batch window or a route means the same in both.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from journeys.blueprint import Journey, Step
from journeys.errors import InvalidInput, Problem
from journeys.forks import Fork
from journeys.population import Population, by_segment
from journeys.routes import ENDS
from journeys.rows import Row, row_of
from journeys.walking import Acted, Answered
from simulators.cases import Call, Case, Plan, Work
from simulators.clocks import Clock
from simulators.passage import Passing, passage_of
from simulators.planning import Planner
from simulators.signposts import Signposts
from simulators.stations import Workplace
from simulators.tickets import GONE, SERVING, Delay, Server
from simulators.tiers import station_at_work
from simulators.warehouse import Warehouse

__all__ = ["Case", "Organisation"]


class Organisation:
    """Everything behind the customer, for one population.

    Parameters
    ----------
    journey, population: the blueprint, and whose draws its services and routes are.
    human, system: clocks of people and of machines. run_s: tells the run's seconds, for rows.
    emit: takes the rows that the organisation writes: steps in which no customer acts, and contacts answered.
    own: gives what serves a step with a process of its own, which only a SimPy environment can.

    `promised` counts the call-backs that are still to be made; `kept` is called when one has been.
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
        own: Callable[[Step], Server] | None = None,
    ) -> None:
        self.journey, self._population = journey, population
        self._human, self._system, self._run_s, self._emit = human, system, run_s, emit
        self.stations = {
            station.name: station_at_work(
                Workplace(
                    station,
                    human if station.kind == "people" else system,
                    run_s,
                    population,
                    tuple(fault for fault in journey.faults if fault.station == station.name and not fault.passes),
                )
            )
            for station in journey.stations
        }
        self._passage = passage_of(journey.faults, system, run_s, population)
        self.promised = 0
        self.kept: Callable[[], None] = lambda: None
        self.warehouse = Warehouse(journey.stock, human)
        self._views = by_segment(journey)
        planner = Planner(journey, population, self.stations, Delay(human, run_s), human, system, own)
        self._plans = [{step.name: planner.plan(step, view) for step in view.steps} for view in self._views]
        self._lines = [{contact.name: planner.line(contact) for contact in view.contacts} for view in self._views]
        self._segments = [segment.name for segment in journey.segments]
        self._signposts = Signposts(journey, population, human, self.warehouse)

    def start(self) -> None:
        """Open the stations, and begin shifts, breakdowns and faults; to be called at the run's zero."""
        for state in self.stations.values():
            state.start()
        if self._passage is not None:
            self._passage.start()

    # What customers do -----------------------------------------------------------------------------------------------

    def begin(self, customer: int) -> Case:
        """Open a case at the journey's first step."""
        case = Case(customer, self._population.segment(customer))
        case.known = self._arrive(case, self._resolved(case, self.journey.steps[0].name))
        return case

    def act(
        self,
        case: Case,
        step: str,
        done: Callable[[Acted], None],
        deadline_s: float = math.inf,
        spoken_s: float = 0.0,
    ) -> None:
        """Let the customer do their step; `done` is told what came of it, perhaps at once.

        `deadline_s`, on the step's own clock: work not done by then is withdrawn (*timed_out*). `spoken_s`: what is
        asked in person takes so much longer to serve. After *failed* or *timed_out* it is still the customer's turn at
        the same step. Raises InvalidInput when it is not their turn.
        """
        passage, plan = self._passage, self._plans[case.segment][step]
        if passage is None:
            self._do(case, step, done, deadline_s, spoken_s)
            return
        if not passage.expects(case, step):
            _expect_turn(case, step)
        passage.send(
            Passing(case, step, plan.step.station, plan.clock, deadline_s, done,
                    lambda left_s, told: self._do(case, step, told, left_s, spoken_s))
        )  # fmt: skip

    def _do(self, case: Case, step: str, done: Callable[[Acted], None], deadline_s: float, spoken_s: float) -> None:
        _expect_turn(case, step)
        plan = self._plans[case.segment][step]
        work = Work(case, plan, case.visits[step] - 1, 0, self._run_s(), deadline_s, self._acted, done)
        work.spoken_s = spoken_s
        self._serve(work)

    def ask(self, case: Case, contact: str, visit: int, patience_s: float, done: Callable[[Answered], None]) -> None:
        """Let the customer phone; `done` is told when the call is over, at once that nobody is on duty, or at once that
        they will be called back.
        """
        line = self._lines[case.segment][contact]
        state = line.station
        if not state.open:
            done(Answered("closed", state.opens_in_s()))
            return
        call, ahead = Call(case, line, visit, self._run_s(), self._answered, done), state.waiting
        state.join(call, patience_s)
        if call.promise(ahead):
            self.promised += 1
            done(Answered("callback"))

    def go(self, case: Case, to: str) -> str:
        """Let the customer turn to another step, or to an end, after a failure; return the one that is reached."""
        if self._passage is not None and self._passage.forget(case):
            self._withdraw(case, "withdrawn", "", "not told, and given up")
        reached = self._resolved(case, to)
        case.known = self._arrive(case, reached)
        return reached

    def leave(self, case: Case, reason: str) -> None:
        """Let the customer withdraw: work in hand for them stops at this moment."""
        if self._passage is not None:
            self._passage.forget(case)
        if case.ended:
            return
        self._withdraw(case, "dropped", "dropped", reason)
        case.known = self._arrive(case, "dropped")

    # How cases move --------------------------------------------------------------------------------------------------

    def _resolved(self, case: Case, to: str) -> str:
        """Begin the visit of `to`, passing over steps that this visit skips; return the step or end reached.

        Of a branch, the join is no step of its own: the visit of it begins when the whole case comes there.
        """
        while to not in ENDS and to != case.joins:
            plan = self._plans[case.segment][to]
            visit = case.visits.get(to, 0)
            case.visits[to] = visit + 1
            if not plan.step.skip or plan.skip.at(case.customer, visit) >= plan.step.skip:
                return to
            to = plan.beyond
        return to

    def _onwards(self, work: Work, how: str) -> str:
        """Return where a case goes after a step; a step that served it has the detail of the row say what it lacks."""
        case, step = work.case, work.plan.step
        if how != "served":
            return self._resolved(case, _elsewhere(step, how))
        to = self._signposts.way(work)
        if work.plan.ways is not None:
            return self._resolved(case, to)
        if step.takes in case.missed:
            work.detail = _joined(work.detail, f"out of stock: {step.takes}")
        if step.fork is not None:
            work.detail = _joined(work.detail, "in parallel: " + ", ".join(step.fork.branches))
            return to
        return self._resolved(case, to)

    def _arrive(self, case: Case, to: str) -> int:
        """Let a case stand at a step or end, begin its work there, and return the version of its standing there."""
        if case.whole is not None and (to == case.joins or to in ENDS):
            self._join(case, case.whole, to)
            return case.version
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

    def _fork(self, case: Case, fork: Fork) -> None:
        """Begin the branches in their order, for as long as none of them lets the case go on."""
        branches = case.fork(fork)
        for branch, first in zip(branches, fork.branches, strict=True):
            if case.branches is not branches:
                return
            self._arrive(branch, self._resolved(branch, first))

    def _join(self, branch: Case, whole: Case, to: str) -> None:
        """Let a branch arrive or come to an end; if that is enough, withdraw the others, and let the case go on."""
        branch.ended = True
        if to == branch.joins:
            whole.lacking -= 1
            if whole.lacking:
                return
            to = self._resolved(whole, to)
        self._withdraw(whole, "withdrawn", "", "no longer needed")
        if not whole.ended:  # as a branch itself, by another that has just taken over a server
            self._arrive(whole, to)

    def _withdraw(self, case: Case, outcome: str, to: str, reason: str) -> None:
        """Withdraw the work in hand for a case or its branches, and end the branches."""
        in_hand = case.in_hand()
        case.close()
        for work in in_hand:
            work.case.work = None
            work.withdraw()
            if work.ahead and not work.attempt:
                # it has used up its draws: those of a later visit are the same, however far this one came
                case.served[work.step] = case.served.get(work.step, 0) + 1
            if not work.plan.acts:
                self._write(work, outcome, to, _joined(reason, work.detail))

    def _tell(self, case: Case) -> None:
        case.version += 1
        if case.listener is not None:
            case.listener()

    # Work, and what comes of it --------------------------------------------------------------------------------------

    def _work_on(self, case: Case, plan: Plan, visit: int, attempt: int) -> None:
        """Do a step behind the counter, with its attempts, and send the case on."""
        timeout_s = plan.timeout.at(case.customer, visit) if plan.timeout else math.inf
        self._serve(Work(case, plan, visit, attempt, self._run_s(), timeout_s, self._worked))

    def _worked(self, work: Work, how: str) -> None:
        """Try again after work behind the counter that failed, or send the case on."""
        case, plan, attempt, attempts = work.case, work.plan, work.attempt, work.plan.step.attempts
        if attempt:
            work.detail = _joined(f"attempt {attempt + 1}", work.detail)
        if attempts is not None and how in ("failed", "timed_out") and attempt + 1 < attempts.limit:
            self._write(work, how, plan.step.name, work.detail)
            again = Work(case, plan, work.visit, attempt + 1, self._run_s(), math.inf, self._worked)
            again.timer = plan.clock.after(
                attempts.backoff.s * 2**attempt, lambda: self._work_on(case, plan, work.visit, attempt + 1)
            )
            case.work = again
            return
        to = self._onwards(work, how)
        self._write(work, how, to, work.detail)
        if how == "served" and plan.step.fork is not None:
            self._fork(case, plan.step.fork)
        else:
            self._arrive(case, to)

    def _acted(self, work: Work, how: str) -> None:
        """Send the case on after the customer's own step, unless they may try again, and tell them."""
        end_s, told = self._run_s(), work.told
        assert told is not None
        if how in ("failed", "timed_out"):
            told(Acted(how, None, work.ready_s, work.start_s, end_s, work.server, work.detail))
            return
        to = self._onwards(work, how)
        work.case.known = self._arrive(work.case, to)
        told(Acted(how, to, work.ready_s, work.start_s, end_s, work.server, work.detail))

    def _serve(self, work: Work) -> None:
        """Wait for the batch window, then queue at the station (or let the delay pass).

        A customer who acts counts the deadline from that moment; behind the counter an attempt begins at the window.
        """
        plan, batch = work.plan, work.plan.step.batch
        if batch is None:
            self._queue(work)
            return
        now = self._human.now_s()
        sent_s = plan.clock.now_s()

        def opens() -> None:
            work.deadline.cancel()
            if plan.acts:
                work.deadline_s = max(0.0, work.deadline_s - (plan.clock.now_s() - sent_s))
            self._queue(work)

        work.timer = self._human.after(max(0.0, batch.opens_s(now) - now), opens)
        if plan.acts:
            work.deadline = plan.clock.after(work.deadline_s, work.too_late)
        work.case.work = work

    def _draw(self, work: Work) -> None:
        """Draw an attempt's service time, and whether it fails by itself: the customer's next ones at this step."""
        plan, customer, step, served = work.plan, work.customer, work.plan.step, work.case.served
        work.nth = nth = served.get(step.name, 0)
        served[step.name] = nth + 1
        if plan.service is not None:
            work.service_s = plan.service.at(customer, nth)
        work.service_s += work.spoken_s
        if plan.fails is not None and step.attempts is not None:
            work.fails = plan.fails.at(customer, nth) < step.attempts.failure

    def _queue(self, work: Work) -> None:
        case, plan, customer, step = work.case, work.plan, work.customer, work.plan.step
        self._draw(work)
        work.ahead = False
        case.work = work
        patience_s = plan.patience.at(customer, work.visit) if plan.patience is not None else math.inf
        plan.station.join(work, patience_s, step.balk_above)
        if work.deadline_s == math.inf or work.state == GONE:
            return
        if work.state == SERVING and work.remaining_s <= work.deadline_s and not plan.station.stands_still:
            return  # in time whatever happens, for an answer at the very moment of the deadline is
        # asked for after the service, for the same reason
        work.deadline = plan.clock.after(work.deadline_s, work.too_late)

    def _answered(self, call: Call, how: str) -> None:
        if not call.promised:
            self._write_contact(call, how)
            call.told(Answered(how))
            return
        unreached = how == "served" and not call.reached
        call.detail = _joined("call-back", "not reached" if unreached else "", call.detail)
        self._write_contact(call, "reneged" if unreached else how)
        self.promised -= 1
        self.kept()

    # Rows ------------------------------------------------------------------------------------------------------------

    def _write(self, work: Work, outcome: str, to: str, detail: str) -> None:
        case, step, ready_s = work.case, work.plan.step, work.ready_s
        self._emit(
            row_of((case.customer, self._segments[case.segment], step.name, work.visit, step.lane, step.station,
                    work.server, ready_s, ready_s, work.start_s, self._run_s(), outcome, to, detail))
        )  # fmt: skip

    def _write_contact(self, call: Call, how: str) -> None:
        case, contact, ready_s = call.case, call.line.contact, call.ready_s
        detail = _joined("escalated by chatbot" if contact.chatbot_time.s else "", call.detail)
        self._emit(
            row_of((case.customer, self._segments[case.segment], call.step, call.visit, "support", contact.station,
                    call.server, ready_s, ready_s, call.start_s, self._run_s(), how, "", detail))
        )  # fmt: skip


def _expect_turn(case: Case, step: str) -> None:
    if not case.acts or case.step != step:
        raise InvalidInput([Problem(f"case.{step}", "is not this customer's turn", f"at {case.step}")])


def _joined(*parts: str) -> str:
    return "; ".join(part for part in parts if part)


def _elsewhere(step: Step, how: str) -> str:
    return {"reneged": step.on_renege, "balked": step.on_balk, "rejected": step.on_rejected}.get(how, step.on_failure)
