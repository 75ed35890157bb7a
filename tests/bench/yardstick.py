"""The yardstick: two models as a good SimPy author writes them by hand, with the log of this project.

Generators, resources with their requests in `with`, a patience as `turn | timeout`, calls as a process beside the
customer's that is interrupted, one generator of random numbers, and a list of rows: those of `journeys.eventlog.Row`,
as plain tuples. SimPy's resources don't say who serves, so the pool keeps the numbers of its idle servers.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import simpy

from tests.bench import five_steps as five
from tests.bench import one_queue as one

Process = Generator[simpy.Event, Any, Any]
LogRow = tuple[int, str, str, int, str, str, int, float, float, float, float, str, str, str]
NAN = float("nan")


class Pool(simpy.Resource):
    """Servers with numbers, the lowest idle one first."""

    def __init__(self, environment: simpy.Environment, servers: int) -> None:
        super().__init__(environment, servers)
        self._idle = list(range(servers))

    def take(self) -> int:
        return heapq.heappop(self._idle)

    def give_back(self, server: int) -> None:
        heapq.heappush(self._idle, server)


class OneQueue:
    """M/M/3: arrival, service, exit."""

    def __init__(self, customers: int, seed: int) -> None:
        self.draw = random.Random(seed)
        self.environment = simpy.Environment()
        self.desk = Pool(self.environment, one.SERVERS)
        self.log: list[LogRow] = []
        self.environment.process(self.source(customers))

    def source(self, customers: int) -> Process:
        for number in range(customers):
            yield self.environment.timeout(self.draw.expovariate(1 / one.GAP_S))
            self.environment.process(self.customer(number))

    def customer(self, number: int) -> Process:
        now = self.environment.now
        self.log.append(
            (number, "everyone", "arrival", 0, "customer", "", -1, now, now, now, now, "served", "serve", "")
        )
        with self.desk.request() as turn:
            yield turn
            start, server = self.environment.now, self.desk.take()
            yield self.environment.timeout(self.draw.expovariate(1 / one.SERVICE_S))
            self.desk.give_back(server)
        end = self.environment.now
        self.log.append(
            (number, "everyone", "serve", 0, "backstage", "desk", server, now, now, start, end, "served", "completed",
             "")
        )  # fmt: skip
        self.log.append((number, "everyone", "exit", 0, "customer", "", -1, end, end, end, end, "completed", "", ""))


@dataclass(slots=True)
class Customer:
    """A customer of the loan application of five steps."""

    number: int
    rounds: int = 0
    questions: int = 0
    waiting: bool = False
    calling: bool = False


class FiveSteps:
    """The loan application of five steps: a customer, and their calls while they wait for the decision."""

    def __init__(self, customers: int, seed: int) -> None:
        self.draw = random.Random(seed)
        self.environment = simpy.Environment()
        self.checks = Pool(self.environment, five.CHECKS)
        self.reviewers = Pool(self.environment, five.REVIEWERS)
        self.agents = Pool(self.environment, five.AGENTS)
        self.log: list[LogRow] = []
        self.environment.process(self.source(customers))

    def after(self, mean_s: float) -> simpy.Timeout:
        return self.environment.timeout(self.draw.expovariate(1 / mean_s))

    def write(
        self, who: Customer, step: str, visit: int, lane: str, station: str, server: int, ready: float, start: float,
        outcome: str, to: str,
    ) -> None:  # fmt: skip
        self.log.append(
            (who.number, "everyone", step, visit, lane, station, server, ready, ready, start, self.environment.now,
             outcome, to, "")
        )  # fmt: skip

    def source(self, customers: int) -> Process:
        for number in range(customers):
            yield self.after(five.GAP_S)
            self.environment.process(self.customer(Customer(number)))

    def customer(self, who: Customer) -> Process:
        now = self.environment.now
        self.write(who, "arrival", 0, "customer", "", -1, now, now, "served", "apply")
        yield self.after(five.APPLY_S)
        self.write(who, "apply", 0, "customer", "", -1, now, now, "served", "check")
        to = yield from self.wait(who)
        while to == "fix":
            now = self.environment.now
            yield self.after(five.FIX_S)
            self.write(who, "fix", who.rounds, "customer", "", -1, now, now, "served", "check")
            who.rounds += 1
            to = yield from self.wait(who)
        if to == "sign":
            now = self.environment.now
            yield self.after(five.SIGN_S)
            to = "completed"
            self.write(who, "sign", 0, "customer", "", -1, now, now, "served", to)
        now = self.environment.now
        self.write(who, "exit", 0, "customer", "", -1, now, now, to, "")

    def wait(self, who: Customer) -> Process:
        """Wait for the decision, and make calls meanwhile; one that is being made is carried on."""
        who.waiting = True
        calls = self.environment.process(self.calls(who))
        to = yield from self.decide(who)
        who.waiting = False
        if who.calling:
            yield calls
        else:
            calls.interrupt()
        return to

    def decide(self, who: Customer) -> Process:
        ready = self.environment.now
        with self.checks.request() as turn:
            yield turn
            start, server = self.environment.now, self.checks.take()
            yield self.after(five.CHECK_S)
            self.checks.give_back(server)
        self.write(who, "check", who.rounds, "support", "checks", server, ready, start, "served", "review")
        ready = self.environment.now
        with self.reviewers.request() as turn:
            yield turn | self.after(five.PATIENCE_S)
            if not turn.triggered:
                self.write(who, "review", who.rounds, "backstage", "reviewers", -1, ready, NAN, "reneged", "dropped")
                return "dropped"
            start, server = self.environment.now, self.reviewers.take()
            yield self.after(five.REVIEW_S)
            self.reviewers.give_back(server)
        to = "fix" if self.draw.random() < five.REWORK else "sign"
        self.write(who, "review", who.rounds, "backstage", "reviewers", server, ready, start, "served", to)
        return to

    def calls(self, who: Customer) -> Process:
        try:
            while who.waiting:
                yield self.after(five.QUESTION_S)
                who.calling = True
                yield from self.call(who)
                who.calling = False
        except simpy.Interrupt:
            pass  # the decision has come

    def call(self, who: Customer) -> Process:
        ready = self.environment.now
        with self.agents.request() as turn:
            yield turn
            start, server = self.environment.now, self.agents.take()
            yield self.after(five.CALL_S)
            self.agents.give_back(server)
        self.write(who, "contact:question", who.questions, "support", "agents", server, ready, start, "served", "")
        who.questions += 1


def one_queue(customers: int, seed: int) -> list[LogRow]:
    """Return the rows of M/M/3."""
    model = OneQueue(customers, seed)
    model.environment.run()
    return model.log


def five_steps(customers: int, seed: int) -> list[LogRow]:
    """Return the rows of the loan application of five steps."""
    model = FiveSteps(customers, seed)
    model.environment.run()
    return model.log
