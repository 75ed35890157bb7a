"""An idiomatic, hand-written SimPy program for M/M/c with a log row a customer: what the engine is measured against."""

from __future__ import annotations

import random
from collections.abc import Generator
from typing import Any

import simpy


def m_m_c(customers: int, lam: float, mu: float, servers: int, seed: int) -> list[tuple[int, float, float, float]]:
    """Return (customer, arrived, served from, left) of each customer of M/M/c."""
    draw = random.Random(seed)
    environment = simpy.Environment()
    desk = simpy.Resource(environment, servers)
    log: list[tuple[int, float, float, float]] = []

    def customer(number: int) -> Generator[Any, Any, None]:
        arrived = environment.now
        with desk.request() as request:
            yield request
            began = environment.now
            yield environment.timeout(draw.expovariate(mu))
            log.append((number, arrived, began, environment.now))

    def source() -> Generator[Any, Any, None]:
        for number in range(customers):
            yield environment.timeout(draw.expovariate(lam))
            environment.process(customer(number))

    environment.process(source())
    environment.run()
    return log
