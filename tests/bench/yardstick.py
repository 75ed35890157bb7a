"""The yardstick: two models as a good SimPy author writes them by hand, with the log of this project.

Generators, resources with their requests in `with`, a patience as `turn | timeout`, one generator of random numbers,
and a list of rows: those of `journeys.eventlog.Row`, as plain tuples. SimPy's resources don't say who serves, so the
pool keeps the numbers of its idle servers.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Generator
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


class FiveSteps:
    """The loan application of five steps: a customer, their file behind the counter, and their calls meanwhile."""

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
        self, number: int, step: str, visit: int, lane: str, station: str, server: int, ready: float, start: float,
        outcome: str, to: str,
    ) -> None:  # fmt: skip
        self.log.append(
            (number, "everyone", step, visit, lane, station, server, ready, ready, start, self.environment.now,
             outcome, to, "")
        )  # fmt: skip

    def source(self, customers: int) -> Process:
        for number in range(customers):
            yield self.after(five.GAP_S)
            self.environment.process(self.customer(number))

    def customer(self, number: int) -> Process:
        now = self.environment.now
        self.write(number, "arrival", 0, "customer", "", -1, now, now, "served", "apply")
        yield self.after(five.APPLY_S)
        self.write(number, "apply", 0, "customer", "", -1, now, now, "served", "check")
        rounds = questions = 0
        while True:
            decision = self.environment.process(self.decide(number, rounds))
            while decision.is_alive:
                yield decision | self.after(five.QUESTION_S)
                if decision.is_alive:
                    yield from self.call(number, questions)
                    questions += 1
            if decision.value != "fix":
                break
            now = self.environment.now
            yield self.after(five.FIX_S)
            self.write(number, "fix", rounds, "customer", "", -1, now, now, "served", "check")
            rounds += 1
        now = self.environment.now
        if decision.value == "sign":
            yield self.after(five.SIGN_S)
            self.write(number, "sign", 0, "customer", "", -1, now, now, "served", "completed")
            now = self.environment.now
            self.write(number, "exit", 0, "customer", "", -1, now, now, "completed", "")
        else:
            self.write(number, "exit", 0, "customer", "", -1, now, now, "dropped", "")

    def decide(self, number: int, visit: int) -> Process:
        ready = self.environment.now
        with self.checks.request() as turn:
            yield turn
            start, server = self.environment.now, self.checks.take()
            yield self.after(five.CHECK_S)
            self.checks.give_back(server)
        self.write(number, "check", visit, "support", "checks", server, ready, start, "served", "review")
        ready = self.environment.now
        with self.reviewers.request() as turn:
            yield turn | self.after(five.PATIENCE_S)
            if not turn.triggered:
                self.write(number, "review", visit, "backstage", "reviewers", -1, ready, NAN, "reneged", "dropped")
                return "dropped"
            start, server = self.environment.now, self.reviewers.take()
            yield self.after(five.REVIEW_S)
            self.reviewers.give_back(server)
        to = "fix" if self.draw.random() < five.REWORK else "sign"
        self.write(number, "review", visit, "backstage", "reviewers", server, ready, start, "served", to)
        return to

    def call(self, number: int, visit: int) -> Process:
        ready = self.environment.now
        with self.agents.request() as turn:
            yield turn
            start, server = self.environment.now, self.agents.take()
            yield self.after(five.CALL_S)
            self.agents.give_back(server)
        self.write(number, "contact:question", visit, "support", "agents", server, ready, start, "served", "")


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
