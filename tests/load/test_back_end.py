"""The load engine against the mocked back end itself: queues, contacts, patience and failures over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from journeys import (
    Attempts,
    Constant,
    Contact,
    During,
    Exponential,
    Fact,
    Journey,
    Poisson,
    Redial,
    Route,
    Station,
    Step,
    Wait,
    hours,
    milliseconds,
    minutes,
    per_hour,
    seconds,
)
from journeys.checks import check
from journeys.eventlog import Run
from journeys.population import Population
from load import load
from simulators.backend.process import BackendProcess

pytestmark = [pytest.mark.load, pytest.mark.backend]
SPEED = 1200.0


@pytest.fixture
def loan() -> Journey:
    calls = Contact(
        name="where", arises=During("decision", Exponential(minutes(40))), station="agents", chatbot=0.2,
        handling=Exponential(minutes(6)), chatbot_time=minutes(2), patience=Exponential(minutes(10)),
        redial=Redial(0.5, Exponential(minutes(20))), gives_up=0.2,
    )  # fmt: skip
    form = Step(
        name="apply", lane="customer", asks=("full_name",), think=Exponential(minutes(4)), abandon=0.1, station="web",
        service=Constant(milliseconds(20)), attempts=Attempts(timeout=Constant(seconds(2)), limit=2, failure=0.1),
    )  # fmt: skip
    review = Step(
        name="review", lane="backstage", awaits="decision", station="people", service=Exponential(minutes(12)),
        routes=(Route("denied", 0.2), Route("sign")),
    )  # fmt: skip
    sign = Step(name="sign", lane="customer", station="web", service=Constant(milliseconds(30)))
    return check(
        Journey(
            name="loan",
            arrivals=Poisson(per_hour(60)),
            facts=(Fact(name="full_name", label="Full name", faker="name"),),
            stations=(
                Station(name="web", servers=4, kind="system"),
                Station(name="people", servers=6),
                Station(name="agents", servers=2),
            ),
            waits=(Wait(name="decision", uncertain=Exponential(hours(2))),),
            contacts=(calls,),
            steps=(form, review, sign),
        )
    )


def test_one_log_of_customers_and_organisation_that_adds_up(loan: Journey, tmp_path: Path) -> None:
    with BackendProcess(loan, seed=3, speed=SPEED) as served:
        folder = load(
            loan, target=served.url, mocked=True, folder=tmp_path / "run", seed=3, duration_s=3.0, speed=SPEED,
            follow_up_s=20.0,
        )  # fmt: skip
    run = Run.open(folder)
    assert run.manifest.finished
    assert run.manifest.not_measured == ()
    assert run.manifest.human_steps == ("review",)
    rows = run.sql("SELECT * FROM events")
    planned = Population(loan, 3).arrivals_s(1000) / SPEED
    entered = rows[rows.step == "arrival"]
    assert len(entered) == int((planned <= 3.0).sum()) > 30
    exits = rows[rows.step == "exit"]
    assert sorted(exits.customer) == sorted(entered.customer)
    assert set(exits.outcome) <= {"completed", "denied", "dropped", "censored"}
    assert {"completed", "denied"} <= set(exits.outcome)
    # each served application went to review behind the counter, and was not there before it was handed in
    applied = rows[(rows.step == "apply") & (rows.outcome == "served")].set_index("customer")
    reviewed = rows[rows.step == "review"].set_index("customer")
    assert set(reviewed.index) <= set(applied.index)
    assert (reviewed.ready_s - applied.end_s.reindex(reviewed.index)).abs().median() < 0.05
    assert (applied.end_s - applied.start_s).min() > 0.019
    signed = rows[rows.step == "sign"]
    assert set(signed.customer) <= set(reviewed[reviewed.outcome == "served"].index)
    assert rows.step.str.startswith("contact:").sum() > 0
