"""The loan application of the catalogue, as a good SimPy author writes it by hand, with the log of this project.

Customer, file and calls are generators; the office closes by taking its own servers away, ahead of all other work, as
they finish what they have in hand; a wait is `work | timeout`, and whoever loses patience interrupts the work. Only
the figures derived from public logs are read from the catalogue; whatever the blueprint says stands here again.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

import simpy

from journeys.catalogue.loan_application.derived import FIGURES
from tests.bench.yardstick import NAN, LogRow, Pool, Process

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
WEEK = 7 * DAY
OPENS, CLOSES, WORKDAYS = 8 * HOUR, 18 * HOUR, 5
TIMEOUT, ATTEMPTS, BACKOFF = 10.0, 3, 0.5
COMES_BACK, MORNING = 0.35, 4 * HOUR
REDIALS, REDIAL, REDIAL_AFTER = 2, 0.5, 40 * MINUTE
ROUNDS = 6


class Lognormal(NamedTuple):
    """The law by its parameters of the normal."""

    mu: float
    sigma: float

    @classmethod
    def of(cls, mean: float, cv: float) -> Lognormal:
        variance = math.log1p(cv**2)
        return cls(math.log(mean) - variance / 2, math.sqrt(variance))

    @classmethod
    def derived(cls, name: str) -> Lognormal:
        return cls.of(FIGURES.figure(name)["value"], FIGURES.figure(name)["cv"])


class Weibull(NamedTuple):
    """The law by its scale and shape."""

    scale: float
    shape: float

    @classmethod
    def derived(cls, name: str) -> Weibull:
        return cls(FIGURES.figure(name)["weibull_scale"] * DAY, FIGURES.figure(name)["weibull_shape"])


class Asks(NamedTuple):
    """A question that a form gives rise to, and what becomes of the customer if nobody answers."""

    name: str
    probability: float
    gives_up: float


@dataclass(frozen=True, slots=True)
class Form:
    """A page: the customer thinks, perhaps phones or gives up, and sends it to the portal."""

    think: Lognormal | Weibull
    to: str
    effort: float = 0.0
    abandon: float = 0.0
    service: Lognormal = field(default_factory=lambda: Lognormal.of(0.040, 0.5))
    asks: Asks | None = None
    asked_again: str = ""


UPLOAD = Lognormal.of(0.090, 0.5)
FORMS = {
    "start": Form(Lognormal.of(2 * MINUTE, 0.8), "personal", 30.0, 0.02),
    "personal": Form(Lognormal.of(MINUTE, 0.6), "income", 58.0, 0.02),
    "income": Form(Lognormal.of(MINUTE, 0.8), "documents", 195.0, 0.025, asks=Asks("how_to_income", 0.30, 0.55)),
    "documents": Form(
        Lognormal.of(2 * MINUTE, 1.0), "submit", 660.0, 0.03, UPLOAD, asks=Asks("which_documents", 0.30, 0.55)
    ),
    "submit": Form(
        Lognormal.of(2 * MINUTE, 0.8), "intake", 25.0, 1 - 0.985 * 0.97 * 0.97, asked_again="re-asked: phone, employer"
    ),
    "fix_documents": Form(
        Weibull.derived("incomplete_spell"), "reassessment", 0.0, FIGURES.share("incomplete_result", "cancelled"),
        UPLOAD, asks=Asks("what_is_missing", 0.40, 0.1),
    ),
    "offer": Form(Lognormal.of(14 * HOUR, 1.0), "payout", 0.0, 0.03, asks=Asks("about_the_offer", 0.40, 0.05)),
    "read_denial": Form(Lognormal.of(6 * HOUR, 1.0), "denied", asks=Asks("why_denied", 0.50, 0.0)),
}  # fmt: skip
INTAKE = Lognormal.derived("hands_on_per_case.complete_application")
EMPLOYER, NOTICE, PAYOUT = Lognormal.of(DAY, 0.6), Lognormal.of(DAY, 0.4), Lognormal.of(1.5 * DAY, 0.4)
ASSESS = Lognormal.derived("hands_on_assessment_round")
VERDICTS = {
    step: (
        FIGURES.share("assessment_result", f"{nth}.sent_back"),
        FIGURES.share("assessment_result", f"{nth}.declined"),
    )
    for step, nth in (("assessment", "round_1"), ("reassessment", "round_2"))
}
GIVE_UP = Weibull.derived("give_up_before_offer_by_desk")
HANDLING = Lognormal.derived("call_handling.over_10_s")
ON_THE_PHONE = FIGURES.figure("phone_patience.all")["exponential_mean"]


class Dropped(Exception):
    """The customer leaves; carries the reason."""


@dataclass(slots=True)
class Question:
    """What a customer wants to know, and when they ask (again)."""

    name: str
    at: float
    tries: int = 0
    waited_a_morning: bool = False
    comes_back: bool = False
    settled: bool = False
    answered: bool = False


@dataclass(slots=True)
class Customer:
    number: int
    segment: str
    visits: Counter[str] = field(default_factory=Counter)


class Office(simpy.PriorityResource):
    """People with numbers, on duty in office hours, who finish what they have in hand when they close."""

    def __init__(self, environment: simpy.Environment, servers: int) -> None:
        super().__init__(environment, servers)
        self._environment = environment
        self._idle = list(range(servers))
        for _ in range(servers):
            environment.process(self._off_duty())

    def take(self) -> int:
        return heapq.heappop(self._idle)

    def give_back(self, server: int) -> None:
        heapq.heappush(self._idle, server)

    @property
    def is_open(self) -> bool:
        day, time = divmod(self._environment.now % WEEK, DAY)
        return day < WORKDAYS and OPENS <= time < CLOSES

    def opens(self) -> float:
        """Return when it opens next."""
        week, rest = divmod(self._environment.now, WEEK)
        day, time = divmod(rest, DAY)
        day += time >= OPENS
        return week * WEEK + (day if day < WORKDAYS else 7) * DAY + OPENS

    def _off_duty(self) -> Process:
        while True:
            opens = self.opens()
            with self.request(priority=-1) as leave:
                yield leave
                yield self._environment.timeout(max(0.0, opens - self._environment.now))
            yield self._environment.timeout(opens + CLOSES - OPENS - self._environment.now)


class Loan:
    """The portal, the office, and everybody who applies."""

    def __init__(self, customers: int, seed: int) -> None:
        self.draw = random.Random(seed)
        self.environment = simpy.Environment()
        self.portal = Pool(self.environment, 16)
        self.desk = Office(self.environment, 5)
        self.assessors = Office(self.environment, 9)
        self.log: list[LogRow] = []
        self.inside = customers
        self.everybody_out = self.environment.event()
        self.environment.process(self.source(customers))

    def source(self, customers: int) -> Process:
        weights = FIGURES.figure("arrival_weights")["weight"]
        mean = FIGURES.figure("applications_per_day")["value"] / DAY * len(weights) / sum(weights)
        highest = mean * max(weights)
        time = 0.0
        for number in range(customers):
            while True:  # thinning
                time += self.draw.expovariate(highest)
                if self.draw.random() * highest < mean * weights[int(time % WEEK // HOUR)]:
                    break
            yield self.environment.timeout(time - self.environment.now)
            self.environment.process(self.customer(number))

    def lasts(self, law: Lognormal | Weibull) -> float:
        if isinstance(law, Lognormal):
            return self.draw.lognormvariate(*law)
        return self.draw.weibullvariate(*law)

    def write(
        self, who: Customer, step: str, visit: int, lane: str, station: str, server: int, ready: float, start: float,
        outcome: str, to: str, detail: str = "",
    ) -> None:  # fmt: skip
        self.log.append(
            (who.number, who.segment, step, visit, lane, station, server, ready, ready, start, self.environment.now,
             outcome, to, detail)
        )  # fmt: skip

    # The customer ----------------------------------------------------------------------------------------------------

    def customer(self, number: int) -> Process:
        who = Customer(number, "simple" if self.draw.random() < 0.75 else "complex")
        now = self.environment.now
        self.write(who, "arrival", 0, "customer", "", -1, now, now, "served", "start")
        to, reason = "start", ""
        try:
            while to not in ("completed", "denied"):
                if to in FORMS:
                    to = yield from self.fill(who, to)
                elif to == "payout":
                    to = yield from self.wait(
                        who,
                        "money",
                        self.environment.process(self.pay_out(who)),
                        "where_is_my_money",
                        3 * DAY,
                        math.inf,
                    )
                else:
                    work = self.environment.process(self.decide(who, to))
                    patience = self.lasts(GIVE_UP)
                    to = yield from self.wait(who, "decision", work, "where_is_my_loan", 108 * HOUR, patience)
        except Dropped as dropped:
            to, reason = "dropped", str(dropped)
        now = self.environment.now
        self.write(who, "exit", 0, "customer", "", -1, now, now, to, "", reason)
        self.inside -= 1
        if not self.inside:
            self.everybody_out.succeed()

    def fill(self, who: Customer, name: str) -> Process:
        form = FORMS[name]
        visit = who.visits[name]
        who.visits[name] += 1
        yield self.environment.timeout(form.effort + self.lasts(form.think))
        if form.asks is not None and self.draw.random() < form.asks.probability:
            question = Question(form.asks.name, self.environment.now)
            while not question.settled:
                yield self.environment.timeout(question.at - self.environment.now)
                yield from self.ask(who, question)
            if not question.answered and self.draw.random() < form.asks.gives_up:
                raise Dropped(f"nobody answered ({question.name})")
        if self.draw.random() < form.abandon:
            now = self.environment.now
            self.write(
                who, name, visit, "customer", "portal", -1, now, NAN, "dropped", "dropped", form.asked_again
            )  # fmt: skip
            raise Dropped(f"gave up at {name}")
        to = "read_denial" if name == "fix_documents" and visit + 1 >= ROUNDS else form.to
        for attempt in range(ATTEMPTS):
            detail = f"attempt {attempt + 1}" if attempt else form.asked_again
            again = name if attempt + 1 < ATTEMPTS else "dropped"
            if (yield from self.send(who, name, visit, form.service, to, again, detail)):
                return to
            if attempt + 1 < ATTEMPTS:
                yield self.environment.timeout(BACKOFF * 2**attempt)
        raise Dropped(f"failed at {name}")

    def send(
        self, who: Customer, name: str, visit: int, service: Lognormal, to: str, again: str, detail: str
    ) -> Process:
        ready, start, server, answered = self.environment.now, NAN, -1, False
        deadline = self.environment.timeout(TIMEOUT)
        with self.portal.request() as turn:
            yield turn | deadline
            if turn.triggered:
                start, server = self.environment.now, self.portal.take()
                answer = self.environment.timeout(self.lasts(service))
                yield answer | deadline
                answered = answer.processed
                self.portal.give_back(server)
        outcome, to = ("served", to) if answered else ("timed_out", again)
        self.write(who, name, visit, "customer", "portal", server, ready, start, outcome, to, detail)
        return answered

    def wait(self, who: Customer, name: str, work: simpy.Process, asks: str, every: float, patience: float) -> Process:
        leaves = self.environment.now + patience
        question = Question(asks, self.environment.now + self.draw.expovariate(1 / every))
        while work.is_alive:
            until = min(leaves, question.at)
            yield work | self.environment.timeout(max(0.0, until - self.environment.now))
            if not work.is_alive:
                break
            if leaves <= question.at:
                reason = f"gave up waiting ({name})"
                work.interrupt(reason)
                yield work
                raise Dropped(reason)
            yield from self.ask(who, question)
            if question.settled:
                question = Question(asks, self.environment.now + self.draw.expovariate(1 / every))
        return work.value

    def ask(self, who: Customer, question: Question) -> Process:
        """Phone the service desk once: the question is settled then, or will be asked again at `question.at`."""
        step, visit, ready = f"contact:{question.name}", who.visits[question.name], self.environment.now
        if not self.desk.is_open:
            question.comes_back = question.comes_back or self.draw.random() < COMES_BACK
            if question.comes_back:
                question.at = self.desk.opens()
                if not question.waited_a_morning:
                    question.at += self.draw.uniform(0, MORNING)
                    question.waited_a_morning = True
                return
            self.write(who, step, visit, "support", "", -1, ready, NAN, "balked", "", "closed")
            who.visits[question.name] += 1
            question.settled = True
            return
        who.visits[question.name] += 1
        with self.desk.request(priority=0) as turn:
            yield turn | self.environment.timeout(self.draw.expovariate(1 / ON_THE_PHONE))
            if turn.triggered:
                start, server = self.environment.now, self.desk.take()
                yield self.environment.timeout(self.lasts(HANDLING))
                self.desk.give_back(server)
                self.write(who, step, visit, "support", "service_desk", server, ready, start, "served", "")
                question.settled = question.answered = True
                return
        self.write(who, step, visit, "support", "service_desk", -1, ready, NAN, "reneged", "")
        if question.tries < REDIALS and self.draw.random() < REDIAL:
            question.tries += 1
            question.comes_back = False
            question.at = self.environment.now + self.draw.expovariate(1 / REDIAL_AFTER)
            return
        question.settled = True

    # Behind the counter ----------------------------------------------------------------------------------------------

    def decide(self, who: Customer, step: str) -> Process:
        try:
            if step == "intake":
                yield from self.serve(who, "intake", "service_desk", self.desk, INTAKE, 1, "employer_check")
                yield from self.let_pass(who, "employer_check", "support", EMPLOYER, "assessment")
                step = "assessment"
            sent_back, declined = VERDICTS[step]
            luck = self.draw.random()
            to = "notice" if luck < sent_back else "read_denial" if luck < sent_back + declined else "offer"
            yield from self.serve(who, step, "assessors", self.assessors, ASSESS, 0, to)
            if to == "notice":
                to = "fix_documents"
                yield from self.let_pass(who, "notice", "backstage", NOTICE, to)
        except simpy.Interrupt:
            return "dropped"
        return to

    def pay_out(self, who: Customer) -> Process:
        yield from self.let_pass(who, "payout", "support", PAYOUT, "completed")
        return "completed"

    def serve(
        self, who: Customer, step: str, station: str, office: Office, law: Lognormal, priority: int, to: str
    ) -> Process:
        visit, ready, start, server = who.visits[step], self.environment.now, NAN, -1
        who.visits[step] += 1
        with office.request(priority=priority) as turn:
            try:
                yield turn
                start, server = self.environment.now, office.take()
                yield self.environment.timeout(self.lasts(law))
            except simpy.Interrupt as gone:
                self.write(
                    who, step, visit, "backstage", station, server, ready, start, "dropped", "dropped", str(gone.cause)
                )  # fmt: skip
                raise
            finally:
                if server >= 0:
                    office.give_back(server)
        self.write(who, step, visit, "backstage", station, server, ready, start, "served", to)

    def let_pass(self, who: Customer, step: str, lane: str, law: Lognormal, to: str) -> Process:
        visit, ready = who.visits[step], self.environment.now
        who.visits[step] += 1
        try:
            yield self.environment.timeout(self.lasts(law))
        except simpy.Interrupt as gone:
            self.write(who, step, visit, lane, "", -1, ready, ready, "dropped", "dropped", str(gone.cause))
            raise
        self.write(who, step, visit, lane, "", -1, ready, ready, "served", to)


def loan_application(customers: int, seed: int) -> list[LogRow]:
    """Return the rows of the loan application."""
    model = Loan(customers, seed)
    model.environment.run(until=model.everybody_out)
    return model.log
