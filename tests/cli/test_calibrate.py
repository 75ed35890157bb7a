"""Calibration as a person runs it: a blueprint with wrong numbers, a run of the right ones, and a what-if file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from journeys.loading import load
from journeys.scenarios import read_what_if
from tests.cli.running import Done

DESK = """
from journeys import (
    Exponential, Gamma, Journey, Lognormal, Poisson, Station, Step, Wait, hours, minutes, per_hour, seconds,
)

journey = Journey(
    name="desk", arrivals=Poisson(per_hour(30)), customers=2500,
    steps=(
        Step(name="ask", lane="customer", station="web", service=Lognormal(seconds(2), cv=0.5)),
        Step(name="check", lane="backstage", station="clerks", service=Gamma(minutes(8), cv=0.7), awaits="answer",
             patience=Exponential(minutes(20))),
    ),
    stations=(Station(name="web", kind="system", servers=5), Station(name="clerks", servers=5)),
    waits=(Wait(name="answer", uncertain=Exponential(hours(2))),),
)
"""


@pytest.fixture
def measured(command: Callable[..., Done], tmp_path: Path) -> Callable[..., Done]:
    (tmp_path / "desk.py").write_text(DESK, encoding="utf-8")
    done = command("simulate", "desk.py", "--replications", "1", "--seed", "3", "--jobs", "1", "--out", "right")
    assert done.code == 0

    def calibrate(*more: str) -> Done:
        wrong = ("stations.clerks.servers=3", "steps.check.service=Exponential(mean=20 min)", "arrivals.rate=5 / h")
        changes = [part for change in wrong for part in ("--set", change)]
        return command("calibrate", "right/runs/simulated-as-is", *changes, "-o", "calibrated.toml", *more)

    return calibrate


def test_wrong_numbers_are_put_right(measured: Callable[..., Done], tmp_path: Path) -> None:
    said = measured("--json")
    assert (said.code, said.problems) == (0, [])
    told = json.loads(said.out)
    fitted = read_what_if(tmp_path / "calibrated.toml").scenario("calibrated").of(load("desk.py"))
    assert fitted.station("clerks").servers == 5
    service, mean_s = fitted.step("check").service, told["stations"]["clerks"]["services"]["check"]["mean_s"]
    assert mean_s["low"] <= service.mean_s <= mean_s["high"]
    assert service.mean_s == pytest.approx(480, rel=0.05)
    patience = fitted.step("check").patience
    assert patience is not None
    assert told["patience"]["steps.check.patience"]["mean_s"]["low"] < 1200 * 1.2
    assert patience.mean_s == pytest.approx(1200, rel=0.25)
    assert fitted.arrivals.rate.per_s == pytest.approx(30 / 3600, rel=0.07)  # type: ignore[union-attr]
    # what the run cannot tell is not in the file, and is said
    assert not told["stations"]["web"]["known"]
    assert "stations.web.servers" not in (tmp_path / "calibrated.toml").read_text(encoding="utf-8")
    assert told["bottleneck"] == "clerks"
    assert told["capacity_per_s"]["value"] == pytest.approx(5 / 480, rel=0.08)


def test_it_is_said_in_words_and_applied_by_what_if(
    measured: Callable[..., Done], command: Callable[..., Done]
) -> None:
    command("simulate", "desk.py", "--replications", "1", "--seed", "3", "--jobs", "1", "--customers", "600",
            "--out", "right")  # fmt: skip
    said = measured()
    assert "clerks: 5 servers (" in said.out
    assert "web: servers not told: too light" in said.out
    again = command("simulate", "desk.py", "--what-if", "calibrated.toml", "--customers", "50", "--replications", "1")
    assert (again.code, again.problems) == (0, [])


@pytest.mark.usefixtures("measured")
def test_a_run_of_another_journey_is_refused(command: Callable[..., Done]) -> None:
    said = command("calibrate", "right/runs/simulated-as-is", "--journey", "first-journey")
    assert (said.code, said.problems) == (
        2, ["right/runs/simulated-as-is: is a run of another journey (got desk); first-journey"]
    )  # fmt: skip


def test_an_overloaded_run_is_called_that(command: Callable[..., Done], tmp_path: Path) -> None:
    (tmp_path / "desk.py").write_text(DESK.replace("patience=Exponential(minutes(20))", ""), encoding="utf-8")
    command("simulate", "desk.py", "--set", "arrivals.rate=60 / h", "--set", "waits.answer.uncertain=Never()",
            "--replications", "1", "--jobs", "1", "--customers", "1500", "--out", "much")  # fmt: skip
    said = command("calibrate", "much/runs/simulated-as-is", "-o", "calibrated.toml")
    assert (said.code, said.err) == (1, "calibrate: clerks: saturated\n")
