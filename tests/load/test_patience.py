"""Patience under load: who leaves, when, and how many, as the simulation of the same customers and theory have it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from journeys import Exponential, Fact, Journey, Poisson, Station, Step, milliseconds, per_second
from journeys.checks import check
from journeys.eventlog import Row, Run
from load import load
from simulators.backend.process import BackendProcess
from simulators.simpy_engine import replicate
from tests.theory.closed_forms import erlang_a, impatient_altogether

pytestmark = [pytest.mark.load, pytest.mark.backend]
SEED, SERVERS, LASTS_S = 11, 2, 12.0
RATE, SERVICE_MS, PATIENCE_MS = 16.0, 150.0, 300.0
REPLICATIONS = 40
SLACK_S = 0.08
"""What a busy machine may add to a wait: the network, and the server's own time."""
NEAR = 0.9


def served_by_two(reneges: bool) -> Journey:
    """A queue with more work than its two servers do in time: who waits too long leaves it, or leaves its answer."""
    patience = Exponential(milliseconds(PATIENCE_MS))
    law = {"patience": patience} if reneges else {"response_patience": patience}
    step = Step(name="pay", lane="customer", station="till", service=Exponential(milliseconds(SERVICE_MS)), **law)
    return check(
        Journey(
            name="queue",
            arrivals=Poisson(per_second(RATE)),
            steps=(step,),
            facts=(Fact(name="full_name", label="Full name", faker="name"),),
            stations=(Station(name="till", servers=SERVERS, kind="system"),),
        )
    )


def left_after_s(rows: Iterable[Row]) -> dict[int, float]:
    """Return by customer how long those waited who left."""
    return {row.customer: row.end_s - row.ready_s for row in rows
            if row.step == "pay" and row.outcome in ("reneged", "dropped")}  # fmt: skip


@pytest.mark.parametrize("reneges", [True, False], ids=["from the queue", "from the answer"])
def test_the_same_customers_leave_at_the_same_waits_as_in_the_model(tmp_path: Path, reneges: bool) -> None:
    journey = served_by_two(reneges)
    with BackendProcess(journey, seed=SEED, speed=1.0) as served:
        folder = load(journey, target=served.url, mocked=True, folder=tmp_path / "run", seed=SEED, duration_s=LASTS_S,
                      follow_up_s=10.0)  # fmt: skip
    run = Run.open(folder)
    customers = run.manifest.customers
    rows = [Row(*values) for values in run.frame()[list(Row._fields)].itertuples(index=False)]
    measured, modelled = left_after_s(rows), left_after_s(replicate(journey, SEED, 0, customers))
    # who leaves decides who is served next, so that not everybody has the same luck as in the model; nearly all have
    both = measured.keys() & modelled.keys()
    assert len(both) >= NEAR * max(len(measured), len(modelled))
    same_end = customers - len(measured.keys() ^ modelled.keys())
    assert same_end >= NEAR * customers
    # they leave when their patience ends, which is the same in both
    away_s = sorted(abs(measured[customer] - modelled[customer]) for customer in both)
    assert away_s[int(0.9 * len(away_s))] < SLACK_S
    # and as many as theory says, within what so short a run varies by
    rates = RATE, 1000 / SERVICE_MS, SERVERS, 1000 / PATIENCE_MS
    theory = erlang_a(*rates)[0] if reneges else impatient_altogether(*rates)
    shares = [len(left_after_s(replicate(journey, SEED, number, customers))) / customers
              for number in range(1, REPLICATIONS)]  # fmt: skip
    assert min(shares) < theory < max(shares)
    assert min(shares) - 0.02 < len(measured) / customers < max(shares) + 0.02
