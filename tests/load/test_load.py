"""The load engine, with real workers against a fake server in a process of its own."""

from __future__ import annotations

import contextlib
import os
import re
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from journeys import Attempts, Journey, Poisson, Step, minutes, per_second, post, seconds
from journeys.distributions import Constant
from journeys.eventlog import Run
from journeys.population import Population
from load import LoadProgress, WorkerLost, load
from load.shapes import Shape
from load.workloads import Closed
from reports.loading.generation import generation

pytestmark = pytest.mark.load
Serve = Callable[..., Any]
ENDS = ("completed", "denied", "dropped", "rejected", "censored")


def played(journey: Journey, url: str, folder: Path, **options: Any) -> Run:
    told: dict[str, Any] = {"mocked": True, "seed": 7, "duration_s": 1.5, "follow_up_s": 20.0}
    return Run.open(load(journey, target=url, folder=folder / "run", **(told | options)))


def conserved(run: Run) -> int:
    """Check that every customer who entered left once, with an end; return how many entered."""
    found = run.sql("SELECT customer, step, outcome FROM events WHERE step IN ('arrival', 'exit')")
    entered = sorted(found.customer[found.step == "arrival"])
    assert sorted(found.customer[found.step == "exit"]) == entered
    assert set(found.outcome[found.step == "exit"]) <= set(ENDS)
    return len(entered)


def exits(run: Run) -> dict[str, str]:
    found = run.sql("SELECT outcome, any_value(detail) AS detail FROM events WHERE step = 'exit' GROUP BY outcome")
    return dict(zip(found.outcome, found.detail, strict=True))


def test_everybody_walks_to_the_end_and_both_sides_write_one_log(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    server, told = serve(loan, service_s=0.05), list[LoadProgress]()
    run = played(loan, server.url, tmp_path, workers=2, progress=told.append)
    population = Population(loan, 7)
    planned = population.arrivals_s(len(server.seen()["names"]))
    assert conserved(run) == len(planned) == run.manifest.customers
    assert set(exits(run)) == {"completed"}
    assert run.manifest.finished
    assert (run.manifest.workload, run.manifest.kind, run.manifest.engine) == ("open", "measured", "load")
    assert run.manifest.human_steps == ("apply", "verify", "sign")
    # the same people as in every engine, at the times of the plan
    for number, facts in server.seen()["names"].items():
        assert facts == population.customer(int(number)).persona
    arrivals = run.sql("SELECT customer, intended_s, ready_s FROM events WHERE step = 'arrival' ORDER BY customer")
    assert np.allclose(arrivals.intended_s, planned)
    assert (arrivals.ready_s >= arrivals.intended_s - 1e-3).all()
    assert run.manifest.settings["lag_p99_ms"] < 500
    # what the organisation wrote is in the log too, on the same clock
    steps = run.sql("SELECT step, count(*) AS n, min(end_s - start_s) AS s FROM events GROUP BY step").set_index("step")
    assert list(steps.n[["apply", "verify", "sign"]]) == [len(planned)] * 3
    assert steps.s[["apply", "verify", "sign"]].min() >= 0.049
    order = run.sql("""SELECT a.end_s AS applied, v.ready_s AS began, v.end_s AS verified, s.ready_s AS signs
        FROM events a JOIN events v USING (customer) JOIN events s USING (customer)
        WHERE a.step = 'apply' AND v.step = 'verify' AND s.step = 'sign'""")
    assert (order.began < order.applied + 0.01).all()
    assert (order.signs > order.verified - 0.01).all()
    assert told[-1].started == told[-1].done == told[-1].planned == len(planned)


def test_a_stall_of_the_target_shows_in_full(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    """A server that freezes for a second: who arrived meanwhile has waited since then, and the report must say so.

    How long everybody waited is the server's own account, on its own clock, against the plan: what a busy machine adds
    on the way there is in both accounts.
    """
    one = replace(loan, arrivals=Poisson(per_second(60)), steps=loan.steps[:1], waits=())
    server = serve(one, service_s=0.02, freeze_at_s=1.0, freeze_s=1.0)
    run = played(one, server.url, tmp_path, duration_s=4.0)
    seen = server.seen()
    ((began, ended),) = seen["freezes"]
    planned = Population(one, 7).arrivals_s(run.manifest.customers)
    implied = 0.02 + np.where((planned > began) & (planned < ended), ended - planned, 0.0)
    waited = np.array([seen["answered"][str(number)] for number in range(len(planned))]) - planned
    rows = run.sql(
        "SELECT end_s - intended_s AS latency, end_s - ready_s AS from_sending FROM events WHERE step = 'apply'"
    )
    assert len(rows) == conserved(run) == len(planned)
    expected, reported = np.quantile(waited, 0.95), rows.latency.quantile(0.95)
    assert expected > np.quantile(implied, 0.95) - 0.15 > 0.6  # the freeze is in the server's account
    assert abs(reported - expected) < 0.15
    # a closed loop of ten users would have had ten slow answers in some two hundred and forty: a p95 of 20 ms
    assert rows.latency.gt(0.2).sum() > 30


def test_think_time_is_scaled_and_a_late_start_made_up_for(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    slow = replace(loan, steps=(replace(loan.steps[0], think=Constant(minutes(10))),), waits=())
    server = serve(slow, speed=1200.0)
    run = played(slow, server.url, tmp_path, speed=1200.0, rate=per_second(20), duration_s=1.0)
    rows = run.sql("""SELECT s.ready_s - a.intended_s AS think, s.ready_s - s.intended_s AS late
        FROM events s JOIN events a USING (customer) WHERE s.step = 'apply' AND a.step = 'arrival'""")
    assert rows.think.min() > 0.495
    assert rows.think.median() < 0.55
    assert run.manifest.speed == 1200.0


def test_arrivals_beyond_the_cap_are_rows_too(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    run = played(loan, serve(loan, service_s=0.2).url, tmp_path, in_flight=1)
    dropped = run.manifest.settings["dropped_arrivals"]
    assert 0 < dropped < conserved(run)
    assert exits(run)["censored"] == "dropped arrival: 1 journeys in flight"
    made = generation(run)
    assert made is not None
    assert (made.dropped, made.lost, made.status) == (dropped, 0, "missed")
    assert made.problems[0].startswith(f"{dropped} arrivals of {run.manifest.customers} dropped at the cap in flight")
    assert run.sql("SELECT count(*) AS n FROM events WHERE step = 'exit' AND outcome = 'censored'").n[0] == dropped
    assert run.manifest.finished


def test_arrivals_follow_a_shape(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    shape = Shape.parse("ramp 0 / s to 60 / s for 1 s, hold 5 / s for 0.4 s")
    run = played(loan, serve(loan).url, tmp_path, workload=shape, duration_s=None)
    arrivals = run.sql("SELECT intended_s, ready_s FROM events WHERE step = 'arrival' ORDER BY customer")
    unit = Population(loan, 7).arrivals_s(200, Poisson(per_second(1)))
    expected = shape.times_s(unit)
    assert np.allclose(arrivals.intended_s, expected[np.isfinite(expected)])
    assert (run.manifest.settings["rate"], run.manifest.settings["duration_s"]) == (str(shape), 1.4)


def test_a_closed_workload_is_labelled_and_keeps_to_its_number(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    closed = Closed(4, seconds(0.05))
    run = played(loan, serve(loan, service_s=0.05).url, tmp_path, workload=closed, workers=2)
    assert (run.manifest.workload, run.manifest.settings["rate"]) == (
        "closed",
        "4 at once, the next after 50 ms on average",
    )
    assert run.manifest.finished
    assert conserved(run) == run.manifest.customers > 12
    stays = run.sql("""SELECT a.ready_s AS came, e.end_s AS left FROM events a JOIN events e USING (customer)
        WHERE a.step = 'arrival' AND e.step = 'exit' AND a.ready_s < 1.5""")
    there = [int(((stays.came <= at) & (stays.left > at)).sum()) for at in np.linspace(0.3, 1.4, 50)]
    assert max(there) <= 4
    assert np.mean(there) > 2


def test_who_is_not_answered_by_the_end_is_censored(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    run = played(loan, serve(loan, service_s=60.0).url, tmp_path, duration_s=0.5, follow_up_s=0.2)
    assert conserved(run) == run.manifest.customers
    assert exits(run) == {"censored": "still on the way at the end"}
    cut = run.sql("SELECT * FROM events WHERE step = 'apply'")
    assert set(cut.outcome) == {"censored"}
    assert (cut.end_s > 0.6).all()
    assert run.manifest.finished


def test_a_step_that_fails_is_tried_again_and_then_ends(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    twice = Attempts(limit=2, backoff=seconds(0.01))
    failing = replace(loan, steps=(replace(loan.steps[0], attempts=twice), *loan.steps[1:]))
    run = played(failing, serve(failing, failing=["apply"]).url, tmp_path, duration_s=0.5)
    assert set(exits(run)) == {"dropped"}
    details = run.sql("SELECT detail, outcome FROM events WHERE step = 'apply' ORDER BY detail")
    why = "POST /api/cases/{case}/steps/apply: 500, expected 200 (broken)"
    assert set(details.detail) == {why, f"attempt 2; {why}"}
    assert set(details.outcome) == {"failed"}
    assert len(details) == 2 * conserved(run)


def test_a_worker_that_is_killed_leaves_an_unfinished_run_that_adds_up(
    loan: Journey, tmp_path: Path, serve: Serve
) -> None:
    server, killed = serve(loan, service_s=0.05), list[int]()

    def kill(progress: LoadProgress) -> None:
        if progress.elapsed_s > 2.8 and not killed:
            workers = [child for child in psutil.Process().children() if "load.worker" in child.cmdline()]
            killed.append(workers[1].pid)
            os.kill(workers[1].pid, signal.SIGKILL)

    run = played(loan, server.url, tmp_path, duration_s=6.0, workers=2, progress=kill)
    assert not [child for child in psutil.Process().children() if "load.worker" in child.cmdline()]
    assert not run.manifest.finished
    had = r"worker 1 of 2 was killed \(signal 9\); it had (\d+) customers, of whom (\d+) had arrived"
    told = re.match(had, run.manifest.reason)
    assert told is not None
    planned, arrived = int(told[1]), int(told[2])
    # everybody who was planned has come and gone, also who was lost: those are rows that say so
    assert conserved(run) == run.manifest.customers
    lost = run.sql("SELECT * FROM events WHERE step = 'arrival' AND outcome = 'censored'")
    assert set(lost.customer % 2) == {1}
    assert set(lost.detail) == {"lost arrival: worker 1 died"}
    # what had arrived by the last two seconds before was written
    assert planned - arrived - 30 * 0.5 * 0.6 <= len(lost) < planned
    others = run.sql(
        "SELECT count(*) AS n FROM events WHERE step = 'exit' AND customer % 2 = 0 AND outcome = 'completed'"
    )
    assert others.n[0] == run.manifest.customers - planned
    made = generation(run)
    assert made is not None
    assert (made.lost, made.status) == (len(lost), "missed")
    assert f"{len(lost)} arrivals lost with their worker" in made.problems


def test_no_worker_left_ends_the_run(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    def kill(progress: LoadProgress) -> None:
        if progress.elapsed_s > 0.5:
            for child in psutil.Process().children():
                with contextlib.suppress(psutil.NoSuchProcess):  # killed already, and a zombie
                    if "load.worker" in child.cmdline():
                        child.kill()

    with pytest.raises(WorkerLost, match=r"worker 0 of 1 was killed \(signal 9\).*; what was measured is in"):
        played(loan, serve(loan).url, tmp_path, duration_s=30.0, progress=kill)
    run = Run.open(tmp_path / "run")
    assert not run.manifest.finished
    conserved(run)


def test_ctrl_c_keeps_what_was_measured(loan: Journey, tmp_path: Path, serve: Serve) -> None:
    def interrupt(progress: LoadProgress) -> None:
        if progress.done > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        played(loan, serve(loan, service_s=0.1).url, tmp_path, duration_s=30.0, progress=interrupt)
    run = Run.open(tmp_path / "run")
    assert (run.manifest.finished, run.manifest.reason) == (False, "interrupted")
    assert conserved(run) > 5
    assert {"completed", "censored"} >= set(exits(run))
    assert not [child for child in psutil.Process().children() if "load.worker" in child.cmdline()]


def test_an_application_of_ones_own(shop: Journey, tmp_path: Path, serve: Serve) -> None:
    server = serve(shop)
    run = played(shop, server.url, tmp_path, mocked=False)
    orders, population = server.seen()["orders"], Population(shop, 7)
    assert len(orders) == conserved(run)
    for order in orders:
        number = int(order["body"]["customer"])
        name = population.customer(number).persona["full_name"]
        assert order["body"] == {"customer": str(number), "who": name}
        assert order["paid"] == {"payer": name, "text": "{payer}"}
        assert order["cookie"] == str(number)  # each customer has a jar of their own
    assert len({order["key"] for order in orders} - {""}) == len(orders)
    assert set(exits(run)) == {"completed"}
    assert run.manifest.not_measured == ("steps.browse", "steps.pack")
    assert set(run.sql("SELECT step FROM events").step) == {"arrival", "order", "exit"}


@pytest.mark.parametrize("followed", [True, False])
def test_a_redirection_is_followed_with_its_cookie_unless_it_is_expected(
    shop: Journey, tmp_path: Path, serve: Serve, followed: bool
) -> None:
    move = post("/moved", form={"customer": "{customer}"}, expect=200 if followed else 303)
    journey = replace(shop, steps=(Step(name="move", lane="customer", http=(move,)),))
    server = serve(journey)
    run = played(journey, server.url, tmp_path, mocked=False, duration_s=0.5)
    assert set(exits(run)) == {"completed"}
    there = {(one["by"], one["ticket"], one["method"], one["length"]) for one in server.seen()["orders"]}
    came = [str(number) for number in range(conserved(run))]
    assert there == ({(number, number, "GET", 0) for number in came} if followed else set())


def test_a_further_attempt_goes_on_with_the_request_that_failed(shop: Journey, tmp_path: Path, serve: Serve) -> None:
    again = Attempts(limit=3, backoff=seconds(0.01))
    trying = replace(shop, steps=(replace(shop.step("order"), attempts=again),))
    server = serve(trying, cannot_pay=True)
    run = played(trying, server.url, tmp_path, mocked=False, duration_s=0.5)
    assert len(server.seen()["orders"]) == conserved(run)
    assert set(exits(run)) == {"dropped"}
    details = set(run.sql("SELECT detail FROM events WHERE step = 'order'").detail)
    assert "attempt 3; POST /orders/{order}/payment: 500, expected 200" in details


def test_a_deadline_is_the_customers(shop: Journey, tmp_path: Path, serve: Serve) -> None:
    hasty = Step(name="order", lane="customer", http=shop.step("order").http, response_patience=Constant(seconds(0.3)))
    journey = replace(shop, steps=(hasty,))
    server = serve(journey, service_s=0.0, answer_after_s=5.0)
    run = played(journey, server.url, tmp_path, mocked=False, duration_s=0.5)
    rows = run.sql("SELECT outcome, detail, end_s - ready_s AS s FROM events WHERE step = 'order'")
    assert set(rows.outcome) == {"dropped"}
    assert rows.s.between(0.29, 0.6).all()
    assert set(rows.detail) == {"the answer took too long; POST /orders: no answer in time"}
    assert conserved(run) == len(rows)
