"""Speed, printed: the SimPy engine beside an idiomatic SimPy program, interleaved; and the loan application's."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import pytest

from journeys import Exponential, Journey, Poisson, Station, Step, hours, per_hour
from journeys.catalogue.loan_application import journey as loan
from simulators.simpy_engine import replicate
from tests.bench.yardstick import m_m_c

pytestmark = pytest.mark.bench
CUSTOMERS, PAIRS = 20_000, 5


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


def test_the_engine_beside_idiomatic_simpy(capsys: pytest.CaptureFixture[str]) -> None:
    queue = Journey(
        name="queue",
        arrivals=Poisson(per_hour(2.7)),
        steps=(Step(name="serve", lane="backstage", station="desk", service=Exponential(hours(1))),),
        stations=(Station(name="desk", servers=3),),
    )
    ratios = []
    for pair in range(PAIRS):
        own = _seconds(lambda pair=pair: replicate(queue, pair, 0, CUSTOMERS))
        yardstick = _seconds(lambda pair=pair: m_m_c(CUSTOMERS, 2.7, 1.0, 3, pair))
        ratios.append(yardstick / own)
    assert len(m_m_c(100, 2.7, 1.0, 3, 1)) == 100
    pairs = ", ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
    with capsys.disabled():
        print(f"\nM/M/3 at 0.9, {CUSTOMERS} customers, against idiomatic SimPy, customers a second of CPU:")
        print(f"{statistics.median(ratios):.2f} times (pairs: {pairs}); three rows a customer here, one there")


def test_the_loan_application(capsys: pytest.CaptureFixture[str]) -> None:
    rows = replicate(loan, 0, 0, 100)
    times = [_seconds(lambda seed=seed: rows.extend(replicate(loan, seed, 1, 2000))) for seed in range(3)]
    with capsys.disabled():
        print(f"\nloan application: {2000 / statistics.median(times):.0f} customers a second of CPU")
