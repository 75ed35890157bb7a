"""The models in salabim, by its process interaction: components with `yield`, and the rows of the yardstick."""

from __future__ import annotations

import heapq
import random
from collections.abc import Generator
from typing import Any

import salabim

from tests.bench import five_steps as five
from tests.bench import one_queue as one
from tests.bench.yardstick import NAN, LogRow

Process = Generator[Any, Any, None]


class Pool(salabim.Resource):  # type: ignore[misc]
    """Servers with numbers, the lowest idle one first."""

    def setup(self) -> None:
        self.idle = list(range(int(self.capacity())))


class Model(salabim.Environment):  # type: ignore[misc]
    """An environment with its draws and its log."""

    def __init__(self, seed: int) -> None:
        super().__init__(trace=False, yieldless=False)
        self.draw = random.Random(seed)
        self.log: list[LogRow] = []

    def lasts(self, mean_s: float) -> float:
        return self.draw.expovariate(1 / mean_s)

    def write(
        self, number: int, step: str, visit: int, lane: str, station: str, server: int, ready: float, start: float,
        outcome: str, to: str,
    ) -> None:  # fmt: skip
        self.log.append(
            (number, "everyone", step, visit, lane, station, server, ready, ready, start, self.now(), outcome, to, "")
        )


class Queueing(salabim.Component):  # type: ignore[misc]
    """A customer of M/M/3."""

    def setup(self, number: int, desk: Pool) -> None:
        self.number, self.desk = number, desk

    def process(self) -> Process:
        env, number = self.env, self.number
        ready = env.now()
        env.write(number, "arrival", 0, "customer", "", -1, ready, ready, "served", "serve")
        yield self.request(self.desk)
        start, server = env.now(), heapq.heappop(self.desk.idle)
        yield self.hold(env.lasts(one.SERVICE_S))
        heapq.heappush(self.desk.idle, server)
        self.release()
        env.write(number, "serve", 0, "backstage", "desk", server, ready, start, "served", "completed")
        now = env.now()
        env.write(number, "exit", 0, "customer", "", -1, now, now, "completed", "")


class File(salabim.Component):  # type: ignore[misc]
    """What is done for a customer behind the counter."""

    def setup(self, customer: Customer, visit: int) -> None:
        self.customer, self.visit = customer, visit

    def process(self) -> Process:
        env, number, visit = self.env, self.customer.number, self.visit
        ready = env.now()
        yield self.request(env.checks)
        start, server = env.now(), heapq.heappop(env.checks.idle)
        yield self.hold(env.lasts(five.CHECK_S))
        heapq.heappush(env.checks.idle, server)
        self.release()
        env.write(number, "check", visit, "support", "checks", server, ready, start, "served", "review")
        ready = env.now()
        yield self.request(env.reviewers, fail_delay=env.lasts(five.PATIENCE_S))
        if self.failed():
            to = "dropped"
            env.write(number, "review", visit, "backstage", "reviewers", -1, ready, NAN, "reneged", to)
        else:
            start, server = env.now(), heapq.heappop(env.reviewers.idle)
            yield self.hold(env.lasts(five.REVIEW_S))
            heapq.heappush(env.reviewers.idle, server)
            self.release()
            to = "fix" if env.draw.random() < five.REWORK else "sign"
            env.write(number, "review", visit, "backstage", "reviewers", server, ready, start, "served", to)
        self.customer.decided = to
        if not self.customer.calling:
            self.customer.activate()


class Customer(salabim.Component):  # type: ignore[misc]
    """A customer of the loan application of five steps."""

    def setup(self, number: int) -> None:
        self.number, self.calling, self.decided = number, False, ""

    def process(self) -> Process:
        env, number = self.env, self.number
        now = env.now()
        env.write(number, "arrival", 0, "customer", "", -1, now, now, "served", "apply")
        yield self.hold(env.lasts(five.APPLY_S))
        env.write(number, "apply", 0, "customer", "", -1, now, now, "served", "check")
        rounds = questions = 0
        while True:
            self.decided = ""
            File(customer=self, visit=rounds)
            while not self.decided:
                yield self.hold(env.lasts(five.QUESTION_S))
                if not self.decided:
                    self.calling = True
                    ready = env.now()
                    yield self.request(env.agents)
                    start, server = env.now(), heapq.heappop(env.agents.idle)
                    yield self.hold(env.lasts(five.CALL_S))
                    heapq.heappush(env.agents.idle, server)
                    self.release()
                    self.calling = False
                    env.write(
                        number, "contact:question", questions, "support", "agents", server, ready, start, "served", ""
                    )  # fmt: skip
                    questions += 1
            now = env.now()
            if self.decided != "fix":
                break
            yield self.hold(env.lasts(five.FIX_S))
            env.write(number, "fix", rounds, "customer", "", -1, now, now, "served", "check")
            rounds += 1
        outcome = "dropped"
        if self.decided == "sign":
            yield self.hold(env.lasts(five.SIGN_S))
            outcome = "completed"
            env.write(number, "sign", 0, "customer", "", -1, now, now, "served", outcome)
        now = env.now()
        env.write(number, "exit", 0, "customer", "", -1, now, now, outcome, "")


class Source(salabim.Component):  # type: ignore[misc]
    """Lets customers arrive, a known number of them."""

    def setup(self, customers: int, gap_s: float, kind: type[salabim.Component], **told: Any) -> None:
        self.customers, self.gap_s, self.kind, self.told = customers, gap_s, kind, told

    def process(self) -> Process:
        for number in range(self.customers):
            yield self.hold(self.env.lasts(self.gap_s))
            self.kind(number=number, **self.told)


def one_queue(customers: int, seed: int) -> list[LogRow]:
    """Return the rows of M/M/3."""
    env = Model(seed)
    Source(customers=customers, gap_s=one.GAP_S, kind=Queueing, desk=Pool("desk", capacity=one.SERVERS))
    env.run()
    return env.log


def five_steps(customers: int, seed: int) -> list[LogRow]:
    """Return the rows of the loan application of five steps."""
    env = Model(seed)
    env.checks = Pool("checks", capacity=five.CHECKS)
    env.reviewers = Pool("reviewers", capacity=five.REVIEWERS)
    env.agents = Pool("agents", capacity=five.AGENTS)
    Source(customers=customers, gap_s=five.GAP_S, kind=Customer)
    env.run()
    return env.log
