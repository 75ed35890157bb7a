"""A customer's walk, without any clock, network or screen of its own: one generator, driven by every engine.

The walk yields *intents* (think, act, listen, ask, leave) and is sent what came of them. The SimPy engine answers from
its model of the organisation, the browser engine by driving pages, the load engine by HTTP requests. So a customer who
thinks for eight minutes, gives up on the second form, or phones on the third day of waiting does so in all of them.

Times that intents carry are on the journey's clock; the driver divides human times by its speed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Mapping
from typing import Any

from journeys.blueprint import Journey, Step
from journeys.contacts import Contact
from journeys.directions import Directions
from journeys.facts import Knowledge
from journeys.forks import Fork
from journeys.intents import Act, Acted, Answered, Ask, Go, Heard, Intent, Leave, Listen, Pause, Think, Walk
from journeys.loyalty import Further
from journeys.plans import ContactPlan, Plans, StepPlan
from journeys.population import Population, by_segment
from journeys.routes import ENDS, remainder
from journeys.rows import ARRIVAL, CONTACT, NAN, Row, exit_row, row_of

__all__ = [
    "Act",
    "Acted",
    "Answered",
    "Ask",
    "Go",
    "Heard",
    "Intent",
    "Leave",
    "Listen",
    "Pause",
    "Script",
    "Think",
    "Walk",
]


class Script:
    """How the customers of one population walk one journey: its steps with their streams, for each segment.

    Parameters
    ----------
    journey, population: what is walked and by whom.
    organisation: True where there is somebody to act with who knows the blueprint (the simulated organisation, the
        mocked back end): it tells what follows each step, works through the steps behind the counter, and answers
        the phone. False for a target that only has pages and addresses: the walk then draws the routes itself,
        passes over the steps in which it cannot act, and makes no contacts.
    acts: tells whether the customer acts in a step; by default those of the customer's lane.
    speed: human seconds per second of the log.
    """

    def __init__(
        self,
        journey: Journey,
        population: Population,
        *,
        organisation: bool = True,
        acts: Callable[[Step], bool] | None = None,
        speed: float = 1.0,
    ) -> None:
        self.journey, self.population, self.speed = journey, population, speed
        self.organisation = organisation
        self.first = journey.steps[0].name
        self.views = by_segment(journey)
        self._knowledge = [Knowledge() for _ in self.views]
        self.directions = Directions(journey, population)
        plans = Plans(journey, population, organisation, acts or (lambda step: step.lane == "customer"))
        self._plans = [plans.of(view) for view in self.views]

    def walk(
        self,
        customer: int,
        intended_s: float,
        clock: Callable[[], float],
        emit: Callable[[Row], None],
        *,
        why: str = "",
        further: Callable[[Further], None] | None = None,
    ) -> Walk:
        """Return the walk of one customer, a generator that returns the end reached.

        Parameters
        ----------
        intended_s: when the arrival was planned, in seconds of the run. Start the walk then.
        clock: tells the run's seconds. emit: takes each row that the customer's side writes.
        why: the detail of the arrival's row. further: takes the journeys that follow from this one, once it has ended;
            None where nobody comes besides.
        """
        segment = self.population.segment(customer)
        walker = _Walker(self, self._plans[segment], self._knowledge[segment], customer,
                         self.journey.segments[segment].name, clock, emit)  # fmt: skip
        return walker.walk(intended_s, why, further)


class _Dropped(Exception):
    """The customer leaves; carries the reason."""


class _Pending:
    """A question that will be asked at `at_s`; `told` once self-service and chatbot have been tried."""

    __slots__ = ("at_s", "mornings", "plan", "told", "tries")

    def __init__(self, plan: ContactPlan, at_s: float) -> None:
        self.plan, self.at_s = plan, at_s
        self.tries, self.mornings, self.told = 0, 0, False


class _Walker:
    __slots__ = (
        "_calls", "_clock", "_contacts", "_customer", "_emit", "_hazards", "_knowledge", "_plans", "_reasks", "_script",
        "_segment", "_speed", "_step", "_visits", "_waits",
    )  # fmt: skip

    def __init__(
        self,
        script: Script,
        plans: Mapping[str, StepPlan],
        knowledge: Knowledge,
        customer: int,
        segment: str,
        clock: Callable[[], float],
        emit: Callable[[Row], None],
    ) -> None:
        self._script, self._plans, self._speed = script, plans, script.speed
        self._customer, self._segment = customer, segment
        self._clock, self._emit = clock, emit
        self._knowledge = knowledge
        self._visits: dict[str, int] = {}
        self._waits: dict[str, int] = {}
        self._contacts: dict[str, int] = {}
        self._hazards: dict[str, int] = {}
        self._step = ""
        self._reasks, self._calls = 0, 0

    def walk(self, intended_s: float, why: str, further: Callable[[Further], None] | None) -> Walk:
        began, first = self._clock(), self._script.first
        self._emit(
            row_of((self._customer, self._segment, ARRIVAL, 0, "customer", "", -1, intended_s, began, began, began,
                    "served", first, why))
        )  # fmt: skip
        to, base_s, reason = first, intended_s, ""
        try:
            while to not in ENDS:
                plan = self._plans[to]
                self._step = to
                if plan.acts:
                    to, reason = yield from self._act(plan, base_s)
                elif self._script.organisation:
                    to, reason = (yield from self._await(plan)), ""
                else:
                    to, reason = yield from self._pass_over(plan)
                base_s = self._clock()
        except _Dropped as dropped:
            to, reason = "dropped", str(dropped)
            yield Leave(self._step, reason)
        now = self._clock()
        self._emit(exit_row(self._customer, self._segment, now, to, reason))
        if to == "completed" and further is not None:
            lasted_s = (now - intended_s) * self._speed
            for journey in self._script.directions.further(self._customer, self._reasks, self._calls, lasted_s):
                further(journey)
        return to

    # Acting ----------------------------------------------------------------------------------------------------------

    def _act(self, plan: StepPlan, base_s: float) -> Generator[Intent, Any, tuple[str, str]]:
        step, customer = plan.step, self._customer
        visit = self._visits.get(step.name, 0)
        if step.skip:
            while self._script.organisation and step.skip < 1 and self._skips(plan, visit):
                visit += 1  # the organisation has passed over these
            if not self._script.organisation and self._skips(plan, visit):
                self._visits[step.name] = visit + 1
                return self._beyond(step), ""
        self._visits[step.name] = visit + 1
        facts, effort_s, leaving, again, self._knowledge = self._script.directions.asking(self._knowledge, plan)
        if again:
            self._reasks += 1
        spoken_s, think_s = (effort_s, 0.0) if step.in_person else (0.0, effort_s)
        if plan.think is not None:
            think_s += plan.think.at(customer, visit)
        if think_s:
            yield Think(think_s)
        intended_s = base_s + think_s / self._speed
        for contact in plan.at_entry:
            if contact.arises.at(customer, visit) < contact.probability:
                yield from self._get_help(contact)
                intended_s = self._clock()
        if leaving and plan.abandon.at(customer, visit) < leaving:
            now = self._clock()
            self._write(step, visit, Acted("dropped", "dropped", now, NAN, now), "dropped", intended_s, again)
            raise _Dropped(f"gave up at {step.name}")
        return (yield from self._attempt(plan, visit, facts, spoken_s, again, intended_s))

    def _attempt(
        self,
        plan: StepPlan,
        visit: int,
        facts: tuple[str, ...],
        spoken_s: float,
        reasked: tuple[str, ...],
        intended_s: float,
    ) -> Generator[Intent, Any, tuple[str, str]]:
        step, customer = plan.step, self._customer
        limit = step.attempts.limit if step.attempts else 1
        patience_s = plan.response_patience.at(customer, visit) if plan.response_patience else math.inf
        clock_speed = self._speed if plan.human else 1.0
        leaves_at = math.inf if patience_s == math.inf else self._clock() + patience_s / clock_speed
        for attempt in range(limit):
            timeout_s = plan.timeout.at(customer, visit) if plan.timeout else math.inf
            left_s = math.inf if patience_s == math.inf else (leaves_at - self._clock()) * clock_speed
            acted: Acted = yield Act(step, visit, attempt, facts, min(timeout_s, left_s), spoken_s)
            # asked again is asked once a visit, however many attempts the answer takes
            detail = (f"attempt {attempt + 1}",) if attempt else reasked
            if acted.outcome == "served":
                to = acted.to or self._script.directions.route(step.name, customer, visit, self._visits)
                self._write(step, visit, acted, to, intended_s, detail)
                return to, ""
            if acted.outcome == "timed_out" and left_s <= timeout_s and left_s != math.inf:
                acted = acted._replace(outcome="dropped")
                self._write(step, visit, acted, "dropped", intended_s, (*detail, "the answer took too long"))
                raise _Dropped(f"no patience for {step.name}")
            if acted.outcome not in ("failed", "timed_out"):
                to = acted.to or getattr(step, _ON[acted.outcome])
                self._write(step, visit, acted, to, intended_s, detail)
                return to, f"{acted.outcome} at {step.name}"
            again = attempt + 1 < limit
            to = step.name if again else step.on_failure
            self._write(step, visit, acted, to, intended_s, detail)
            if again:
                backoff_s = step.attempts.backoff.s * 2**attempt if step.attempts else 0.0
                yield Pause(min(backoff_s, max(0.0, leaves_at - self._clock())))
                now = intended_s = self._clock()
                if now >= leaves_at:
                    gone = Acted("dropped", "dropped", now, NAN, now)
                    late = (f"attempt {attempt + 2}", "the answer took too long")
                    self._write(step, visit, gone, "dropped", now, late)
                    raise _Dropped(f"no patience for {step.name}")
        for contact in plan.at_failure:
            if contact.arises.at(customer, visit) < contact.probability:
                yield from self._get_help(contact)
        if step.on_failure == "dropped":
            raise _Dropped(f"failed at {step.name}")
        to = (yield Go(step.on_failure)) or step.on_failure
        return to, f"failed at {step.name}"

    def _pass_over(self, plan: StepPlan) -> Generator[Intent, Any, tuple[str, str]]:
        name = plan.step.name
        visit = self._visits.get(name, 0)
        self._visits[name] = visit + 1
        if self._skips(plan, visit):
            return self._beyond(plan.step), ""
        if plan.step.fork is not None:
            return (yield from self._through(plan.step.fork))
        return self._script.directions.route(name, self._customer, visit, self._visits), ""

    def _through(self, fork: Fork) -> Generator[Intent, Any, tuple[str, str]]:
        """Go along the branches that nobody shows us one after the other: as many as are needed, or to an end."""
        for head in fork.branches[: fork.needed]:
            to, reason = head, ""
            while to != fork.joins and to not in ENDS:
                plan = self._plans[to]
                self._step = to
                walk = self._act(plan, self._clock()) if plan.acts else self._pass_over(plan)
                to, reason = yield from walk
            if to != fork.joins:
                return to, reason
        return fork.joins, ""

    def _skips(self, plan: StepPlan, visit: int) -> bool:
        return plan.step.skip > 0 and plan.skip.at(self._customer, visit) < plan.step.skip

    def _beyond(self, step: Step) -> str:
        return remainder(step.routes) or self._script.journey.after(step.name)

    def _write(self, step: Step, visit: int, acted: Acted, to: str, intended_s: float, detail: tuple[str, ...]) -> None:
        outcome, _, ready_s, start_s, end_s, server, said = acted
        if detail:
            said = "; ".join((*detail, said) if said else detail)
        self._emit(
            row_of((self._customer, self._segment, step.name, visit, step.lane, step.station, server,
                    min(intended_s, ready_s), ready_s, start_s, end_s, outcome, to, said))
        )  # fmt: skip

    # Waiting and asking ----------------------------------------------------------------------------------------------

    def _await(self, plan: StepPlan) -> Generator[Intent, Any, str]:
        """Wait until the organisation needs the customer, or another wait begins, or patience ends."""
        waiting = plan.wait
        if waiting is None:
            while True:
                heard: Heard = yield Listen(math.inf)
                if heard.to is not None:
                    return heard.to
        customer, began = self._customer, self._clock()
        nth = self._waits.get(waiting.wait.name, 0)
        self._waits[waiting.wait.name] = nth + 1
        sees = waiting.sees.at(customer, nth) < waiting.wait.visible
        law = waiting.informed if sees else waiting.uncertain
        leaves_at, why = began + law.at(customer, nth) / self._speed, f"gave up waiting ({waiting.wait.name})"
        questions = [_Pending(contact, began + self._every(contact)) for contact in waiting.contacts]
        while True:
            question, until = None, leaves_at
            for pending in questions:
                if question is None or pending.at_s < question.at_s:
                    question, until = pending, min(leaves_at, pending.at_s)
            heard = yield Listen(max(0.0, until - self._clock()) * self._speed)
            if heard.to is not None:
                if heard.to in ENDS or self._plans[heard.to].acts or self._plans[heard.to].wait is not waiting:
                    return heard.to
                self._step = heard.to
            elif question is None or leaves_at <= question.at_s:
                raise _Dropped(why)
            else:
                try:
                    settled = yield from self._reach(question)
                except _Dropped as unanswered:
                    # the wait may have ended while nobody answered: that is heard first
                    settled, leaves_at, why = True, -math.inf, str(unanswered)
                if settled:
                    question.at_s = self._clock() + self._every(question.plan)
                    question.tries, question.mornings, question.told = 0, 0, False

    def _every(self, plan: ContactPlan) -> float:
        """Return the time to the next question, in seconds of the run: a new draw each time a question may arise."""
        assert plan.every is not None
        nth = self._hazards.get(plan.contact.name, 0)
        self._hazards[plan.contact.name] = nth + 1
        return plan.every.at(self._customer, nth) / self._speed

    def _get_help(self, plan: ContactPlan) -> Generator[Intent, Any, None]:
        """Ask and wait for the answer, over redials and closed nights."""
        question = _Pending(plan, self._clock())
        while not (yield from self._reach(question)):
            yield Think(max(0.0, question.at_s - self._clock()) * self._speed)

    def _reach(self, question: _Pending) -> Generator[Intent, Any, bool]:
        """Ask once; return whether the question is settled. If not, `question.at_s` says when it is asked again."""
        plan, contact, customer = question.plan, question.plan.contact, self._customer
        nth = self._contacts.get(contact.name, 0)
        if not question.told:
            question.told = True
            began = self._clock()
            if contact.self_service and plan.self_service.at(customer, nth) < contact.self_service:
                self._contacts[contact.name] = nth + 1
                self._unreached(contact, nth, began, "deflected", "self-service")
                return True
            if contact.chatbot_time.s:
                yield Think(contact.chatbot_time.s)
            if contact.chatbot and plan.chatbot.at(customer, nth) < contact.chatbot:
                self._contacts[contact.name] = nth + 1
                self._unreached(contact, nth, began, "deflected", "chatbot")
                return True
        answered: Answered = yield Ask(contact, nth, plan.patience.at(customer, nth))
        now = self._clock()
        if answered.outcome == "closed":
            if plan.comes_back.at(customer, nth) < contact.comes_back:
                # whoever finds it closed again, after a late morning, asks right at the next opening
                morning_s = 0.0 if question.mornings else plan.morning.at(customer, nth)
                question.mornings += 1
                question.at_s = now + (answered.opens_in_human_s + morning_s) / self._speed
                return False
            self._unreached(contact, nth, now, "balked", "closed")
        self._calls += answered.outcome != "closed"
        self._contacts[contact.name] = nth + 1
        if answered.outcome in ("served", "callback"):
            return True
        redial = None if answered.outcome == "closed" else contact.redial
        again = redial.probability if redial and question.tries < redial.limit else 0.0
        if plan.redial_after and plan.redial.at(customer, nth) < again:
            question.tries += 1
            question.at_s = now + plan.redial_after.at(customer, nth) / self._speed
            return False
        if contact.gives_up and plan.gives_up.at(customer, nth) < contact.gives_up:
            raise _Dropped(f"nobody answered ({contact.name})")
        return True

    def _unreached(self, contact: Contact, nth: int, began: float, outcome: str, how: str) -> None:
        """Write the row of a contact that reached nobody's queue."""
        self._emit(
            row_of((self._customer, self._segment, CONTACT + contact.name, nth, "support", "", -1, began, began, NAN,
                    self._clock(), outcome, "", how))
        )  # fmt: skip


_ON = {"reneged": "on_renege", "balked": "on_balk", "rejected": "on_rejected"}
