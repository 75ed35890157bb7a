"""Latencies of a target with a planted stall, against what the plan implies for a generator that hides nothing.

The trusted account is that of a generator which counts from the plan, as wrk2 does: customer k, planned at a_k, is
answered when the server's own clock says that it wrote the answer to k. It needs no client at all, so what a busy
machine adds on the way to the server is in both accounts, and what the accounting adds is in one. Strictly, they agree
within 2 ms or 1%. Where the worker gets a processor only part of the time that it has something to do, reading an
answer takes so many times as long; the kernel tells how many, and the line is as many times as wide.
"""

from __future__ import annotations

import contextlib
import json
import urllib.request
from pathlib import Path

import numpy as np
import psutil
import pytest

from journeys import Fact, Journey, Poisson, Step, per_second, post
from journeys.eventlog import Run
from journeys.population import Population
from load import LoadProgress, load
from tests.serving import Serving

SERVER = Path(__file__).with_name("stalling_server.py")
MOST_SLOWED = 8.0
SERVICE_S, STALL_AT_S, STALL_S = 0.02, 2.0, 2.0


class Slowed:
    """How many times as long as its processor time the load worker took, as the kernel counts: 1 on a machine alone.

    What it waited for a processor while it had something to do is the machine's part, not the accounting's.
    """

    def __init__(self) -> None:
        self.ratio = 1.0
        self._first: dict[int, tuple[int, int]] = {}

    def look(self, _: LoadProgress) -> None:
        for worker in psutil.Process().children():
            if "load.worker" in worker.cmdline():
                with contextlib.suppress(OSError):
                    # nanoseconds on a processor, and waiting for one, of the thread that makes the load
                    told = Path(f"/proc/{worker.pid}/schedstat").read_text().split()
                    ran, waited = int(told[0]), int(told[1])
                    before = self._first.setdefault(worker.pid, (ran, waited))
                    if ran > before[0]:
                        self.ratio = 1 + (waited - before[1]) / (ran - before[0])


@pytest.mark.load
@pytest.mark.alone
def test_a_planted_stall_of_two_seconds_shows_in_full(tmp_path: Path) -> None:
    order = post("/orders", json={"customer": "{customer}"}, expect=201)
    journey = Journey(
        name="stall", arrivals=Poisson(per_second(80)), facts=(Fact(name="full_name", label="Name", faker="name"),),
        steps=(Step(name="order", lane="customer", http=(order,)),),
    )  # fmt: skip
    slowed = Slowed()
    with Serving(SERVER, SERVICE_S, STALL_AT_S, STALL_S) as server:
        folder = load(
            journey, target=server.url, mocked=False, folder=tmp_path / "run", seed=3, duration_s=8.0, follow_up_s=10,
            progress=slowed.look,
        )  # fmt: skip
        with urllib.request.urlopen(f"{server.url}/answered", timeout=10) as response:
            answered: dict[str, list[float]] = json.load(response)
    run = Run.open(folder)
    rows = run.sql("SELECT customer, end_s - intended_s AS s, intended_s, ready_s FROM events WHERE step = 'order'")
    planned_s = Population(journey, 3).arrivals_s(len(rows))
    assert np.allclose(np.sort(rows.intended_s), planned_s)
    if slowed.ratio > MOST_SLOWED:
        pytest.skip(f"the load worker had to wait {slowed.ratio:.0f} times as long as it ran: this machine is too busy")
    # both clocks are the machine's, so when each answer was written is known on the run's clock; also where the machine
    # had the generator start late: that is in both accounts, and no excuse is needed for it
    wrote_s = np.array([answered[str(number)][1] for number in range(len(rows))]) - run.manifest.settings["zero_unix_s"]
    trusted = np.sort(wrote_s - planned_s)
    reported = np.sort(np.asarray(rows.s))
    for q in (0.5, 0.99, 1.0):
        expected, got = np.quantile(trusted, q), np.quantile(reported, q)
        assert abs(got - expected) <= slowed.ratio * max(0.002, 0.01 * expected), (q, got, expected, slowed.ratio)
    # and the stall was there: by the plan, a quarter of the customers came while nothing was answered
    stalled = planned_s[(planned_s > STALL_AT_S) & (planned_s < STALL_AT_S + STALL_S)]
    assert np.quantile(reported, 0.99) > STALL_S * 0.9
    assert (reported > 0.1).sum() >= 0.8 * len(stalled)
