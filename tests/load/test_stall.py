"""Latencies of a target with a planted stall, against what the plan implies for a generator that hides nothing.

The trusted account is that of a generator which counts from the plan, as wrk2 does: customer k, planned at a_k, is
answered when the server's own clock says that it wrote the answer to k. It needs no client at all.
"""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from journeys import Fact, Journey, Poisson, Step, per_second, post
from journeys.eventlog import Run
from journeys.population import Population
from load import load

SERVER = Path(__file__).with_name("stalling_server.py")
SERVICE_S, STALL_AT_S, STALL_S = 0.02, 2.0, 2.0


@pytest.mark.load
def test_a_planted_stall_of_two_seconds_shows_in_full(tmp_path: Path) -> None:
    order = post("/orders", json={"customer": "{customer}"}, expect=201)
    journey = Journey(
        name="stall", arrivals=Poisson(per_second(80)), facts=(Fact(name="full_name", label="Name", faker="name"),),
        steps=(Step(name="order", lane="customer", http=(order,)),),
    )  # fmt: skip
    told = [sys.executable, str(SERVER), str(SERVICE_S), str(STALL_AT_S), str(STALL_S)]
    with subprocess.Popen(told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        url = f"http://127.0.0.1:{server.stdout.readline().strip()}"
        folder = load(
            journey, target=url, mocked=False, folder=tmp_path / "run", seed=3, duration_s=8.0, follow_up_s=10
        )
        with urllib.request.urlopen(f"{url}/answered", timeout=10) as response:
            answered: dict[str, list[float]] = json.load(response)
        server.stdin.close()
    run = Run.open(folder)
    rows = run.sql("SELECT customer, end_s - intended_s AS s, intended_s, ready_s FROM events WHERE step = 'order'")
    planned_s = Population(journey, 3).arrivals_s(len(rows))
    assert np.allclose(np.sort(rows.intended_s), planned_s)
    # the server's clock is the machine's, as the worker's is; the run's zero differs between them by a constant, which
    # is the least that any answer took beyond its service
    arrived, wrote = (np.array([answered[str(number)][at] for number in range(len(rows))]) for at in (0, 1))
    zero_s = float(np.min(arrived - planned_s))
    trusted = np.sort(wrote - zero_s - planned_s)
    reported = np.sort(np.asarray(rows.s))
    lag_s = float(np.quantile(rows.ready_s - rows.intended_s, 0.99))
    for q in (0.5, 0.99, 1.0):
        expected, got = np.quantile(trusted, q), np.quantile(reported, q)
        assert abs(got - expected) <= max(0.002, 0.01 * expected) + 2 * lag_s, (q, got, expected, lag_s)
    # and the stall was there: by the plan, a quarter of the customers came while nothing was answered
    stalled = planned_s[(planned_s > STALL_AT_S) & (planned_s < STALL_AT_S + STALL_S)]
    assert np.quantile(reported, 0.99) > STALL_S * 0.9
    assert (reported > 0.1).sum() >= 0.8 * len(stalled)
